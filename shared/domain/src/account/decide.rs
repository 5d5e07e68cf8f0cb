//! The rules. Where no other source is named, a rule comes from the requirements' `Account` aggregate.

use rust_decimal::Decimal;

use super::{
    Account, AccountCreated, Command, Event, FeeRule, MoneyDeposited, MoneyWithdrawn, Open, Rejection,
    Status, StatusChanged, withdrawal_fee,
};
use crate::{Money, MoneyError, Text};

/// The smallest initial deposit, in whole units of the account's currency.
pub const MINIMUM_DEPOSIT_UNITS: u32 = 100;

/// The event that opens an account. Whether its id is still free is held by the version at which it is appended.
///
/// # Errors
/// [`Rejection::MinimumDepositNotMet`].
pub fn open(command: Open) -> Result<Event, Rejection> {
    let Open { user_id, account_type, initial_deposit, reference } = command;
    let minimum = Money::whole(MINIMUM_DEPOSIT_UNITS, initial_deposit.currency());
    if initial_deposit.amount() < minimum.amount() {
        return Err(Rejection::MinimumDepositNotMet { minimum, offered: initial_deposit });
    }
    Ok(Event::AccountCreated(AccountCreated { user_id, account_type, initial_deposit, reference }))
}

/// The event that a command on an open account leads to.
///
/// # Errors
/// The [`Rejection`] of the first rule that would be broken; then nothing has happened.
pub fn decide(account: &Account, command: Command) -> Result<Event, Rejection> {
    match command {
        Command::Deposit { amount, reference, counterparty } => {
            let amount = movable(account, amount)?;
            let balance_after = credited(account, amount)?;
            Ok(Event::MoneyDeposited(MoneyDeposited { amount, balance_after, reference, counterparty }))
        }
        Command::Withdraw { amount, reference, counterparty } => {
            let amount = movable(account, amount)?;
            let fee = withdrawal_fee(account.account_type, amount);
            let balance_after = debited(account, amount, fee)?;
            let fee_rule = FeeRule::of_withdrawal(fee);
            Ok(Event::MoneyWithdrawn(MoneyWithdrawn {
                amount,
                fee,
                fee_rule,
                balance_after,
                reference,
                counterparty,
            }))
        }
        Command::Freeze { reason } => freeze(account, reason),
        Command::Unfreeze { reason } => unfreeze(account, reason),
        Command::Close { reason } => close(account, reason),
    }
}

fn freeze(account: &Account, reason: Text) -> Result<Event, Rejection> {
    require_active(account)?;
    Ok(Event::AccountFrozen(StatusChanged { reason }))
}

fn unfreeze(account: &Account, reason: Text) -> Result<Event, Rejection> {
    if account.status != Status::Frozen {
        return Err(Rejection::AccountNotFrozen { status: account.status });
    }
    Ok(Event::AccountUnfrozen(StatusChanged { reason }))
}

/// A frozen account cannot be closed either: a freeze would else be a way out.
fn close(account: &Account, reason: Text) -> Result<Event, Rejection> {
    require_active(account)?;
    if !account.balance.is_zero() {
        return Err(Rejection::BalanceNotZero { balance: account.balance });
    }
    Ok(Event::AccountClosed(StatusChanged { reason }))
}

fn require_active(account: &Account) -> Result<(), Rejection> {
    match account.status {
        Status::Active => Ok(()),
        status => Err(Rejection::AccountInactive { status }),
    }
}

/// The amount as money of the account, which must be above zero and allowed to move.
pub(super) fn movable(account: &Account, amount: Decimal) -> Result<Money, Rejection> {
    let amount = Money::new(amount, account.currency())?;
    if amount.is_zero() {
        return Err(Rejection::AmountNotPositive);
    }
    require_active(account)?;
    Ok(amount)
}

fn credited(account: &Account, amount: Money) -> Result<Money, Rejection> {
    account.balance.checked_add(amount).ok_or(Rejection::BalanceLimitExceeded { balance: account.balance })
}

pub(super) fn debited(account: &Account, amount: Money, fee: Money) -> Result<Money, Rejection> {
    let required = amount.checked_add(fee).ok_or(MoneyError::TooManyDigits)?;
    let insufficient = Rejection::InsufficientFunds { available: account.balance, required };
    account.balance.checked_sub(required).ok_or(insufficient)
}
