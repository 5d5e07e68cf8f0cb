//! `passbook export`: an account's transactions, from the first to the last, as a file.

use anyhow::Result;
use clap::{Args, ValueEnum};
use domain::AccountId;

use crate::{
    api::{Api, Identity},
    exit::Exit,
    output,
    stack::Stack,
};

const EXAMPLES: &str = "Examples:
  passbook export cz-576 > cz-576.jsonl
  passbook export cz-576 --format csv > cz-576.csv
  passbook export cz-576 --after-version 300 >> cz-576.jsonl
  passbook export cz-576 | jq -r 'select(.type == \"DEBIT\") | .amount'

The account is read in parts, and no more than one of them is kept: a long history takes no memory.";

/// As what a history is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON object a line.
    Jsonl,
    /// A table for spreadsheets.
    Csv,
}

/// Write all transactions of an account, oldest first, from the events themselves.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The account's id.
    account_id: AccountId,
    /// As what.
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Go on after this version: the last line of an export has it. Without the names of the columns, then.
    #[arg(long, value_name = "VERSION", default_value_t = 0)]
    after_version: u64,
    #[command(flatten)]
    identity: Identity,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let path = format!("/v1/accounts/{}/export", arguments.account_id);
    let format = match arguments.format {
        Format::Jsonl => "jsonl",
        Format::Csv => "csv",
    };
    let mut after = Some(arguments.after_version);
    while let Some(version) = after {
        let query = [("format", format.to_owned()), ("after_version", version.to_string())];
        let (part, link) = api.get_text(&path, &query).await?;
        output::text(&part)?;
        after = link.as_deref().and_then(next_after);
    }
    Ok(Exit::Done)
}

/// The version that the next part goes on after.
fn next_after(link: &str) -> Option<u64> {
    let (url, _) = link.strip_prefix('<')?.split_once('>')?;
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("after_version=")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_says_where_the_next_part_begins() {
        let link = "</v1/accounts/a/export?format=csv&after_version=1000>; rel=\"next\"";
        assert_eq!(next_after(link), Some(1_000));
        assert_eq!(next_after("nonsense"), None);
    }
}
