//! What clients ask for, and how it goes over HTTP.

use application::commands::Order;
use domain::{
    AccountId, Currency, Decimal, Money, Text,
    account::{AccountType, Command, Open, Transfer},
};
use serde_json::{Value, json};

use crate::world::World;

/// Path and body.
pub(crate) fn form(order: &Order) -> (String, Value) {
    match order {
        Order::Open { account_id, open } => {
            let body = json!({
                "account_id": account_id,
                "account_type": open.account_type,
                "initial_deposit": open.initial_deposit.amount(),
            });
            ("/v1/accounts".to_owned(), body)
        }
        Order::Change { account_id, command } => {
            let (action, body) = match command {
                Command::Deposit { amount, .. } => ("deposits", json!({ "amount": amount })),
                Command::Withdraw { amount, .. } => ("withdrawals", json!({ "amount": amount })),
                Command::Freeze { reason } => ("freeze", json!({ "reason": reason })),
                Command::Unfreeze { reason } => ("unfreeze", json!({ "reason": reason })),
                Command::Close { reason } => ("close", json!({ "reason": reason })),
            };
            (format!("/v1/accounts/{account_id}/{action}"), body)
        }
        Order::Transfer(transfer) => {
            let body = json!({
                "from_account_id": transfer.from_account_id,
                "to_account_id": transfer.to_account_id,
                "amount": transfer.amount,
            });
            ("/v1/transfers".to_owned(), body)
        }
        // Of these a client sends one alone: a kind of account that there is not.
        Order::Impossible(_) => {
            ("/v1/accounts".to_owned(), json!({ "account_type": "GOLD", "initial_deposit": "100" }))
        }
    }
}

pub(crate) fn open(
    world: &World,
    user: usize,
    account_id: AccountId,
    account_type: AccountType,
    units: u32,
) -> Order {
    let open = Open {
        user_id: world.users[user].id.clone(),
        account_type,
        initial_deposit: Money::whole(units, Currency::USD),
        reference: None,
    };
    Order::Open { account_id, open }
}

pub(crate) fn change(account_id: &AccountId, command: Command) -> Order {
    Order::Change { account_id: account_id.clone(), command }
}

pub(crate) fn deposit(units: u32) -> Command {
    Command::Deposit { amount: Decimal::from(units), reference: None, counterparty: None }
}

pub(crate) fn withdraw(units: u32) -> Command {
    Command::Withdraw { amount: Decimal::from(units), reference: None, counterparty: None }
}

/// It is named when it is sent, by the command.
pub(crate) fn transfer(from: &AccountId, to: &AccountId, units: u32) -> Order {
    Order::Transfer(Transfer {
        transfer_id: "unnamed".parse().expect("an id"),
        from_account_id: from.clone(),
        to_account_id: to.clone(),
        amount: Decimal::from(units),
        reference: None,
    })
}

pub(crate) fn text(words: &str) -> Text {
    words.to_owned().try_into().expect("a text")
}
