//! The HTTP API as this tool uses it.

use anyhow::{Context, Result, bail};
use application::ports::Environment as _;
use clap::Args;
use lambda_kit::SystemEnvironment;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::{stack::Stack, token};

/// Who asks.
#[derive(Args)]
pub(crate) struct Identity {
    /// Sign in as this user of the stack.
    #[arg(long, default_value = "admin")]
    user: String,
    /// Use this access token instead.
    #[arg(long, env = "PASSBOOK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Identity {
    async fn token(&self, stack: &Stack) -> Result<String> {
        match &self.token {
            Some(token) => Ok(token.clone()),
            None => token::access_token(stack, &self.user).await,
        }
    }
}

/// A signed-in client of one stack.
pub(crate) struct Api<'a> {
    stack: &'a Stack,
    http: reqwest::Client,
    token: String,
}

impl<'a> Api<'a> {
    /// Signs in.
    pub(crate) async fn open(stack: &'a Stack, identity: &Identity) -> Result<Self> {
        Ok(Self { stack, http: reqwest::Client::new(), token: identity.token(stack).await? })
    }

    /// The body of a successful answer; a problem becomes an error in its own words.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value> {
        let url = format!("{}{path}", self.stack.api_url);
        self.send(&url, self.http.get(&url).query(query)).await
    }

    /// The same of a request that has an effect, under a key that was never used.
    pub(crate) async fn post(&self, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.stack.api_url);
        let key = SystemEnvironment.new_id().to_string();
        self.send(&url, self.http.post(&url).header("idempotency-key", key)).await
    }

    /// The same with a body.
    pub(crate) async fn post_body(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.stack.api_url);
        let key = SystemEnvironment.new_id().to_string();
        self.send(&url, self.http.post(&url).header("idempotency-key", key).json(body)).await
    }

    async fn send(&self, url: &str, request: RequestBuilder) -> Result<Value> {
        let request = request.bearer_auth(&self.token);
        let answer =
            request.send().await.with_context(|| format!("{url} does not answer: is the stack up?"))?;
        let status = answer.status();
        let body: Value =
            answer.json().await.with_context(|| format!("{url} answered {status} without JSON"))?;
        if !status.is_success() {
            let words = body["detail"].as_str().or(body["message"].as_str()).unwrap_or("no reason given");
            bail!("{status}: {words}");
        }
        Ok(body)
    }
}
