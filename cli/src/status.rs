//! `passbook status`: whether the stack answers, and how its search domain is.

use anyhow::{Context, Result};
use aws_sdk_opensearch::types::DomainStatus;
use clap::Args;
use lambda_kit::config;
use serde::Serialize;
use serde_json::Value;

use crate::{api, exit::Exit, output, stack::Stack, table};

const EXAMPLES: &str = "Examples:
  passbook status
  passbook --profile prod status --json

The exit code is 0 if the API answers that it is well, 5 if not.";

/// Show whether the API answers, and the health of the search domain.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

#[derive(Serialize)]
struct Status {
    api_url: String,
    api: String,
    search_url: String,
    search: String,
}

pub(crate) async fn run(stack: &Stack, _: &Arguments, json: bool) -> Result<Exit> {
    let (search_url, search) = search(stack).await?;
    let api = ask(&format!("{}/v1/health", stack.api_url)).await;
    let is_well = api.as_deref() == Ok("ok");
    let api_url = stack.api_url.clone();
    let status = Status { api_url, api: api.unwrap_or_else(|error| error), search_url, search };
    if json {
        output::json(&status)?;
    } else {
        let Status { api_url, api, search_url, search } = status;
        let rows = [vec!["api".to_owned(), api, api_url], vec!["search".to_owned(), search, search_url]];
        output::text(&table::render(&[], &rows, &[]))?;
    }
    Ok(if is_well { Exit::Done } else { Exit::Unreachable })
}

/// Where the search is and how: of a domain AWS tells, of a node it tells itself.
async fn search(stack: &Stack) -> Result<(String, String)> {
    let Some(domain) = &stack.search_domain else {
        let Some(url) = stack.search_url() else {
            return Ok((config::NONE.to_owned(), "history from the events".to_owned()));
        };
        let health = ask(&format!("{url}/_cluster/health")).await;
        return Ok((url.to_owned(), health.unwrap_or_else(|error| error)));
    };
    let client = aws_sdk_opensearch::Client::new(&stack.aws().await);
    let described = client.describe_domain().domain_name(domain).send().await;
    let described = described.with_context(|| format!("the search domain {domain} cannot be described"))?;
    let status = described.domain_status.context("AWS says nothing of the domain")?;
    let state = if status.processing.unwrap_or_default() { "processing" } else { "active" };
    Ok((endpoint(&status), state.to_owned()))
}

fn endpoint(status: &DomainStatus) -> String {
    status.endpoint().map_or_else(|| "no endpoint yet".to_owned(), |endpoint| format!("https://{endpoint}"))
}

/// The `status` in the JSON at a URL, or why there is none.
async fn ask(url: &str) -> Result<String, String> {
    let request = api::client().map_err(|error| error.to_string())?.get(url);
    let answer = request.send().await.map_err(|_| "does not answer".to_owned())?;
    let body: Value = answer.json().await.map_err(|_| "answers without JSON".to_owned())?;
    body["status"].as_str().map(str::to_owned).ok_or_else(|| body.to_string())
}
