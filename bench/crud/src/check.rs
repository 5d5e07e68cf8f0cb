//! Do both say the same? What is compared are whole bodies, field by field.

use anyhow::{Context as _, Result, ensure};
use application::commands::Caller;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{bank::Known, measure};

/// So many accounts are looked at before each measurement.
pub const ACCOUNTS: usize = 40;

/// What is asked of each, behind its path; `{since}` is a year ago.
pub const QUESTIONS: [&str; 9] = [
    "",
    "/transactions",
    "/transactions?from={since}",
    "/transactions?from={since}&page_number=2&page_size=7",
    "/transactions?from={since}&type=DEBIT,TRANSFER_OUT&min_amount=500.00",
    "/transactions?from={since}&type=TRANSFER_IN",
    "/transactions?from={since}&max_amount=99.90",
    "/transactions?from={since}&reference=interest",
    "/transactions?from={since}&q=cash%20withdrawal",
];

/// A busy OpenSearch may say that it is one, and is asked again.
const ATTEMPTS_MAX: u32 = 20;

/// The longest body, of a page of a hundred.
const BODY_BYTES_MAX: usize = 256 * 1024;

pub async fn same_answers(routers: &[(&str, Router); 2], known: &[Known]) -> Result<()> {
    let since = measure::since()?;
    let step = known.len().div_ceil(ACCOUNTS).max(1);
    for one in known.iter().step_by(step) {
        let mut counterparty = None;
        for question in QUESTIONS {
            let path = format!("/v1/accounts/{}{}", one.account_id, question.replace("{since}", &since));
            let answer = same(routers, one, &path).await?;
            let transactions = answer["transactions"].as_array().into_iter().flatten();
            let named = transactions.filter_map(|transaction| transaction["counterparty"].as_str());
            counterparty = named.map(str::to_owned).next().or(counterparty);
        }
        if let Some(counterparty) = counterparty {
            let path = format!(
                "/v1/accounts/{}/transactions?from={since}&counterparty={counterparty}",
                one.account_id
            );
            let found = same(routers, one, &path).await?;
            ensure!(found["total_count"] != 0, "nobody finds {counterparty}, which both have shown");
        }
    }
    Ok(())
}

/// The answer of both.
async fn same(routers: &[(&str, Router); 2], one: &Known, path: &str) -> Result<Value> {
    let [(_, crud), (_, passbook)] = routers;
    let (theirs, mut ours) = (body(crud, one, path).await?, body(passbook, one, path).await?);
    // Where a page ends is told by its last transaction; a cursor is but another word for it.
    ours.as_object_mut().context("no object")?.remove("next_cursor");
    ensure!(theirs == ours, "{path} is answered differently:\n{theirs:#}\n{ours:#}");
    Ok(ours)
}

async fn body(router: &Router, one: &Known, path: &str) -> Result<Value> {
    let mut answer = router.clone().oneshot(request(one, path)?).await?;
    for _ in 0..ATTEMPTS_MAX {
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
        answer = router.clone().oneshot(request(one, path)?).await?;
    }
    let status = answer.status();
    let body = to_bytes(answer.into_body(), BODY_BYTES_MAX).await?;
    ensure!(status == StatusCode::OK, "{path} is answered with {status}: {}", String::from_utf8_lossy(&body));
    Ok(serde_json::from_slice(&body)?)
}

/// A request as it comes to a router once it is known who calls.
pub fn request(one: &Known, path: &str) -> Result<Request<Body>> {
    let caller = Caller { user_id: one.user_id.clone(), is_admin: false };
    Ok(Request::get(path).extension(caller).body(Body::empty())?)
}
