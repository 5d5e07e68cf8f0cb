//! `passbook token`: signs a user in.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::stack::{Stack, User};

/// Sign a user in and print the access token, which is valid for an hour.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Who signs in: admin, alice, bob, customer-01 … customer-20.
    #[arg(long, default_value = "admin")]
    user: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SignedIn {
    authentication_result: Tokens,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tokens {
    access_token: String,
    expires_in: u64,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let tokens = sign_in(stack, stack.user(&arguments.user)?).await?;
    if json {
        println!(
            "{}",
            json!({ "access_token": tokens.access_token, "expires_in_seconds": tokens.expires_in })
        );
    } else {
        println!("{}", tokens.access_token);
    }
    Ok(ExitCode::SUCCESS)
}

/// An access token for this user of the stack.
pub(crate) async fn access_token(stack: &Stack, user: &str) -> Result<String> {
    Ok(sign_in(stack, stack.user(user)?).await?.access_token)
}

async fn sign_in(stack: &Stack, user: &User) -> Result<Tokens> {
    let url = stack.cognito_url();
    let answer = reqwest::Client::new()
        .post(&url)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth")
        .body(
            json!({
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": stack.user_pool_client_id,
                "AuthParameters": { "USERNAME": user.name, "PASSWORD": user.password },
            })
            .to_string(),
        )
        .send()
        .await
        .with_context(|| format!("{url} does not answer: is the stack up?"))?;
    let status = answer.status();
    let body: Value = answer.json().await.with_context(|| format!("{url} answered {status} without JSON"))?;
    if !status.is_success() {
        bail!("{} cannot sign in: {}", user.name, body["message"].as_str().unwrap_or("no reason given"));
    }
    let signed_in: SignedIn =
        serde_json::from_value(body).context("the sign-in was answered without tokens")?;
    Ok(signed_in.authentication_result)
}
