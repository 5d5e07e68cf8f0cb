//! Formance Ledger, by its API of version 2. A book is a ledger; all are in one bucket.

use domain::Timestamp;
use serde_json::{Value, json};

use crate::{
    ask::{Ask, Http},
    long::{Entry, PAGE_SIZE},
    side::{Account, Question, START_CENTS, Side},
};

/// Cents: an amount is a whole number of the hundredth parts.
const ASSET: &str = "USD/2";

pub struct Formance {
    http: Http,
}

fn address(account: &Account) -> String {
    format!("accounts:{}", account.number)
}

fn posting(from: &str, to: &str, cents: i64) -> Value {
    json!([{ "source": from, "destination": to, "amount": cents, "asset": ASSET }])
}

fn transaction(book: &str, from: &str, to: &str, cents: i64) -> Ask {
    Ask::post(
        format!("/v2/{book}/transactions"),
        &json!({ "postings": posting(from, to, cents), "metadata": {} }),
    )
}

impl Formance {
    pub fn new(url: &str) -> Self {
        Self { http: Http::new(url) }
    }

    /// Many deposits at once, each at its time, all or none.
    pub fn bulk(to: &Account, entries: &[Entry]) -> Ask {
        let element = |entry: &Entry| {
            let postings = posting("world", &address(to), entry.cents);
            json!({ "action": "CREATE_TRANSACTION", "data": { "postings": postings, "timestamp": entry.at.to_string() } })
        };
        let elements: Vec<Value> = entries.iter().map(element).collect();
        Ask::post(format!("/v2/{}/_bulk?atomic=true", to.book), &json!(elements))
    }

    /// The balance by the time at which transactions came in, instead of the one that they say.
    pub fn as_inserted(account: &Account, at: &str) -> Ask {
        let Account { book, .. } = account;
        Ask::get(format!("/v2/{book}/accounts/{}?expand=volumes&pit={at}", address(account)))
    }
}

impl Side for Formance {
    fn name(&self) -> &'static str {
        "formance"
    }

    fn http(&self) -> &Http {
        &self.http
    }

    fn begin(&self, book: &str) -> Option<Ask> {
        Some(Ask::post(format!("/v2/{book}"), &json!({})))
    }

    fn open(&self, account: &Account) -> Ask {
        self.deposit(account, START_CENTS)
    }

    fn deposit(&self, to: &Account, cents: i64) -> Ask {
        transaction(&to.book, "world", &address(to), cents)
    }

    fn transfer(&self, from: &Account, to: &Account, cents: i64) -> Ask {
        transaction(&from.book, &address(from), &address(to), cents)
    }

    fn fee_cents(&self) -> i64 {
        0
    }

    fn ask(&self, question: Question, account: &Account, at: Timestamp) -> Ask {
        let (book, address) = (&account.book, address(account));
        Ask::get(match question {
            Question::Balance => format!("/v2/{book}/accounts/{address}?expand=volumes"),
            Question::AsOf | Question::AsOfNow => {
                format!("/v2/{book}/accounts/{address}?expand=effectiveVolumes&pit={at}")
            }
            Question::History => {
                let filter = format!("%7B%22$match%22:%7B%22account%22:%22{address}%22%7D%7D");
                format!("/v2/{book}/transactions?pageSize={PAGE_SIZE}&query={filter}")
            }
        })
    }

    fn settled(&self, account: &Account) -> Ask {
        self.ask(Question::Balance, account, Timestamp::EPOCH)
    }

    fn cents(&self, question: Question, body: &Value) -> Option<i64> {
        let volumes = match question {
            Question::Balance => &body["data"]["volumes"],
            Question::AsOf | Question::AsOfNow => &body["data"]["effectiveVolumes"],
            Question::History => {
                let page = body["cursor"]["data"].as_array().filter(|page| page.len() == PAGE_SIZE)?;
                return page[0]["postings"][0]["amount"].as_i64();
            }
        };
        volumes[ASSET]["balance"].as_i64()
    }
}
