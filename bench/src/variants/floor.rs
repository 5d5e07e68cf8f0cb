//! The floor: what an append under an optimistic lock costs at least, with nothing that a bank needs. One query for the
//! newest item, one conditional put of 670 bytes; no record of the command, no rules, no hash.

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    error::ProvideErrorMetadata as _,
    types::{AttributeValue, Put, TransactWriteItem},
};

use super::{AMOUNT_CENTS, Outcome, Variant};
use crate::tables::{self, Item};

const TABLE: &str = "floor";
/// Makes an item as large as a deposit with its state is.
const PADDING: usize = 560;

/// The floor over one table.
pub struct Floor {
    client: Client,
}

impl Floor {
    pub async fn new(client: &Client) -> Result<Self> {
        tables::create(client, TABLE, &[("stream", false), ("version", true)], None).await?;
        Ok(Self { client: client.clone() })
    }

    /// Version and balance of an account.
    async fn newest(&self, account: &str) -> Result<(u64, i64)> {
        let newest = self
            .client
            .query()
            .table_name(TABLE)
            .consistent_read(true)
            .key_condition_expression("#stream = :stream")
            .expression_attribute_names("#stream", "stream")
            .expression_attribute_values(":stream", AttributeValue::S(account.to_owned()))
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await?;
        let item = newest.items().first().context("no account")?;
        let number = |name: &str| {
            let number = item.get(name).and_then(|number| number.as_n().ok()).context("a number is missing");
            number.and_then(|number| Ok(number.parse::<i64>()?))
        };
        Ok((u64::try_from(number("version")?)?, number("balance")?))
    }

    fn put(account: &str, version: u64, balance: i64) -> Result<Put> {
        let put = Put::builder().table_name(TABLE).set_item(Some(item(account, version, balance)));
        Ok(put
            .condition_expression("attribute_not_exists(#stream)")
            .expression_attribute_names("#stream", "stream")
            .build()?)
    }

    async fn change(&self, account: &str) -> Result<Outcome> {
        let (version, balance) = self.newest(account).await?;
        let put = Self::put(account, version + 1, balance + AMOUNT_CENTS)?;
        let request = self
            .client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names);
        Ok(outcome(request.send().await.err().as_ref().map(|error| (error.code(), error.to_string()))))
    }

    async fn move_money(&self, from: &str, to: &str) -> Result<Outcome> {
        let ((from_version, from_balance), (to_version, to_balance)) =
            futures::future::try_join(self.newest(from), self.newest(to)).await?;
        let puts = [
            Self::put(from, from_version + 1, from_balance - AMOUNT_CENTS)?,
            Self::put(to, to_version + 1, to_balance + AMOUNT_CENTS)?,
        ];
        let items = puts.into_iter().map(|put| TransactWriteItem::builder().put(put).build()).collect();
        let sent = self.client.transact_write_items().set_transact_items(Some(items)).send().await;
        Ok(outcome(sent.err().as_ref().map(|error| (error.code(), error.to_string()))))
    }
}

fn outcome(error: Option<(Option<&str>, String)>) -> Outcome {
    match error {
        None => Outcome::Done,
        Some((Some("ConditionalCheckFailedException" | "TransactionCanceledException"), _)) => {
            Outcome::Conflict
        }
        Some((_, text)) => Outcome::Failed(text),
    }
}

fn item(account: &str, version: u64, balance: i64) -> Item {
    Item::from([
        ("stream".to_owned(), AttributeValue::S(account.to_owned())),
        ("version".to_owned(), AttributeValue::N(version.to_string())),
        ("balance".to_owned(), AttributeValue::N(balance.to_string())),
        ("padding".to_owned(), AttributeValue::S("x".repeat(PADDING))),
    ])
}

#[async_trait]
impl Variant for Floor {
    fn name(&self) -> &'static str {
        "floor"
    }

    async fn fill(&self, account: &str, length: u64) -> Result<()> {
        let versions = (1..=length).zip((10_000..).step_by(usize::try_from(AMOUNT_CENTS)?));
        let items = versions.map(|(version, balance)| item(account, version, balance)).collect();
        tables::fill(&self.client, TABLE, items).await
    }

    async fn deposit(&self, account: &str) -> Outcome {
        self.change(account).await.unwrap_or_else(|error| Outcome::Failed(error.to_string()))
    }

    async fn transfer(&self, from: &str, to: &str) -> Outcome {
        self.move_money(from, to).await.unwrap_or_else(|error| Outcome::Failed(error.to_string()))
    }

    async fn balance(&self, account: &str) -> Result<i64> {
        Ok(self.newest(account).await?.1)
    }
}
