//! The section of docs/benchmarks.md about commands, which `cargo xtask bench commands` writes there.

use std::fmt::Write as _;

use crate::measure::{Concurrent, Measured, Sequential};

const HEAD: &str = "## What a command costs

What a command costs, here and with other event stores for Rust on DynamoDB, at histories of several lengths. `cargo xtask bench commands` measures all of this in one run and writes this section; `--quick` takes a minute.

**How to read it.** Capacity units and requests are those that DynamoDB charges for commands that meet no conflict; a conditional write that fails costs a unit more, which it does not report. Timings are those of DynamoDB Local on one small machine, where the database, the clients and everything else share the processors: compare rows of one table, and only large differences. DynamoDB Local reports but the last item of each table in a transaction; its figure is multiplied here by the number of items, which are all of one size class. Units and requests are those of five commands before the clock runs, since counting takes time; while timings are taken a history grows by some tens of events, on the one account by hundreds.

**What is compared.** `passbook` is the real thing: rules, hash chain, state in the commit, and the record that gives each key one effect. `floor` is one query and one conditional put of the same size with nothing around it. The others have an account with the same deposits and neither idempotency nor transactions over two accounts: a transfer is two commands there, and money is lost if the second fails. Nobody tries again unseen: the SDK's own retries are off. A command that met a conflict is sent again by its client, up to 50 times, after a pause by chance of at most 4 ms at first, doubled each time up to 250 ms. `passbook` decides again by itself ten times before its client hears of a conflict, with the same pauses: the deposits a second on one account are comparable, the conflicts that clients saw are not. Balances are checked on an account that nobody races for. Where a row says **stuck**, no command succeeds any more: dynamo-es loads but the first page of a history, which ends at 1 MiB, and the number after it is taken already.
";

pub fn markdown(measured: &[Measured], machine: &str) -> String {
    let mut text = format!("{HEAD}\n{machine}\n");
    sequential(&mut text, "Deposits, one client", measured, |measured| &measured.deposits);
    sequential(&mut text, "Transfers, one client", measured, |measured| &measured.transfers);
    text.push_str("\n### Deposits, eight clients\n\n");
    text.push_str("| store | history | own accounts: deposits/s | one account: deposits/s | conflicts/s that clients saw |\n");
    text.push_str("|---|---:|---:|---:|---:|\n");
    for Measured { variant, length, own_accounts, one_account, .. } in measured {
        let of = |what: fn(&Concurrent) -> u32| what(own_accounts) + what(one_account);
        let told = |count: u32, what: &str| {
            if count > 0 { format!(", {count} {what}") } else { String::new() }
        };
        let (given_up, failed) = (of(|run| run.given_up), of(|run| run.failures));
        let failed = told(given_up, "given up") + &told(failed, "failed");
        let _ = writeln!(
            text,
            "| {variant} | {length} | {:.0} | {:.0} | {:.0}{failed} |",
            own_accounts.per_second, one_account.per_second, one_account.conflicts_per_second,
        );
    }
    wrong(&mut text, measured);
    text
}

fn sequential(text: &mut String, title: &str, measured: &[Measured], of: fn(&Measured) -> &Sequential) {
    let _ = writeln!(text, "\n### {title}\n");
    text.push_str(
        "| store | history | read units | write units | requests | p50 ms | p99 ms | per second |\n",
    );
    text.push_str("|---|---:|---:|---:|---:|---:|---:|---:|\n");
    for row in measured {
        let Sequential { cost, p50_ms, p99_ms, per_second, failure, .. } = of(row);
        let _ = write!(
            text,
            "| {} | {} | {} | {} | {} |",
            row.variant,
            row.length,
            short(cost.read_units),
            short(cost.write_units),
            short(cost.requests),
        );
        let _ = match failure {
            Some(_) if *per_second == 0.0 => writeln!(text, " **stuck** | – | 0 |"),
            _ => writeln!(text, " {p50_ms:.2} | {p99_ms:.2} | {per_second:.0} |"),
        };
    }
    for row in measured {
        if let Some(failure) = &of(row).failure {
            let _ = writeln!(text, "\n{} at {}: {failure}.", row.variant, row.length);
        }
    }
}

fn wrong(text: &mut String, measured: &[Measured]) {
    text.push_str("\n### Balances\n\n");
    let wrong: Vec<&Measured> = measured.iter().filter(|measured| measured.wrong_balance.is_some()).collect();
    if wrong.is_empty() {
        text.push_str("Every store held in the end what had gone in.\n");
    }
    for row in wrong {
        if let Some((stored, right)) = row.wrong_balance {
            let _ = writeln!(
                text,
                "- {} at {}: loads {stored} cents where {right} went in.",
                row.variant, row.length
            );
        }
    }
}

/// As many digits as there are to it.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
