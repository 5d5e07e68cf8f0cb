//! The transfer: one decision over two accounts, so that both legs happen or neither does.

use super::{
    Account, Event, MoneyReceived, MoneyTransferred, Rejection, Status, Transfer,
    decide::{debited, movable},
    transfer_fee,
};

/// The two events of a transfer: the sender's and the receiver's.
///
/// # Errors
/// The [`Rejection`] of the first rule that would be broken. What it says of the receiver never tells the sender
/// more than that the money cannot go there.
pub fn transfer(from: &Account, to: &Account, order: Transfer) -> Result<(Event, Event), Rejection> {
    let Transfer { transfer_id, from_account_id, to_account_id, amount, reference } = order;
    if from_account_id == to_account_id {
        return Err(Rejection::SameAccountTransfer);
    }
    let amount = movable(from, amount)?;
    if to.status != Status::Active {
        return Err(Rejection::ReceiverInactive);
    }
    if to.currency() != amount.currency() {
        let (expected, given) = (to.currency().code().to_owned(), amount.currency().code().to_owned());
        return Err(Rejection::CurrencyMismatch { expected, given });
    }
    let fee = transfer_fee(amount);
    let sent = MoneyTransferred {
        transfer_id: transfer_id.clone(),
        to_account_id,
        amount,
        fee,
        balance_after: debited(from, amount, fee)?,
        reference: reference.clone(),
    };
    let received = MoneyReceived {
        transfer_id,
        from_account_id,
        amount,
        balance_after: to.balance.checked_add(amount).ok_or(Rejection::ReceiverLimitExceeded)?,
        reference,
    };
    Ok((Event::MoneyTransferred(sent), Event::MoneyReceived(received)))
}
