//! `passbook cost`, which needs no stack.

use serde_json::Value;

use crate::{Bench, ends};

const TEN_THOUSAND: [&str; 5] = ["cost", "--commands-per-day", "10000", "--queries-per-day", "100000"];

#[test]
fn a_bank_is_reckoned_without_any_stack() {
    let bench = Bench::new("cost", "http://127.0.0.1:1");
    let (printed, _) = ends(&mut bench.passbook(&TEN_THOUSAND), 0);
    for words in ["10000 commands and 100000 queries a day for 30 days", "us-east-1", "a million commands"] {
        assert!(printed.contains(words), "{words}: {printed}");
    }
    for title in
        ["measured by tests, or counted in templates and code", "assumed, or said by AWS", "left out"]
    {
        assert!(printed.lines().any(|line| line == title), "{title}: {printed}");
    }
}

#[test]
fn the_lines_of_the_document_come_to_its_sum() {
    let bench = Bench::new("cost-json", "http://127.0.0.1:1");
    let (printed, _) = ends(bench.passbook(&TEN_THOUSAND).arg("--json"), 0);
    let document: Value = serde_json::from_str(&printed).unwrap();
    let dollars = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let lines: f64 = document["lines"].as_array().unwrap().iter().map(|line| dollars(&line["amount"])).sum();
    assert!((lines - dollars(&document["total"])).abs() < 0.001, "{printed}");
    assert!(dollars(&document["fixed"]) < dollars(&document["total"]), "{printed}");
    assert_eq!(document["load"]["search"], "domain");
}

#[test]
fn what_cannot_be_reckoned_is_refused_and_says_why() {
    let bench = Bench::new("cost-wrong", "http://127.0.0.1:1");
    for (arguments, words) in [
        (["--transfers", "30%"], "a share is a number from 0 to 1, like 0.3"),
        (["--history", "1.5"], "a share is a number from 0 to 1, like 0.3"),
        (["--search", "solr"], "possible values: domain, serverless, none"),
        (["--days", "0"], "0 is not in 1..=3660"),
        (["--commits-per-batch", "101"], "101 is not in 1..=100"),
    ] {
        let (_, told) = ends(bench.passbook(&TEN_THOUSAND).args(arguments), 2);
        assert!(told.contains(words), "{told}");
    }
    let (_, told) =
        ends(&mut bench.passbook(&["cost", "--commands-per-day", "0", "--queries-per-day", "1"]), 2);
    assert!(told.contains("0 is not in 1..=100000000000"), "{told}");
}
