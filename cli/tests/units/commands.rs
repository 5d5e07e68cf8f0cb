//! Commands and queries.

use crate::{
    bank::{Bank, account, ask},
    check, check_about,
    meter::Used,
};

/// Events of an account before it is measured: its row is full, and its commits are as they mostly are.
const EVENTS: usize = 40;

const DAY_SECONDS: i64 = 24 * 3_600;

fn bytes(used: &Used, table: &str) -> usize {
    let put = used.put.iter().filter(|(name, _)| name.contains(table));
    put.flat_map(|(_, sizes)| sizes).sum()
}

fn check_command(command: &str, used: &Used, answer: usize) {
    check(&format!("{command}.write_units"), used.write_units);
    check(&format!("{command}.read_units"), used.read_units);
    check_about(&format!("{command}.event_bytes"), bytes(used, "-events-"));
    check_about(&format!("{command}.record_bytes"), bytes(used, "-commands-"));
    check_about(&format!("{command}.answer_bytes"), answer);
}

#[tokio::test]
async fn a_deposit_and_a_transfer_use_what_is_said() {
    let bank = Bank::open("one").await;
    for number in [1, 2] {
        bank.opens(number).await;
        for _ in 0..EVENTS {
            bank.deposits(number).await;
        }
    }
    bank.tables.meter.take();
    let answer = bank.deposits(1).await;
    check_command("deposit", &bank.tables.meter.take(), answer);
    let answer = bank.transfers(1).await;
    check_command("transfer", &bank.tables.meter.take(), answer);
}

#[tokio::test]
async fn a_row_and_the_queries_that_read_it_use_what_is_said() {
    let bank = Bank::open("two").await;
    let (meter, projector) = (&bank.tables.meter, bank.projector());
    let opened = bank.opens(1).await;
    meter.take();
    projector.project(vec![opened], &[]).await.unwrap();
    let first = meter.take();
    for _ in 0..EVENTS {
        bank.environment.advance(DAY_SECONDS);
        bank.deposits(1).await;
        let commit = bank.newest(1).await;
        meter.take();
        projector.project(vec![commit], &[]).await.unwrap();
    }
    let used = meter.take();
    check("summary.batch_read_units", 1.0);
    check("summary.account_read_units", used.read_units - 1.0);
    check("summary.account_write_units", used.write_units);
    assert!(bytes(&used, "-summary-") <= 1_024, "{used:?}");
    // The index has keys alone: it is written with an account's first event and never again.
    assert_eq!((first.write_units, used.write_units), (2.0, 1.0));

    let (queries, path) = (bank.queries(1).await, format!("/v1/accounts/{}", account(1)));
    ask(&queries, &path, 1).await;
    meter.take();
    for (name, path) in [("account_query", path.clone()), ("history_query", format!("{path}/transactions"))] {
        let answer = ask(&queries, &path, 1).await;
        let used = meter.take();
        check(&format!("{name}.read_units"), used.read_units);
        assert_eq!(used.requests, 1, "{name}: which generation is read is known for some seconds");
        check_about(&format!("{name}.answer_bytes"), answer);
    }
    bank.environment.advance(60);
    ask(&queries, &path, 1).await;
    check("account_query.catalog_read_units", meter.take().read_units - 0.5);
}
