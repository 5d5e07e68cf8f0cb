//! The rules of the bank, as pure functions over immutable events.
//!
//! Two aggregates live here: the [`account`] with its balance, and the [`holder`], who may have only so many accounts
//! open. Each has the same rooms in the same order: events, state, commands, `decide`, rejection.
//!
//! **Architecture invariant:** this crate knows no clock, no ids of its own making, no storage and no HTTP. Whatever
//! it needs comes in with the command, so that the same input gives the same events for ever.

pub mod account;
pub mod holder;
mod ids;
mod money;
mod month;
mod text;
mod timestamp;

pub use ids::{AccountId, InvalidId, TransactionId, TransferId, UserId};
pub use iso_currency::Currency;
pub use money::{AMOUNT_DIGITS_MAX, Money, MoneyError, parse_currency};
pub use month::{InvalidMonth, Month};
pub use rust_decimal::Decimal;
pub use text::{InvalidText, Text};
pub use timestamp::{InvalidTimestamp, Timestamp};
