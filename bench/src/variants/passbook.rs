//! Passbook as it is: the real commands, each with the record that gives its key one effect.

use std::time::Duration;

use anyhow::{Context as _, Result};
use application::{
    CommandError, Commit, Metadata, Stream, StreamId,
    codec::{Accounts, Aggregate},
    commands::{Caller, Commands, Order, Request},
    ports::{Environment, EventStore as _},
};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::{
    Currency, Decimal, Money, Timestamp,
    account::{self, AccountType, Command, Open, Transfer},
};
use event_store::DynamoDbCommandStore;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use super::{AMOUNT_CENTS, Outcome, Variant};
use crate::tables;

const USER: &str = "4f9c2a10-7d3e-4b5f-9a61-2c8d7e6f5a40";

/// The real clock, real ids, and waits by chance, as the functions have them.
#[derive(Clone, Copy)]
pub struct SystemEnvironment;

impl Environment for SystemEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::from(jiff::Timestamp::now())
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn pause(&self, longest: Duration) {
        tokio::time::sleep(longest.mul_f64(super::chance())).await;
    }
}

/// The commit with which a stream goes on, as a command would make it.
pub fn next<A: Aggregate>(stream: &Stream<A>, event: &A::Event) -> Result<Commit> {
    let metadata = Metadata {
        command_id: SystemEnvironment.new_id(),
        user_id: USER.parse()?,
        recorded_at: SystemEnvironment.now(),
        traceparent: None,
        correlation_id: None,
        causation_id: None,
    };
    let at = stream.next_timestamp(metadata.recorded_at);
    Ok(stream.next(SystemEnvironment.new_id().to_string(), event, at, &metadata)?)
}

/// Passbook over two tables.
pub struct Passbook {
    store: DynamoDbCommandStore,
    commands: Commands<DynamoDbCommandStore, SystemEnvironment>,
}

impl Passbook {
    pub async fn new(client: &Client) -> Result<Self> {
        tables::create(client, "passbook-events", &[("stream", false), ("version", true)], None).await?;
        tables::create(client, "passbook-commands", &[("command_id", false)], None).await?;
        let store =
            DynamoDbCommandStore::new(client.clone(), "passbook-events".into(), "passbook-commands".into());
        Ok(Self { commands: Commands::new(store.clone(), SystemEnvironment), store })
    }

    fn request() -> Result<Request> {
        Ok(Request {
            caller: Caller { user_id: USER.parse()?, is_admin: false },
            command_id: SystemEnvironment.new_id(),
            fingerprint: [7; 32],
            path: "/v1/accounts/019ab1c2-d3e4-7f56-8a9b-0c1d2e3f4a5b/deposits".to_owned(),
            request_id: "JKJaXmPLvHcESHA=".to_owned(),
            deadline: None,
            expected_version: None,
            traceparent: None,
        })
    }

    async fn execute(&self, order: Result<Order>) -> Outcome {
        let (order, request) = match (order, Self::request()) {
            (Ok(order), Ok(request)) => (order, request),
            (Err(error), _) | (_, Err(error)) => return Outcome::Failed(error.to_string()),
        };
        match self.commands.execute(&request, &order).await {
            Ok(answer) => match answer.outcome {
                Ok(_) => Outcome::Done,
                Err(refusal) => Outcome::Failed(refusal.to_string()),
            },
            Err(CommandError::ConcurrentModification) => Outcome::Conflict,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

fn deposit() -> Command {
    Command::Deposit { amount: cents(AMOUNT_CENTS), reference: None, counterparty: None }
}

#[async_trait]
impl Variant for Passbook {
    fn name(&self) -> &'static str {
        "passbook"
    }

    async fn fill(&self, account: &str, length: u64) -> Result<()> {
        let id = StreamId::account(&account.parse()?);
        let open = Open {
            user_id: USER.parse()?,
            account_type: AccountType::Checking,
            initial_deposit: Money::new(cents(10_000), Currency::USD)?,
            reference: None,
        };
        let mut stream = Stream::<Accounts> { id, version: 0, state: None, newest: None };
        let (mut event, mut commits) = (account::open(open)?, Vec::new());
        while stream.version < length {
            let commit = next(&stream, &event)?;
            commits.push(commit.clone());
            stream = Stream::at(&self.store, commit).await?;
            event = account::decide(stream.state.as_ref().context("a state")?, deposit())?;
        }
        // In no order: nobody looks on yet.
        let appends = stream::iter(commits.into_iter().map(|commit| {
            let store = self.store.clone();
            async move { store.append(&[commit]).await }
        }));
        appends.buffer_unordered(16).try_collect::<()>().await?;
        Ok(())
    }

    async fn deposit(&self, account: &str) -> Outcome {
        let order = account.parse().map(|account_id| Order::Change { account_id, command: deposit() });
        self.execute(order.map_err(anyhow::Error::from)).await
    }

    async fn transfer(&self, from: &str, to: &str) -> Outcome {
        let order = || {
            anyhow::Ok(Order::Transfer(Transfer {
                transfer_id: SystemEnvironment.new_id().to_string().parse()?,
                from_account_id: from.parse()?,
                to_account_id: to.parse()?,
                amount: cents(AMOUNT_CENTS),
                reference: None,
            }))
        };
        self.execute(order()).await
    }

    async fn balance(&self, account: &str) -> Result<i64> {
        let stream = Stream::<Accounts>::load(&self.store, StreamId::account(&account.parse()?)).await?;
        let balance = stream.state.context("no account")?.balance.amount();
        Ok((balance * Decimal::from(100)).try_into()?)
    }
}
