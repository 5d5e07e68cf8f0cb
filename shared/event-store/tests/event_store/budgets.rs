//! The cost model, counted by the table itself: what a command may consume, at version 10 and at version 5,000 alike.
//!
//! The ids are as long as in production, the trace context is there, and the reference is a usual one, because a
//! commit costs one unit only while all of that fits into 1 KB.

use application::{
    CommandRecord, Metadata, Stream, StreamId,
    codec::Accounts,
    commands::{Caller, Commands, LEASE_SECONDS, Order, Request},
    ports::{CommandStore, Consistency, Environment, EventStore},
    queries::{Moment, Queries},
};
use domain::{
    AccountId, Currency, Decimal, Money, TransferId,
    account::{self, AccountType, Command, Open, Transfer},
};
use event_store::{Capacity, DynamoDbCommandStore};
use testing::TestEnvironment;

use crate::table;

pub(crate) const FIRST_ID: &str = "019ab1c2-d3e4-7f56-8a9b-0c1d2e3f4a5b";
const SECOND_ID: &str = "019ab1c2-d3e4-7f56-8a9b-0c1d2e3f4a5c";
const USER_ID: &str = "4f9c2a10-7d3e-4b5f-9a61-2c8d7e6f5a40";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const REFERENCE: &str = "Rent for November, flat 12";

pub(crate) struct Bank {
    pub(crate) store: DynamoDbCommandStore,
    environment: TestEnvironment,
    commands: Commands<DynamoDbCommandStore, TestEnvironment>,
}

impl Bank {
    /// A bank whose two accounts have lived through this many events each.
    pub(crate) async fn at_version(test: &str, version: u64) -> Self {
        let (store, environment) = (table::open(test).await, TestEnvironment::default());
        let commands = Commands::new(store.clone(), environment.clone());
        let bank = Self { store, environment, commands };
        for id in [FIRST_ID, SECOND_ID] {
            bank.open(id).await;
            bank.deposit_until(id, version).await;
        }
        bank
    }

    fn request(&self) -> Request {
        Request {
            caller: Caller { user_id: USER_ID.parse().unwrap(), is_admin: false },
            command_id: self.environment.new_id(),
            fingerprint: [7; 32],
            path: format!("/v1/accounts/{FIRST_ID}/withdrawals"),
            request_id: "JKJaXmPLvHcESHA=".to_owned(),
            deadline: None,
            expected_version: None,
            traceparent: Some(TRACEPARENT.to_owned()),
        }
    }

    async fn open(&self, account_id: &str) {
        let open = Open {
            user_id: USER_ID.parse().unwrap(),
            account_type: AccountType::Checking,
            initial_deposit: Money::whole(1_000_000, Currency::USD),
            reference: None,
        };
        let order = Order::Open { account_id: account_id.parse().unwrap(), open };
        self.commands.execute(&self.request(), &order).await.unwrap().outcome.unwrap();
    }

    /// Appends without reading, since it is not this that is measured.
    async fn deposit_until(&self, account_id: &str, version: u64) {
        let id: AccountId = account_id.parse().unwrap();
        let mut stream = Stream::<Accounts>::load(&self.store, StreamId::account(&id)).await.unwrap();
        while stream.version < version {
            let event = account::decide(stream.state.as_ref().unwrap(), deposit()).unwrap();
            let request = self.request();
            let metadata = Metadata {
                command_id: request.command_id,
                user_id: request.caller.user_id,
                recorded_at: self.environment.now(),
                traceparent: request.traceparent,
                correlation_id: None,
                causation_id: None,
            };
            let at = stream.next_timestamp(metadata.recorded_at);
            let commit = stream.next(self.environment.new_id().to_string(), &event, at, &metadata).unwrap();
            self.store.append(std::slice::from_ref(&commit)).await.unwrap();
            stream = Stream::at(&self.store, commit).await.unwrap();
        }
    }

    async fn version(&self, account_id: &str) -> u64 {
        let id = StreamId::account(&account_id.parse().unwrap());
        Stream::<Accounts>::load(&self.store, id).await.unwrap().version
    }

    async fn cost(&self, request: &Request, order: &Order) -> Capacity {
        let before = self.store.capacity().read();
        self.commands.execute(request, order).await.unwrap().outcome.unwrap();
        self.store.capacity().read().since(before)
    }

    fn transfer(&self) -> Order {
        Order::Transfer(Transfer {
            transfer_id: TransferId::try_from(self.environment.new_id().to_string()).unwrap(),
            from_account_id: FIRST_ID.parse().unwrap(),
            to_account_id: SECOND_ID.parse().unwrap(),
            amount: Decimal::new(999_999, 2),
            reference: Some(REFERENCE.to_owned().try_into().unwrap()),
        })
    }

    /// By version it takes two requests, by time the newest, a look at far and near, and one for each sixteenth that is left.
    async fn check_the_past(&self, newest: u64) {
        let queries = Queries::new(self.store.clone(), (), (), self.environment.clone());
        let (caller, id) = (self.request().caller, SECOND_ID.parse().unwrap());
        for version in [1, 2, newest / 3, newest - 1, newest] {
            let before = self.store.capacity().read();
            let at = queries.account_at(&caller, &id, Moment::Version(version)).await.unwrap();
            assert_eq!(at.version, version);
            assert_eq!(self.store.capacity().read().since(before).requests, 2);

            let before = self.store.capacity().read();
            let again = queries.account_at(&caller, &id, Moment::Time(at.as_of)).await.unwrap();
            assert_eq!(again.version, version);
            let reads = self.store.capacity().read().since(before).requests;
            let looks = u64::from((newest - version + 1).ilog(17)) + 1;
            assert!(reads <= looks + 2, "{reads} requests back from {newest} to {version}");
        }
    }

    /// What the newest commits of these accounts and the record of their command cost as one transaction: twice what
    /// each costs alone.
    ///
    /// DynamoDB charges every item of a transaction twice. DynamoDB Local 3.1.0 reports but the last item of each
    /// table, so each item is written once more by itself, to a table where its place is free, and counted there.
    async fn units_of_a_transaction(&self, test: &str, request: &Request) -> f64 {
        let scratch = table::open(&format!("{test}-scratch")).await;
        for account_id in [FIRST_ID, SECOND_ID] {
            let stream = StreamId::account(&account_id.parse().unwrap());
            let commit = self.store.newest(&stream).await.unwrap().unwrap();
            scratch.append(&[commit]).await.unwrap();
        }
        let record = self.store.record(request.command_id, Consistency::Strong).await.unwrap().unwrap();
        scratch.put_record(&record, None).await.unwrap();
        2.0 * scratch.capacity().read().write_units
    }
}

/// What an undisturbed command costs.
fn capacity(read_units: f64, write_units: f64, requests: u64, appends: u64) -> Capacity {
    Capacity { read_units, write_units, requests, appends, conflicts: 0, throttled: 0 }
}

fn deposit() -> Command {
    Command::Deposit {
        amount: Decimal::new(123_456_789, 2),
        reference: Some(REFERENCE.to_owned().try_into().unwrap()),
        counterparty: None,
    }
}

async fn check_budgets(test: &str, version: u64) {
    let bank = Bank::at_version(test, version).await;
    let withdrawal = Command::Withdraw { amount: Decimal::ONE_THOUSAND, reference: None, counterparty: None };
    for command in [deposit(), withdrawal] {
        let (request, order) =
            (bank.request(), Order::Change { account_id: FIRST_ID.parse().unwrap(), command });
        // The record and the read go side by side, so that the three requests take two round trips.
        let first = capacity(1.0, 2.0, 3, 1);
        assert_eq!(bank.cost(&request, &order).await, first, "{order:?}");
        // The claim's condition fails, which costs a unit that DynamoDB does not report with the error.
        let again = capacity(2.0, 0.0, 2, 0);
        assert_eq!(bank.cost(&request, &order).await, again, "{order:?} again");
    }

    bank.check_the_past(version).await;
    let (request, order) = (bank.request(), bank.transfer());
    let first = bank.cost(&request, &order).await;
    let write_units = bank.units_of_a_transaction(test, &request).await;
    let first = Capacity { write_units, ..first };
    assert_eq!(first, capacity(2.5, 6.0, 4, 1), "transfer");
    let again = capacity(4.5, 0.0, 5, 0);
    assert_eq!(bank.cost(&request, &order).await, again, "transfer again");
}

/// Six days after its first sender died, in the middle of all that has happened since.
#[tokio::test]
async fn taking_a_command_up_days_later_takes_a_few_looks_however_much_came_between() {
    const DAYS: i64 = 6 * 24 * 3_600;
    let bank = Bank::at_version("taken-up", 50).await;
    let (request, now) = (bank.request(), bank.environment.now());
    let record = CommandRecord {
        command_id: request.command_id,
        user_id: request.caller.user_id.clone(),
        fingerprint: request.fingerprint,
        path: request.path.clone(),
        request_id: request.request_id.clone(),
        account_id: Some(FIRST_ID.parse().unwrap()),
        owner: bank.environment.new_id(),
        started_at: now,
        leased_until: now.plus_seconds(LEASE_SECONDS),
        earlier: Vec::new(),
        expires_at: now.plus_seconds(7 * 24 * 3_600),
        outcome: None,
    };
    bank.store.put_record(&record, None).await.unwrap();
    for _ in 0..20 {
        bank.environment.advance(DAYS / 20);
        let newest = bank.version(FIRST_ID).await;
        bank.deposit_until(FIRST_ID, newest + 100).await;
    }
    let order = Order::Change { account_id: FIRST_ID.parse().unwrap(), command: deposit() };
    let taken_up = bank.cost(&request, &order).await;
    // For each of two spans up to five looks and a page; and what every command takes.
    assert!(taken_up.requests <= 2 * 6 + 6, "{taken_up:?}");

    // What was done then is as good as done at first: found again as quickly, and kept as long.
    let again = bank.cost(&request, &order).await;
    assert_eq!(again.requests, 2, "{again:?}");
    let record = bank.store.record(request.command_id, Consistency::Strong).await.unwrap().unwrap();
    assert!(record.expires_at >= record.started_at.plus_seconds(7 * 24 * 3_600), "{record:?}");
    assert_eq!(record.earlier.len(), 1, "{record:?}");
}

#[tokio::test]
async fn commands_keep_to_their_budget_at_version_10() {
    check_budgets("budgets-10", 10).await;
}

#[tokio::test]
async fn commands_keep_to_their_budget_at_version_5000() {
    check_budgets("budgets-5000", 5_000).await;
}
