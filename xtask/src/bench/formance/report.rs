//! The section, from the figures that `bench/formance` prints.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    super::plot::{figure, number},
    figures::{
        Commands, Deployed, Figures, Kind, OneKey, Plan, Point, Question, Questions, System, Whole, Writes,
        of,
    },
};

pub(super) fn markdown(whole: &Whole) -> String {
    let Whole { commands, questions, undurable, deployed, .. } = whole;
    let mut text = introduction(whole);
    text += "\n### In short, against what was wanted\n\n";
    verdicts(&mut text, commands, questions);
    behind(&mut text, whole);
    text += "\n### Commands\n\nThe ratio is of commands a second, ours by theirs.\n\n";
    commands_table(&mut text, commands);
    without_durability(&mut text, commands, undurable);
    one_key(&mut text, &commands.one_key);
    text += "\n### Questions, over the length of one account\n\nThe ratio is of medians, theirs by ours.\n\n";
    questions_table(&mut text, &questions.reads);
    growth(&mut text, &questions.reads);
    if let Some(deployed) = deployed {
        stack(&mut text, commands, deployed);
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

/// What was wanted before anything was measured, and what came of it.
fn verdicts(text: &mut String, commands: &Commands, questions: &Questions) {
    for (kind, what) in [(Kind::Deposits, "deposits"), (Kind::HotAccount, "deposits into one hot account")] {
        for clients in [8, 32] {
            let Some(one) = commands.writes_of(kind, clients) else { continue };
            let Some(ratio) = faster(&one.figures) else { continue };
            let refused = refused_percent(&one.figures, &commands.writing);
            let _ = writeln!(
                text,
                "- {what}, {clients} clients: wanted 2 times as many, measured {}{refused}",
                figure(ratio)
            );
        }
    }
    let Some(last) = questions.reads.last() else { return };
    if let Some(ratio) = as_of_ratio(last) {
        let _ = writeln!(
            text,
            "- a balance of the past at {} transactions: wanted 30 times as quick at 100000, measured {}, by the quicker of \
             their two ways",
            last.length,
            figure(ratio),
        );
    }
    let ours = |point: &Point| point.of(Question::AsOf, 1, System::Passbook).map(|one| one.p50_ms);
    let Some((from, to)) = questions.reads.first().and_then(ours).zip(ours(last)) else { return };
    let _ = writeln!(
        text,
        "- flat: ours takes {} times as long at {} transactions as at {}; each look at 16 commits leaves a \
         seventeenth of what has happened since",
        figure(to / from),
        last.length,
        questions.reads.first().map_or(0, |first| first.length),
    );
}

/// The share of ours that others were quicker than, ten times each.
fn refused_percent(figures: &[Figures], plan: &Plan) -> String {
    let Some(ours) = of(figures, System::Passbook).filter(|ours| !ours.others.is_empty()) else {
        return String::new();
    };
    let refused = number(ours.others.values().sum());
    let done = ours.per_second * number(plan.rounds * plan.window_ms) / 1_000.0;
    format!(
        "; about {:.0} % of ours were refused, and would have to be sent again",
        100.0 * refused / (refused + done)
    )
}

/// Where theirs is quicker.
fn behind(text: &mut String, Whole { commands, questions, undurable, .. }: &Whole) {
    let mut behind = Vec::new();
    for one in &commands.writes {
        if faster(&one.figures).is_some_and(|ratio| ratio < 1.0) {
            behind.push(format!("{}, {} clients", one.kind.name(), one.clients));
        }
    }
    for one in undurable {
        if forgetful_ratio(commands, one).is_some_and(|ratio| ratio < 1.0) {
            behind.push(format!(
                "{}, {} clients, without waiting for its disk",
                one.kind.name(),
                one.clients
            ));
        }
    }
    for question in Question::ALL {
        let is_behind = |point: &&Point| quicker(point, question).is_some_and(|ratio| ratio < 1.0);
        let lengths = questions.reads.iter().filter(is_behind).map(|point| point.length.to_string());
        let lengths: Vec<String> = lengths.collect();
        if !lengths.is_empty() {
            behind.push(format!("{} at {} transactions, one client", question.name(), lengths.join(", ")));
        }
    }
    if !behind.is_empty() {
        let _ = writeln!(text, "- theirs is quicker at: {}", behind.join("; "));
    }
}

/// How much longer theirs takes, one client.
fn quicker(point: &Point, question: Question) -> Option<f64> {
    let p50 = |system| point.of(question, 1, system).map(|one| one.p50_ms);
    Some(p50(System::Formance)? / p50(System::Passbook)?)
}

/// Ours by theirs without durability.
fn forgetful_ratio(durable: &Commands, one: &Writes) -> Option<f64> {
    let ours = &durable.writes_of(one.kind, one.clients)?.figures;
    Some(of(ours, System::Passbook)?.per_second / of(&one.figures, System::Formance)?.per_second)
}

/// Commands a second, ours by theirs.
fn faster(figures: &[Figures]) -> Option<f64> {
    Some(of(figures, System::Passbook)?.per_second / of(figures, System::Formance)?.per_second)
}

/// How much longer the quicker of their ways takes.
fn as_of_ratio(point: &Point) -> Option<f64> {
    let theirs = point.of(Question::AsOf, 1, System::Formance)?.p50_ms.min(point.as_inserted.p50_ms);
    Some(theirs / point.of(Question::AsOf, 1, System::Passbook)?.p50_ms)
}

fn commands_table(text: &mut String, commands: &Commands) {
    *text += "| what | clients | Formance a second | p50 ms | p99 ms | Passbook a second | p50 ms | p99 ms | ratio | besides |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n";
    for one in &commands.writes {
        let cells = |system| of(&one.figures, system).map_or_else(|| "– | – | –".to_owned(), rates);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            one.kind.name(),
            one.clients,
            cells(System::Formance),
            cells(System::Passbook),
            faster(&one.figures).map_or_else(|| "–".to_owned(), figure),
            besides(&one.figures),
        );
    }
}

/// Whether it is the disk that theirs waits for.
fn without_durability(text: &mut String, commands: &Commands, undurable: &[Writes]) {
    *text += "\n### Commands, with Formance's PostgreSQL not waiting for its disk\n\nThe same clients, after the rows above, \
             with `fsync`, `synchronous_commit` and `full_page_writes` off: as forgetful as DynamoDB Local. The ratio is \
             of ours above by these.\n\n\
             | what | clients | Formance a second | p50 ms | p99 ms | to itself, durable | ratio |\n\
             |---|---:|---:|---:|---:|---:|---:|\n";
    for one in undurable {
        let durable =
            commands.writes_of(one.kind, one.clients).and_then(|one| of(&one.figures, System::Formance));
        let Some((now, durable)) = of(&one.figures, System::Formance).zip(durable) else { continue };
        let _ = writeln!(
            text,
            "| {} | {} | {} | × {} | {} |",
            one.kind.name(),
            one.clients,
            rates(now),
            figure(now.per_second / durable.per_second),
            forgetful_ratio(commands, one).map_or_else(|| "–".to_owned(), figure),
        );
    }
}

/// A rate with its spread, and latencies.
fn rates(Figures { per_second, per_second_low, per_second_high, p50_ms, p99_ms, .. }: &Figures) -> String {
    let (p50, p99) = (figure(*p50_ms), figure(*p99_ms));
    format!("{per_second:.0} ({per_second_low:.0}–{per_second_high:.0}) | {p50} | {p99}")
}

/// What else came of requests.
fn besides(figures: &[Figures]) -> String {
    let told = figures.iter().filter(|one| !one.others.is_empty());
    let told: Vec<String> =
        told.map(|one| format!("{}: {}", one.side.name(), counted(&one.others))).collect();
    if told.is_empty() { "–".to_owned() } else { told.join("; ") }
}

fn counted(counts: &BTreeMap<String, u64>) -> String {
    let counted: Vec<String> = counts.iter().map(|(what, count)| format!("{count} × {what}")).collect();
    counted.join(", ")
}

fn one_key(text: &mut String, sides: &[OneKey]) {
    let Some(OneKey { senders, patience_seconds, trials, .. }) = sides.first() else { return };
    let _ = writeln!(
        text,
        "\n### {senders} senders of one key\n\n\
         One deposit sent {senders} times at once under one `Idempotency-Key`, {} times. Who has no success within {patience_seconds} s sends \
         again, one after another, until told what became of it. That is what our 409 `command_in_flight` asks for. Theirs, at \
         this version, can stop answering anybody while there are more writers than it has connections, until they give up: \
         that would be seen here as *no answer*. There was exactly one effect each time on each side, or there would be no \
         figures.\n\n\
         | side | trial | first answers | until then s | until all were told s | effects | different answers |\n\
         |---|---:|---|---:|---:|---:|---:|",
        trials.len(),
    );
    for side in sides {
        for (number, trial) in (1..).zip(&side.trials) {
            let _ = writeln!(
                text,
                "| {} | {number} | {} | {:.2} | {:.2} | {} | {} |",
                side.side.name(),
                counted(&trial.first),
                trial.first_seconds,
                trial.seconds,
                trial.effects,
                trial.different_bodies,
            );
        }
    }
}

fn questions_table(text: &mut String, points: &[Point]) {
    *text += "| its transactions | question | clients | Formance p50 ms | p99 ms | a second | Passbook p50 ms | p99 ms | a second | ratio |\n\
             |---:|---|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    let cells =
        |one: &Figures| format!("{} | {} | {:.0}", figure(one.p50_ms), figure(one.p99_ms), one.per_second);
    for point in points {
        for one in &point.measured {
            let of = |system| of(&one.figures, system);
            let Some((theirs, ours)) = of(System::Formance).zip(of(System::Passbook)) else { continue };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                point.length,
                one.question.name(),
                one.clients,
                cells(theirs),
                cells(ours),
                figure(theirs.p50_ms / ours.p50_ms),
            );
        }
        let ours = point.of(Question::AsOf, 1, System::Passbook);
        let ratio =
            ours.map_or_else(|| "–".to_owned(), |ours| figure(point.as_inserted.p50_ms / ours.p50_ms));
        let _ = writeln!(
            text,
            "| {} | balance of the past, by insertion | 1 | {} | as above | | | {ratio} |",
            point.length,
            cells(&point.as_inserted),
        );
    }
    let others = points.iter().flat_map(|point| &point.measured).flat_map(|one| &one.figures);
    let others: u64 = others.flat_map(|one| one.others.values()).sum();
    if others > 0 {
        let _ = writeln!(
            text,
            "\n{others} questions had no success and were asked again; they are in no figure."
        );
    }
}

fn growth(text: &mut String, points: &[Point]) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let _ = writeln!(
        text,
        "\n### How it grows, one client, from {} to {} transactions\n\n\
         | question | Formance p50 | Passbook p50 |\n|---|---:|---:|",
        first.length, last.length
    );
    for question in Question::ALL {
        let grown = |system| {
            let [from, to] = [first, last].map(|point| point.of(question, 1, system).map(|one| one.p50_ms));
            let (from, to) = from.zip(to).unwrap_or_default();
            format!("{} → {} ms: × {}", figure(from), figure(to), figure(to / from))
        };
        let [theirs, ours] = System::ALL.map(grown);
        let _ = writeln!(text, "| {} | {theirs} | {ours} |", question.name());
    }
}

fn stack(text: &mut String, commands: &Commands, Deployed { deposits, length, as_of }: &Deployed) {
    let Some(ours) = of(&deposits.figures, System::Passbook) else { return };
    let routers =
        commands.writes_of(Kind::Deposits, deposits.clients).map(|one| of(&one.figures, System::Passbook));
    let routers = routers.flatten().map_or(0.0, |one| one.per_second);
    let _ = writeln!(
        text,
        "\n### The deployed stack, which measures the emulator\n\n\
         The same requests to the stack that `cargo xtask up` deploys, with real tokens: its API Gateway, its DynamoDB, its \
         streams and queues are one Python process, through which each request goes several times, and the functions are \
         processes without optimizations; projections run. It says what a developer's machine does, and nothing of the \
         design: the same code did {routers:.0} deposits a second above.\n\n\
         | what | clients | a second | p50 ms | p99 ms | besides |\n|---|---:|---:|---:|---:|---|\n\
         | deposits, 8 accounts | {} | {} | {} |\n\
         | balance of the past at {length} transactions | 1 | {} | {} |",
        deposits.clients,
        rates(ours),
        besides(&deposits.figures),
        rates(as_of),
        besides(std::slice::from_ref(as_of)),
    );
}

#[cfg(test)]
pub(super) mod tests {
    use super::{
        super::figures::{Reads, Trial},
        *,
    };

    fn figures(side: System, p50_ms: f64, per_second: f64) -> Figures {
        Figures {
            side,
            p50_ms,
            p99_ms: p50_ms * 2.0,
            per_second,
            per_second_low: per_second - 1.0,
            per_second_high: per_second + 1.0,
            others: BTreeMap::new(),
        }
    }

    pub(in super::super) fn whole() -> Whole {
        let point = |length, theirs_ms| Point {
            length,
            formance_load_seconds: 1.0,
            passbook_load_seconds: 0.1,
            measured: [Question::Balance, Question::AsOf]
                .map(|question| Reads {
                    question,
                    clients: 1,
                    figures: vec![
                        figures(System::Formance, theirs_ms, 10.0),
                        figures(System::Passbook, 2.0, 500.0),
                    ],
                })
                .into(),
            as_inserted: figures(System::Formance, theirs_ms / 2.0, 20.0),
        };
        let trial = Trial {
            first: [("200".to_owned(), 50)].into(),
            first_seconds: 0.5,
            seconds: 0.5,
            effects: 1,
            different_bodies: 1,
        };
        let mut hot = figures(System::Passbook, 5.0, 50.0);
        hot.others.insert("409".to_owned(), 3);
        Whole {
            note: "once".to_owned(),
            load_before: "0.10".to_owned(),
            load_after: "3.00".to_owned(),
            commands: Commands {
                writing: Plan { rounds: 3, window_ms: 3_000 },
                writes: vec![Writes {
                    kind: Kind::HotAccount,
                    clients: 8,
                    figures: vec![figures(System::Formance, 10.0, 100.0), hot],
                }],
                one_key: vec![OneKey {
                    side: System::Formance,
                    senders: 50,
                    patience_seconds: 10,
                    trials: vec![trial],
                }],
            },
            questions: Questions {
                reading: Plan { rounds: 3, window_ms: 1_500 },
                reads: vec![point(100, 1.0), point(100_000, 160.0)],
            },
            undurable: vec![Writes {
                kind: Kind::HotAccount,
                clients: 8,
                figures: vec![figures(System::Formance, 8.0, 125.0)],
            }],
            deployed: None,
        }
    }

    #[test]
    fn a_ratio_below_one_is_said_as_well() {
        let text = markdown(&whole());
        let hot = "| deposits, one hot account | 8 | 100 (99–101) | 10.0 | 20.0 | 50 (49–51) | 5.00 | 10.0 | 0.50 | Passbook: 3 × 409 |";
        assert!(text.contains(hot), "{text}");
        assert!(
            text.contains(
                "- deposits into one hot account, 8 clients: wanted 2 times as many, measured 0.50; about 1 % of ours were refused"
            )
        );
    }

    #[test]
    fn the_past_is_compared_with_the_quicker_of_their_ways() {
        let text = markdown(&whole());
        assert!(
            text.contains("at 100000 transactions: wanted 30 times as quick at 100000, measured 40.0"),
            "{text}"
        );
        assert!(
            text.contains("| 100000 | balance of the past | 1 | 160 | 320 | 10 | 2.00 | 4.00 | 500 | 80.0 |")
        );
        assert!(text.contains("- theirs is quicker at: deposits, one hot account, 8 clients; deposits, one hot account, 8 clients, without waiting for its disk; balance at 100 transactions, one client; balance of the past at 100 transactions"), "{text}");
        assert!(text.contains("| balance of the past | 1.00 → 160 ms: × 160 | 2.00 → 2.00 ms: × 1.00 |"));
    }
}
