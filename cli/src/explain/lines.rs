//! An event in words: what changed, then who did it, then what else it says.

use super::{event::Step, standing::Trail};
use crate::output::{BAD, FAINT, GOOD, styled};

/// What is not known, because an event before it cannot be read.
const UNKNOWN: &str = "?";

/// The lines of an event.
pub(super) fn of(step: &Step) -> String {
    let Step { version, name, user_id, command_id, recorded_at, .. } = step;
    let timestamp = step.timestamp.to_string();
    let (change, changed) = (change(step), changed(step));
    let first = format!("{version:>6}  {timestamp:<27}  {name:<17} {change}  {changed}");
    let who = styled(FAINT, format!("by {user_id}, command {command_id}, recorded {recorded_at}"));
    let details = Some(details(step)).filter(|details| !details.is_empty());
    let unreadable = step.unreadable.as_ref().map(|reason| {
        let words = format!("this build cannot read version {} of {name}: {reason}", step.type_version);
        styled(BAD, words)
    });
    let data = step.data.as_ref().map(ToString::to_string);
    let more = [Some(who), details, unreadable, data].into_iter().flatten();
    std::iter::once(format!("{first}\n")).chain(more.map(|line| format!("        {line}\n"))).collect()
}

/// What the balance was changed by, as wide as the column.
fn change(step: &Step) -> String {
    let change = match step.change.as_deref() {
        Some(change) if change.starts_with('-') => change.to_owned(),
        Some(change) => format!("+{change}"),
        None => String::new(),
    };
    styled(if change.starts_with('-') { BAD } else { GOOD }, format!("{change:>14}"))
}

fn changed(step: &Step) -> String {
    match (&step.status_before, &step.status_after) {
        (Some(before), Some(after)) if before != after => format!("status {before} → {after}"),
        _ => {
            let nothing_yet = if step.version == 1 { "0" } else { UNKNOWN };
            let before = step.balance_before.as_deref().unwrap_or(nothing_yet);
            let after = step.balance_after.as_deref().unwrap_or(UNKNOWN);
            format!("balance {before} → {after} {}", step.currency.unwrap_or_default()).trim_end().to_owned()
        }
    }
}

fn details(step: &Step) -> String {
    let fee = step.fee.as_deref().filter(|fee| fee.bytes().any(|digit| matches!(digit, b'1'..=b'9')));
    let amount = fee.and(step.amount.as_ref()).map(|amount| format!("amount {amount}"));
    let way =
        if step.change.as_deref().is_some_and(|change| change.starts_with('-')) { "to" } else { "from" };
    let parts = [
        amount,
        fee.map(|fee| format!("fee {fee}")),
        step.counterparty.as_ref().map(|counterparty| format!("{way} {counterparty}")),
        step.transfer_id.as_ref().map(|id| format!("transfer {id}")),
        step.reference.as_ref().map(|reference| format!("reference {reference:?}")),
        step.reason.as_ref().map(|reason| format!("because {reason:?}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Which events were not shown.
pub(super) fn rest(trail: &Trail) -> Option<String> {
    let (first, last) = trail.shown?;
    let newest = trail.newest_version;
    let more = (last < newest).then(|| format!(": go on with --from-version {}, or --all", last + 1));
    (first > 1 || more.is_some())
        .then(|| format!("versions {first} to {last} of {newest}{}", more.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::explain::{
        event::{
            Fold,
            tests::{opened, shown, withdrawn},
        },
        standing::tests::trail,
    };

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn an_event_is_told_with_who_when_by_which_command_and_what_changed() {
        let mut fold = Fold::default();
        assert_eq!(
            plain(&of(&fold.step(opened()))),
            "     1  2026-11-24T09:30:00Z         AccountCreated          +5000.00  balance 0 → 5000.00 EUR\n\
             \u{20}       by alice, command c-1, recorded 2026-11-24T09:30:01Z\n"
        );
        assert_eq!(
            plain(&of(&fold.step(withdrawn(2)))),
            "     2  2026-11-24T09:30:00Z         MoneyWithdrawn          -1005.01  balance 5000.00 → 3994.99 EUR\n\
             \u{20}       by alice, command c-2, recorded 2026-11-24T09:30:01Z\n\
             \u{20}       amount 1000.01, fee 5.00\n"
        );
        let frozen = plain(&of(&fold.step(shown(3, "AccountFrozen", 1, &json!({ "reason": "a court" })))));
        assert!(frozen.contains("status ACTIVE → FROZEN"), "{frozen}");
        assert!(frozen.ends_with("because \"a court\"\n"), "{frozen}");
    }

    #[test]
    fn a_transfer_names_the_other_side_and_its_way() {
        let data = json!({
            "transfer_id": "t-1", "to_account_id": "yours", "amount": "10.00 EUR", "fee": "0.00 EUR",
            "balance_after": "90.00 EUR", "reference": "rent",
        });
        let mut fold = Fold::from(&json!({ "balance": "100.00", "status": "ACTIVE" }));
        let told = plain(&of(&fold.step(shown(7, "MoneyTransferred", 1, &data))));
        assert!(told.ends_with("        to yours, transfer t-1, reference \"rent\"\n"), "{told}");
    }

    #[test]
    fn what_was_left_out_is_said() {
        assert_eq!(rest(&trail()), None);
        let mut longer = trail();
        longer.newest_version = 9;
        assert_eq!(rest(&longer).unwrap(), "versions 1 to 3 of 9: go on with --from-version 4, or --all");
        longer.shown = Some((8, 9));
        assert_eq!(rest(&longer).unwrap(), "versions 8 to 9 of 9");
    }
}
