//! A request, its answer, and the client that sends one and waits for the other: the same for every side.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

/// The longest body, of a bulk of a hundred.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// After this long nobody waits for an answer any more.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What is sent.
#[derive(Clone, Debug)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    /// Who asks, if that has to be said.
    pub bearer: Option<String>,
    /// With it the request has one effect, however often it is sent.
    pub key: Option<String>,
    pub body: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

/// A client with connections that are kept; its clones share them.
#[derive(Clone)]
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

impl Ask {
    pub fn get(path: String) -> Self {
        Self { method: Method::GET, path, bearer: None, key: None, body: None }
    }

    pub fn post(path: String, body: &Value) -> Self {
        Self { method: Method::POST, body: Some(body.to_string()), ..Self::get(path) }
    }

    pub fn with_key(self, key: String) -> Self {
        Self { key: Some(key), ..self }
    }

    pub fn by(self, bearer: String) -> Self {
        Self { bearer: Some(bearer), ..self }
    }
}

impl Answer {
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Http {
    pub fn new(url: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, url: url.trim_end_matches('/').to_owned() }
    }

    /// The answer to a request, read to its end.
    pub async fn send(&self, ask: &Ask) -> Result<Answer> {
        let mut request = Request::builder()
            .method(&ask.method)
            .uri(format!("{}{}", self.url, ask.path))
            .header(CONTENT_TYPE, "application/json");
        if let Some(key) = &ask.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(bearer) = &ask.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let body = Full::from(ask.body.clone().unwrap_or_default());
        let answer = async {
            let answer = self.client.request(request.body(body)?).await?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), BODY_BYTES_MAX).collect().await;
            let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
            anyhow::Ok(Answer { status, body })
        };
        tokio::time::timeout(PATIENCE, answer).await.context("no answer in time")?
    }

    /// The answer to a request that has to succeed.
    pub async fn must(&self, ask: &Ask) -> Result<Answer> {
        let answer = self.send(ask).await.with_context(|| format!("{} {}", ask.method, ask.path))?;
        let (status, body) = (answer.status, String::from_utf8_lossy(&answer.body));
        ensure!(status.is_success(), "{} {} is answered with {status}: {body}", ask.method, ask.path);
        Ok(answer)
    }
}
