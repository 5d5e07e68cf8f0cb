//! The body of a command: any bytes, at any route of the command side, as any type of content.
//!
//! An input is a byte that chooses the route, the content type up to the end of the line, and the body.

#![no_main]

use std::sync::LazyLock;

use application::Commit;
use axum::http::HeaderValue;
use fuzz::{Answer, Bank, JSON};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::Value;

const ROUTES: [&str; 8] = [
    "/v1/accounts",
    "/v1/accounts/mine/deposits",
    "/v1/accounts/mine/withdrawals",
    "/v1/transfers",
    "/v1/accounts/mine/freeze",
    "/v1/accounts/frozen/unfreeze",
    "/v1/accounts/mine/close",
    "/v1/accounts/nobodys/deposits",
];

/// The largest body (`BODY_BYTES_MAX` of the API).
const BODY_BYTES_MAX: usize = 16 * 1024;

/// The fields of all commands, in a form that refuses by itself what is there twice, unknown, or no string.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is only looked at whether they can be read")]
struct Fields {
    account_id: Option<String>,
    account_type: Option<String>,
    amount: Option<String>,
    currency: Option<String>,
    from_account_id: Option<String>,
    initial_deposit: Option<String>,
    reason: Option<String>,
    reference: Option<String>,
    to_account_id: Option<String>,
}

/// Two accounts that money can move between, and one that is frozen.
static ACCOUNTS: LazyLock<Vec<Commit>> = LazyLock::new(|| {
    let bank = Bank::with(&[]);
    for id in ["mine", "yours", "frozen"] {
        let body = format!(r#"{{"account_id":"{id}","account_type":"SAVINGS","initial_deposit":"5000"}}"#);
        assert_eq!(bank.post("/v1/accounts", id, JSON, body.as_bytes()).status, 201);
    }
    let frozen = bank.post("/v1/accounts/frozen/freeze", "freeze", JSON, br#"{"reason":"fraud"}"#);
    assert_eq!(frozen.status, 201);
    bank.commits()
});

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(content_type) = HeaderValue::from_bytes(&rest[..end]) else { return };
    let (route, body) = (ROUTES[usize::from(*first) % ROUTES.len()], &rest[end + 1..]);
    let bank = Bank::with(&ACCOUNTS);
    let answer = bank.post(route, "k", content_type.clone(), body);
    if answer.status == 201 {
        had_an_effect(&bank, route, content_type, body, answer);
    } else {
        is_a_problem(&answer, &content_type, body);
        assert_eq!(bank.commits(), *ACCOUNTS, "a refusal has no effect");
    }
});

/// A command is one JSON object in a small body, has left intact streams, and is the same command when it comes again,
/// also with its fields in another order.
fn had_an_effect(bank: &Bank, route: &str, content_type: HeaderValue, body: &[u8], answer: Answer) {
    assert!(body.len() <= BODY_BYTES_MAX);
    let fields: Value = serde_json::from_slice(body).expect("a command is JSON");
    assert!(fields.is_object(), "a command is an object");
    if let Err(error) = serde_json::from_slice::<Fields>(body) {
        panic!("a command was read out of what is none: {error}");
    }
    let commits = bank.commits();
    assert!(commits.len() > ACCOUNTS.len(), "201 and nothing stored");
    bank.assert_intact();

    let replayed = Answer { is_replay: true, ..answer };
    assert_eq!(bank.post(route, "k", content_type, body), replayed);
    let sorted = fields.to_string();
    assert_eq!(bank.post(route, "k", JSON, sorted.as_bytes()), replayed);
    assert_eq!(bank.commits(), commits, "one effect a key");
}

/// What is refused says why, by a status and a code that belong together.
fn is_a_problem(answer: &Answer, content_type: &HeaderValue, body: &[u8]) {
    let Answer { status, is_replay, body: problem } = answer;
    assert!(!is_replay);
    assert_eq!(problem["status"], *status);
    let code = problem["code"].as_str().expect("a problem has a code");
    let is_json = content_type.to_str().is_ok_and(|text| {
        let media_type = text.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case("application/json")
    });
    let expected: &[u16] = match (is_json, body.len() > BODY_BYTES_MAX) {
        (false, _) => &[415],
        (true, true) => &[413],
        (true, false) => &[400, 404, 409, 422],
    };
    assert!(expected.contains(status), "{problem}");
    if serde_json::from_slice::<Value>(body).map_or(true, |value| !value.is_object()) && *status == 400 {
        assert_eq!(code, "malformed_request", "{problem}");
    }
    for error in problem["errors"].as_array().into_iter().flatten() {
        // The empty pointer is the whole body.
        let is_pointer = |pointer: &str| pointer.is_empty() || pointer.starts_with('/');
        assert!(error["pointer"].as_str().is_some_and(is_pointer), "{problem}");
    }
}
