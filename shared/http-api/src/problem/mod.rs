//! What a client is told when something is not done: RFC 9457, with a code that programs can rely on.

mod admin;
mod commands;
mod projections;
mod queries;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

/// How long a client waits before it tries again, if nothing better is known.
const RETRY_AFTER_SECONDS: u32 = 1;

/// An answer that says what is wrong and what to do. Its texts are for clients: nothing internal gets in.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    /// What the case adds: `available`, `required`, `errors` and so on.
    fields: Map<String, Value>,
    retry_after_seconds: Option<u32>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), fields: Map::new(), retry_after_seconds: None }
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    fn rejected(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "send a valid token: Authorization: Bearer …")
    }

    pub(crate) fn route_not_found() -> Self {
        Self::not_found("route_not_found", "there is nothing at this path")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path takes other methods")
    }

    /// Nothing was said by whom or what: the log has it.
    pub(crate) fn internal_error() -> Self {
        let detail = "something is wrong on our side; quote the request_id if you report it";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail)
    }

    fn unavailable(detail: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(RETRY_AFTER_SECONDS)
    }

    /// Whoever had the request said nothing of it.
    pub(crate) fn cut_off() -> Self {
        Self::unavailable(
            "the request was cut off before it was answered, and its outcome is not known: send it again as it was, \
             a command with the same Idempotency-Key",
        )
    }

    fn throttled() -> Self {
        let detail = "there are more requests than can be taken: try again a little later";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "throttled", detail).retry_after(RETRY_AFTER_SECONDS)
    }

    /// The same problem with one more fact.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// The same problem, laid at one place of the body.
    fn at(self, pointer: &str) -> Self {
        let detail = self.detail.clone();
        self.with("errors", json!([{ "pointer": pointer, "detail": detail }]))
    }

    /// The same problem, with a word on when to try again.
    fn retry_later(self) -> Self {
        self.retry_after(RETRY_AFTER_SECONDS)
    }

    fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The body, once it is known which request it answers.
    pub(crate) fn body(&self, instance: &str, request_id: &str) -> Value {
        let mut body = json!({
            "type": format!("/problems/{}", self.code),
            "title": title(self.code),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "instance": instance,
            "request_id": request_id,
        });
        if let Some(body) = body.as_object_mut() {
            body.extend(self.fields.clone());
        }
        body
    }
}

/// A code in words: `insufficient_funds` is "Insufficient funds".
fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

impl IntoResponse for Problem {
    /// Without a body yet: `response::finish`, which knows the request, writes it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// An error with all that led to it, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source())
        .fold(error.to_string(), |text, source| format!("{text}: {source}"))
}
