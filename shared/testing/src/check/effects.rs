//! Each command by itself: one effect or none, one answer, and the answer is what is stored.

use std::collections::BTreeSet;

use application::{Commit, commands::Order};
use domain::account;
use uuid::Uuid;

use super::{Stored, Told, ToldOfAccount};
use crate::history::Entry;

pub(super) fn check<A: Told>(entries: &[Entry<A>], stored: &Stored<'_>) -> Vec<String> {
    let mut violations: Vec<String> = entries
        .iter()
        .filter_map(|entry| check_one(entry, stored).err().map(|what| format!("{}: {what}", name(entry))))
        .collect();
    let asked_for: BTreeSet<Uuid> = entries.iter().map(|entry| entry.command.id).collect();
    for (command, commits) in &stored.by_command {
        if !asked_for.contains(command) {
            violations.push(format!("{} has a commit that nobody asked for", commits[0].stream));
        }
    }
    violations
}

/// A command in words.
pub(super) fn name<A>(entry: &Entry<A>) -> String {
    format!("command {} ({:?})", entry.command.id, entry.command.order)
}

fn check_one<A: Told>(entry: &Entry<A>, stored: &Stored<'_>) -> Result<(), String> {
    let none = Vec::new();
    let effect = stored.by_command.get(&entry.command.id).unwrap_or(&none);
    if entry.is_given_up {
        return Err("no answer, though nothing failed any more".to_owned());
    }
    if let Some(mistaken) = entry.mistaken.first() {
        return Err(format!("another request under its key came to {mistaken}"));
    }
    if entry.is_abandoned && !effect.is_empty() {
        return Err(format!(
            "an effect at {}, though its sender was told that there is none",
            places(effect)
        ));
    }
    if entry.firsts.len() > 1 {
        return Err(format!("{} answers that say they are the first", entry.firsts.len()));
    }
    let Some((outcome, request_id)) = entry.answers.first() else {
        return if effect.is_empty() { Ok(()) } else { Err("an effect without an answer".to_owned()) };
    };
    for answer in &entry.answers {
        if answer != &(outcome.clone(), request_id.clone()) {
            return Err(format!("two answers: {outcome:?} of {request_id} and {answer:?}"));
        }
    }
    match outcome.receipts() {
        Some(receipts) => check_receipts(entry, &receipts, effect),
        None if effect.is_empty() => Ok(()),
        None => Err(format!("an effect at {}, though refused: {outcome:?}", places(effect))),
    }
}

fn check_receipts<A>(entry: &Entry<A>, receipts: &[ToldOfAccount], effect: &[&Commit]) -> Result<(), String> {
    let is_transfer = matches!(entry.command.order, Order::Transfer(_));
    let streams = match &entry.command.order {
        Order::Change { command: account::Command::Close { .. }, .. }
        | Order::Open { .. }
        | Order::Transfer(_) => 2,
        Order::Change { .. } => 1,
        Order::Impossible(_) => 0,
    };
    if effect.len() != streams {
        return Err(format!("{} commits instead of {streams}: {}", effect.len(), places(effect)));
    }
    let is_stored = |receipt: &ToldOfAccount| {
        effect.iter().any(|commit| {
            commit.stream.account_id().as_ref() == Some(&receipt.account_id)
                && commit.version == receipt.version
        })
    };
    if let Some(receipt) = receipts.iter().find(|receipt| !is_stored(receipt)) {
        return Err(format!("answered with version {}, but stored at {}", receipt.version, places(effect)));
    }
    if is_transfer && effect[0].timestamp != effect[1].timestamp {
        return Err(format!("its legs have different times: {}", places(effect)));
    }
    Ok(())
}

fn places(effect: &[&Commit]) -> String {
    let places: Vec<String> = effect
        .iter()
        .map(|commit| format!("{} {} ({})", commit.stream, commit.version, commit.timestamp))
        .collect();
    places.join(", ")
}

/// What its clients were told, if it was refused.
pub(super) fn refused<A: Told>(entry: &Entry<A>) -> Option<&A> {
    entry.answers.first().map(|(answer, _)| answer).filter(|answer| answer.receipts().is_none())
}
