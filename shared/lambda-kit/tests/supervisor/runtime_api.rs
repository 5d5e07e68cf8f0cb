//! A server that is to a function what Lambda's Runtime API is.

use std::{convert::Infallible, net::Ipv4Addr, sync::Arc, time::Duration};

use application::ports::Environment as _;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::HeaderValue,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use lambda_kit::SystemEnvironment;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex, Semaphore, mpsc},
    time::timeout,
};

pub(crate) const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:mortal";
pub(crate) const TRACE_ID: &str =
    "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";

/// How long anything may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// What the function has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Said {
    /// The answer, as API Gateway reads it.
    pub(crate) fn answer(&self) -> Value {
        assert!(self.path.ends_with("/response"), "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn status(&self) -> u64 {
        self.answer()["statusCode"].as_u64().unwrap()
    }

    pub(crate) fn text(&self) -> String {
        self.answer()["body"].as_str().unwrap().to_owned()
    }
}

pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    events: mpsc::Sender<Response<Full<Bytes>>>,
    polls: mpsc::Receiver<HeaderMap>,
    said: mpsc::Receiver<Said>,
    /// One permit for each word of the function's that may be taken note of.
    acknowledgements: Arc<Semaphore>,
    invocations: usize,
}

/// The server's ends.
struct Ends {
    events: Mutex<mpsc::Receiver<Response<Full<Bytes>>>>,
    polls: mpsc::Sender<HeaderMap>,
    said: mpsc::Sender<Said>,
    acknowledgements: Arc<Semaphore>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let ((events, to_take), (to_poll, polls), (to_say, said)) =
            (mpsc::channel(1), mpsc::channel(100), mpsc::channel(100));
        let acknowledgements = Arc::new(Semaphore::new(100));
        let ends = Arc::new(Ends {
            events: Mutex::new(to_take),
            polls: to_poll,
            said: to_say,
            acknowledgements: Arc::clone(&acknowledgements),
        });
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let ends = Arc::clone(&ends);
                let service = service_fn(move |request| answer(Arc::clone(&ends), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
            }
        });
        Self { address, events, polls, said, acknowledgements, invocations: 0 }
    }

    /// Waits until the function asks for an event.
    pub(crate) async fn polled(&mut self) -> HeaderMap {
        timeout(DEADLINE, self.polls.recv()).await.expect("the function asks for an event").unwrap()
    }

    /// Whether the function has asked for an event that nobody has waited for yet.
    pub(crate) fn is_polled(&self) -> bool {
        !self.polls.is_empty()
    }

    /// Waits until the function says something.
    pub(crate) async fn said(&mut self) -> Said {
        timeout(DEADLINE, self.said.recv()).await.expect("the function says something").unwrap()
    }

    /// Waits until the function says what means nothing.
    pub(crate) async fn heard_of_other(&mut self) {
        assert_eq!(self.said().await.path, "/2018-06-01/runtime/other");
    }

    /// Whether the function has said something that nobody has waited for yet.
    pub(crate) fn has_heard_more(&self) -> bool {
        !self.said.is_empty()
    }

    /// Takes note of nothing until [`acknowledge`](Self::acknowledge).
    pub(crate) fn hold_back(&self) {
        self.acknowledgements.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn acknowledge(&self) {
        self.acknowledgements.add_permits(100);
    }

    /// Has the function do a request, and returns the invocation's id and when it ends.
    pub(crate) async fn begin(&mut self, event: &Value, time: Duration) -> (String, i64) {
        self.invocations += 1;
        let id = format!("invocation-{}", self.invocations);
        let ends_ms =
            (SystemEnvironment.now().as_micros() + i64::try_from(time.as_micros()).unwrap()) / 1_000;
        let mut response = Response::new(Full::from(event.to_string()));
        for (name, value) in [
            ("lambda-runtime-aws-request-id", id.as_str()),
            ("lambda-runtime-deadline-ms", &ends_ms.to_string()),
            ("lambda-runtime-invoked-function-arn", FUNCTION_ARN),
            ("lambda-runtime-trace-id", TRACE_ID),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        self.events.send(response).await.unwrap();
        (id, ends_ms)
    }

    /// Has the function do a request, and waits for what it says of it.
    pub(crate) async fn invoke(&mut self, path: &str) -> Said {
        let (id, _) = self.begin(&event(path), DEADLINE).await;
        let said = self.said().await;
        assert!(said.path.contains(&format!("/{id}/")), "{said:?}");
        said
    }
}

/// What API Gateway makes of a request.
pub(crate) fn event(path: &str) -> Value {
    let mut event: Value =
        serde_json::from_str(include_str!("../../../gateway/src/identity/health.json")).unwrap();
    event["rawPath"] = json!(path);
    event["requestContext"]["http"]["path"] = json!(path);
    event
}

async fn answer(ends: Arc<Ends>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if parts.method == Method::GET && path == "/2018-06-01/runtime/invocation/next" {
        ends.polls.send(parts.headers).await.unwrap();
        return Ok(ends.events.lock().await.recv().await.unwrap());
    }
    let body = body.collect().await.unwrap().to_bytes();
    ends.said.send(Said { path, headers: parts.headers, body }).await.unwrap();
    ends.acknowledgements.acquire().await.unwrap().forget();
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}
