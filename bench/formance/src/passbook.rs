//! Ours, by the API of the bank. A book is but a part of an account's name; each account has an owner of its own, unless
//! the tokens of few users are given.

use domain::Timestamp;
use serde_json::{Value, json};

use crate::{
    ask::{Ask, Http},
    long::PAGE_SIZE,
    side::{Account, Question, START_CENTS, Side},
};

/// What the bank takes for a transfer of up to 10,000.
const TRANSFER_FEE_CENTS: i64 = 200;

pub struct Passbook {
    http: Http,
    /// The tokens of users whose accounts these are, one after another.
    tokens: Vec<String>,
}

pub fn id(account: &Account) -> String {
    format!("{}-{}", account.book, account.number)
}

/// Whose it is where nobody has signed in: see `serve`.
pub fn owner(account: &Account) -> String {
    format!("owner-{}", id(account))
}

fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn cents(amount: &Value) -> Option<i64> {
    let (units, cents) = amount.as_str()?.split_once('.')?;
    Some(units.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?)
}

impl Passbook {
    pub fn new(url: &str, tokens: Vec<String>) -> Self {
        Self { http: Http::new(url), tokens }
    }

    fn bearer(&self, account: &Account) -> String {
        let token = self.tokens.get(account.number % self.tokens.len().max(1));
        token.cloned().unwrap_or_else(|| owner(account))
    }
}

impl Side for Passbook {
    fn name(&self) -> &'static str {
        "passbook"
    }

    fn http(&self) -> &Http {
        &self.http
    }

    fn begin(&self, _: &str) -> Option<Ask> {
        None
    }

    fn open(&self, account: &Account) -> Ask {
        let body = json!({
            "account_id": id(account), "account_type": "CHECKING", "initial_deposit": decimal(START_CENTS),
        });
        Ask::post("/v1/accounts".to_owned(), &body).by(self.bearer(account))
    }

    fn deposit(&self, to: &Account, cents: i64) -> Ask {
        let path = format!("/v1/accounts/{}/deposits", id(to));
        Ask::post(path, &json!({ "amount": decimal(cents) })).by(self.bearer(to))
    }

    fn transfer(&self, from: &Account, to: &Account, cents: i64) -> Ask {
        let body = json!({ "from_account_id": id(from), "to_account_id": id(to), "amount": decimal(cents) });
        Ask::post("/v1/transfers".to_owned(), &body).by(self.bearer(from))
    }

    fn fee_cents(&self) -> i64 {
        TRANSFER_FEE_CENTS
    }

    fn ask(&self, question: Question, account: &Account, at: Timestamp) -> Ask {
        let path = format!("/v1/accounts/{}", id(account));
        let path = match question {
            Question::Balance => path,
            Question::History => format!("{path}/transactions?page_size={PAGE_SIZE}"),
            Question::AsOf | Question::AsOfNow => format!("{path}/balance?at={at}"),
        };
        Ask::get(path).by(self.bearer(account))
    }

    fn settled(&self, account: &Account) -> Ask {
        Ask::get(format!("/v1/accounts/{}/balance", id(account))).by(self.bearer(account))
    }

    fn cents(&self, question: Question, body: &Value) -> Option<i64> {
        match question {
            Question::Balance => cents(body.get("current_balance").unwrap_or(&body["balance"])),
            Question::AsOf | Question::AsOfNow => cents(&body["balance"]),
            Question::History => {
                let page = body["transactions"].as_array().filter(|page| page.len() == PAGE_SIZE)?;
                cents(&page[0]["amount"])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_the_same_in_cents_and_as_a_decimal() {
        for (number, text) in [(100, "1.00"), (9_999, "99.99"), (100_000_007, "1000000.07")] {
            assert_eq!(decimal(number), text);
            assert_eq!(cents(&json!(text)), Some(number));
        }
    }
}
