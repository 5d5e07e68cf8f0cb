//! What a client is told when something is not done: RFC 9457, with a code that programs can rely on.

mod admin;
mod body;
mod code;
mod commands;
mod projections;
mod queries;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

pub(crate) use body::{ErrorBody, Facts, ProblemBody};
pub(crate) use code::Code;

/// How long a client waits before it tries again, if nothing better is known.
const RETRY_AFTER_SECONDS: u32 = 1;

/// An answer that says what is wrong and what to do. Its texts are for clients: nothing internal gets in.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<ErrorBody>,
    facts: Box<Facts>,
    /// The request that was answered so first, if it was another one.
    first_request_id: Option<String>,
    retry_after_seconds: Option<u32>,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            facts: Box::default(),
            first_request_id: None,
            retry_after_seconds: None,
        }
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "send a valid token: Authorization: Bearer …")
    }

    /// There is nothing at the path, whatever the method.
    pub(crate) fn route_not_found() -> Self {
        Self::new(Code::RouteNotFound, "there is nothing at this path: /v1/docs lists what there is")
    }

    /// Nothing was said by whom or what: the log has it.
    pub(crate) fn internal_error() -> Self {
        let detail = "something is wrong on our side; quote the request_id if you report it";
        Self::new(Code::InternalError, detail)
    }

    fn unavailable(detail: &'static str) -> Self {
        Self::new(Code::Unavailable, detail).retry_later()
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
        Self::new(Code::Throttled, detail).retry_later()
    }

    /// One query parameter is not as it has to be.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error = ErrorBody::parameter(name, &detail);
        Self::new(Code::MalformedRequest, format!("{name}: {detail}")).listing(vec![error])
    }

    /// One header is not as it has to be.
    pub(crate) fn header(code: Code, name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error = ErrorBody::header(name, &detail);
        Self::new(code, detail).listing(vec![error])
    }

    /// The same problem, laid at one place of the body: a JSON pointer.
    pub(crate) fn at(self, pointer: &str) -> Self {
        let error = ErrorBody::pointer(pointer, &self.detail);
        self.listing(vec![error])
    }

    /// The same problem, laid at these places.
    pub(crate) fn listing(self, errors: Vec<ErrorBody>) -> Self {
        Self { errors, ..self }
    }

    /// The same problem, with what programs may want to know of it.
    fn with(self, facts: Facts) -> Self {
        Self { facts: Box::new(facts), ..self }
    }

    /// The same problem, as it was said to an earlier request.
    pub(crate) fn first_said_to(self, request_id: &str) -> Self {
        Self { first_request_id: Some(request_id.to_owned()), ..self }
    }

    /// The same problem, with a word on when to try again.
    fn retry_later(self) -> Self {
        Self { retry_after_seconds: Some(RETRY_AFTER_SECONDS), ..self }
    }

    /// What is wrong, for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// The body, once it is known which request it answers.
    pub(crate) fn body(self, instance: &str, request_id: &str) -> ProblemBody {
        let request_id = self.first_request_id.unwrap_or_else(|| request_id.to_owned());
        ProblemBody::new(self.code, self.detail, instance, request_id, self.errors, self.facts)
    }
}

impl IntoResponse for Problem {
    /// Without a body yet: `response`, which knows the request, writes it.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
