//! What a worker says to Lambda's Runtime API, and which of it a supervisor has to understand.

use http_body_util::BodyExt as _;
use hyper::{
    HeaderMap, Request, Response,
    body::{Body, Bytes},
    header,
};
use tokio::sync::oneshot;

/// What a worker says, and waits for an answer to.
pub(super) struct Call {
    pub(super) request: Request<Bytes>,
    pub(super) replies: oneshot::Sender<Response<Bytes>>,
}

/// What a request to the Runtime API is about (AWS Lambda Developer Guide, "Using the Lambda runtime API").
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subject<'a> {
    /// The worker asks for an event.
    Next,
    /// It answers to the invocation with this id.
    Answer(&'a str),
    /// It says that it failed in the invocation with this id.
    Failure(&'a str),
    /// Anything else, like an error at its start.
    Other,
}

impl Call {
    pub(super) fn subject(&self) -> Subject<'_> {
        subject(self.request.uri().path())
    }

    /// A worker that has ended hears nothing any more.
    pub(super) fn reply(self, response: Response<Bytes>) {
        let _ = self.replies.send(response);
    }
}

fn subject(path: &str) -> Subject<'_> {
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        ["", _, "runtime", "invocation", "next"] => Subject::Next,
        ["", _, "runtime", "invocation", id, "response"] => Subject::Answer(id),
        ["", _, "runtime", "invocation", id, "error"] => Subject::Failure(id),
        _ => Subject::Other,
    }
}

/// A request with its whole body: as it was said, whatever connection it goes over next.
pub(super) async fn whole_request<B: Body>(request: Request<B>) -> Result<Request<Bytes>, B::Error> {
    let (parts, body) = request.into_parts();
    let mut whole = Request::new(body.collect().await?.to_bytes());
    (*whole.method_mut(), *whole.uri_mut()) = (parts.method, parts.uri);
    *whole.headers_mut() = end_to_end(parts.headers);
    Ok(whole)
}

/// A response with its whole body, likewise.
pub(super) async fn whole_response<B: Body>(response: Response<B>) -> Result<Response<Bytes>, B::Error> {
    let (parts, body) = response.into_parts();
    let mut whole = Response::new(body.collect().await?.to_bytes());
    *whole.status_mut() = parts.status;
    *whole.headers_mut() = end_to_end(parts.headers);
    Ok(whole)
}

/// Without what is said of one connection and of how a body goes over it.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for of_connection in [header::CONNECTION, header::HOST, header::TRANSFER_ENCODING] {
        headers.remove(of_connection);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_understands_what_is_about_an_invocation_and_nothing_else() {
        assert_eq!(subject("/2018-06-01/runtime/invocation/next"), Subject::Next);
        assert_eq!(subject("/2018-06-01/runtime/invocation/8476a536/response"), Subject::Answer("8476a536"));
        assert_eq!(subject("/2018-06-01/runtime/invocation/8476a536/error"), Subject::Failure("8476a536"));
        for other in ["/2018-06-01/runtime/init/error", "/2018-06-01/runtime/restore/next", "/", ""] {
            assert_eq!(subject(other), Subject::Other, "{other}");
        }
    }
}
