//! A bank in memory, with short words for what tests do to it.

use application::{
    CommandError, Refusal,
    commands::{AccountReceipt, Caller, Commands, Order, Receipt, Request, TransferReceipt},
    ports::Environment,
};
use domain::{
    AccountId, Currency, Decimal, Money, TransferId,
    account::{AccountType, Command, Open, Transfer},
};
use testing::{MemoryEventStore, TestEnvironment};

#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) store: MemoryEventStore,
    pub(crate) environment: TestEnvironment,
    pub(crate) commands: Commands<MemoryEventStore, TestEnvironment>,
}

/// Why a command has no receipt.
#[derive(Debug)]
pub(crate) enum No {
    Refused(Refusal),
    Failed(CommandError),
}

impl Bank {
    pub(crate) fn new() -> Self {
        let (store, environment) = (MemoryEventStore::default(), TestEnvironment::default());
        let commands = Commands::new(store.clone(), environment.clone());
        Self { store, environment, commands }
    }

    pub(crate) fn request(&self, user: &str) -> Request {
        Request {
            caller: Caller { user_id: user.parse().unwrap(), is_admin: user == "admin" },
            command_id: self.environment.new_id(),
            fingerprint: [0; 32],
            path: "/v1/somewhere".to_owned(),
            request_id: self.environment.new_id().to_string(),
            deadline: None,
            expected_version: None,
            traceparent: None,
        }
    }

    pub(crate) async fn execute(&self, request: &Request, order: &Order) -> Result<Receipt, No> {
        let answer = self.commands.execute(request, order).await.map_err(No::Failed)?;
        answer.outcome.map_err(No::Refused)
    }

    pub(crate) async fn open(&self, user: &str, account: &str, deposit: u32) -> Result<AccountReceipt, No> {
        let receipt = self.execute(&self.request(user), &open(user, account, deposit)).await?;
        Ok(of_account(receipt))
    }

    pub(crate) async fn change(
        &self,
        user: &str,
        account: &str,
        command: Command,
    ) -> Result<AccountReceipt, No> {
        let receipt = self.execute(&self.request(user), &change(account, command)).await?;
        Ok(of_account(receipt))
    }

    pub(crate) async fn transfer(
        &self,
        user: &str,
        from: &str,
        to: &str,
        amount: u32,
    ) -> Result<TransferReceipt, No> {
        match self.execute(&self.request(user), &self.transfer_order(from, to, amount)).await? {
            Receipt::Transfer(receipt) => Ok(*receipt),
            other => panic!("not of a transfer: {other:?}"),
        }
    }

    pub(crate) fn transfer_order(&self, from: &str, to: &str, amount: u32) -> Order {
        Order::Transfer(Transfer {
            transfer_id: TransferId::try_from(self.environment.new_id().to_string()).unwrap(),
            from_account_id: id(from),
            to_account_id: id(to),
            amount: Decimal::from(amount),
            reference: None,
        })
    }
}

fn of_account(receipt: Receipt) -> AccountReceipt {
    match receipt {
        Receipt::Account(receipt) => *receipt,
        other => panic!("not of an account: {other:?}"),
    }
}

pub(crate) fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

pub(crate) fn usd(units: u32) -> Money {
    Money::whole(units, Currency::USD)
}

pub(crate) fn open(user: &str, account: &str, deposit: u32) -> Order {
    let open = Open {
        user_id: user.parse().unwrap(),
        account_type: AccountType::Checking,
        initial_deposit: usd(deposit),
        reference: None,
    };
    Order::Open { account_id: id(account), open }
}

pub(crate) fn change(account: &str, command: Command) -> Order {
    Order::Change { account_id: id(account), command }
}

pub(crate) fn deposit(amount: u32) -> Command {
    Command::Deposit { amount: Decimal::from(amount), reference: None, counterparty: None }
}

pub(crate) fn withdraw(amount: u32) -> Command {
    Command::Withdraw { amount: Decimal::from(amount), reference: None, counterparty: None }
}

pub(crate) fn freeze() -> Command {
    Command::Freeze { reason: "police".to_owned().try_into().unwrap() }
}

pub(crate) fn close() -> Command {
    Command::Close { reason: "moved away".to_owned().try_into().unwrap() }
}
