//! cqrs-es 0.5.0 with dynamo-es 0.5.0, its plain event store.
//!
//! It has no transaction over two aggregates, so a transfer is two commands one after the other: if the second fails,
//! money is gone. Its snapshots are left out: in this version they apply events twice and give wrong balances.

use anyhow::Result;
use async_trait::async_trait;
use aws_sdk_dynamodb::{Client, primitives::Blob, types::AttributeValue};
use cqrs_es::{
    Aggregate, AggregateContext as _, AggregateError, CqrsFramework, DomainEvent, EventStore as _,
    event_sink::EventSink, persist::PersistedEventStore,
};
use dynamo_es::DynamoEventRepository;
use serde::{Deserialize, Serialize};

use super::{AMOUNT_CENTS, Outcome, Variant, account::Event};
use crate::tables::{self, Item};

const TABLE: &str = "cqrs-events";
const SNAPSHOTS: &str = "cqrs-snapshots";

/// The account as cqrs-es has it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Account {
    balance_cents: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("the account does not hold so much")]
pub struct Overdrawn;

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        "MoneyMoved".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = i64;
    type Event = Event;
    type Error = Overdrawn;
    type Services = ();

    async fn handle(&mut self, cents: i64, (): &(), sink: &EventSink<Self>) -> Result<(), Overdrawn> {
        if self.balance_cents + cents < 0 {
            return Err(Overdrawn);
        }
        sink.write(Event::new(cents), self).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        self.balance_cents += event.amount_cents;
    }
}

type Store = PersistedEventStore<DynamoEventRepository, Account>;

/// cqrs-es over its tables.
pub struct Cqrs {
    client: Client,
    framework: CqrsFramework<Account, Store>,
}

impl Cqrs {
    pub async fn new(client: &Client) -> Result<Self> {
        let keys = [("AggregateTypeAndId", false), ("AggregateIdSequence", true)];
        tables::create(client, TABLE, &keys, None).await?;
        tables::create(client, SNAPSHOTS, &[("AggregateTypeAndId", false)], None).await?;
        let framework = CqrsFramework::new(store(client), Vec::new(), ());
        Ok(Self { client: client.clone(), framework })
    }

    async fn execute(&self, account: &str, cents: i64) -> Outcome {
        match self.framework.execute(account, cents).await {
            Ok(()) => Outcome::Done,
            Err(AggregateError::AggregateConflict) => Outcome::Conflict,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

fn store(client: &Client) -> Store {
    let repository = DynamoEventRepository::new(client.clone()).with_tables(TABLE, SNAPSHOTS);
    PersistedEventStore::new_event_store(repository)
}

#[async_trait]
impl Variant for Cqrs {
    fn name(&self) -> &'static str {
        "cqrs-es + dynamo-es"
    }

    async fn fill(&self, account: &str, length: u64) -> Result<()> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let item = |(place, event): (u64, Event)| {
            anyhow::Ok(Item::from([
                ("AggregateTypeAndId".to_owned(), text(&format!("{}:{account}", Account::TYPE))),
                ("AggregateIdSequence".to_owned(), AttributeValue::N(place.to_string())),
                ("AggregateType".to_owned(), text(Account::TYPE)),
                ("AggregateId".to_owned(), text(account)),
                ("EventVersion".to_owned(), text("1")),
                ("EventType".to_owned(), text("MoneyMoved")),
                ("Payload".to_owned(), AttributeValue::B(Blob::new(serde_json::to_vec(&event)?))),
                ("Metadata".to_owned(), AttributeValue::B(Blob::new("{}"))),
            ]))
        };
        let items: Result<Vec<Item>> = Event::history(length).map(item).collect();
        tables::fill(&self.client, TABLE, items?).await
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
        let mut context =
            store(&self.client).load_aggregate(account).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(context.aggregate().balance_cents)
    }
}
