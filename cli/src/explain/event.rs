//! What an event changed. Pure: events and the balance before them in, steps out.
//!
//! An event is read by the same code as in a projection, so what that would park is said here of the same event.

use application::codec::{Accounts, Aggregate as _};
use domain::{
    Decimal, Money, Timestamp,
    account::{Event, Status},
};
use serde::Serialize;
use serde_json::Value;

use super::Shown;

/// What is known of an account between two events.
#[derive(Debug, Default)]
pub(super) struct Fold {
    balance: Option<Decimal>,
    status: Option<String>,
}

/// One event, and what it changed.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) version: u64,
    #[serde(rename = "type")]
    pub(super) name: String,
    pub(super) type_version: u16,
    pub(super) timestamp: Timestamp,
    pub(super) recorded_at: Timestamp,
    pub(super) user_id: String,
    pub(super) command_id: String,
    /// By which the logs of the functions are found (W3C Trace Context).
    pub(super) traceparent: Option<String>,
    pub(super) event_id: String,
    /// What moved, without its sign; none if no money did.
    pub(super) amount: Option<String>,
    pub(super) fee: Option<String>,
    pub(super) currency: Option<&'static str>,
    pub(super) balance_before: Option<String>,
    pub(super) balance_after: Option<String>,
    /// What the balance was changed by: above zero if money came in.
    pub(super) change: Option<String>,
    pub(super) status_before: Option<String>,
    pub(super) status_after: Option<String>,
    pub(super) counterparty: Option<String>,
    pub(super) transfer_id: Option<String>,
    pub(super) reference: Option<String>,
    /// Why the status was changed, in the words of who did it.
    pub(super) reason: Option<String>,
    pub(super) hash: String,
    /// Why this build cannot read the event; the data is shown then as it is stored.
    pub(super) unreadable: Option<String>,
    pub(super) data: Option<Value>,
}

impl Step {
    /// Whether the history has a document of it.
    pub(super) fn is_transaction(&self) -> bool {
        self.amount.is_some()
    }
}

/// What is particular to a type of event.
#[derive(Default)]
struct Change {
    amount: Option<Money>,
    fee: Option<Money>,
    balance_after: Option<Money>,
    status: Option<Status>,
    counterparty: Option<String>,
    transfer_id: Option<String>,
    reference: Option<String>,
    reason: Option<String>,
}

impl From<&Value> for Fold {
    /// From the state that the API shows.
    fn from(state: &Value) -> Self {
        let text = |name: &str| state[name].as_str();
        Self {
            balance: text("balance").and_then(|balance| Decimal::from_str_exact(balance).ok()),
            status: text("status").map(str::to_owned),
        }
    }
}

impl Fold {
    /// The next event.
    pub(super) fn step(&mut self, event: Shown) -> Step {
        let decoded = Accounts::decode(event.stored());
        let unreadable = decoded.as_ref().err().map(|error| application::chain(error));
        let is_readable = unreadable.is_none();
        let change = decoded.map(Change::from).unwrap_or_default();
        let before = Fold { balance: self.balance, status: self.status.clone() };
        let text = |amount: Decimal| amount.to_string();
        // After an event that cannot be read the balance is anything, until another event tells it.
        self.balance = change.balance_after.map(Money::amount).or(self.balance.filter(|_| is_readable));
        self.status =
            change.status.map(|status| status.to_string()).or(self.status.take().filter(|_| is_readable));
        let difference = self.balance.zip(before.balance.or((event.version == 1).then_some(Decimal::ZERO)));
        Step {
            version: event.version,
            amount: change.amount.map(Money::amount).map(text),
            fee: change.fee.map(Money::amount).map(text),
            currency: change.amount.map(|amount| amount.currency().code()),
            balance_before: before.balance.map(text),
            balance_after: self.balance.map(text),
            change: change
                .amount
                .and(difference)
                .and_then(|(after, before)| after.checked_sub(before))
                .map(text),
            status_before: before.status,
            status_after: self.status.clone(),
            counterparty: change.counterparty,
            transfer_id: change.transfer_id,
            reference: change.reference,
            reason: change.reason,
            data: unreadable.is_some().then_some(event.data),
            unreadable,
            name: event.name,
            type_version: event.type_version,
            timestamp: event.timestamp,
            recorded_at: event.recorded_at,
            user_id: event.user_id,
            command_id: event.command_id,
            traceparent: event.traceparent,
            event_id: event.event_id,
            hash: event.hash,
        }
    }
}

impl From<Event> for Change {
    fn from(event: Event) -> Self {
        let words = |text: Option<domain::Text>| text.map(|text| text.to_string());
        match event {
            Event::AccountCreated(event) => Self {
                amount: Some(event.initial_deposit),
                balance_after: Some(event.initial_deposit),
                status: Some(Status::Active),
                reference: words(event.reference),
                ..Self::default()
            },
            Event::MoneyDeposited(event) => Self {
                amount: Some(event.amount),
                balance_after: Some(event.balance_after),
                counterparty: words(event.counterparty),
                reference: words(event.reference),
                ..Self::default()
            },
            Event::MoneyWithdrawn(event) => Self {
                amount: Some(event.amount),
                fee: Some(event.fee),
                balance_after: Some(event.balance_after),
                counterparty: words(event.counterparty),
                reference: words(event.reference),
                ..Self::default()
            },
            Event::MoneyTransferred(event) => Self {
                amount: Some(event.amount),
                fee: Some(event.fee),
                balance_after: Some(event.balance_after),
                counterparty: Some(event.to_account_id.to_string()),
                transfer_id: Some(event.transfer_id.to_string()),
                reference: words(event.reference),
                ..Self::default()
            },
            Event::MoneyReceived(event) => Self {
                amount: Some(event.amount),
                balance_after: Some(event.balance_after),
                counterparty: Some(event.from_account_id.to_string()),
                transfer_id: Some(event.transfer_id.to_string()),
                reference: words(event.reference),
                ..Self::default()
            },
            Event::AccountFrozen(event) => Self::status(Status::Frozen, &event.reason),
            Event::AccountUnfrozen(event) => Self::status(Status::Active, &event.reason),
            Event::AccountClosed(event) => Self::status(Status::Closed, &event.reason),
        }
    }
}

impl Change {
    fn status(status: Status, reason: &domain::Text) -> Self {
        Self { status: Some(status), reason: Some(reason.to_string()), ..Self::default() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(in crate::explain) fn shown(version: u64, name: &str, type_version: u16, data: &Value) -> Shown {
        let event = json!({
            "version": version,
            "event_id": format!("e-{version}"),
            "type": name,
            "type_version": type_version,
            "data": data,
            "timestamp": "2026-11-24T09:30:00Z",
            "recorded_at": "2026-11-24T09:30:01Z",
            "user_id": "alice",
            "command_id": format!("c-{version}"),
            "traceparent": null,
            "hash": "00ff",
        });
        serde_json::from_value(event).unwrap()
    }

    pub(in crate::explain) fn opened() -> Shown {
        let data = json!({ "user_id": "alice", "account_type": "SAVINGS", "initial_deposit": "5000.00 EUR" });
        shown(1, "AccountCreated", 1, &data)
    }

    pub(in crate::explain) fn withdrawn(version: u64) -> Shown {
        let data = json!({ "amount": "1000.01 EUR", "fee": "5.00 EUR", "balance_after": "3994.99 EUR" });
        shown(version, "MoneyWithdrawn", 1, &data)
    }

    #[test]
    fn a_step_has_the_balance_before_and_after_and_what_it_was_changed_by() {
        let mut fold = Fold::default();
        let first = fold.step(opened());
        assert_eq!((first.balance_before, first.balance_after.as_deref()), (None, Some("5000.00")));
        assert_eq!(
            (first.change.as_deref(), first.status_after.as_deref()),
            (Some("5000.00"), Some("ACTIVE"))
        );
        let second = fold.step(withdrawn(2));
        assert_eq!(second.balance_before.as_deref(), Some("5000.00"));
        assert_eq!(second.balance_after.as_deref(), Some("3994.99"));
        assert_eq!(second.change.as_deref(), Some("-1005.01"));
        assert_eq!((second.amount.as_deref(), second.fee.as_deref()), (Some("1000.01"), Some("5.00")));
        let frozen = fold.step(shown(3, "AccountFrozen", 1, &json!({ "reason": "a court" })));
        assert_eq!(frozen.status_before.as_deref(), Some("ACTIVE"));
        assert_eq!(frozen.status_after.as_deref(), Some("FROZEN"));
        assert_eq!((frozen.reason.as_deref(), frozen.change.as_deref()), (Some("a court"), None));
        assert!(!frozen.is_transaction() && second.is_transaction());
    }

    #[test]
    fn a_step_in_the_middle_begins_with_the_state_before_it() {
        let mut fold = Fold::from(&json!({ "balance": "5000.00", "status": "ACTIVE" }));
        let step = fold.step(withdrawn(9));
        assert_eq!(step.change.as_deref(), Some("-1005.01"));
        assert_eq!(step.status_before.as_deref(), Some("ACTIVE"));
    }

    #[test]
    fn an_event_that_cannot_be_read_says_why_and_what_comes_next_does_not_guess() {
        let mut fold = Fold::default();
        fold.step(opened());
        let unknown = fold.step(shown(2, "MoneyBurned", 3, &json!({ "amount": "1.00 EUR" })));
        assert!(unknown.unreadable.unwrap().contains("MoneyBurned"));
        assert_eq!(unknown.data.unwrap()["amount"], "1.00 EUR");
        assert_eq!((unknown.balance_before.as_deref(), unknown.balance_after), (Some("5000.00"), None));
        let next = fold.step(withdrawn(3));
        assert_eq!((next.balance_before, next.change), (None, None));
        assert_eq!(next.balance_after.as_deref(), Some("3994.99"));
    }
}
