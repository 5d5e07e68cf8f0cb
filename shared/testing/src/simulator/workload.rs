//! What the clients of a run ask for: few accounts and little money, so that they get into each other's way.

use application::{
    Fingerprint,
    commands::{Caller, Order},
};
use domain::{
    Currency, Decimal, Money,
    account::{AccountType, Command as AccountCommand, Open, Rejection, Transfer},
};
use fastrand::Rng;
use uuid::Uuid;

use crate::history::Command;

/// One client's plan.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Which command, by its place.
    pub command: usize,
    /// Whether the client makes the mistake of sending something else under its key.
    pub is_mistaken: bool,
    /// Whether the client, who is the only one to send it, does not send it again if it is told that it has had no
    /// effect.
    pub is_trusting: bool,
}

/// What happens before anything can fail: everybody's accounts.
pub(super) fn setup() -> Vec<Command> {
    let accounts = [
        ("alice", "a1", AccountType::Checking, 150),
        ("alice", "a2", AccountType::Savings, 100),
        ("alice", "a3", AccountType::Checking, 100),
        ("alice", "a4", AccountType::Checking, 100),
        ("bob", "b1", AccountType::Business, 120),
    ];
    let opened =
        accounts.map(|(user, account, account_type, deposit)| open(user, account, account_type, deposit));
    // An empty account can be closed, which makes room for another.
    let emptied = change("a4", withdraw(100));
    let orders = opened.into_iter().chain([("alice", emptied)]);
    (1..).zip(orders).map(|(id, (user, order))| command(id, user, order)).collect()
}

/// What the clients of a run send.
pub(super) fn draw(rng: &mut Rng) -> Vec<Command> {
    let count = rng.u128(6..14);
    (1_000..1_000 + count)
        .map(|id| {
            let (user, order) = draw_order(rng, id);
            let expected_version = (rng.u32(..12) == 0).then(|| rng.u64(1..6));
            Command { expected_version, ..command(id, user, order) }
        })
        .collect()
}

/// Who sends what, in which order: most commands are sent by several clients.
pub(super) fn plans(rng: &mut Rng, commands: usize) -> Vec<Vec<Step>> {
    let mut plans = vec![Vec::new(); rng.usize(2..5)];
    for command in 0..commands {
        let senders = rng.usize(1..4);
        let is_trusting = senders == 1 && rng.u32(..3) == 0;
        for _ in 0..senders {
            let sender = rng.usize(..plans.len());
            plans[sender].push(Step { command, is_mistaken: false, is_trusting });
        }
        if rng.u32(..10) == 0 && !is_trusting {
            let sender = rng.usize(..plans.len());
            plans[sender].push(Step { command, is_mistaken: true, is_trusting });
        }
    }
    for plan in &mut plans {
        rng.shuffle(plan);
    }
    plans
}

/// What goes on in some banks while others are away: deposits, one by one.
pub(super) fn between(rng: &mut Rng) -> Vec<Command> {
    let count = if rng.u32(..40) == 0 { rng.u128(60..140) } else { 0 };
    (10_000..10_000 + count).map(|id| command(id, "bob", change("b1", deposit(rng.u32(1..4))))).collect()
}

/// What somebody sends who uses a key for something else.
pub(super) fn mistake() -> Order {
    change("b1", deposit(777))
}

/// A request's fingerprint, right or mistaken.
pub(super) fn fingerprint(is_mistaken: bool) -> Fingerprint {
    [u8::from(is_mistaken); 32]
}

fn draw_order(rng: &mut Rng, id: u128) -> (&'static str, Order) {
    const ACCOUNTS: [(&str, &str); 3] = [("alice", "a1"), ("alice", "a2"), ("bob", "b1")];
    let (owner, account) = ACCOUNTS[rng.usize(..ACCOUNTS.len())];
    match rng.u32(..100) {
        0..28 => (owner, change(account, deposit(rng.u32(1..60)))),
        28..52 => (owner, change(account, withdraw(rng.u32(1..200)))),
        52..78 => (owner, transfer(id, account, ACCOUNTS[rng.usize(..ACCOUNTS.len())].1, rng.u32(1..90))),
        78..84 => open("alice", ["n1", "n2", "n3"][rng.usize(..3)], AccountType::Checking, rng.u32(99..103)),
        84..88 => ("alice", change("a4", AccountCommand::Close { reason: text("closed") })),
        88..92 => ("admin", change("a2", AccountCommand::Freeze { reason: text("frozen") })),
        92..96 => ("admin", change("a2", AccountCommand::Unfreeze { reason: text("unfrozen") })),
        96..97 => ("bob", change("a1", withdraw(1))),
        97..98 => (owner, Order::Impossible(Rejection::InvalidAccountType { given: "GOLD".to_owned() })),
        _ => (owner, transfer(id, account, "nobody", 1)),
    }
}

fn command(id: u128, user: &str, order: Order) -> Command {
    let caller = Caller { user_id: user.parse().unwrap(), is_admin: user == "admin" };
    Command { id: Uuid::from_u128(id), caller, order, expected_version: None }
}

fn open(user: &'static str, account: &str, account_type: AccountType, deposit: u32) -> (&'static str, Order) {
    let open = Open {
        user_id: user.parse().unwrap(),
        account_type,
        initial_deposit: Money::whole(deposit, Currency::USD),
        reference: None,
    };
    (user, Order::Open { account_id: account.parse().unwrap(), open })
}

fn change(account: &str, command: AccountCommand) -> Order {
    Order::Change { account_id: account.parse().unwrap(), command }
}

fn deposit(amount: u32) -> AccountCommand {
    AccountCommand::Deposit { amount: Decimal::from(amount), reference: None, counterparty: None }
}

fn withdraw(amount: u32) -> AccountCommand {
    AccountCommand::Withdraw { amount: Decimal::from(amount), reference: None, counterparty: None }
}

fn transfer(id: u128, from: &str, to: &str, amount: u32) -> Order {
    Order::Transfer(Transfer {
        transfer_id: Uuid::from_u128(id).to_string().parse().unwrap(),
        from_account_id: from.parse().unwrap(),
        to_account_id: to.parse().unwrap(),
        amount: Decimal::from(amount),
        reference: None,
    })
}

fn text(reason: &str) -> domain::Text {
    reason.to_owned().try_into().unwrap()
}
