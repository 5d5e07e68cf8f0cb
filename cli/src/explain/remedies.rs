//! Where the projections stand, in words, and what to do about it.

use domain::AccountId;
use serde_json::Value;

use super::standing::{Standing, Standings, State};
use crate::table::{self, text};

/// A row a projection.
pub(super) fn table(Standings { projections, is_admin }: &Standings) -> String {
    let row = |standing: &Standing| {
        let mut row = vec![standing.projection.to_string(), words(standing.state).to_owned(), has(standing)];
        row.extend(is_admin.then(|| standing.whole.as_ref().map(whole).unwrap_or_default()));
        row
    };
    let rows: Vec<Vec<String>> = projections.iter().map(row).collect();
    let headings = ["projection", "with this account", "has", "with all accounts"];
    table::render(headings.get(..if *is_admin { 4 } else { 3 }).unwrap_or_default(), &rows, &[])
}

fn words(state: State) -> &'static str {
    match state {
        State::UpToDate => "up to date",
        State::Behind => "behind",
        State::Differs => "differs",
        State::Parked => "parked",
        State::Unknown => "not told",
    }
}

fn has(standing: &Standing) -> String {
    let of = |has: Option<u64>, expected: Option<u64>| match (has, expected) {
        (Some(has), Some(expected)) if has != expected => Some(format!("{has} of {expected}")),
        (None, Some(expected)) => Some(format!("none of {expected}")),
        (has, _) => has.map(|has| has.to_string()),
    };
    let version = of(standing.version, standing.expected_version).map(|version| format!("version {version}"));
    let transactions = of(standing.transactions, standing.expected_transactions)
        .map(|transactions| format!("transactions {transactions}"));
    version.into_iter().chain(transactions).collect::<Vec<_>>().join(", ")
}

/// How a projection stands with all accounts, in short.
fn whole(whole: &Value) -> String {
    let more = |part: &Value| if part["is_at_least"] == true { "+" } else { "" };
    let (lag, parked) = (&whole["lag"], &whole["parked"]);
    let generation = whole["generations"]["read"].as_u64().map(|read| format!(", generation {read}"));
    format!(
        "{}{} behind position {}, {}{} parked{}",
        lag["commits"],
        more(lag),
        whole["position"],
        parked["accounts"],
        more(parked),
        generation.unwrap_or_default()
    )
}

/// What to do about a projection that is not up to date.
pub(super) fn remedy(account_id: &AccountId, standing: &Standing) -> Option<String> {
    let projection = standing.projection;
    match (standing.state, &standing.parked) {
        (State::Parked, Some(parked)) => {
            let [version, since, reason] = ["version", "parked_at", "reason"].map(|name| text(parked, name));
            let since = if since.is_empty() { since } else { format!(" since {since}") };
            let id = text(parked, "id");
            Some(format!(
                "{projection} is parked at version {version}{since}: {reason}\n  Mend the cause (mostly a build that knows \
                 the event), then: passbook redrive {id}"
            ))
        }
        (State::Behind, _) => Some(format!(
            "{projection} is behind: look again in some seconds. If it stays so, `passbook projections` says whether all of \
             it is behind;\n  if it is this account alone: passbook reconcile --account {account_id}"
        )),
        (State::Differs, _) => Some(format!(
            "{projection} has not the transactions that the events have:\n  passbook reconcile --account {account_id}"
        )),
        _ => None,
    }
}
