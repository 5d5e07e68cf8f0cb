//! The cache: what it may answer, what it keeps, and that it is never in the way.

mod in_front;
mod outage;
mod server;
mod shared;

use std::time::Duration;

use application::ports::AccountSummary;
use domain::AccountId;
use read_models::cache::{SharedCache, SummaryCache, Timeouts};
use testing::TestEnvironment;

use crate::account::{Account, fold};

/// Where not the time-outs are tested, a busy machine must not bring one about.
const PATIENT: Timeouts = Timeouts { connect: Duration::from_secs(10), operation: Duration::from_secs(10) };

/// The rows of an account after each of its versions, from 1 on. The account is this test's of this run alone.
fn rows(test: &str, versions: usize) -> Vec<AccountSummary> {
    let mut account = Account::checking(&format!("{test}-{}", std::process::id()));
    for _ in 1..versions {
        account.deposits("1");
    }
    let events = account.events();
    (1..=versions).map(|version| fold(&events[..version], &account.id)).collect()
}

fn shared(url: &str) -> SharedCache<TestEnvironment> {
    SharedCache::new(url, PATIENT, TestEnvironment::default()).unwrap()
}

async fn version(cache: &impl SummaryCache, id: &AccountId) -> Option<u64> {
    cache.get(id, 0).await.map(|row| row.version)
}
