//! Who asks, and the headers that come with a command.

use application::{
    Fingerprint,
    commands::{Caller, Request},
};
use axum::{
    extract::{FromRequest, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use domain::UserId;
use sha2::{Digest, Sha256};
use tracing::Span;
use uuid::Uuid;

use super::{Asked, Body};
use crate::{
    Problem,
    problem::Code,
    response::{Deadline, request_id},
};

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

/// An admin. Whoever is none learns of nothing else that is wrong with the request.
pub(crate) struct AdminOnly(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for AdminOnly {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Identity(caller) = Identity::from_request_parts(parts, state).await?;
        if caller.is_admin { Ok(Self(caller)) } else { Err(Problem::forbidden()) }
    }
}

/// A key that is as it has to be, for what is no command and needs none.
pub(crate) struct Keyed;

impl<S: Send + Sync> FromRequestParts<S> for Keyed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        idempotency_key(&parts.headers).map(|_| Self)
    }
}

/// What a body has to be.
pub(crate) trait FromBody: Sized {
    /// Reads it from the fields; `None` if something is wrong with them, which the body then knows.
    fn read(body: &mut Body) -> Option<Self>;
}

/// A command as it comes in: its body, and what comes along with it.
pub(crate) struct Incoming<B> {
    pub(crate) request: Request,
    pub(crate) body: B,
}

impl<S: Send + Sync, B: FromBody> FromRequest<S> for Incoming<B> {
    type Rejection = Problem;

    async fn from_request(incoming: axum::extract::Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = incoming.into_parts();
        let Identity(caller) = Identity::from_request_parts(&mut parts, state).await?;
        let Asked(()) = Asked::from_request_parts(&mut parts, state).await?;
        let command_id = command_id(&caller.user_id, idempotency_key(&parts.headers)?);
        Span::current().record("command_id", command_id.to_string());
        let expected_version = expected_version(&parts.headers)?;
        let traceparent = traceparent(&parts.headers);
        let deadline = parts.extensions.get::<Deadline>().map(|deadline| deadline.0);
        let request_id = request_id(&parts.extensions);
        let path = parts.uri.path().to_owned();
        let mut body = Body::read(axum::extract::Request::from_parts(parts, body)).await?;
        let fingerprint = fingerprint(&path, &caller, expected_version, &body);
        let read = B::read(&mut body);
        let body = body.finish(read)?;
        let request = Request {
            caller,
            command_id,
            fingerprint,
            path,
            request_id,
            deadline,
            expected_version,
            traceparent,
        };
        Ok(Self { request, body })
    }
}

/// What was asked: where, by whom with which rights, of which version, and what. Two requests with one key have to
/// agree in it, so that whoever takes a command up decides from what the one before decided from.
fn fingerprint(path: &str, caller: &Caller, expected_version: Option<u64>, body: &Body) -> Fingerprint {
    let version = expected_version.map(|version| version.to_string()).unwrap_or_default();
    let rights = if caller.is_admin { "admin" } else { "" };
    let mut hasher = Sha256::new();
    for part in [path, rights, &version, &body.canonical()] {
        hasher.update(part);
        hasher.update("\n");
    }
    hasher.finalize().into()
}

fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        let detail = "send an Idempotency-Key, new for each command and the same when you send it again";
        return Err(Problem::header(Code::IdempotencyKeyMissing, "Idempotency-Key", detail));
    };
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > KEY_LENGTH_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = format!("an Idempotency-Key has 1 to {KEY_LENGTH_MAX} visible ASCII characters");
        return Err(Problem::header(Code::IdempotencyKeyInvalid, "Idempotency-Key", detail));
    }
    Ok(key)
}

/// The same key of the same user is the same command, whoever takes it and whenever.
#[must_use]
pub fn command_id(user_id: &UserId, key: &str) -> Uuid {
    let digest = Sha256::new().chain_update(user_id.as_str()).chain_update("\n").chain_update(key).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::new_v8(bytes)
}

/// The version in `If-Match: "7"`.
fn expected_version(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let values: Vec<_> = headers.get_all(header::IF_MATCH).iter().collect();
    let version = match values[..] {
        [] => return Ok(None),
        [value] => {
            value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"')?.parse().ok())
        }
        _ => None,
    };
    version.map(Some).ok_or_else(|| {
        Problem::header(
            Code::MalformedRequest,
            "If-Match",
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
