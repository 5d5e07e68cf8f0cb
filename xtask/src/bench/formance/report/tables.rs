//! The tables.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    super::{
        super::plot::figure,
        figures::{Commands, Deployed, Figures, Kind, OneKey, Point, Question, System, Writes, of},
    },
    verdicts::{faster, forgetful_ratio},
};

pub(super) fn commands(text: &mut String, commands: &Commands) {
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
pub(super) fn without_durability(text: &mut String, commands: &Commands, undurable: &[Writes]) {
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

pub(super) fn one_key(text: &mut String, sides: &[OneKey]) {
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

pub(super) fn questions(text: &mut String, points: &[Point]) {
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

pub(super) fn growth(text: &mut String, points: &[Point]) {
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

pub(super) fn stack(text: &mut String, commands: &Commands, Deployed { deposits, length, as_of }: &Deployed) {
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
