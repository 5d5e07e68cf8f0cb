//! `passbook account`: what an account is now.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::{
    api::{Api, Identity},
    stack::Stack,
    table,
};

/// Show an account: balance, status, totals.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The account's id.
    account_id: String,
    /// Ask for the newest state instead of what the read model has.
    #[arg(long)]
    strong: bool,
    #[command(flatten)]
    identity: Identity,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let api = Api::open(stack, &arguments.identity).await?;
    let consistency = arguments.strong.then(|| ("consistency", "strong".to_owned()));
    let account = api.get(&format!("/v1/accounts/{}", arguments.account_id), consistency.as_slice()).await?;
    if json {
        println!("{account:#}");
        return Ok(ExitCode::SUCCESS);
    }
    let fields = account.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array());
    let rows = fields.map(|(name, value)| vec![name.replace('_', " "), text(value)]).collect::<Vec<_>>();
    print!("{}", table::render(&[], &rows, &[]));
    Ok(ExitCode::SUCCESS)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
