//! What the proxy says in DynamoDB's place, in its words.

use http_body_util::Full;
use hyper::{Response, StatusCode, body::Bytes, header};
use serde_json::{Value, json};

use super::Asked;

const JSON: &str = "application/x-amz-json-1.0";
const NAMESPACE: &str = "com.amazonaws.dynamodb.v20120810";

/// The connection is cut off without a word.
#[derive(Debug)]
pub(crate) struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is cut off")
    }
}

impl std::error::Error for Reset {}

/// What the client gets.
pub(crate) type Reply = Result<Response<Full<Bytes>>, Reset>;

pub(crate) fn reply(status: StatusCode, body: Bytes) -> Reply {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, JSON)
        .body(Full::new(body))
        .map_err(|_| Reset)
}

pub(crate) fn done(value: &Value) -> Reply {
    reply(StatusCode::OK, value.to_string().into())
}

/// The table takes no more: the two codes that say so.
pub(crate) fn throttled(is_provisioned: bool) -> Reply {
    let code = if is_provisioned { "ProvisionedThroughputExceededException" } else { "ThrottlingException" };
    error(StatusCode::BAD_REQUEST, code, json!({}))
}

pub(crate) fn failed() -> Reply {
    error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", json!({}))
}

/// Another transaction is under way on the first of the items.
pub(crate) fn contended(asked: &Asked) -> Reply {
    if asked.operation != "TransactWriteItems" {
        return error(StatusCode::BAD_REQUEST, "TransactionConflictException", json!({}));
    }
    let parts = asked.value["TransactItems"].as_array().map_or(1, Vec::len);
    let reason = |place: usize| match place {
        0 => json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" }),
        _ => json!({ "Code": "None" }),
    };
    let reasons: Vec<Value> = (0..parts).map(reason).collect();
    error(
        StatusCode::BAD_REQUEST,
        "TransactionCanceledException",
        json!({ "CancellationReasons": reasons, "Message": "Transaction cancelled" }),
    )
}

fn error(status: StatusCode, code: &str, mut body: Value) -> Reply {
    body["__type"] = format!("{NAMESPACE}#{code}").into();
    body["message"] = "injected".into();
    reply(status, body.to_string().into())
}
