//! What happens in the bank: real commands on the events table itself, and the stream's records of what they commit.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use application::{
    StreamId, codec,
    commands::{Caller, Commands, Order, Request},
    ports::{Environment as _, EventStore as _},
};
use domain::{
    AccountId, Currency, Decimal, Money,
    account::{AccountType, Command, Open, Transfer},
};
use testing::{
    MemoryEventStore,
    simulator::{SimulatedEnvironment, World},
};

use crate::{network::ready, stream::Stream};

/// The bank of one world.
#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) world: World,
    pub(crate) store: MemoryEventStore,
    /// The stream, as each of its two readers has it.
    pub(crate) readers: [Stream; 2],
    /// The commits that there are, each of an account with its last version.
    pub(crate) known: Arc<Mutex<Vec<(AccountId, u64)>>>,
    /// How many relays read a shard that may still get a record.
    pub(crate) relays: Arc<AtomicUsize>,
    seen: Arc<Mutex<BTreeMap<StreamId, u64>>>,
    is_closed: Arc<AtomicBool>,
}

impl Bank {
    pub(crate) fn new(world: World, readers: [Stream; 2]) -> Self {
        let relays = Arc::new(AtomicUsize::new(readers[1].shards.len()));
        Self {
            world,
            store: MemoryEventStore::default(),
            readers,
            known: Arc::default(),
            relays,
            seen: Arc::default(),
            is_closed: Arc::default(),
        }
    }

    /// Whether nothing will be committed any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Lives through some commands, one after the other.
    pub(crate) async fn live(self) {
        let accounts: Vec<String> =
            (0..self.world.chance(|rng| rng.usize(2..5))).map(|number| format!("a{number}")).collect();
        for account in &accounts {
            self.execute(open(account)).await;
        }
        for number in 0..self.world.chance(|rng| rng.u128(5..40)) {
            self.world.sleep(self.world.chance(|rng| Duration::from_millis(rng.u64(..1_500)))).await;
            let [from, to] = self.world.chance(|rng| {
                [rng.usize(..accounts.len()), rng.usize(..accounts.len())]
                    .map(|place| accounts[place].clone())
            });
            let amount = Decimal::from(self.world.chance(|rng| rng.u32(1..40)));
            let order = match self.world.chance(|rng| rng.u32(..4)) {
                0 => Order::Transfer(Transfer {
                    transfer_id: format!("t{number}").parse().unwrap(),
                    from_account_id: from.parse().unwrap(),
                    to_account_id: to.parse().unwrap(),
                    amount,
                    reference: None,
                }),
                1 => change(&from, Command::Withdraw { amount, reference: None, counterparty: None }),
                _ => change(&from, Command::Deposit { amount, reference: None, counterparty: None }),
            };
            self.execute(order).await;
        }
        if self.world.chance(|rng| rng.u32(..5)) == 0 {
            self.poison(&accounts[0]);
        }
        self.is_closed.store(true, Ordering::Relaxed);
    }

    async fn execute(&self, order: Order) {
        self.world.count("commands");
        self.world.tell(|| format!("{order:?}"));
        let environment = SimulatedEnvironment::new(self.world.clone(), Duration::ZERO);
        let request = Request {
            caller: Caller { user_id: "alice".parse().unwrap(), is_admin: true },
            command_id: environment.new_id(),
            fingerprint: [0; 32],
            path: String::new(),
            request_id: String::new(),
            deadline: None,
            expected_version: None,
            traceparent: None,
        };
        Commands::new(self.store.clone(), environment).execute(&request, &order).await.unwrap();
        self.record_new();
    }

    /// The next commit of an account is one that this build cannot read: in its events, or not even that.
    fn poison(&self, account: &str) {
        let stream = StreamId::account(&account.parse().unwrap());
        let mut commit = ready(self.store.newest(&stream)).unwrap().unwrap();
        commit.version += 1;
        commit.timestamp = commit.timestamp.plus_seconds(1);
        commit.events = match self.world.chance(|rng| rng.bool()) {
            true => r#"[{"type":"MoneyBurned","v":1,"id":"x","data":{}}]"#.to_owned(),
            false => "not JSON".to_owned(),
        };
        ready(self.store.append(&[commit])).unwrap();
        self.world.count("poisoned");
        self.record_new();
    }

    /// What is new in the table becomes records, each reader's by itself.
    fn record_new(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = Vec::new();
        self.store.look(|commit| {
            if seen.get(&commit.stream).is_none_or(|version| *version < commit.version) {
                seen.insert(commit.stream.clone(), commit.version);
                new.push(commit.clone());
            }
        });
        for commit in new {
            if let (Some(account_id), Ok(version)) =
                (commit.stream.account_id(), codec::last_version(&commit))
            {
                self.known.lock().unwrap_or_else(PoisonError::into_inner).push((account_id, version));
            }
            self.world.count("commits");
            self.world.tell(|| format!("commit {} {}", commit.stream, commit.version));
            for stream in &self.readers {
                stream.push(&commit);
            }
        }
    }
}

fn open(account: &str) -> Order {
    let open = Open {
        user_id: "alice".parse().unwrap(),
        account_type: AccountType::Checking,
        initial_deposit: Money::whole(100, Currency::USD),
        reference: None,
    };
    Order::Open { account_id: account.parse().unwrap(), open }
}

fn change(account: &str, command: Command) -> Order {
    Order::Change { account_id: account.parse().unwrap(), command }
}
