//! The codes: what programs rely on. A code comes with one status, always.

use axum::http::StatusCode;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident: $status:ident = $text:literal;)+) => {
        /// What is wrong, for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// As it is sent.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// The status that it comes with.
            pub(crate) fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)+
                }
            }

            /// What it means and what to do, for people.
            pub(crate) fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+).trim_ascii_start(),)+
                }
            }
        }
    };
}

codes! {
    /// Something in the body, the parameters or the headers is not as it has to be; `errors` says where and how.
    MalformedRequest: BAD_REQUEST = "malformed_request";
    /// An amount is no decimal string, not above zero, or has more digits than its currency or the ledger takes.
    InvalidAmount: BAD_REQUEST = "invalid_amount";
    /// A `POST` without an `Idempotency-Key`: send one, new for each command.
    IdempotencyKeyMissing: BAD_REQUEST = "idempotency_key_missing";
    /// The `Idempotency-Key` is not of 1 to 128 visible ASCII characters.
    IdempotencyKeyInvalid: BAD_REQUEST = "idempotency_key_invalid";
    /// There is no valid token: sign in.
    Unauthenticated: UNAUTHORIZED = "unauthenticated";
    /// Only an admin may do this.
    Forbidden: FORBIDDEN = "forbidden";
    /// There is no such account, or it is somebody else's.
    AccountNotFound: NOT_FOUND = "account_not_found";
    /// There is no such command, or nothing has come of it: send it again with its `Idempotency-Key`.
    CommandNotFound: NOT_FOUND = "command_not_found";
    /// The account has no such transaction.
    TransactionNotFound: NOT_FOUND = "transaction_not_found";
    /// The account has no statement of that month: it was opened later, or the month has not begun.
    StatementNotFound: NOT_FOUND = "statement_not_found";
    /// No such account is parked, or not any more.
    ParkedNotFound: NOT_FOUND = "parked_not_found";
    /// There is no such projection.
    ProjectionNotFound: NOT_FOUND = "projection_not_found";
    /// The projection has no such rebuild.
    RebuildNotFound: NOT_FOUND = "rebuild_not_found";
    /// The projection has no such generation.
    GenerationNotFound: NOT_FOUND = "generation_not_found";
    /// There is nothing at this path.
    RouteNotFound: NOT_FOUND = "route_not_found";
    /// There is something at this path, but not for this method: `Allow` has those that there are.
    MethodNotAllowed: METHOD_NOT_ALLOWED = "method_not_allowed";
    /// The account id is taken: an id is used once.
    AccountAlreadyExists: CONFLICT = "account_already_exists";
    /// A request with this `Idempotency-Key` is being done: send it again for its answer.
    CommandInFlight: CONFLICT = "command_in_flight";
    /// Others are changing the account, and nothing was done: send the same request again.
    ConcurrentModification: CONFLICT = "concurrent_modification";
    /// One rebuild of a projection runs at a time.
    RebuildRunning: CONFLICT = "rebuild_running";
    /// The rebuild is over, or too far to be given up.
    RebuildOver: CONFLICT = "rebuild_over";
    /// Queries read the generation, or did a moment ago.
    GenerationInUse: CONFLICT = "generation_in_use";
    /// The account is not at the version that `If-Match` names.
    VersionMismatch: PRECONDITION_FAILED = "version_mismatch";
    /// The body is longer than a request can be.
    BodyTooLarge: PAYLOAD_TOO_LARGE = "body_too_large";
    /// The body is not sent as `application/json`.
    UnsupportedMediaType: UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type";
    /// The balance is smaller than amount and fee: `available` and `required` tell by how much.
    InsufficientFunds: UNPROCESSABLE_ENTITY = "insufficient_funds";
    /// The account is frozen or closed; of a transfer with the pointer `/to_account_id`, the receiving one.
    AccountInactive: UNPROCESSABLE_ENTITY = "account_inactive";
    /// Only a frozen account can be unfrozen.
    AccountNotFrozen: UNPROCESSABLE_ENTITY = "account_not_frozen";
    /// Only an account without money can be closed.
    BalanceNotZero: UNPROCESSABLE_ENTITY = "balance_not_zero";
    /// The balance would have more digits than the ledger takes.
    BalanceLimitExceeded: UNPROCESSABLE_ENTITY = "balance_limit_exceeded";
    /// The initial deposit is smaller than the bank takes.
    MinimumDepositNotMet: UNPROCESSABLE_ENTITY = "minimum_deposit_not_met";
    /// The user has as many open accounts as a user may have.
    AccountLimitReached: UNPROCESSABLE_ENTITY = "account_limit_reached";
    /// Money cannot be sent to the account that it comes from.
    SameAccountTransfer: UNPROCESSABLE_ENTITY = "same_account_transfer";
    /// The two accounts of a transfer have different currencies.
    CurrencyMismatch: UNPROCESSABLE_ENTITY = "currency_mismatch";
    /// The bank offers no such account type.
    InvalidAccountType: UNPROCESSABLE_ENTITY = "invalid_account_type";
    /// The month has more events than a statement takes: export the account's history, in parts.
    StatementTooLong: UNPROCESSABLE_ENTITY = "statement_too_long";
    /// The `Idempotency-Key` was used for another request: take a new one.
    IdempotencyKeyReused: UNPROCESSABLE_ENTITY = "idempotency_key_reused";
    /// The projection cannot be rebuilt: the journal is made from nothing else, and the history may not be kept at all.
    NotRebuildable: UNPROCESSABLE_ENTITY = "not_rebuildable";
    /// There are more requests than can be taken: come again after `Retry-After` seconds.
    Throttled: TOO_MANY_REQUESTS = "throttled";
    /// Something is wrong on our side: quote the `request_id`.
    InternalError: INTERNAL_SERVER_ERROR = "internal_error";
    /// Something does not answer, and what came of the request is not known: send it again after `Retry-After` seconds.
    Unavailable: SERVICE_UNAVAILABLE = "unavailable";
}

impl Code {
    /// The code in words: `insufficient_funds` is "Insufficient funds".
    pub(crate) fn title(self) -> String {
        let words = self.as_str().replace('_', " ");
        let mut letters = words.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
