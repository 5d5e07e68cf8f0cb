//! The section, from the figures that `bench/crud` prints.

use std::fmt::Write as _;

use serde::Deserialize;

use super::super::plot::figure;

/// What `bench/crud` prints.
#[derive(Deserialize)]
pub(super) struct Report {
    plan: Plan,
    source_accounts: u64,
    source_transactions: u64,
    checked_accounts: u64,
    checked_questions: u64,
    /// Banks of several sizes.
    pub(super) sizes: Vec<Point>,
    /// One account of several lengths, in the largest of them.
    pub(super) lengths: Vec<Point>,
}

#[derive(Deserialize)]
struct Plan {
    rounds: u64,
    window_ms: u64,
}

#[derive(Deserialize)]
pub(super) struct Point {
    pub(super) transactions: u64,
    accounts: u64,
    /// The transactions of one account; of a customer's, on average.
    pub(super) each: u64,
    crud_load_seconds: f64,
    passbook_load_seconds: f64,
    measured: Vec<Measured>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Measured {
    question: Question,
    clients: u64,
    system: System,
    failed: u64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    per_second: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Question {
    Summary,
    History,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum System {
    Crud,
    Passbook,
}

impl Question {
    pub(super) const ALL: [Self; 2] = [Self::Summary, Self::History];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Summary => "account summary",
            Self::History => "history page",
        }
    }
}

impl System {
    pub(super) const ALL: [Self; 2] = [Self::Crud, Self::Passbook];
}

impl Point {
    /// How a system did for so many clients.
    pub(super) fn of(&self, question: Question, system: System, clients: u64) -> Option<&Measured> {
        let wanted = (question, system, clients);
        self.measured.iter().find(|one| (one.question, one.system, one.clients) == wanted)
    }

    fn clients(&self) -> Vec<u64> {
        let mut clients: Vec<u64> = self.measured.iter().map(|one| one.clients).collect();
        clients.sort_unstable();
        clients.dedup();
        clients
    }
}

pub(super) fn markdown(report: &Report, note: &str) -> String {
    let mut text = introduction(report, note);
    text += "\n### Over the size of the bank\n\nAn account as customers have them, one after another by chance.\n\n";
    table(&mut text, &report.sizes, "transactions", |point| point.transactions);
    text += "\n### Over the length of one account\n\nOne account that is asked for again and again, in the largest \
             bank, as a shop or an employer has it.\n\n";
    table(&mut text, &report.lengths, "its transactions", |point| point.each);
    text += "\n### How it grows, one client\n\n| question | over | | PostgreSQL p50 | Passbook p50 |\n|---|---|---|---:|---:|\n";
    for question in Question::ALL {
        growth(&mut text, question, "the size of the bank", &report.sizes, |point| point.transactions);
        growth(&mut text, question, "the length of one account", &report.lengths, |point| point.each);
    }
    let failed: u64 = report
        .sizes
        .iter()
        .chain(&report.lengths)
        .flat_map(|point| &point.measured)
        .map(|one| one.failed)
        .sum();
    if failed > 0 {
        let _ = writeln!(
            text,
            "\n{failed} requests were answered with an error; their times are among the others."
        );
    }
    text += "\n### Loading\n\n";
    for point in report.sizes.iter().chain(&report.lengths) {
        let Point { transactions, accounts, crud_load_seconds, passbook_load_seconds, .. } = point;
        let _ = writeln!(
            text,
            "- up to {transactions} transactions of {accounts} accounts: PostgreSQL {crud_load_seconds:.1} s, \
             Passbook {passbook_load_seconds:.1} s"
        );
    }
    text
}

fn introduction(report: &Report, note: &str) -> String {
    let Report { plan, source_accounts, source_transactions, checked_accounts, checked_questions, .. } =
        report;
    let Plan { rounds, window_ms } = plan;
    format!(
        "## Beside one database that is asked for everything\n\n\
         An account's summary and a page of its history: from the read models, and from a PostgreSQL in which each fact \
         stands once. `cargo xtask bench crud` measures this and writes this section; `--quick` takes two minutes.\n\n\
         ![Latency over the size of the bank and over the length of one account](bench-crud.svg)\n\n\
         **What is compared.** *PostgreSQL* is the bank as a good team makes it in one database: users, accounts with \
         their balance, transactions, transfers and fees ([schema](../bench/crud/src/crud/schema.sql)), with an index \
         for each question, prepared statements, and a connection for each client. The summary is \
         [one query](../bench/crud/src/crud/summary.sql) that adds up an account's transactions and fees; a page is two \
         at once, the newest 20 of the last 12 months and the count of all that match. *Passbook* is the router of \
         `query-api` over its own stores, without any cache: a row in DynamoDB, documents in OpenSearch. Both are asked \
         by the same HTTP requests, given to their routers within one process, and answer with the same JSON. Before \
         each measurement {checked_accounts} accounts (or the one) are asked {checked_questions} questions and more of \
         both, with all filters of the history, and the bodies are compared field by field.\n\n\
         **The data.** {source_transactions} real transactions of {source_accounts} accounts, copied under new ids \
         until there are enough, and moved to end yesterday. They know no transfers and no fees, so payments to others \
         go to accounts of the same copy, a quarter of the accounts are for savings, and the bank's own rules decide \
         what each costs. Ours are not imported by commands, which would take hours: events are made by the command \
         side's own functions and rows and documents by the projections' own. Rows and documents are written through \
         the stores; the events are not, for neither question reads them. PostgreSQL is loaded by COPY, then vacuumed and analyzed; OpenSearch is refreshed.\n\n\
         **How to read it.** Times are those of a client that sends a request when it has the answer to the one before. \
         Each figure is of {rounds} windows of {window_ms} ms in which the systems take turns; a second has the requests that were begun in it. The ratio is PostgreSQL's p50 \
         by Passbook's: above 1, Passbook is quicker. Two processors are shared by the clients and all three servers: \
         beyond a few clients, what is measured is how much work an answer is. DynamoDB Local is a Java program over \
         SQLite and OpenSearch is started to be small; on AWS both are services on machines of their own, across a \
         network that costs about as much as a small query, and nothing is claimed of that. All data is in memory on both \
         sides. A load average above the number of cores means that others had the machine too: they hit both systems.\n\n\
         **What it does not say.** The requirements speak of an account page that took 2.5 s and a history that took \
         8 s, with 15 tables joined at 95 % load, and took 50 ms and 100 ms afterwards. That system is not here: a \
         database with the right indexes is far from it, at these sizes, and none of these figures is scaled to it. Nor \
         is there a PostgreSQL that keeps the totals in the account's row: that would be a read model, and its summary \
         one read like ours. Nothing is written meanwhile.\n\n\
         {note}\n"
    )
}

fn table(text: &mut String, points: &[Point], over: &str, place: fn(&Point) -> u64) {
    let _ = writeln!(
        text,
        "| {over} | question | clients | PostgreSQL p50 ms | p99 ms | a second | Passbook p50 ms | p99 ms | a second | ratio |\n\
         |---:|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    for point in points {
        for question in Question::ALL {
            for clients in point.clients() {
                let of = |system| point.of(question, system, clients);
                let Some((crud, passbook)) = of(System::Crud).zip(of(System::Passbook)) else { continue };
                let _ = writeln!(
                    text,
                    "| {} | {} | {clients} | {} | {} | {:.0} | {} | {} | {:.0} | {} |",
                    place(point),
                    question.name(),
                    figure(crud.p50_ms),
                    figure(crud.p99_ms),
                    crud.per_second,
                    figure(passbook.p50_ms),
                    figure(passbook.p99_ms),
                    passbook.per_second,
                    figure(crud.p50_ms / passbook.p50_ms),
                );
            }
        }
    }
}

fn growth(text: &mut String, question: Question, over: &str, points: &[Point], place: fn(&Point) -> u64) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let grown = |system| {
        let [from, to] = [first, last].map(|point| point.of(question, system, 1).map(|one| one.p50_ms));
        let (from, to) = from.zip(to).unwrap_or_default();
        format!("{} → {} ms: × {}", figure(from), figure(to), figure(to / from))
    };
    let (crud, passbook) = (grown(System::Crud), grown(System::Passbook));
    let _ = writeln!(
        text,
        "| {} | {over} | {} → {} | {crud} | {passbook} |",
        question.name(),
        place(first),
        place(last),
    );
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn report() -> Report {
        let measured = |question, system, p50_ms| Measured {
            question,
            clients: 1,
            system,
            failed: 0,
            p50_ms,
            p99_ms: p50_ms * 2.0,
            per_second: 1_000.0 / p50_ms,
        };
        let point = |transactions, each, crud_ms| Point {
            transactions,
            accounts: transactions / each,
            each,
            crud_load_seconds: 1.0,
            passbook_load_seconds: 10.0,
            measured: Question::ALL
                .into_iter()
                .flat_map(|question| {
                    [measured(question, System::Crud, crud_ms), measured(question, System::Passbook, 2.0)]
                })
                .collect(),
        };
        Report {
            plan: Plan { rounds: 4, window_ms: 1_500 },
            source_accounts: 16,
            source_transactions: 600,
            checked_accounts: 40,
            checked_questions: 9,
            sizes: vec![point(10_000, 40, 0.5), point(1_000_000, 40, 1.0)],
            lengths: vec![point(1_000_000, 100, 0.5), point(1_100_000, 100_000, 150.0)],
        }
    }

    #[test]
    fn a_ratio_above_one_means_that_passbook_is_quicker() {
        let text = markdown(&report(), "**The run.** Once.");
        assert!(
            text.contains("| 10000 | account summary | 1 | 0.50 | 1.00 | 2000 | 2.00 | 4.00 | 500 | 0.25 |")
        );
        assert!(text.contains("| 100000 | account summary | 1 | 150 | 300 | 7 | 2.00 | 4.00 | 500 | 75.0 |"));
        let growth = "| history page | the length of one account | 100 → 100000 | 0.50 → 150 ms: × 300 | 2.00 → 2.00 ms: × 1.00 |";
        assert!(text.contains(growth), "{text}");
    }
}
