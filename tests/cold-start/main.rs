//! How long each function takes from the start of its process until it asks for its first event, and until it has
//! answered it: `cargo xtask bench cold-start` makes tables of what this prints.
//!
//! `PASSBOOK_STACK` names the stack, `PASSBOOK_PACKAGED` the folder of the packaged functions, `PASSBOOK_STARTS` how often
//! each is started.

#![expect(clippy::print_stdout, reason = "what was measured is the output")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has to say where")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and its environment")]

mod events;
mod figures;
mod processor;
mod runtime_api;
mod stack;
mod start;

use std::path::Path;

use serde_json::json;

use figures::Figures;
use stack::Stack;
use start::Start;

/// What the others are compared with.
const BARE: &str = "bare";

/// Every function, and the bare one before them. The row that `query-api` reads is written before it.
const FUNCTIONS: [&str; 11] = [
    BARE,
    "summary-projector",
    "command-api",
    "query-api",
    "admin-api",
    "relay",
    "history-projector",
    "analytics-projector",
    "analytics-compactor",
    "rebuild-worker",
    "monitor",
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let setting = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let starts: usize = setting("PASSBOOK_STARTS").parse().unwrap();
    let packaged = setting("PASSBOOK_PACKAGED");
    let stack = Stack::read(&setting("PASSBOOK_STACK")).await;
    stack.put(&events::commit()).await;
    let mut measured: Vec<Vec<Start>> = FUNCTIONS.map(|_| Vec::new()).into();
    // They take turns, so that what else the machine does falls on all of them. The first of each is not counted: it
    // finds nothing in the page cache, and nothing in the stores.
    for round in 0..=starts {
        for (function, measured) in FUNCTIONS.into_iter().zip(&mut measured) {
            let program = Path::new(&packaged).join(function).join("bootstrap");
            let start = start::of(&program, stack.environment(function), &events::of(function)).await;
            if round > 0 {
                measured.push(start);
            }
        }
    }
    let functions: Vec<_> = FUNCTIONS
        .into_iter()
        .zip(&measured)
        .map(|(function, starts)| {
            let program = Path::new(&packaged).join(function).join("bootstrap");
            Figures::of(function, std::fs::metadata(program).unwrap().len(), starts)
        })
        .collect();
    println!("{:#}", json!({ "starts": starts, "functions": functions }));
}
