//! Lambda's Runtime API, as a supervisor uses it: one connection that is kept, and whole bodies.

use std::time::Duration;

use application::ports::Environment as _;
use http_body_util::Full;
use hyper::{
    Request, Response, Uri,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
    http::uri::{Authority, PathAndQuery, Scheme},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use lambda_http::Error;
use serde_json::json;

use super::{End, message::whole_response};
use crate::{SystemEnvironment, config};

/// Where the Runtime API is: host and port.
pub(super) const ADDRESS: &str = "AWS_LAMBDA_RUNTIME_API";

const REQUEST_ID: &str = "lambda-runtime-aws-request-id";
const DEADLINE_MS: &str = "lambda-runtime-deadline-ms";

/// How long before Lambda would end both processes a worker that has not answered is given up.
const ANSWER_MARGIN: Duration = Duration::from_millis(500);

pub(super) struct RuntimeApi {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: Authority,
}

impl RuntimeApi {
    /// The one that the process environment names.
    pub(super) fn of_environment() -> Result<Self, Error> {
        let authority = config::required(ADDRESS)?.parse()?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), authority })
    }

    /// Says it, and waits for the whole answer: for an event that may be for hours.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, End> {
        let (mut parts, body) = request.into_parts();
        let mut uri = parts.uri.into_parts();
        (uri.scheme, uri.authority) = (Some(Scheme::HTTP), Some(self.authority.clone()));
        uri.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        parts.uri = Uri::from_parts(uri).unwrap_or_default();
        let response = self.client.request(Request::from_parts(parts, Full::new(body))).await?;
        Ok(whole_response(response).await?)
    }
}

/// An event that has to be answered.
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) event: Bytes,
    deadline_ms: Option<i64>,
}

impl Invocation {
    /// `None` if there is no event in a response.
    pub(super) fn of(response: &Response<Bytes>) -> Option<Self> {
        let header = |name: &str| response.headers().get(name)?.to_str().ok();
        let id = header(REQUEST_ID).filter(|_| response.status().is_success())?.to_owned();
        let deadline_ms = header(DEADLINE_MS).and_then(|text| text.parse().ok());
        Some(Self { id, event: response.body().clone(), deadline_ms })
    }

    /// How long the worker may take; for ever if Lambda has not said.
    pub(super) fn time_left(&self) -> Duration {
        let now_ms = SystemEnvironment.now().as_micros() / 1_000;
        self.deadline_ms.map_or(Duration::MAX, |deadline_ms| {
            let left_ms = u64::try_from(deadline_ms.saturating_sub(now_ms)).unwrap_or_default();
            Duration::from_millis(left_ms).saturating_sub(ANSWER_MARGIN)
        })
    }

    /// The request that answers with a body.
    pub(super) fn answer(&self, body: Vec<u8>) -> Request<Bytes> {
        self.request("response", body)
    }

    /// The request that says that there is no answer.
    pub(super) fn failure(&self) -> Request<Bytes> {
        let error =
            json!({ "errorType": "Runtime.ExitError", "errorMessage": "the worker ended without an answer" });
        self.request("error", error.to_string().into_bytes())
    }

    fn request(&self, subject: &str, body: Vec<u8>) -> Request<Bytes> {
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = hyper::Method::POST;
        let path = format!("/2018-06-01/runtime/invocation/{}/{subject}", self.id);
        *request.uri_mut() = path.parse().unwrap_or_default();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request
    }
}
