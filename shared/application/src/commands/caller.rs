//! Who asks, and what they may see.

use domain::{AccountId, UserId, account::Account};

use crate::{Refusal, Stream, codec::Accounts};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token's `sub`.
    pub user_id: UserId,
    /// Whether the token's groups name `admin`: may act on every account.
    pub is_admin: bool,
}

impl Caller {
    /// Whether this caller may see and use an account of that owner.
    #[must_use]
    pub fn may_use_account_of(&self, owner: &UserId) -> bool {
        self.is_admin || self.user_id == *owner
    }

    /// Whether this caller may do what takes one of the bank's own people; `forbidden` if not.
    pub(crate) fn admin_or<E>(&self, forbidden: E) -> Result<(), E> {
        if self.is_admin { Ok(()) } else { Err(forbidden) }
    }

    /// The account behind a stream, if the caller may use it. Another user's account is as absent as one that was
    /// never opened.
    pub(crate) fn account<'a>(
        &self,
        account_id: &AccountId,
        stream: &'a Stream<Accounts>,
    ) -> Result<&'a Account, Refusal> {
        let own = stream.state.as_ref().filter(|account| self.may_use_account_of(&account.user_id));
        own.ok_or_else(|| Refusal::AccountNotFound(account_id.clone()))
    }
}
