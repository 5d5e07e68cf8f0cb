//! Given what happened, when this is asked, then that happens.

use domain::{
    AccountId, Currency, Decimal, Money, Text, Timestamp, TransferId,
    account::{
        Account, AccountCreated, AccountType, Command, Event, Rejection, StatusChanged, Transfer, decide,
        evolve,
    },
};

/// An account with some past.
#[must_use]
pub(crate) struct Given {
    account: Account,
}

/// What a command on it led to.
#[must_use]
pub(crate) struct Outcome(Result<Event, Rejection>);

/// A checking account in dollars that was opened with so much, and what happened to it then.
pub(crate) fn given(deposit: &str, events: impl IntoIterator<Item = Event>) -> Given {
    given_of(AccountType::Checking, usd(deposit), events)
}

pub(crate) fn given_of(kind: AccountType, deposit: Money, events: impl IntoIterator<Item = Event>) -> Given {
    Given { account: account(kind, deposit, events) }
}

pub(crate) fn account(kind: AccountType, deposit: Money, events: impl IntoIterator<Item = Event>) -> Account {
    let created = Event::AccountCreated(AccountCreated {
        user_id: "alice".parse().unwrap(),
        account_type: kind,
        initial_deposit: deposit,
        reference: None,
    });
    let history = std::iter::once(created).chain(events);
    let fold = |account, (event, second): (Event, i64)| Some(evolve(account, &event, at(second)).unwrap());
    history.zip(1..).fold(None, fold).unwrap()
}

impl Given {
    pub(crate) fn when(&self, command: Command) -> Outcome {
        Outcome(decide(&self.account, command))
    }
}

impl Outcome {
    #[track_caller]
    pub(crate) fn then_balance(self, balance: &str) {
        assert_eq!(balance_after(&self.0.unwrap()), usd(balance));
    }

    #[track_caller]
    pub(crate) fn then_fee(self, fee: &str) {
        match self.0.unwrap() {
            Event::MoneyWithdrawn(withdrawn) => assert_eq!(withdrawn.fee, usd(fee)),
            other => panic!("no withdrawal: {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn then(self, event: &Event) {
        assert_eq!(self.0.as_ref(), Ok(event));
    }

    #[track_caller]
    pub(crate) fn then_rejected(self, rejection: &Rejection) {
        assert_eq!(self.0.as_ref(), Err(rejection));
    }
}

pub(crate) fn balance_after(event: &Event) -> Money {
    match event {
        Event::AccountCreated(event) => event.initial_deposit,
        Event::MoneyDeposited(event) => event.balance_after,
        Event::MoneyWithdrawn(event) => event.balance_after,
        Event::MoneyTransferred(event) => event.balance_after,
        Event::MoneyReceived(event) => event.balance_after,
        other => panic!("no money moved: {other:?}"),
    }
}

pub(crate) fn usd(amount: &str) -> Money {
    Money::new(decimal(amount), Currency::USD).unwrap()
}

pub(crate) fn decimal(amount: &str) -> Decimal {
    Decimal::from_str_exact(amount).unwrap()
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000).unwrap()
}

pub(crate) fn text(words: &str) -> Text {
    words.to_owned().try_into().unwrap()
}

pub(crate) fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

pub(crate) fn deposit(amount: &str) -> Command {
    Command::Deposit { amount: decimal(amount), reference: None, counterparty: None }
}

pub(crate) fn withdraw(amount: &str) -> Command {
    Command::Withdraw { amount: decimal(amount), reference: None, counterparty: None }
}

pub(crate) fn status_changed() -> StatusChanged {
    StatusChanged { reason: text("why") }
}

pub(crate) fn frozen() -> Event {
    Event::AccountFrozen(status_changed())
}

pub(crate) fn closed() -> Event {
    Event::AccountClosed(status_changed())
}

pub(crate) fn transfer_of(amount: &str) -> Transfer {
    Transfer {
        transfer_id: TransferId::try_from("t".to_owned()).unwrap(),
        from_account_id: id("from"),
        to_account_id: id("to"),
        amount: decimal(amount),
        reference: Some(text("rent")),
    }
}
