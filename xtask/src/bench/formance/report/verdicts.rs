//! What was wanted, what came of it, and where theirs is quicker.

use std::fmt::Write as _;

use super::super::{
    super::plot::{figure, number},
    figures::{Commands, Figures, Kind, Plan, Point, Question, Questions, System, Whole, Writes, of},
};

/// What was wanted before anything was measured, and what came of it.
pub(super) fn wanted(text: &mut String, commands: &Commands, questions: &Questions) {
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
pub(super) fn behind(text: &mut String, Whole { commands, questions, undurable, .. }: &Whole) {
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
pub(super) fn forgetful_ratio(durable: &Commands, one: &Writes) -> Option<f64> {
    let ours = &durable.writes_of(one.kind, one.clients)?.figures;
    Some(of(ours, System::Passbook)?.per_second / of(&one.figures, System::Formance)?.per_second)
}

/// Commands a second, ours by theirs.
pub(super) fn faster(figures: &[Figures]) -> Option<f64> {
    Some(of(figures, System::Passbook)?.per_second / of(figures, System::Formance)?.per_second)
}

/// How much longer the quicker of their ways takes.
fn as_of_ratio(point: &Point) -> Option<f64> {
    let theirs = point.of(Question::AsOf, 1, System::Formance)?.p50_ms.min(point.as_inserted.p50_ms);
    Some(theirs / point.of(Question::AsOf, 1, System::Passbook)?.p50_ms)
}
