//! `passbook account`: what an account is now.

use anyhow::Result;
use clap::Args;
use domain::AccountId;

use crate::{
    api::{Api, Identity},
    exit::Exit,
    output,
    stack::Stack,
    table,
};

const EXAMPLES: &str = "Examples:
  passbook account cz-576
  passbook account cz-576 --strong
  passbook account cz-576 --user customer-03 --json | jq -r .current_balance";

/// Show an account: balance, status, totals.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The account's id.
    account_id: AccountId,
    /// Ask for the newest state instead of what the read model has.
    #[arg(long)]
    strong: bool,
    #[command(flatten)]
    identity: Identity,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let consistency = arguments.strong.then(|| ("consistency", "strong".to_owned()));
    let account = api.get(&format!("/v1/accounts/{}", arguments.account_id), consistency.as_slice()).await?;
    if json {
        output::json(&account)?;
        return Ok(Exit::Done);
    }
    let fields = account.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array());
    let rows =
        fields.map(|(name, _)| vec![name.replace('_', " "), table::text(&account, name)]).collect::<Vec<_>>();
    output::text(&table::render(&[], &rows, &[]))?;
    Ok(Exit::Done)
}
