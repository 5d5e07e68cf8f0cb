//! A bank in memory, with short words for what tests do to it.

use application::{
    CommandError,
    commands::{Caller, Commands, OpenAccount, Receipt, Request, TransferReceipt},
    ports::Environment,
};
use domain::{
    AccountId, Currency, Decimal, Money, TransferId,
    account::{AccountType, Command, Open, Transfer},
};
use event_store::MemoryEventStore;
use testing::TestEnvironment;

#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) store: MemoryEventStore,
    pub(crate) environment: TestEnvironment,
    pub(crate) commands: Commands<MemoryEventStore, TestEnvironment>,
}

impl Bank {
    pub(crate) fn new() -> Self {
        let (store, environment) = (MemoryEventStore::default(), TestEnvironment::default());
        let commands = Commands::new(store.clone(), environment.clone());
        Self { store, environment, commands }
    }

    pub(crate) fn request(&self, user: &str) -> Request {
        let caller = Caller { user_id: user.parse().unwrap(), is_admin: user == "admin" };
        Request { caller, command_id: self.environment.new_id(), expected_version: None, traceparent: None }
    }

    pub(crate) async fn open(
        &self,
        user: &str,
        account: &str,
        deposit: u32,
    ) -> Result<Receipt, CommandError> {
        self.commands.open(&self.request(user), &order(user, account, deposit)).await
    }

    pub(crate) async fn change(
        &self,
        user: &str,
        account: &str,
        command: Command,
    ) -> Result<Receipt, CommandError> {
        self.commands.change(&self.request(user), &id(account), command).await
    }

    pub(crate) async fn transfer(
        &self,
        user: &str,
        from: &str,
        to: &str,
        amount: u32,
    ) -> Result<TransferReceipt, CommandError> {
        let order = self.transfer_order(from, to, amount);
        self.commands.transfer(&self.request(user), &order).await
    }

    pub(crate) fn transfer_order(&self, from: &str, to: &str, amount: u32) -> Transfer {
        Transfer {
            transfer_id: TransferId::try_from(self.environment.new_id().to_string()).unwrap(),
            from_account_id: id(from),
            to_account_id: id(to),
            amount: Decimal::from(amount),
            reference: None,
        }
    }
}

pub(crate) fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

pub(crate) fn usd(units: u32) -> Money {
    Money::whole(units, Currency::USD)
}

pub(crate) fn order(user: &str, account: &str, deposit: u32) -> OpenAccount {
    let open = Open {
        user_id: user.parse().unwrap(),
        account_type: AccountType::Checking,
        initial_deposit: usd(deposit),
        reference: None,
    };
    OpenAccount { account_id: id(account), open }
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
