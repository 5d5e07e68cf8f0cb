//! The stored form of an account's events and state.

use domain::{
    Timestamp,
    account::{self, Account, BrokenHistory, Event},
};

use super::{Aggregate, CodecError, StoredEvent, data, past::MoneyWithdrawnV1, stored};

/// The streams of accounts.
pub enum Accounts {}

const ACCOUNT_CREATED: &str = "AccountCreated";
const MONEY_DEPOSITED: &str = "MoneyDeposited";
const MONEY_WITHDRAWN: &str = "MoneyWithdrawn";
const MONEY_TRANSFERRED: &str = "MoneyTransferred";
const MONEY_RECEIVED: &str = "MoneyReceived";
const ACCOUNT_FROZEN: &str = "AccountFrozen";
const ACCOUNT_UNFROZEN: &str = "AccountUnfrozen";
const ACCOUNT_CLOSED: &str = "AccountClosed";

impl Aggregate for Accounts {
    type Event = Event;
    type State = Account;
    const STATE_SCHEMA: u16 = 1;

    fn encode(event: &Event) -> Result<StoredEvent, CodecError> {
        match event {
            Event::AccountCreated(event) => stored(ACCOUNT_CREATED, 1, event),
            Event::MoneyDeposited(event) => stored(MONEY_DEPOSITED, 1, event),
            Event::MoneyWithdrawn(event) => stored(MONEY_WITHDRAWN, 2, event),
            Event::MoneyTransferred(event) => stored(MONEY_TRANSFERRED, 1, event),
            Event::MoneyReceived(event) => stored(MONEY_RECEIVED, 1, event),
            Event::AccountFrozen(event) => stored(ACCOUNT_FROZEN, 1, event),
            Event::AccountUnfrozen(event) => stored(ACCOUNT_UNFROZEN, 1, event),
            Event::AccountClosed(event) => stored(ACCOUNT_CLOSED, 1, event),
        }
    }

    fn decode(stored: StoredEvent) -> Result<Event, CodecError> {
        Ok(match (stored.name.as_str(), stored.version) {
            (ACCOUNT_CREATED, 1) => Event::AccountCreated(data(stored)?),
            (MONEY_DEPOSITED, 1) => Event::MoneyDeposited(data(stored)?),
            (MONEY_WITHDRAWN, 1) => Event::MoneyWithdrawn(data::<MoneyWithdrawnV1>(stored)?.into()),
            (MONEY_WITHDRAWN, 2) => Event::MoneyWithdrawn(data(stored)?),
            (MONEY_TRANSFERRED, 1) => Event::MoneyTransferred(data(stored)?),
            (MONEY_RECEIVED, 1) => Event::MoneyReceived(data(stored)?),
            (ACCOUNT_FROZEN, 1) => Event::AccountFrozen(data(stored)?),
            (ACCOUNT_UNFROZEN, 1) => Event::AccountUnfrozen(data(stored)?),
            (ACCOUNT_CLOSED, 1) => Event::AccountClosed(data(stored)?),
            (_, version) => return Err(CodecError::UnknownEvent { name: stored.name, version }),
        })
    }

    fn evolve(state: Option<Account>, event: &Event, at: Timestamp) -> Result<Account, BrokenHistory> {
        account::evolve(state, event, at)
    }
}
