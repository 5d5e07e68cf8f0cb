//! What a client is told of each way in which a command can fail. All of it is in this one place.

use application::{CommandError, Refusal, chain};
use domain::{account, holder};

use super::{Code, Facts, Problem};

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Forbidden => Self::forbidden(),
            CommandError::KeyReused => Self::new(
                Code::IdempotencyKeyReused,
                "this Idempotency-Key was used for another request: send a new one with each command",
            ),
            CommandError::InFlight => {
                let detail =
                    "a request with this Idempotency-Key is being done: send it again for its answer";
                Self::new(Code::CommandInFlight, detail).retry_later()
            }
            CommandError::ConcurrentModification => {
                let detail = "others are changing the account at the same time, and nothing was done: \
                              send the same request with the same Idempotency-Key again";
                Self::new(Code::ConcurrentModification, detail).retry_later()
            }
            CommandError::Throttled => Self::throttled(),
            CommandError::Unavailable(_) | CommandError::TimedOut => {
                tracing::error!(error = chain(&error), "a command failed");
                Self::unavailable(
                    "the outcome is not known: send the same request with the same Idempotency-Key again",
                )
            }
            CommandError::Damaged(_) => {
                tracing::error!(error = chain(&error), "a command met a damaged stream");
                Self::internal_error()
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Account(rejection) => rejection.into(),
            Refusal::Holder(rejection) => rejection.into(),
            Refusal::AccountNotFound(id) => Self::account_not_found(&id),
            Refusal::ReceiverNotFound(id) => Self::account_not_found(&id).at("/to_account_id"),
            Refusal::AccountAlreadyExists(id) => {
                let detail = format!("account {id} exists already: an account id is used once");
                Self::new(Code::AccountAlreadyExists, detail)
            }
            Refusal::VersionMismatch { expected, actual } => {
                let detail = format!("the account is at version {actual}, not {expected}");
                Self::new(Code::VersionMismatch, detail).with(Facts {
                    expected_version: Some(expected),
                    actual_version: Some(actual),
                    ..Facts::default()
                })
            }
        }
    }
}

impl Problem {
    pub(crate) fn account_not_found(id: &domain::AccountId) -> Self {
        Self::new(Code::AccountNotFound, format!("there is no account {id}"))
    }

    /// The path names what cannot be an account.
    pub(crate) fn no_account() -> Self {
        Self::new(Code::AccountNotFound, "there is no such account")
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(Code::Forbidden, "only an admin may do this")
    }
}

impl From<account::Rejection> for Problem {
    fn from(rejection: account::Rejection) -> Self {
        use account::Rejection as R;
        let detail = rejection.to_string();
        match rejection {
            R::InvalidAmount(_) | R::AmountNotPositive => {
                Self::new(Code::InvalidAmount, detail).at("/amount")
            }
            R::InsufficientFunds { available, required } => {
                Self::new(Code::InsufficientFunds, detail).with(Facts {
                    available: Some(available.into()),
                    required: Some(required.into()),
                    currency: Some(required.currency().code()),
                    ..Facts::default()
                })
            }
            R::AccountInactive { status } => Self::new(Code::AccountInactive, detail).with(of(status)),
            R::AccountNotFrozen { status } => Self::new(Code::AccountNotFrozen, detail).with(of(status)),
            R::BalanceNotZero { balance } => Self::new(Code::BalanceNotZero, detail).with(Facts {
                balance: Some(balance.into()),
                currency: Some(balance.currency().code()),
                ..Facts::default()
            }),
            R::BalanceLimitExceeded { .. } => Self::new(Code::BalanceLimitExceeded, detail),
            R::MinimumDepositNotMet { minimum, .. } => {
                Self::new(Code::MinimumDepositNotMet, detail).at("/initial_deposit").with(Facts {
                    required: Some(minimum.into()),
                    currency: Some(minimum.currency().code()),
                    ..Facts::default()
                })
            }
            R::ReceiverInactive => Self::new(Code::AccountInactive, detail).at("/to_account_id"),
            R::ReceiverLimitExceeded => Self::new(Code::BalanceLimitExceeded, detail).at("/to_account_id"),
            R::SameAccountTransfer => Self::new(Code::SameAccountTransfer, detail).at("/to_account_id"),
            R::CurrencyMismatch { .. } => Self::new(Code::CurrencyMismatch, detail).at("/to_account_id"),
            R::InvalidAccountType { .. } => Self::new(Code::InvalidAccountType, detail).at("/account_type"),
        }
    }
}

fn of(status: account::Status) -> Facts {
    Facts { account_status: Some(status), ..Facts::default() }
}

impl From<holder::Rejection> for Problem {
    fn from(rejection: holder::Rejection) -> Self {
        match rejection {
            holder::Rejection::AccountLimitReached { limit } => {
                let facts = Facts { limit: Some(limit), ..Facts::default() };
                Self::new(Code::AccountLimitReached, rejection.to_string()).with(facts)
            }
        }
    }
}
