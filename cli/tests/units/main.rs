//! What `cli/src/cost/usage.json` says is measured, measured: against DynamoDB Local, over the API's own routes and the
//! functions' own projectors.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod bank;
mod commands;
mod meter;
mod monitor;
mod projections;
mod tables;

use serde_json::Value;

const USAGE: &str = include_str!("../../src/cost/usage.json");

/// What the file says of a figure.
fn said(name: &str) -> f64 {
    let usage: Value = serde_json::from_str(USAGE).unwrap();
    let (group, figure) = name.split_once('.').unwrap();
    let said = usage[group][figure]["value"].as_str();
    said.unwrap_or_else(|| panic!("there is no {name} in cli/src/cost/usage.json")).parse().unwrap()
}

/// A figure of the file has to be this.
#[track_caller]
fn check(name: &str, measured: f64) {
    let difference = (said(name) - measured).abs();
    assert!(difference < 1e-9, "{name} in cli/src/cost/usage.json: {}, measured {measured}", said(name));
}

/// A figure that other ids and times change a little has to be no less than this, and no more than a tenth above it.
#[track_caller]
fn check_about(name: &str, measured: usize) {
    let (said, measured) = (said(name), f64::from(u32::try_from(measured).unwrap()));
    let is_right = measured <= said && said <= measured * 1.1;
    assert!(is_right, "{name} in cli/src/cost/usage.json: {said}, measured {measured}");
}
