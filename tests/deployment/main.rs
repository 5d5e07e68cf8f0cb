//! A deployment over a bank that is at work: clients notice nothing. `PASSBOOK_SAM` is the SAM CLI, `PASSBOOK_STAGE` the
//! folder of a template and its functions, and the stack is the one that `TARGET` names.

#![expect(clippy::print_stdout, reason = "the figures of a run are worth reading")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use serde_json::json;

use bank::{Bank, clock::pause, setting};

const CUSTOMERS: [&str; 4] = ["customer-01", "customer-02", "customer-03", "customer-04"];

/// How long clients are at work before and after the deployment.
const MARGIN: Duration = Duration::from_secs(3);

/// Deposits, and reads of what was deposited, until it is over. Every answer has to be a good one.
async fn use_the_bank(customer: &str, is_over: &AtomicBool, requests: &AtomicU64) {
    let bank = Bank::of(customer).await;
    let id = bank.open("CHECKING", "100.00").await;
    let (mut balance, mut version) = (100_u64, 1);
    while !is_over.load(Ordering::Relaxed) {
        let done = bank.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": "1.00" })).await;
        assert_eq!(done.status, 201, "{customer}: {}", done.body);
        (balance, version) = (balance + 1, version + 1);
        assert_eq!(done.version(), version, "{customer}: {}", done.body);
        let read = bank.get(&format!("/v1/accounts/{id}?min_version={version}")).await;
        assert_eq!(read.status, 200, "{customer}: {}", read.body);
        assert_eq!(read.text("available_balance"), format!("{balance}.00"), "{customer}");
        requests.fetch_add(2, Ordering::Relaxed);
    }
}

/// The functions with a byte more each, so that the code of each is new.
fn change_the_code(stage: &Path) {
    for function in std::fs::read_dir(stage.join("target/lambda")).unwrap() {
        let mut bootstrap =
            OpenOptions::new().append(true).open(function.unwrap().path().join("bootstrap")).unwrap();
        bootstrap.write_all(b"\n").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_every_function_is_deployed_anew() {
    let (sam, stage) = (setting("PASSBOOK_SAM").unwrap(), PathBuf::from(setting("PASSBOOK_STAGE").unwrap()));
    let arguments = setting("PASSBOOK_SAM_ARGUMENTS").unwrap();
    change_the_code(&stage);
    let (is_over, requests, before) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let deploy = async {
        pause(MARGIN).await;
        before.store(requests.load(Ordering::Relaxed), Ordering::Relaxed);
        let mut command = Command::new(sam);
        command.current_dir(&stage).args(arguments.split_whitespace()).env("SAM_CLI_TELEMETRY", "0");
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let meanwhile = requests.load(Ordering::Relaxed) - before.load(Ordering::Relaxed);
        pause(MARGIN).await;
        is_over.store(true, Ordering::Relaxed);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
        meanwhile
    };
    let clients = CUSTOMERS.map(|customer| use_the_bank(customer, &is_over, &requests));
    let (_, meanwhile) = futures::join!(futures::future::join_all(clients), deploy);
    println!("{meanwhile} requests during the deployment, {} in all, none failed", requests.into_inner());
    assert!(meanwhile > 0, "nobody asked anything");
}
