//! Who asks, and the headers that come with a command.

use application::commands::{Caller, Request};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Problem;

/// The longest idempotency key.
const KEY_LENGTH_MAX: usize = 128;

/// Who asks.
pub(crate) struct Identity(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().map(Self).ok_or_else(Problem::unauthenticated)
    }
}

/// What comes along with a command.
pub(crate) struct Envelope(pub(crate) Request);

impl<S: Send + Sync> FromRequestParts<S> for Envelope {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Identity(caller) = Identity::from_request_parts(parts, state).await?;
        let key = idempotency_key(&parts.headers)?;
        Ok(Self(Request {
            command_id: command_id(&caller, key),
            expected_version: expected_version(&parts.headers)?,
            traceparent: traceparent(&parts.headers),
            caller,
        }))
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        let detail = "send an Idempotency-Key, new for each command and the same when you send it again";
        return Err(Problem::bad_request("idempotency_key_missing", detail));
    };
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > KEY_LENGTH_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = format!("an Idempotency-Key has 1 to {KEY_LENGTH_MAX} visible ASCII characters");
        return Err(Problem::bad_request("idempotency_key_invalid", detail));
    }
    Ok(key)
}

/// The same key of the same user is the same command, whoever takes it and whenever.
fn command_id(caller: &Caller, key: &str) -> Uuid {
    let digest =
        Sha256::new().chain_update(caller.user_id.as_str()).chain_update("\n").chain_update(key).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::new_v8(bytes)
}

/// The version in `If-Match: "7"`.
fn expected_version(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let quoted = value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
    let version = quoted.and_then(|version| version.parse().ok());
    version.map(Some).ok_or_else(|| {
        Problem::bad_request(
            "malformed_request",
            "If-Match takes one version of the account, like \"7\" with its quotes",
        )
    })
}

/// The W3C trace context, if it is one: `00-<32 hex>-<16 hex>-<2 hex>`.
fn traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_hex = |byte: u8| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (lengths == [2, 32, 16, 2] && text.bytes().all(is_hex)).then(|| text.to_owned())
}
