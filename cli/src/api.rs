//! The HTTP API as this tool uses it, and what it says when the bank says no.

use std::time::Duration;

use anyhow::{Context as _, Result};
use application::ports::Environment as _;
use clap::Args;
use lambda_kit::SystemEnvironment;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

use crate::{
    exit::Failure,
    stack::Stack,
    token::{self, SignIn},
};

/// API Gateway gives a function no more than 30 seconds.
const TIMEOUT: Duration = Duration::from_secs(35);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Who asks.
#[derive(Args)]
pub(crate) struct Identity {
    #[command(flatten)]
    sign_in: SignIn,
    /// Use this access token, unless --user says who signs in.
    #[arg(long, env = "PASSBOOK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Identity {
    async fn token(&self, stack: &Stack) -> Result<String> {
        match &self.token {
            Some(token) if self.sign_in.user.is_none() => Ok(token.clone()),
            _ => Ok(token::sign_in(stack, &self.sign_in).await?.access_token),
        }
    }
}

/// What speaks HTTP, and waits for no answer for ever.
pub(crate) fn client() -> Result<reqwest::Client> {
    let client = reqwest::Client::builder().timeout(TIMEOUT).connect_timeout(CONNECT_TIMEOUT).build();
    client.context("HTTP cannot be spoken on this machine")
}

/// Nobody answered at a URL.
pub(crate) fn no_answer(url: &str, error: &reqwest::Error) -> Failure {
    let cause = if error.is_timeout() { "in time".to_owned() } else { format!("({})", deepest(error)) };
    Failure::unreachable(format!(
        "{url} does not answer {cause}: `passbook profile show` says which stack is asked; a local one is started with \
         `cargo xtask up`"
    ))
}

/// What is at the bottom of an error says most, and all that is above it repeats the URL.
fn deepest(error: &dyn std::error::Error) -> &dyn std::error::Error {
    std::iter::successors(Some(error), |error| error.source()).last().unwrap_or(error)
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
        Ok(Self { stack, http: client()?, token: identity.token(stack).await? })
    }

    /// The body of a successful answer; a problem becomes an error in its own words.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value> {
        let url = format!("{}{path}", self.stack.api_url);
        self.send(&url, self.http.get(&url).query(query)).await
    }

    /// The text of a successful answer that is no JSON, and the `Link` to what follows it.
    pub(crate) async fn get_text(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<(String, Option<String>)> {
        let url = format!("{}{path}", self.stack.api_url);
        let request = self.http.get(&url).query(query).bearer_auth(&self.token);
        let answer = request.send().await.map_err(|error| no_answer(&url, &error))?;
        let (status, link) = (answer.status(), answer.headers().get("link").cloned());
        let text = answer.text().await.map_err(|error| no_answer(&url, &error))?;
        if !status.is_success() {
            return Err(problem(status, &serde_json::from_str(&text).unwrap_or_default()).into());
        }
        Ok((text, link.and_then(|link| Some(link.to_str().ok()?.to_owned()))))
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
        let answer = request.bearer_auth(&self.token).send().await.map_err(|error| no_answer(url, &error))?;
        let status = answer.status();
        let body = answer.json().await;
        match body {
            Ok(body) if status.is_success() => Ok(body),
            Ok(body) => Err(problem(status, &body).into()),
            Err(_) => Err(problem(status, &Value::Null).into()),
        }
    }
}

/// What an answer without success means, and what to do about it.
fn problem(status: StatusCode, body: &Value) -> Failure {
    // API Gateway answers by itself with a message, and the functions with a problem.
    let words = body["detail"].as_str().or(body["message"].as_str()).unwrap_or("no reason was given");
    let code = body["code"].as_str();
    let failure = match (status, code) {
        (status, _) if status.is_success() => {
            Failure::failed(format!("{status} without JSON: does the stack's api_url lead to Passbook?"))
        }
        (StatusCode::UNAUTHORIZED, _) => Failure::refused(
            "the token is not valid, or its hour is over: take a new one with `passbook token`, or unset \
             PASSBOOK_TOKEN to be signed in",
        ),
        (StatusCode::FORBIDDEN, _) => Failure::refused(format!(
            "{words}: use --user with an admin, or an admin's token in PASSBOOK_TOKEN"
        )),
        (_, Some("account_not_found")) => Failure::refused(format!(
            "{words}, or it is somebody else's: only its owner sees an account, and an admin (--user)"
        )),
        (StatusCode::TOO_MANY_REQUESTS, _) => Failure::unreachable(format!("{status}: {words}")),
        (StatusCode::INTERNAL_SERVER_ERROR, _) => {
            let request = body["request_id"].as_str().unwrap_or("unknown");
            Failure::failed(format!(
                "{status}: {words} (request_id {request}; the function's log has the cause)"
            ))
        }
        (status, _) if status.is_server_error() => {
            Failure::unreachable(format!("{status}: {words}: try again in a moment"))
        }
        _ => Failure::refused(format!("{status}: {words}")),
    };
    failure.with_code(code)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exit::Exit;

    #[track_caller]
    fn check(status: u16, body: &Value, exit: Exit, words: &str) {
        let error = anyhow::Error::from(problem(StatusCode::from_u16(status).unwrap(), body));
        assert_eq!(Exit::of(&error), exit, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }

    #[test]
    fn a_problem_has_an_exit_code_and_says_what_to_do() {
        check(401, &json!({ "message": "Unauthorized" }), Exit::Refused, "`passbook token`");
        check(
            403,
            &json!({ "detail": "only an admin may do this" }),
            Exit::Refused,
            "only an admin may do this",
        );
        let unknown = json!({ "code": "account_not_found", "detail": "there is no account x" });
        check(404, &unknown, Exit::Refused, "there is no account x, or it is somebody else's");
        check(404, &json!({ "detail": "the account has no such transaction" }), Exit::Refused, "no such");
        check(
            429,
            &json!({ "detail": "more than can be taken" }),
            Exit::Unreachable,
            "more than can be taken",
        );
        check(500, &json!({ "detail": "wrong", "request_id": "r-1" }), Exit::Failed, "request_id r-1");
        check(503, &json!({ "detail": "a store does not answer" }), Exit::Unreachable, "try again");
        check(502, &Value::Null, Exit::Unreachable, "no reason was given");
        check(200, &Value::Null, Exit::Failed, "without JSON");
    }

    #[test]
    fn a_problem_keeps_its_code() {
        let error = problem(StatusCode::FORBIDDEN, &json!({ "code": "forbidden" })).into();
        assert!(Failure::is(&error, "forbidden"));
    }
}
