//! How far read models and feed are behind at a steady load: `cargo xtask bench lag` makes a table of what this prints.
//!
//! `PASSBOOK_LAG_SECONDS` says how long each rate is measured.

#![expect(clippy::print_stdout, reason = "what was measured is the output")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has to say where")]

mod feed;
mod figures;
mod load;
mod watch;
mod way;

use application::commands::Caller;
use futures::future::join_all;
use serde_json::json;

use bank::{Bank, setting};
use load::{Account, Plan};
use way::Way;

/// Commands a second, and how they come in. What the gateway cannot keep up with comes last: whoever came after it
/// would find what it has left to do.
const RUNS: [(u32, Way); 3] =
    [(50, Way::ThroughTheGateway), (100, Way::PastTheGateway), (100, Way::ThroughTheGateway)];
const SECONDS_DEFAULT: u32 = 30;
const WARM_UP_SECONDS: u32 = 5;

/// So many commands a second are followed to the row and to the history; to the feed, all are.
const SAMPLES_A_SECOND: u32 = 5;

/// Customers of the stack, and accounts of each: a holder may have five.
const CUSTOMERS: usize = 12;
const ACCOUNTS_EACH: usize = 4;

async fn open_accounts() -> Vec<Account> {
    let customers = join_all((1..=CUSTOMERS).map(async |number| {
        let bank = Bank::of(&format!("customer-{number:02}")).await;
        let mut accounts = Vec::new();
        for _ in 0..ACCOUNTS_EACH {
            let id = bank.open("CHECKING", "100.00").await;
            let row = bank.account_at(&id, 1).await;
            let user_id = row["user_id"].as_str().unwrap().parse().unwrap();
            let owner = Caller { user_id, is_admin: false };
            accounts.push(Account { bank: bank.clone(), id, owner });
        }
        accounts
    }));
    customers.await.into_iter().flatten().collect()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let seconds = setting("PASSBOOK_LAG_SECONDS").map_or(SECONDS_DEFAULT, |text| text.parse().unwrap());
    let (admin, accounts) = (Bank::of("admin").await, open_accounts().await);
    let mut runs = Vec::new();
    for (rate, way) in RUNS {
        let plan = Plan { way, rate, warm_up: WARM_UP_SECONDS * rate, measured: seconds * rate };
        runs.push(load::run(&admin, &accounts, plan).await);
    }
    let (accounts, samples) = (accounts.len(), SAMPLES_A_SECOND);
    let report = json!({
        "seconds": seconds,
        "warm_up_seconds": WARM_UP_SECONDS,
        "accounts": accounts,
        "samples_a_second": samples,
        "runs": runs,
    });
    println!("{report:#}");
}
