//! The files of the analytics, as an engine that is not ours reads them, and what Athena answers out of them: what the
//! event feed has, before and after a compaction, to the last digit.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    str::FromStr as _,
};

use bank::{Bank, analytics, eventually, new_key, setting};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// For each currency and type of event: how many, and the sums of amounts and fees.
type Sums = BTreeMap<(String, String), (u64, Decimal, Decimal)>;

pub(crate) fn decimal(value: &Value) -> Decimal {
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
pub(crate) fn passbook_sql(sql: &str) -> Vec<Value> {
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
        let until = expected.2.min(compacted["positions"].as_u64().unwrap());
        let rows = passbook_sql(&format!(
            "SELECT count(*) AS n FROM compactions
             WHERE valid_from <= now() AND compaction <> 'recent' AND until_position > {until}"
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
