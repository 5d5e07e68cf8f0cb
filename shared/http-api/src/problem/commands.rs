//! What a client is told of each way in which a command can fail. All of it is in this one place.

use application::{CommandError, Refusal};
use axum::http::StatusCode;
use domain::{account, holder};

use super::{Problem, chain};

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Forbidden => Self::forbidden(),
            CommandError::KeyReused => Self::rejected(
                "idempotency_key_reused",
                "this Idempotency-Key was used for another request: send a new one with each command",
            ),
            CommandError::InFlight => {
                let detail =
                    "a request with this Idempotency-Key is being done: send it again for its answer";
                Self::new(StatusCode::CONFLICT, "command_in_flight", detail).retry_later()
            }
            CommandError::ConcurrentModification => {
                let detail = "others are changing the account at the same time, and nothing was done: \
                              send the same request with the same Idempotency-Key again";
                Self::new(StatusCode::CONFLICT, "concurrent_modification", detail).retry_later()
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
                Self::new(StatusCode::CONFLICT, "account_already_exists", detail)
            }
            Refusal::VersionMismatch { expected, actual } => {
                let detail = format!("the account is at version {actual}, not {expected}");
                Self::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail)
                    .with("expected_version", expected)
                    .with("actual_version", actual)
            }
        }
    }
}

impl Problem {
    pub(crate) fn account_not_found(id: &domain::AccountId) -> Self {
        Self::not_found("account_not_found", format!("there is no account {id}"))
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "only an admin may do this")
    }
}

impl From<account::Rejection> for Problem {
    fn from(rejection: account::Rejection) -> Self {
        use account::Rejection as R;
        let detail = rejection.to_string();
        match rejection {
            R::InvalidAmount(_) | R::AmountNotPositive => {
                Self::bad_request("invalid_amount", detail).at("/amount")
            }
            R::InsufficientFunds { available, required } => Self::rejected("insufficient_funds", detail)
                .with("available", available.amount().to_string())
                .with("required", required.amount().to_string())
                .with("currency", required.currency().code()),
            R::AccountInactive { status } => {
                Self::rejected("account_inactive", detail).with("account_status", status.to_string())
            }
            R::AccountNotFrozen { status } => {
                Self::rejected("account_not_frozen", detail).with("account_status", status.to_string())
            }
            R::BalanceNotZero { balance } => {
                Self::rejected("balance_not_zero", detail).with("balance", balance.amount().to_string())
            }
            R::BalanceLimitExceeded { .. } => Self::rejected("balance_limit_exceeded", detail),
            R::MinimumDepositNotMet { minimum, .. } => Self::rejected("minimum_deposit_not_met", detail)
                .at("/initial_deposit")
                .with("required", minimum.amount().to_string())
                .with("currency", minimum.currency().code()),
            R::ReceiverInactive => Self::rejected("account_inactive", detail).at("/to_account_id"),
            R::ReceiverLimitExceeded => Self::rejected("balance_limit_exceeded", detail).at("/to_account_id"),
            R::SameAccountTransfer => Self::rejected("same_account_transfer", detail).at("/to_account_id"),
            R::CurrencyMismatch { .. } => Self::rejected("currency_mismatch", detail).at("/to_account_id"),
            R::InvalidAccountType { .. } => {
                Self::rejected("invalid_account_type", detail).at("/account_type")
            }
        }
    }
}

impl From<holder::Rejection> for Problem {
    fn from(rejection: holder::Rejection) -> Self {
        match rejection {
            holder::Rejection::AccountLimitReached { limit } => {
                Self::rejected("account_limit_reached", rejection.to_string()).with("limit", limit)
            }
        }
    }
}
