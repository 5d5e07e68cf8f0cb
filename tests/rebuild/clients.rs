//! Clients that write and read all the time, and never want to see less than they have seen.

use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use bank::{Answer, Bank};

const CLIENTS: usize = 8;

/// The number of the first of them: no acceptance test closes or freezes what they have.
const FIRST: usize = 13;

/// Every so many commands the history is looked at as well.
const BETWEEN_HISTORIES: u64 = 5;

struct Client {
    bank: Bank,
    account: String,
    /// The version that the last command answered.
    version: AtomicU64,
}

/// Eight customers, each with an account.
pub(crate) struct Clients(Vec<Client>);

/// What they have done.
#[derive(Default)]
pub(crate) struct Counts {
    commands: u64,
    reads: u64,
    histories: u64,
}

impl Clients {
    pub(crate) async fn open() -> Self {
        let open = async |number: usize| {
            let bank = Bank::of(&format!("customer-{number:02}")).await;
            let accounts = bank.get("/v1/accounts").await.body["accounts"].as_array().unwrap().clone();
            // On a stack where this has run before there is one already.
            let account = match accounts.iter().find(|account| account["is_active"] == true) {
                Some(account) => account["account_id"].as_str().unwrap().to_owned(),
                None => bank.open("CHECKING", "1000.00").await,
            };
            let version = bank.get(&format!("/v1/accounts/{account}/balance")).await.version();
            Client { bank, account, version: AtomicU64::new(version) }
        };
        Self(join_all((FIRST..FIRST + CLIENTS).map(open)).await)
    }

    pub(crate) async fn run(&self, is_over: &AtomicBool) -> Counts {
        let counts = join_all(self.0.iter().map(|client| client.run(is_over))).await;
        counts.into_iter().fold(Counts::default(), |sum, one| Counts {
            commands: sum.commands + one.commands,
            reads: sum.reads + one.reads,
            histories: sum.histories + one.histories,
        })
    }

    /// Whether every account has all that was commanded, and its history as many transactions as its version says.
    pub(crate) async fn check(&self) {
        for client in &self.0 {
            let (version, account) = (client.version.load(Ordering::Relaxed), &client.account);
            let shown = client.bank.account_at(account, version).await;
            assert_eq!(shown["version"].as_u64(), Some(version));
            client.bank.transactions(account, usize::try_from(version).unwrap()).await;
        }
    }
}

impl Client {
    async fn run(&self, is_over: &AtomicBool) -> Counts {
        let (mut counts, mut seen, mut found) = (Counts::default(), 0, 0);
        let account = format!("/v1/accounts/{}", self.account);
        while !is_over.load(Ordering::Relaxed) {
            let written = self.bank.post(&format!("{account}/deposits"), json!({ "amount": "0.01" })).await;
            assert_eq!(written.status, StatusCode::CREATED, "{}", written.body);
            let version = written.version();
            self.version.store(version, Ordering::Relaxed);
            counts.commands += 1;
            // As fresh as the command, and as fresh as it comes.
            let read = self.read(&format!("{account}?min_version={version}")).await;
            assert!(read.version() >= version, "{version} was asked for: {}", read.body);
            let read = self.read(&account).await;
            assert!(read.version() >= seen, "version {seen} was seen before: {}", read.body);
            seen = read.version();
            counts.reads += 2;
            if counts.commands % BETWEEN_HISTORIES == 0 {
                let page = self.read(&format!("{account}/transactions?page_size=1")).await;
                let count = page.body["total_count"].as_u64().unwrap();
                assert!(count >= found, "{found} transactions were found before: {}", page.body);
                found = count;
                counts.histories += 1;
            }
        }
        counts
    }

    async fn read(&self, path: &str) -> Answer {
        let answer = self.bank.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { commands, reads, histories } = self;
        write!(
            f,
            "{commands} commands, {reads} reads of accounts, {histories} of histories, none failed or went back"
        )
    }
}
