//! The section, from the figures that `bench/formance` prints.

mod tables;
#[cfg(test)]
pub(super) mod tests;
mod verdicts;

use std::fmt::Write as _;

use super::figures::{Commands, Point, Questions, Whole};

pub(super) fn markdown(whole: &Whole) -> String {
    let Whole { commands, questions, undurable, deployed, .. } = whole;
    let mut text = introduction(whole);
    text += "\n### In short, against what was wanted\n\n";
    verdicts::wanted(&mut text, commands, questions);
    verdicts::behind(&mut text, whole);
    text += "\n### Commands\n\nThe ratio is of commands a second, ours by theirs.\n\n";
    tables::commands(&mut text, commands);
    tables::without_durability(&mut text, commands, undurable);
    tables::one_key(&mut text, &commands.one_key);
    text += "\n### Questions, over the length of one account\n\nThe ratio is of medians, theirs by ours.\n\n";
    tables::questions(&mut text, &questions.reads);
    tables::growth(&mut text, &questions.reads);
    if let Some(deployed) = deployed {
        tables::stack(&mut text, commands, deployed);
    }
    text += "\n### Loading\n\n";
    for Point { length, formance_load_seconds, passbook_load_seconds, .. } in &questions.reads {
        let _ = writeln!(
            text,
            "- {length} transactions: Formance {formance_load_seconds:.1} s in bulks over HTTP, Passbook \
             {passbook_load_seconds:.1} s straight into its stores, which compares with nothing"
        );
    }
    text
}

fn introduction(Whole { note, load_before, load_after, commands, questions, .. }: &Whole) -> String {
    let (Commands { writing, .. }, Questions { reading, .. }) = (commands, questions);
    let (rounds, write_ms, read_ms) = (writing.rounds, writing.window_ms, reading.window_ms);
    format!(
        "## Beside Formance Ledger\n\n\
         Deposits, transfers, balances, pages of the history and balances of the past, here and with [Formance \
         Ledger](https://github.com/formancehq/ledger), a ledger in Go over PostgreSQL, in one run on one machine. `cargo \
         xtask bench formance` builds it, measures this and writes this section; `--quick` takes four minutes. Where its \
         repository cannot be reached, `--source` names a clone and `--ledger` a program that was built elsewhere.\n\n\
         ![Latency of balances over the length of the account](bench-formance.svg)\n\n\
         **What is compared.** Two servers over HTTP/1.1 on the loopback, asked by one client program that keeps its \
         connections; neither checks tokens. *Formance* runs with the settings of its own \
         `examples/standalone/docker-compose.yml` and all features of a ledger as they are by default: synchronous hash \
         chain, moves, effective volumes. *Passbook* is the routers of `command-api` and `query-api` in one process, without \
         caches, over DynamoDB Local and OpenSearch; what stands for API Gateway takes callers at their word, and a \
         function's lines of logs and metrics are not written. A deposit is a posting from `world` there and a commit here. \
         A transfer there is one posting whose cover is checked; here it is decided by the bank's rules, costs a fee, and \
         appends to both accounts. Both sides get an `Idempotency-Key` with each command; what theirs does without one \
         stands below it. Each row of commands has 500 accounts (or the hot one) of its own, in a ledger of its own there. A \
         balance is `expand=volumes` there and the account's row here; a page is the newest 20 transactions of an account, \
         from OpenSearch here, which also counts all. A balance of the past is asked for a moment after a transaction by \
         chance, by business time: `pit` with `effectiveVolumes` there, `/balance?at=` here. Theirs can also tell it by the \
         time of insertion, in the row *by insertion*. Servers and databases are begun anew between commands and questions, so \
         that neither has the other's data in its tables.\n\n\
         **What each figure means.** Theirs is durable: PostgreSQL waits for its disk. Ours is not: DynamoDB Local is in \
         memory and forgets everything when it ends, and it is a Java program over SQLite, so it is neither as durable nor \
         as quick as DynamoDB, which answers after some milliseconds of network and disks that are not in here. What theirs \
         does without waiting for its disk is shown too, in a table of its own: it is the fairer comparison of commands. Ratios \
         say how much work, and how much waiting for each other, the two designs have on two cores, and nothing of \
         either service on machines of its own. Each deposit there updates the balance of `world`, so deposits wait for \
         each other however many accounts there are: that is its design, and no setting. Our projections do not run \
         meanwhile: on AWS they are functions of their own, while theirs has done all its work when it answers. Our \
         `balance`, `history page` and long accounts are read from rows, documents and commits that were written as \
         projectors and commands write them, without any in between.\n\n\
         **How to read it.** Two processors are shared by the clients, both servers and their databases; while one side is \
         measured, the other is idle. A client sends a request when it has the answer to the one before. Each figure is of \
         {rounds} windows, of {write_ms} ms for commands and {read_ms} ms for questions, after one to warm up; the sides take turns. \
         In brackets are the worst and the best window. Latency is from sending to the last byte of a success; what was refused (409: \
         others were quicker ten times) or sent again (5xx, no answer) is in the last column and in no rate. On the hot account \
         theirs wait in a line, while ours try again by chance: whoever has just won is likely to win again, so the median is \
         low, and who is refused has waited longest and is in no percentile.\n\n\
         **What was checked.** After each row of commands every account has on both sides, to the cent, what was \
         acknowledged. Every answer to a question is compared with what it has to be: the balance now or then, or the newest \
         transaction of twenty. A run where something differs ends without figures.\n\n\
         **The run.** {note}. Load average before it {load_before}, at the end of the comparison {load_after}, its own load \
         included; above 2 before it, others had the machine too.\n"
    )
}
