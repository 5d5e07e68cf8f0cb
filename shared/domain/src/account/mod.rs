//! One bank account: what can happen to it, what it then is, and what it allows.

mod commands;
mod decide;
mod events;
mod fees;
mod rejection;
mod state;
mod transfer;

pub use commands::{Command, Open, Transfer};
pub use decide::{MINIMUM_DEPOSIT_UNITS, decide, open};
pub use events::{
    AccountCreated, Event, MoneyDeposited, MoneyReceived, MoneyTransferred, MoneyWithdrawn, StatusChanged,
};
pub use fees::{FeeRule, transfer_fee, withdrawal_fee};
pub use rejection::Rejection;
pub use state::{Account, AccountType, BrokenHistory, Status, evolve};
pub use transfer::transfer;
