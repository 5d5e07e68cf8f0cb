//! A deployment over a bank that is at work: clients notice nothing. `PASSBOOK_SAM` is the SAM CLI, `PASSBOOK_STAGE` the
//! folder of a template and its functions, and the stack is the one that `TARGET` names.

#![expect(clippy::print_stdout, reason = "the figures of a run are worth reading")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use bank::{Bank, clock::pause, new_key, setting, tables};

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

/// The folders of the functions that are deployed next.
fn folders() -> impl Iterator<Item = PathBuf> {
    let stage = PathBuf::from(setting("PASSBOOK_STAGE").unwrap());
    std::fs::read_dir(stage.join("target/lambda")).unwrap().map(|folder| folder.unwrap().path())
}

/// The functions laid out anew, each with a new release beside its program, as `cargo xtask package` does.
fn lay_out_anew() {
    for folder in folders() {
        std::fs::write(folder.join("release"), new_key()).unwrap();
    }
}

/// The functions with a byte more each, so that the code of each is new.
fn change_the_code() {
    for folder in folders() {
        let mut bootstrap = OpenOptions::new().append(true).open(folder.join("bootstrap")).unwrap();
        bootstrap.write_all(b"\n").unwrap();
    }
}

fn aws(arguments: &[&str]) -> Value {
    let mut command = Command::new(setting("PASSBOOK_AWS").unwrap());
    let output = command.args(["--output", "json"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The code of each function that runs; of the API's, the code behind the alias that the gateway calls.
fn code() -> BTreeMap<String, String> {
    let resources = aws(&["cloudformation", "describe-stack-resources", "--stack-name", &tables().name]);
    let of_type = |kind: &str| {
        let all = resources["StackResources"].as_array().unwrap().iter();
        let found = all.filter(|resource| resource["ResourceType"] == kind);
        let texts = found.map(|one| {
            ["LogicalResourceId", "PhysicalResourceId"].map(|key| one[key].as_str().unwrap().to_owned())
        });
        texts.collect::<Vec<_>>()
    };
    let aliases = of_type("AWS::Lambda::Alias");
    let function = |[logical, physical]: [String; 2]| {
        let is_live = aliases.iter().any(|[alias, _]| *alias == format!("{logical}Aliaslive"));
        let qualifier = if is_live { "live" } else { "$LATEST" };
        let get = ["lambda", "get-function-configuration", "--function-name", &physical];
        let configuration = aws(&[&get[..], &["--qualifier", qualifier]].concat());
        let traced = &configuration["Environment"]["Variables"]["OTEL_TRACES_SAMPLER_ARG"];
        (logical, format!("{} {traced}", configuration["CodeSha256"]))
    };
    assert_eq!(aliases.len(), 3, "{aliases:?}");
    of_type("AWS::Lambda::Function").into_iter().map(function).collect()
}

fn deploy(arguments: &str) -> Output {
    let (sam, stage) = (setting("PASSBOOK_SAM").unwrap(), setting("PASSBOOK_STAGE").unwrap());
    let mut command = Command::new(sam);
    command.current_dir(&stage).args(arguments.split_whitespace()).env("SAM_CLI_TELEMETRY", "0");
    command.output().unwrap()
}

fn succeeded(output: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_every_function_is_deployed_anew() {
    let arguments = setting("PASSBOOK_SAM_ARGUMENTS").unwrap();
    let code_before = code();
    change_the_code();
    let (is_over, requests, before) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let deploy = async {
        pause(MARGIN).await;
        before.store(requests.load(Ordering::Relaxed), Ordering::Relaxed);
        let output = tokio::task::spawn_blocking(move || deploy(&arguments)).await.unwrap();
        let meanwhile = requests.load(Ordering::Relaxed) - before.load(Ordering::Relaxed);
        pause(MARGIN).await;
        is_over.store(true, Ordering::Relaxed);
        succeeded(&output);
        meanwhile
    };
    let clients = CUSTOMERS.map(|customer| use_the_bank(customer, &is_over, &requests));
    let (_, meanwhile) = futures::join!(futures::future::join_all(clients), deploy);
    println!("{meanwhile} requests during the deployment, {} in all, none failed", requests.into_inner());
    assert!(meanwhile > 0, "nobody asked anything");
    let unchanged: Vec<_> =
        code().into_iter().filter(|(name, code)| code_before.get(name) == Some(code)).collect();
    assert!(unchanged.is_empty(), "not deployed anew: {unchanged:?}");
}

/// The same bank without a search index: what it says of the past, it says from the events, and just the same.
#[tokio::test]
async fn the_history_is_the_same_without_a_search_index() {
    let (bank, admin) = (Bank::of("customer-05").await, Bank::of("admin").await);
    let (account, other) = (bank.open("SAVINGS", "9000.00").await, bank.open("CHECKING", "100.00").await);
    let path = format!("/v1/accounts/{account}");
    let deposit = json!({ "amount": "20.50", "reference": "Rent of the flat" });
    bank.post(&format!("{path}/deposits"), deposit).await;
    bank.post(&format!("{path}/withdrawals"), json!({ "amount": "1000.01" })).await;
    let order = json!({ "from_account_id": account, "to_account_id": other, "amount": "50" });
    let sent = bank.post("/v1/transfers", order).await;
    bank.transactions(&account, 4).await;
    bank.transactions(&other, 2).await;
    let one = sent.body["from"]["transaction_id"].as_str().unwrap();
    let (from, first) = ("from=2020-01-01T00:00:00Z", "from=2020-01-01T00:00:00Z&page_size=3");
    let paths = [
        format!("{path}/transactions?{first}"),
        format!("{path}/transactions?{from}&order=asc"),
        format!("{path}/transactions?{from}&type=credit,transfer_out&min_amount=20.50"),
        format!("{path}/transactions?{from}&counterparty={other}"),
        format!("{path}/transactions?{from}&page_number=9"),
        format!("{path}/transactions/{one}"),
        format!("/v1/accounts/{other}/transactions?{from}"),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(bank.get(path).await.body);
    }
    lay_out_anew();
    succeeded(&deploy(&setting("PASSBOOK_SAM_WITHOUT_SEARCH").unwrap()));
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(bank.get(path).await.body, before, "{path}");
    }
    let words = bank.get(&format!("{path}/transactions?q=rent")).await;
    assert_eq!(
        (words.status, &words.body["errors"][0]["parameter"]),
        (reqwest::StatusCode::BAD_REQUEST, &json!("q"))
    );
    let sums = admin.get("/v1/analytics/fees").await;
    assert_eq!((sums.status.as_u16(), sums.text("code").as_str()), (404, "route_not_found"));
    let projections = admin.get("/v1/admin/projections").await.body;
    let names: Vec<_> =
        projections["projections"].as_array().unwrap().iter().map(|one| &one["projection"]).collect();
    assert_eq!(names, ["account-summary", "journal"]);
    // What happens from now on is in it at once.
    let deposited = bank.post(&format!("{path}/deposits"), json!({ "amount": "1" })).await;
    let newest = bank.get(&format!("{path}/transactions?page_size=1")).await.body;
    assert_eq!(newest["transactions"][0]["transaction_id"], deposited.body["transaction_id"]);
}
