//! Analytics: what was done is in the sums of the API, in the files as an engine that is not ours reads them, and in
//! what Athena answers; before and after a compaction, to the last digit.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    str::FromStr as _,
};

use bank::{Bank, analytics, eventually, new_key, setting};
use reqwest::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// For each currency and type of event: how many, and the sums of amounts and fees.
type Sums = BTreeMap<(String, String), (u64, Decimal, Decimal)>;

/// More than the real transactions of 1993 span.
const OF_1993: &str = "from=1993-01-01T00:00:00Z&to=1994-01-01T00:00:00Z";

fn decimal(value: &Value) -> Decimal {
    Decimal::from_str(value.as_str().unwrap()).unwrap()
}

/// What money in the feed's form is: `"250.00 USD"`.
fn money(value: &Value) -> Option<(Decimal, String)> {
    let (amount, currency) = value.as_str()?.split_once(' ')?;
    Some((Decimal::from_str(amount).unwrap(), currency.to_owned()))
}

/// The events up to a position, out of the event feed; and the last position.
async fn fed(admin: &Bank) -> (Sums, u64, u64) {
    let (mut sums, mut count, mut after) = (Sums::new(), 0, 0);
    loop {
        let page = admin.get(&format!("/v1/events?after={after}&limit=500")).await.body;
        for event in page["events"].as_array().unwrap() {
            count += 1;
            let data = &event["data"];
            let Some((amount, currency)) = money(&data["amount"]).or_else(|| money(&data["initial_deposit"]))
            else {
                continue;
            };
            let fee = money(&data["fee"]).map_or(Decimal::ZERO, |(fee, _)| fee);
            let kind = event["type"].as_str().unwrap().to_owned();
            let sum = sums.entry((currency, kind)).or_default();
            *sum = (sum.0 + 1, sum.1 + amount, sum.2 + fee);
        }
        after = page["next_after"].as_u64().unwrap();
        if page["has_more"] == json!(false) {
            return (sums, count, after);
        }
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Copies the bucket's files to a folder.
fn download(folder: &Path) {
    let stack = analytics();
    let bucket = format!("s3://{}/v1/", stack.bucket);
    let mut copy = Command::new(setting("PASSBOOK_AWS").unwrap());
    copy.args(["s3", "sync", "--only-show-errors", &bucket]).arg(folder);
    copy.env("AWS_ENDPOINT_URL", stack.endpoint_url).env("AWS_DEFAULT_REGION", "us-east-1");
    run(copy.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test"));
}

/// What DuckDB, through its own program, reads in the files up to a position: events in all, different places, sums.
fn read_by_duckdb(folder: &Path, until: u64) -> (Sums, u64, u64) {
    let program = r#"
import duckdb, json, pathlib, sys
folder, view, until = sys.argv[1], pathlib.Path(sys.argv[2]).read_text(), sys.argv[3]
db = duckdb.connect()
for table in ("recent", "compacted", "compactions"):
    files = [str(path) for path in sorted(pathlib.Path(folder, table).rglob("*.parquet"))]
    sample = files or [str(next(pathlib.Path(folder, "recent").rglob("*.parquet")))]
    db.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({sample}, hive_partitioning = true, hive_types_autocast = false)"
           + ("" if files else " WHERE false"))
db.execute(f"CREATE VIEW events AS {view}")
count, places = db.execute(f"SELECT count(*), count(DISTINCT stream || ':' || version) FROM events WHERE position <= {until}").fetchone()
sums = db.execute(f"SELECT currency, event_type, count(*), sum(amount)::VARCHAR, sum(fee)::VARCHAR FROM events "
              f"WHERE position <= {until} AND amount IS NOT NULL GROUP BY ALL").fetchall()
types = dict(db.execute("SELECT column_name, column_type FROM (DESCRIBE events)").fetchall())
print(json.dumps({"count": count, "places": places, "sums": sums, "amount": types["amount"]}))
"#;
    let view = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/read-models/src/analytics/events.sql");
    let mut duckdb = Command::new(setting("PASSBOOK_DUCKDB_PYTHON").unwrap());
    let printed = run(duckdb.args(["-c", program]).arg(folder).args([view, &until.to_string()]));
    let read: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(read["amount"], "DECIMAL(22,4)");
    let sums = read["sums"].as_array().unwrap().iter().map(|row| {
        let text = |column: usize| row[column].as_str().unwrap().to_owned();
        ((text(0), text(1)), (row[2].as_u64().unwrap(), decimal(&row[3]), decimal(&row[4])))
    });
    (sums.collect(), read["count"].as_u64().unwrap(), read["places"].as_u64().unwrap())
}

/// What `passbook analytics sql` prints.
fn passbook_sql(sql: &str) -> Vec<Value> {
    let mut passbook = Command::new(setting("PASSBOOK_CLI").unwrap());
    let printed = run(passbook.args(["analytics", "sql", sql, "--json"]));
    serde_json::from_str::<Value>(&printed).unwrap().as_array().unwrap().clone()
}

/// The same sums by Athena.
fn asked_of_athena(until: u64) -> Sums {
    let rows = passbook_sql(&format!(
        "SELECT currency, event_type, count(*) AS n, sum(amount) AS amount, sum(fee) AS fee FROM events
         WHERE position <= {until} AND amount IS NOT NULL GROUP BY currency, event_type"
    ));
    let sums = rows.iter().map(|row| {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (
            (text("currency"), text("event_type")),
            (text("n").parse().unwrap(), decimal(&row["amount"]), decimal(&row["fee"])),
        )
    });
    sums.collect()
}

/// A folder of its own, which goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("passbook-analytics-{}", new_key())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether the files have all that the feed has, and nothing else, as DuckDB and as Athena read them.
fn check(when: &str, (sums, count, until): &(Sums, u64, u64)) {
    let folder = Folder::new();
    download(&folder.0);
    let (read, events, places) = read_by_duckdb(&folder.0, *until);
    println!("{when}: {events} events, {places} places, {} kinds of sums by DuckDB", read.len());
    assert_eq!((events, places), (*count, *count), "{when}");
    assert_eq!(read, *sums, "{when}");
    assert_eq!(asked_of_athena(*until), *sums, "{when}");
}

#[tokio::test]
async fn an_engine_that_is_not_ours_reads_the_same_sums_before_and_after_a_compaction() {
    let admin = Bank::of("admin").await;
    let expected = fed(&admin).await;
    eventually("the files have what the feed has", async || {
        let rows =
            passbook_sql(&format!("SELECT count(*) AS n FROM events WHERE position <= {}", expected.2));
        (rows[0]["n"].as_str() == Some(&expected.1.to_string())).then_some(())
    })
    .await;
    check("before a compaction", &expected);
    let compacted = compact().await;
    println!("compacted: {compacted}");
    assert!(compacted["positions"].as_u64() >= Some(100), "{compacted}");
    check("just after", &expected);
    // Then the compaction counts, and no recent row of it any more.
    eventually("the compaction counts", async || {
        let rows = passbook_sql(&format!(
            "SELECT count(*) AS n FROM compactions WHERE valid_from <= now() AND compaction <> 'recent' AND until_position > {}",
            expected.2.min(compacted["positions"].as_u64().unwrap())
        ));
        (rows[0]["n"].as_str() != Some("0")).then_some(())
    })
    .await;
    check("once it counts", &expected);
}

/// Runs the compactor, which a schedule does else.
async fn compact() -> Value {
    let stack = analytics();
    let url = format!("{}/2015-03-31/functions/{}/invocations", stack.endpoint_url, stack.compactor_name);
    let authorization = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0";
    let request = reqwest::Client::new().post(url).header("authorization", authorization).body("{}");
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn the_sums_of_the_api_are_those_of_the_events() {
    let admin = Bank::of("admin").await;
    let names = [("CREDIT", "AccountCreated"), ("CREDIT", "MoneyDeposited"), ("DEBIT", "MoneyWithdrawn")];
    let mut expected = BTreeMap::<&str, (u64, Decimal, Decimal)>::new();
    let events = passbook_sql(
        "SELECT event_type, count(*) AS n, sum(amount) AS amount, sum(fee) AS fee FROM events
         WHERE currency = 'CZK' AND timestamp < TIMESTAMP '1994-01-01 00:00:00' GROUP BY event_type",
    );
    for row in &events {
        let name = names.iter().find(|(_, event)| row["event_type"] == *event).unwrap().0;
        let sum = expected.entry(name).or_default();
        let n: u64 = row["n"].as_str().unwrap().parse().unwrap();
        *sum = (sum.0 + n, sum.1 + decimal(&row["amount"]), sum.2 + decimal(&row["fee"]));
    }
    let volumes = admin.get(&format!("/v1/analytics/daily-volumes?{OF_1993}")).await;
    assert_eq!(volumes.status, StatusCode::OK, "{}", volumes.body);
    let mut summed = BTreeMap::<&str, (u64, Decimal, Decimal)>::new();
    for volume in volumes.body["volumes"].as_array().unwrap() {
        assert_eq!(volume["currency"], "CZK");
        assert!(volume["date"].as_str().unwrap().starts_with("1993-"), "{volume}");
        assert!(volume["account_type"].is_string(), "{volume}");
        let sum = summed.entry(volume["type"].as_str().unwrap()).or_default();
        let n = volume["transactions"].as_u64().unwrap();
        *sum = (sum.0 + n, sum.1 + decimal(&volume["amount"]), sum.2 + decimal(&volume["fee"]));
    }
    assert_eq!(summed, expected);

    let top = admin.get(&format!("/v1/analytics/top-accounts?{OF_1993}&limit=100")).await.body;
    let top = top["accounts"].as_array().unwrap();
    let total: Decimal = top.iter().map(|account| decimal(&account["amount"])).sum();
    assert_eq!(total, expected.values().map(|(_, amount, _)| amount).sum::<Decimal>());
    assert!(top.is_sorted_by(|a, b| decimal(&a["amount"]) >= decimal(&b["amount"])), "{top:?}");
    let active = admin.get(&format!("/v1/analytics/active-accounts?{OF_1993}")).await.body;
    let accounts = active["active_accounts"].as_array().unwrap().iter();
    assert_eq!(accounts.map(|one| one["accounts"].as_u64().unwrap()).sum::<u64>(), top.len() as u64);
}

#[tokio::test]
async fn what_is_done_now_is_in_the_sums_of_today() {
    // No other account of this test's bank is in Swiss francs.
    let (bank, admin) = (Bank::of("customer-11").await, Bank::of("admin").await);
    let body =
        json!({ "account_type": "SAVINGS", "initial_deposit": "9999999999999000.07", "currency": "CHF" });
    let account = bank.post("/v1/accounts", body).await.text("account_id");
    let path = format!("/v1/accounts/{account}");
    for _ in 0..3 {
        bank.post(&format!("{path}/deposits"), json!({ "amount": "0.01" })).await;
    }
    bank.post(&format!("{path}/withdrawals"), json!({ "amount": "1000.01" })).await;
    let of_francs = |answer: &Value, list: &str| {
        let all = answer[list].as_array().unwrap().iter();
        all.filter(|one| one["currency"] == "CHF").cloned().collect::<Vec<_>>()
    };
    let volumes = eventually("the sums of today", async || {
        let answer = admin.get("/v1/analytics/daily-volumes").await.body;
        let volumes = of_francs(&answer, "volumes");
        let count: u64 = volumes.iter().map(|volume| volume["transactions"].as_u64().unwrap()).sum();
        (count == 5).then_some(volumes)
    })
    .await;
    let sums: Vec<_> = volumes
        .iter()
        .map(|one| {
            [&one["type"], &one["account_type"], &one["transactions"], &one["amount"], &one["fee"]]
                .map(Value::to_string)
                .join(" ")
        })
        .collect();
    assert_eq!(
        sums,
        [r#""CREDIT" "SAVINGS" 4 "9999999999999000.10" "0.00""#, r#""DEBIT" "SAVINGS" 1 "1000.01" "5.00""#]
    );
    let top = admin.get("/v1/analytics/top-accounts?by=count").await.body;
    let [first] = of_francs(&top, "accounts").try_into().unwrap();
    assert_eq!(
        (first["account_id"].as_str(), first["transactions"].as_u64()),
        (Some(account.as_str()), Some(5))
    );
    assert_eq!(first["amount"], "10000000000000000.11");
    let fees = admin.get("/v1/analytics/fees").await.body;
    let [fee] = of_francs(&fees, "fees").try_into().unwrap();
    assert_eq!(
        (&fee["type"], &fee["fee"], &fee["transactions"]),
        (&json!("DEBIT"), &json!("5.00"), &json!(1))
    );
    let active = admin.get("/v1/analytics/active-accounts").await.body;
    assert_eq!(of_francs(&active, "active_accounts")[0]["accounts"], 1);
}

#[tokio::test]
async fn the_analytics_are_for_admins_and_say_what_they_take() {
    let (customer, admin) = (Bank::of("customer-11").await, Bank::of("admin").await);
    for name in ["daily-volumes", "top-accounts", "fees", "active-accounts"] {
        let path = format!("/v1/analytics/{name}");
        let forbidden = customer.get(&path).await;
        assert_eq!((forbidden.status, forbidden.text("code").as_str()), (StatusCode::FORBIDDEN, "forbidden"));
        for query in ["from=yesterday", "to=x", "from=2020-01-01T00:00:00Z&to=2021-01-02T00:00:01Z", "day=1"]
        {
            let answer = admin.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}?{query}");
            assert_eq!(answer.content_type, "application/problem+json");
        }
        let nothing = admin.get(&format!("{path}?from=1900-01-01T00:00:00Z&to=1900-02-01T00:00:00Z")).await;
        assert_eq!(nothing.status, StatusCode::OK, "{}", nothing.body);
    }
    for query in ["limit=0", "limit=101", "by=name"] {
        let answer = admin.get(&format!("/v1/analytics/top-accounts?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

/// The SQL texts of the template's saved queries, by their names.
fn saved_queries() -> BTreeMap<String, String> {
    let template = include_str!("../../infra/analytics.yaml");
    let queries = template.split("Type: AWS::Athena::NamedQuery").skip(1).map(|query| {
        let name = query.split_once("Name: ").unwrap().1.lines().next().unwrap().to_owned();
        let lines = query.split_once("QueryString: |\n").unwrap().1.lines();
        let sql =
            lines.take_while(|line| line.starts_with("        ")).map(|line| format!("{}\n", &line[8..]));
        (name, sql.collect())
    });
    queries.collect()
}

#[tokio::test]
async fn the_saved_queries_are_answered_and_no_money_is_missing() {
    let view = include_str!("../../shared/read-models/src/analytics/events.sql");
    for (name, sql) in saved_queries() {
        if name == "events-view" {
            assert_eq!(sql.trim_end(), format!("CREATE OR REPLACE VIEW events AS\n{}", view.trim_end()));
            continue;
        }
        let rows = passbook_sql(&sql);
        match name.as_str() {
            // A transfer's legs, or an account's commits, may be on their way.
            "money-reconciliation" => {
                let czk = rows.iter().find(|row| row["currency"] == "CZK").unwrap();
                assert_eq!(decimal(&czk["difference"]), Decimal::ZERO, "{czk}");
            }
            "unreadable-events" => assert_eq!(rows, Vec::<Value>::new()),
            _ => {}
        }
    }
    let refused = Command::new(setting("PASSBOOK_CLI").unwrap())
        .args(["analytics", "sql", "SELECT nothing_like_that FROM events"])
        .output()
        .unwrap();
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && words.contains("nothing_like_that"), "{words}");
}
