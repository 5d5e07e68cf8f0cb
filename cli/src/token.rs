//! `passbook token`: signs a user in.

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    api,
    exit::{Exit, Failure},
    output,
    stack::Stack,
};

const EXAMPLES: &str = "Examples:
  passbook token
  passbook token --user alice --json
  export PASSBOOK_TOKEN=$(passbook token --user alice)
  curl -H \"Authorization: Bearer $(passbook token)\" $API/v1/accounts

The users of a local stack are admin, alice, bob, and customer-01 to customer-21. Those of a deployed stack have their
passwords for themselves: PASSBOOK_PASSWORD=… passbook token --user you@example.com";

/// Who signs in if nobody is named: the local stack has an admin.
const DEFAULT_USER: &str = "admin";

/// Sign a user in and print the access token, which is valid for an hour.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
}

/// Who signs in.
#[derive(Args)]
pub(crate) struct SignIn {
    /// Sign in as this user [default: admin].
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// The user's password, if the stack's file has none; in the environment nobody else sees it.
    #[arg(long, env = "PASSBOOK_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SignedIn {
    authentication_result: Tokens,
}

/// What a user has signed in to.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    expires_in: u64,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let Tokens { access_token, expires_in } = sign_in(stack, &arguments.sign_in).await?;
    if json {
        output::json(&json!({ "access_token": access_token, "expires_in_seconds": expires_in }))?;
    } else {
        output::line(access_token)?;
    }
    Ok(Exit::Done)
}

/// Signs a user in.
pub(crate) async fn sign_in(stack: &Stack, SignIn { user, password }: &SignIn) -> Result<Tokens> {
    let user = user.as_deref().unwrap_or(DEFAULT_USER);
    let password = match password {
        Some(password) => password,
        None => stack.password(user)?,
    };
    let url = stack.cognito_url();
    let request = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": stack.user_pool_client_id,
        "AuthParameters": { "USERNAME": user, "PASSWORD": password },
    });
    let answer = api::client()?
        .post(&url)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth")
        .body(request.to_string())
        .send()
        .await
        .map_err(|error| api::no_answer(&url, &error))?;
    let status = answer.status();
    let body: Value = answer.json().await.with_context(|| format!("{url} answered {status} without JSON"))?;
    if !status.is_success() {
        let reason = body["message"].as_str().unwrap_or("no reason was given");
        return Err(Failure::refused(format!("{user} cannot sign in: {reason}")).into());
    }
    if let Some(challenge) = body["ChallengeName"].as_str() {
        let words =
            format!("{user} has to answer {challenge} first: sign in elsewhere, and set PASSBOOK_TOKEN");
        return Err(Failure::refused(words).into());
    }
    let signed_in: SignedIn =
        serde_json::from_value(body).context("the sign-in was answered without tokens")?;
    Ok(signed_in.authentication_result)
}
