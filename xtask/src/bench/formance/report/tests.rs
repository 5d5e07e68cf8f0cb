//! Sections of figures that were thought of.

use std::collections::BTreeMap;

use super::{
    super::figures::{
        Commands, Figures, Kind, OneKey, Plan, Point, Question, Questions, Reads, System, Trial, Whole,
        Writes,
    },
    markdown,
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
