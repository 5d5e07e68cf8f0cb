//! What the document says of the values that bodies, paths and parameters are made of.

use std::borrow::Cow;

use domain::{Decimal, Money};
use serde::Serialize;
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::problem;

/// Money as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Amount(String);

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        money.amount().into()
    }
}

impl From<Decimal> for Amount {
    fn from(decimal: Decimal) -> Self {
        Self(decimal.to_string())
    }
}

/// A moment.
pub(crate) enum Timestamp {}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let string = ObjectBuilder::new().schema_type(Type::String);
        let string = string.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        let string =
            string.description(Some("A moment of RFC 3339, exact to the microsecond; in answers in UTC."));
        string.examples([json!("2026-11-24T09:30:00Z")]).build().into()
    }
}

impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        "Timestamp".into()
    }
}

/// What is wrong, for programs.
pub(crate) enum Code {}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let meanings =
            problem::Code::ALL.iter().map(|code| format!("- `{}`: {}\n", code.as_str(), code.meaning()));
        let string =
            ObjectBuilder::new().schema_type(Type::String).description(Some(meanings.collect::<String>()));
        string.enum_values(Some(problem::Code::ALL.iter().map(|code| code.as_str()))).build().into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        "Code".into()
    }
}

/// A currency that accounts are held in.
pub(crate) enum CurrencyGiven {}

impl PartialSchema for CurrencyGiven {
    fn schema() -> RefOr<Schema> {
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(|first| letters().map(move |second| (first, second)));
        let codes =
            codes.flat_map(|(first, second)| letters().map(move |third| format!("{first}{second}{third}")));
        let codes = codes.filter(|code| domain::parse_currency(code).is_ok());
        let string = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes));
        string.description(Some("A currency of ISO 4217.")).build().into()
    }
}

impl ToSchema for CurrencyGiven {
    fn name() -> Cow<'static, str> {
        "CurrencyGiven".into()
    }
}

macro_rules! text {
    ($($(#[doc = $doc:literal])+ $name:ident: $pattern:expr, $example:literal;)+) => {
        $(
            $(#[doc = $doc])+
            pub(crate) enum $name {}

            string!($name, concat!($($doc),+), $example, pattern = $pattern);
        )+
    };
}

macro_rules! choice {
    ($($(#[doc = $doc:literal])+ $name:ident: $first:literal $(| $other:literal)*;)+) => {
        $(
            $(#[doc = $doc])+
            pub(crate) enum $name {}

            string!($name, concat!($($doc),+), $first, enum_values = [$first $(, $other)*]);
        )+
    };
}

macro_rules! string {
    ($name:ident, $doc:expr, $example:expr, $rule:ident = $value:expr) => {
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let string = ObjectBuilder::new().schema_type(Type::String);
                let string = string.description(Some($doc.trim_ascii_start())).examples([json!($example)]);
                string.$rule(Some($value)).build().into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

string!(
    Amount,
    "Money, a decimal string in the currency beside it. Never a JSON number.",
    "250.00",
    pattern = r"^[0-9]+(\.[0-9]+)?$"
);

text! {
    /// Money, a decimal string in the account's currency, with at most as many digits after the point as the currency
    /// has and at most 18 in all. Never a JSON number.
    AmountGiven: r"^(?=(\.?[0-9]){1,18}$)[0-9]+(\.[0-9]+)?$", "250.00";
    /// The three letters of ISO 4217.
    Currency: "^[A-Z]{3}$", "USD";
    /// Names an account, for ever: an id is used once.
    AccountId: "^[A-Za-z0-9._:-]{1,64}$", "alice-checking";
    /// Names a user: the token's `sub`.
    UserId: "^[A-Za-z0-9._:-]{1,64}$", "9b2f6a0e-6c0e-4d0e-9a54-3f6c3d3f2b11";
    /// Names a movement of money on one account.
    TransactionId: "^[A-Za-z0-9._:-]{1,64}$", "019317c2-8d5e-7c1a-b3f4-5d6e7f8a9b0c";
    /// Names a transfer: the transactions of its two accounts share it.
    TransferId: "^[A-Za-z0-9._:-]{1,64}$", "5f0c5f1e-8a4b-8c3d-9e2f-1a2b3c4d5e6f";
    /// Names a command, and the rebuild that it begins.
    CommandId: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "5f0c5f1e-8a4b-8c3d-9e2f-1a2b3c4d5e6f";
    /// One line of text.
    Text: r"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f]{1,140}$", "rent for May";
    /// A SHA-256, in hexadecimal.
    Hash: "^[0-9a-f]{64}$", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    /// Names a parked account.
    ParkedId: "^[a-z-]+:[A-Za-z0-9._:-]{1,64}$", "account-summary:alice-checking";
    /// Types of transactions, with commas between them.
    TransactionTypes:
        "^(CREDIT|DEBIT|TRANSFER_OUT|TRANSFER_IN)(,(CREDIT|DEBIT|TRANSFER_OUT|TRANSFER_IN))*$", "CREDIT,TRANSFER_IN";
    /// A calendar month.
    Month: "^[0-9]{4}-(0[1-9]|1[0-2])$", "2026-11";
}

choice! {
    /// The kinds of account that the bank offers.
    AccountType: "CHECKING" | "SAVINGS" | "BUSINESS" | "INVESTMENT";
    /// Whether an account can be used.
    AccountStatus: "ACTIVE" | "FROZEN" | "CLOSED";
    /// Which way money moved: a deposit, a withdrawal, a transfer sent, a transfer received.
    TransactionType: "CREDIT" | "DEBIT" | "TRANSFER_OUT" | "TRANSFER_IN";
    /// How an answer is to be read.
    Consistency: "strong";
    /// Which end comes first: `desc`, the newest.
    Order: "desc" | "asc";
    /// As what a statement is sent.
    StatementFormat: "json" | "csv";
    /// As what a history is sent.
    ExportFormat: "jsonl" | "csv";
    /// What counts.
    TopBy: "volume" | "count";
    /// What a rebuild is to do.
    RebuildKind: "all" | "until" | "from" | "drop";
    /// Where a rebuild stands.
    RebuildStatus: "running" | "cancelling" | "completed" | "cancelled";
    /// What is made from the events.
    Projection: "account-summary" | "transaction-history" | "journal";
}
