//! event-store-adapter-rs 5.2.0, without snapshots: its README's way of loading and appending.
//!
//! Like cqrs-es it has no transaction over two aggregates; a transfer is two commands.

use anyhow::Result;
use async_trait::async_trait;
use aws_sdk_dynamodb::{Client, primitives::Blob, types::AttributeValue};
use event_store_adapter_rs::{
    AggregateId, DynamoDbOptions, DynamoDbTables, EventEnvelope, EventStoreError, EventStoreForDynamoDB,
};

use super::{AMOUNT_CENTS, Outcome, Variant, account::Event};
use crate::tables::{self, Item};

const TYPE: &str = "Account";
const JOURNAL: &str = "adapter-journal";
const HEADS: &str = "adapter-heads";
const SNAPSHOTS: &str = "adapter-snapshots";
const INDEX: &str = "adapter-snapshot-history";

#[derive(Clone, Debug)]
pub struct Id(String);

impl AggregateId for Id {
    fn type_name(&self) -> String {
        TYPE.to_owned()
    }

    fn value(&self) -> String {
        self.0.clone()
    }
}

/// event-store-adapter-rs over its tables.
pub struct Adapter {
    client: Client,
    store: EventStoreForDynamoDB<Id, i64, Event>,
}

impl Adapter {
    pub async fn new(client: &Client) -> Result<Self> {
        tables::create(client, JOURNAL, &[("aid", false), ("seq_nr", true)], None).await?;
        tables::create(client, HEADS, &[("aid", false)], None).await?;
        let index: (&str, &[tables::Key]) = (INDEX, &[("aid", false), ("active_history_seq_nr", true)]);
        tables::create(client, SNAPSHOTS, &[("aid", false), ("skey", true)], Some(index)).await?;
        let tables = DynamoDbTables {
            journal_table_name: JOURNAL.to_owned(),
            head_table_name: HEADS.to_owned(),
            snapshot_table_name: SNAPSHOTS.to_owned(),
            snapshot_history_index_name: INDEX.to_owned(),
        };
        let store = EventStoreForDynamoDB::open(client.clone(), tables, DynamoDbOptions::default()).await?;
        Ok(Self { client: client.clone(), store })
    }

    /// The last number and the balance.
    async fn load(&self, id: &Id) -> Result<(u64, i64), EventStoreError> {
        let head = self.store.get_latest_snapshot_by_id(id).await?.map_or(0, |read| read.head_seq_nr());
        let events = self.store.get_events_by_id_since_seq_nr(id, 0).await?;
        let last = events.last().map_or(head, EventEnvelope::seq_nr);
        Ok((last, events.iter().map(|event| event.payload().amount_cents).sum()))
    }

    async fn execute(&self, account: &str, cents: i64) -> Outcome {
        let id = Id(account.to_owned());
        let result = async {
            let (last, _) = self.load(&id).await?;
            let event = EventEnvelope::new(id, last + 1, chrono::Utc::now(), Event::new(cents));
            self.store.persist_event(event).await
        };
        match result.await {
            Ok(()) => Outcome::Done,
            Err(EventStoreError::OptimisticLock { .. }) => Outcome::Conflict,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

#[async_trait]
impl Variant for Adapter {
    fn name(&self) -> &'static str {
        "event-store-adapter-rs"
    }

    async fn fill(&self, account: &str, length: u64) -> Result<()> {
        let aid = AttributeValue::S(format!("{TYPE}-{account}"));
        let mut items = Vec::new();
        for (place, event) in Event::history(length) {
            let nanoseconds = chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default();
            items.push(Item::from([
                ("seq_nr".to_owned(), AttributeValue::N(place.to_string())),
                ("occurred_at".to_owned(), AttributeValue::N(nanoseconds.to_string())),
                ("manifest".to_owned(), AttributeValue::S(String::new())),
                ("payload".to_owned(), AttributeValue::B(Blob::new(serde_json::to_vec(&event)?))),
            ]));
        }
        let head = Item::from([
            ("aid".to_owned(), aid.clone()),
            ("type_name".to_owned(), AttributeValue::S(TYPE.to_owned())),
            ("seq_nr".to_owned(), AttributeValue::N(length.to_string())),
            (
                "events".to_owned(),
                AttributeValue::L(items.last().cloned().map(AttributeValue::M).into_iter().collect()),
            ),
        ]);
        for item in &mut items {
            item.insert("aid".to_owned(), aid.clone());
        }
        tables::fill(&self.client, JOURNAL, items).await?;
        tables::fill(&self.client, HEADS, vec![head]).await
    }

    async fn deposit(&self, account: &str) -> Outcome {
        self.execute(account, AMOUNT_CENTS).await
    }

    async fn transfer(&self, from: &str, to: &str) -> Outcome {
        match self.execute(from, -AMOUNT_CENTS).await {
            Outcome::Done => self.execute(to, AMOUNT_CENTS).await,
            other => other,
        }
    }

    async fn balance(&self, account: &str) -> Result<i64> {
        Ok(self.load(&Id(account.to_owned())).await?.1)
    }
}
