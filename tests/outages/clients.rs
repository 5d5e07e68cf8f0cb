//! Customers who move money and look at it, and remember what they were told.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::future::join_all;
use serde_json::json;

use bank::{Answer, Bank};

use crate::sender::{Counts, Sender};

const CLIENTS: usize = 8;

/// The number of the first of them: no acceptance test closes or freezes what they have.
const FIRST: usize = 13;

/// Every so many commands the history is looked at as well.
const BETWEEN_SEARCHES: usize = 5;

/// Each has to have enough for all that it may send.
const MEANS: &str = "10000.00";

struct Client<'a> {
    sender: Sender<'a>,
    account: String,
}

/// Eight customers, each with an account, and what was acknowledged to all of them.
pub(crate) struct Clients<'a> {
    clients: Vec<Client<'a>>,
    acknowledged: Mutex<Acknowledged>,
}

/// What the accounts have to come to.
#[derive(Clone, Default)]
pub(crate) struct Acknowledged {
    /// The version of each account: what it had before, and one more for each of its events.
    pub(crate) versions: BTreeMap<String, u64>,
    /// The event of each account and version.
    pub(crate) events: BTreeMap<(String, u64), String>,
}

impl<'a> Clients<'a> {
    pub(crate) async fn open(counts: &'a Counts) -> Self {
        let open = async |number: usize| {
            let bank = Bank::of(&format!("customer-{number:02}")).await;
            let accounts = bank.get("/v1/accounts").await.body["accounts"].as_array().unwrap().clone();
            // On a stack where this has run before there is one already.
            let account = match accounts.first() {
                Some(account) => account["account_id"].as_str().unwrap().to_owned(),
                None => bank.open("CHECKING", "100.00").await,
            };
            let sender = Sender { bank, counts };
            let path = format!("/v1/accounts/{account}/deposits");
            let version = sender.command(&path, &json!({ "amount": MEANS })).await.version();
            (Client { sender, account: account.clone() }, (account, version))
        };
        let (clients, versions): (_, BTreeMap<_, _>) =
            join_all((FIRST..FIRST + CLIENTS).map(open)).await.into_iter().unzip();
        let acknowledged = Acknowledged { versions, ..Acknowledged::default() };
        Self { clients, acknowledged: Mutex::new(acknowledged) }
    }

    pub(crate) async fn run(&self, is_over: &AtomicBool) {
        let neighbours = self.clients.iter().cycle().skip(1);
        let runs = self.clients.iter().zip(neighbours).map(async |(client, neighbour)| {
            client.run(&neighbour.account, is_over, &self.acknowledged).await;
        });
        join_all(runs).await;
    }

    pub(crate) fn acknowledged(&self) -> Acknowledged {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Whether every account has what was acknowledged and no more, in the summary and in the history.
    pub(crate) async fn check(&self) {
        for Client { sender, account } in &self.clients {
            let version = self.acknowledged.lock().unwrap().versions[account];
            let strong = sender.read(&format!("/v1/accounts/{account}?consistency=strong")).await;
            assert_eq!(strong.version(), version, "the events of {account}");
            let row = sender.bank.account_at(account, version).await;
            assert_eq!(row["version"].as_u64(), Some(version), "the row of {account}");
        }
    }

    /// Of how many transactions each account's history is short.
    pub(crate) async fn missing_in_history(&self) -> u64 {
        let mut missing = 0;
        for Client { sender, account } in &self.clients {
            let version = self.acknowledged.lock().unwrap().versions[account];
            let path = format!("/v1/accounts/{account}/transactions?from=1900-01-01T00:00:00Z&page_size=1");
            let page = sender.search(&path).await;
            let found = page.and_then(|page| page.body["total_count"].as_u64()).unwrap_or(0);
            missing += version.saturating_sub(found);
        }
        missing
    }
}

impl Client<'_> {
    async fn run(&self, neighbour: &str, is_over: &AtomicBool, acknowledged: &Mutex<Acknowledged>) {
        let account = format!("/v1/accounts/{}", self.account);
        let (mut seen, mut found, mut number) = (0, 0, 0);
        while !is_over.load(Ordering::Relaxed) {
            number += 1;
            let (path, body) = match number % 3 {
                0 => (format!("{account}/withdrawals"), json!({ "amount": "0.02" })),
                1 => (format!("{account}/deposits"), json!({ "amount": "0.05" })),
                _ => {
                    let (from, to) = (&self.account, neighbour);
                    let body = json!({ "from_account_id": from, "to_account_id": to, "amount": "0.01" });
                    ("/v1/transfers".to_owned(), body)
                }
            };
            let done = self.sender.command(&path, &body).await;
            let version = acknowledged.lock().unwrap().add(&done);
            // As fresh as the command, and no older than what was seen: a neighbour writes to this account too.
            let wanted = version.max(seen);
            let read = self.sender.read(&format!("{account}?min_version={wanted}")).await;
            assert!(read.version() >= wanted, "{wanted} was asked for: {}", read.body);
            seen = read.version();
            if number % BETWEEN_SEARCHES == 0 {
                let search = format!("{account}/transactions?page_size=1");
                if let Some(page) = self.sender.search(&search).await {
                    let count = page.body["total_count"].as_u64().unwrap();
                    assert!(count >= found, "{found} transactions were found before: {}", page.body);
                    found = count;
                }
            }
        }
    }
}

impl Acknowledged {
    /// Takes down what an answer says. Returns the version that it gives the sender's account.
    fn add(&mut self, Answer { body, .. }: &Answer) -> u64 {
        let legs = if body["from"].is_object() { vec![&body["from"], &body["to"]] } else { vec![body] };
        for leg in &legs {
            let text = |field: &str| leg[field].as_str().unwrap().to_owned();
            let (account, version) = (text("account_id"), leg["version"].as_u64().unwrap());
            *self.versions.get_mut(&account).unwrap() += 1;
            let other = self.events.insert((account, version), text("transaction_id"));
            assert_eq!(other, None, "one version has one event: {body}");
        }
        legs[0]["version"].as_u64().unwrap()
    }
}
