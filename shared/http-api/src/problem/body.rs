//! A problem as it is sent.

use domain::account::Status;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Code;
use crate::schema::{self, Amount};

/// What is wrong, as RFC 9457 has it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Leads to what the code means.
    #[serde(rename = "type")]
    #[schema(example = "/v1/docs#insufficient_funds")]
    kind: String,
    /// The code in words.
    #[schema(example = "Insufficient funds")]
    title: String,
    #[schema(example = 422)]
    status: u16,
    /// What is wrong with this request and what to do, for people.
    detail: String,
    /// What is wrong, for programs.
    #[schema(value_type = schema::Code)]
    code: Code,
    /// The path of the request.
    instance: String,
    /// Names the request, or the first one that was answered so.
    request_id: String,
    /// Where it is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ErrorBody>,
    #[serde(flatten)]
    facts: Box<Facts>,
}

/// One place that is not as it has to be: a part of the body, a query parameter, or a header.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ProblemError)]
pub(crate) struct ErrorBody {
    /// A JSON pointer (RFC 6901) into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// What it has to be.
    detail: String,
}

/// What programs may want to know of a problem, each with the codes that it makes sense for.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = ProblemFacts)]
pub(crate) struct Facts {
    /// What could be spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) available: Option<Amount>,
    /// What would have been needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) required: Option<Amount>,
    /// What the account still holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) balance: Option<Amount>,
    /// Of the amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Currency>)]
    pub(super) currency: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::AccountStatus>)]
    pub(super) account_status: Option<Status>,
    /// How many there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<usize>,
    /// The version in `If-Match`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expected_version: Option<u64>,
    /// The version that the account is at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) actual_version: Option<u64>,
    /// The rebuild that is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rebuild_id: Option<Uuid>,
}

impl ProblemBody {
    pub(super) fn new(
        code: Code,
        detail: String,
        instance: &str,
        request_id: String,
        errors: Vec<ErrorBody>,
        facts: Box<Facts>,
    ) -> Self {
        Self {
            kind: format!("/v1/docs#{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            detail,
            code,
            instance: instance.to_owned(),
            request_id,
            errors,
            facts,
        }
    }
}

impl ErrorBody {
    pub(crate) fn pointer(pointer: &str, detail: &str) -> Self {
        Self { pointer: Some(pointer.to_owned()), ..Self::of(detail) }
    }

    pub(super) fn parameter(name: &str, detail: &str) -> Self {
        Self { parameter: Some(name.to_owned()), ..Self::of(detail) }
    }

    pub(super) fn header(name: &str, detail: &str) -> Self {
        Self { header: Some(name.to_owned()), ..Self::of(detail) }
    }

    fn of(detail: &str) -> Self {
        Self { pointer: None, parameter: None, header: None, detail: detail.to_owned() }
    }
}
