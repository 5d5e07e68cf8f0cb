//! What a client was told, in whatever form: the application's own answer in a simulated world, a body over HTTP.

use std::fmt;

use application::{
    Refusal,
    commands::{AccountReceipt, Receipt},
};
use domain::{AccountId, Decimal};

/// An answer to a command.
pub trait Told: Clone + PartialEq + fmt::Debug {
    /// What it says of each account, a transfer's sender first; `None` if it is a refusal.
    fn receipts(&self) -> Option<Vec<ToldOfAccount>>;

    /// Whether it is this refusal and no other.
    fn is(&self, refusal: &Refusal) -> bool;
}

/// What an answer says of one account.
#[derive(Clone, Debug)]
pub struct ToldOfAccount {
    /// The account.
    pub account_id: AccountId,
    /// Its version then.
    pub version: u64,
    /// What it held then, if that is said.
    pub balance: Option<Decimal>,
}

impl Told for Result<Receipt, Refusal> {
    fn receipts(&self) -> Option<Vec<ToldOfAccount>> {
        Some(match self.as_ref().ok()? {
            Receipt::Account(receipt) => vec![ToldOfAccount::of(receipt)],
            Receipt::Transfer(receipt) => {
                vec![ToldOfAccount::of(&receipt.from), ToldOfAccount::of(&receipt.to)]
            }
        })
    }

    fn is(&self, refusal: &Refusal) -> bool {
        self.as_ref().err() == Some(refusal)
    }
}

impl ToldOfAccount {
    fn of(receipt: &AccountReceipt) -> Self {
        Self {
            account_id: receipt.account_id.clone(),
            version: receipt.version,
            balance: Some(receipt.balance.amount()),
        }
    }
}
