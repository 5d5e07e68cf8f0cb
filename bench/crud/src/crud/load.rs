//! Filling the tables, by COPY.

use std::{collections::HashMap, fmt::Write as _};

use anyhow::{Context as _, Result};
use application::ports::AccountSummary;
use axum::body::Bytes;
use domain::{
    Money,
    account::{AccountType, Status},
};
use futures::SinkExt as _;
use tokio_postgres::Client;

use super::Crud;
use crate::bank::{Booking, Chunk};

/// Bytes that are sent at a time.
const PIECE: usize = 256 * 1024;

/// What COPY reads for nothing.
const NULL: &str = "\\N";

/// How many rows each table has; the next one has the next number.
#[derive(Default)]
pub(super) struct Numbers {
    users: usize,
    accounts: usize,
    transfers: usize,
    transactions: usize,
}

impl Crud {
    pub async fn load(&mut self, chunk: &Chunk) -> Result<()> {
        let connection = self.connections.one().await?;
        let client = &connection.client;
        client.batch_execute("BEGIN").await?;
        let (from, numbers) = (&mut self.numbers, chunk.summaries.iter().map(|row| row.account_id.as_str()));
        let accounts: HashMap<&str, usize> = numbers.zip(from.accounts..).collect();
        let mut users: HashMap<&str, usize> = HashMap::new();
        for summary in &chunk.summaries {
            let next = from.users + users.len();
            users.entry(summary.user_id.as_str()).or_insert(next);
        }
        copy(client, "users", users.iter().map(|(user, id)| format!("{id}\t{user}\n"))).await?;
        copy(client, "accounts", chunk.summaries.iter().map(|row| account(row, &accounts, &users))).await?;
        let transfers = chunk.transfers.iter().zip(from.transfers..).map(|(made, id)| {
            let [sender, receiver] = [&made.from, &made.to].map(|account| accounts[account.as_str()]);
            format!("{id}\t{}\t{sender}\t{receiver}\n", made.id)
        });
        copy(client, "transfers", transfers).await?;
        let bookings = || chunk.bookings.iter().zip(from.transactions..);
        let rows = bookings().map(|(booking, id)| booked(booking, id, &accounts, from.transfers));
        copy(client, "transactions", rows).await?;
        let fees = bookings().filter(|(booking, _)| !booking.transaction.fee.is_zero());
        let fees = fees.map(|(booking, id)| format!("{id}\t{}\n", minor(booking.transaction.fee)));
        copy(client, "fees", fees).await?;
        from.users += users.len();
        from.accounts += accounts.len();
        from.transfers += chunk.transfers.len();
        from.transactions += chunk.bookings.len();
        Ok(client.batch_execute("COMMIT").await?)
    }
}

async fn copy(client: &Client, table: &str, rows: impl Iterator<Item = String>) -> Result<()> {
    let sink = client.copy_in::<_, Bytes>(format!("COPY {table} FROM STDIN").as_str()).await?;
    let mut sink = std::pin::pin!(sink);
    let mut piece = String::new();
    for row in rows {
        piece += &row;
        if piece.len() >= PIECE {
            sink.send(std::mem::take(&mut piece).into()).await?;
        }
    }
    sink.send(piece.into()).await?;
    sink.finish().await.with_context(|| format!("{table} does not take its rows"))?;
    Ok(())
}

fn account(row: &AccountSummary, accounts: &HashMap<&str, usize>, users: &HashMap<&str, usize>) -> String {
    let (id, owner) = (accounts[row.account_id.as_str()], users[row.user_id.as_str()]);
    let kind = match row.account_type {
        AccountType::Savings => "SAVINGS",
        _ => "CHECKING",
    };
    let status = match row.status {
        Status::Active => "ACTIVE",
        Status::Frozen => "FROZEN",
        Status::Closed => "CLOSED",
    };
    let AccountSummary { account_id, balance, created_at, version, last_updated, .. } = row;
    let (currency, balance) = (balance.currency().code(), minor(*balance));
    format!(
        "{id}\t{account_id}\t{owner}\t{kind}\t{currency}\t{balance}\t{status}\t{created_at}\t{version}\t{last_updated}\n"
    )
}

fn booked(booking: &Booking, id: usize, accounts: &HashMap<&str, usize>, transfers: usize) -> String {
    let row = &booking.transaction;
    let account = accounts[row.account_id.as_str()];
    let transfer = booking.transfer.map(|number| (transfers + number).to_string());
    // Who was on the other side of a transfer is told by the transfer.
    let counterparty = row.counterparty.as_deref().filter(|_| transfer.is_none());
    let text = |text: Option<&str>| text.map_or_else(|| NULL.to_owned(), escaped);
    let mut line = format!(
        "{id}\t{}\t{account}\t{}\t{}\t{}\t{}\t{}\t",
        row.transaction_id,
        row.transaction_type.as_str(),
        minor(row.amount),
        minor(row.balance_after),
        row.timestamp,
        row.version,
    );
    let (description, reference) = (escaped(&row.description), text(row.reference.as_deref()));
    let transfer = transfer.as_deref().unwrap_or(NULL);
    let _ = writeln!(line, "{description}\t{reference}\t{}\t{transfer}", text(counterparty));
    line
}

/// As COPY wants it: a text of the ledger has no control characters, so a backslash is all there can be.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
}

/// Money always has all the minor digits of its currency.
fn minor(money: Money) -> i128 {
    money.amount().mantissa()
}
