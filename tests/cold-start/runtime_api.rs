//! A stand-in of Lambda's Runtime API, for one function: what the function says is kept until somebody has looked at it,
//! and the function waits as long.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant, SystemTime},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::HeaderValue,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    time::timeout,
};

/// How long a function may take to say something.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long an invocation may take: more than what the longest of them keeps in reserve.
const INVOCATION: Duration = Duration::from_secs(15 * 60);

/// What the function says.
pub(crate) struct Call {
    /// When all of it was here.
    pub(crate) at: Instant,
    pub(crate) path: String,
    pub(crate) body: Bytes,
    replies: oneshot::Sender<Response<Full<Bytes>>>,
}

impl Call {
    /// Gives the function an event.
    pub(crate) fn hand_over(self, event: &Value) {
        let ends = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + INVOCATION;
        let mut response = Response::new(Full::from(event.to_string()));
        for (name, value) in [
            ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
            ("lambda-runtime-deadline-ms", &ends.as_millis().to_string()),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:us-east-1:123456789012:function:measured",
            ),
            ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        let _ = self.replies.send(response);
    }
}

pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    calls: mpsc::Receiver<Call>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (said, calls) = mpsc::channel(1);
        tokio::spawn(async move {
            tokio::select! {
                () = serve(&listener, &said) => {}
                () = said.closed() => {}
            }
        });
        Self { address, calls }
    }

    /// Waits until the function says something.
    pub(crate) async fn call(&mut self) -> Option<Call> {
        timeout(DEADLINE, self.calls.recv()).await.ok().flatten()
    }
}

async fn serve(listener: &TcpListener, said: &mpsc::Sender<Call>) {
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        connection.set_nodelay(true).unwrap();
        let said = said.clone();
        let service = service_fn(move |request| answer(request, said.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
    }
}

/// A function that is not looked at any more is not answered.
async fn answer(
    request: Request<Incoming>,
    said: mpsc::Sender<Call>,
) -> Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let (replies, reply) = oneshot::channel();
    said.send(Call { at: Instant::now(), path: parts.uri.path().to_owned(), body, replies }).await?;
    Ok(reply.await?)
}
