//! One effect a key: the same command again, late, changed, by many at once, and after a sender has died.

use application::{
    CommandError, CommandRecord, QueryError, Refusal, Span,
    commands::{Answer, LEASE_SECONDS, Order, RETENTION_DEFAULT, Request},
    ports::{CommandStore as _, Environment as _},
    queries::{CommandStatus, Queries},
};
use domain::{Timestamp, account::Rejection};
use futures::future::join_all;
use uuid::Uuid;

use crate::bank::{Bank, change, close, deposit, id, open, usd, withdraw};

async fn answer(bank: &Bank, request: &Request, order: &Order) -> Answer {
    bank.commands.execute(request, order).await.unwrap()
}

/// A bank with two accounts, and one order of each way in which commands are done, none done yet.
async fn bank_and_orders() -> (Bank, [Order; 3]) {
    let bank = Bank::new();
    bank.open("alice", "a", 5_000).await.unwrap();
    bank.open("bob", "b", 100).await.unwrap();
    let transfer = bank.transfer_order("a", "b", 10);
    (bank, [change("a", deposit(1)), transfer, open("alice", "c", 100)])
}

#[tokio::test]
async fn the_same_command_again_has_one_effect_and_the_same_answer_whatever_came_between() {
    let (bank, orders) = bank_and_orders().await;
    for order in orders {
        let request = bank.request("alice");
        let first = answer(&bank, &request, &order).await;
        assert!(first.outcome.is_ok() && !first.is_replay);
        for others in [0, 1, 3, 120] {
            for _ in 0..others {
                bank.change("alice", "a", deposit(1)).await.unwrap();
            }
            bank.environment.advance(i64::from(others) * 60);
            let commits = bank.store.all().len();
            let again =
                answer(&bank, &Request { request_id: "again".to_owned(), ..request.clone() }, &order).await;
            assert_eq!(again, Answer { is_replay: true, ..first.clone() });
            assert_eq!(bank.store.all().len(), commits);
        }
    }
}

#[tokio::test]
async fn a_refusal_is_an_answer_too_and_stays_though_the_reason_is_gone() {
    let bank = Bank::new();
    bank.open("alice", "a", 100).await.unwrap();
    let orders = [
        (
            change("a", withdraw(500)),
            Rejection::InsufficientFunds { available: usd(100), required: usd(500) },
        ),
        (change("a", close()), Rejection::BalanceNotZero { balance: usd(100) }),
    ];
    let requests: Vec<Request> = orders.iter().map(|_| bank.request("alice")).collect();
    let mut first = Vec::new();
    for ((order, rejection), request) in orders.iter().zip(&requests) {
        let refused = answer(&bank, request, order).await;
        assert_eq!(refused.outcome, Err(Refusal::Account(rejection.clone())));
        first.push(refused);
    }
    bank.change("alice", "a", deposit(900)).await.unwrap();
    bank.change("alice", "a", withdraw(1_000)).await.unwrap();
    for (((order, _), request), first) in orders.iter().zip(&requests).zip(first) {
        let request = Request { request_id: "again".to_owned(), ..request.clone() };
        assert_eq!(answer(&bank, &request, order).await, Answer { is_replay: true, ..first });
    }
}

#[tokio::test]
async fn a_key_is_for_one_request() {
    let (bank, orders) = bank_and_orders().await;
    for order in orders.into_iter().chain([change("a", withdraw(90_000))]) {
        let request = bank.request("alice");
        answer(&bank, &request, &order).await;
        let commits = bank.store.all().len();
        let other = Request { fingerprint: [1; 32], ..request };
        let reused = bank.commands.execute(&other, &order).await;
        assert!(matches!(reused, Err(CommandError::KeyReused)), "{reused:?}");
        assert_eq!(bank.store.all().len(), commits);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_with_one_key_at_once_all_hear_the_same() {
    let (bank, orders) = bank_and_orders().await;
    for order in orders {
        let (request, commits) = (bank.request("alice"), bank.store.all().len());
        let senders = (0..20).map(|_| {
            let (bank, request, order) = (bank.clone(), request.clone(), order.clone());
            tokio::spawn(async move {
                loop {
                    match bank.commands.execute(&request, &order).await {
                        Err(CommandError::InFlight) => tokio::task::yield_now().await,
                        answered => return answered.unwrap(),
                    }
                }
            })
        });
        let answers: Vec<Answer> = join_all(senders).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| !answer.is_replay).count(), 1);
        assert!(answers.iter().all(|answer| answer.outcome == answers[0].outcome));
        let own = if matches!(order, Order::Change { .. }) { 1 } else { 2 };
        assert_eq!(bank.store.all().len(), commits + own);
    }
}

/// The record of a command on the account `a`, begun once upon a time.
fn record() -> CommandRecord {
    let then = Timestamp::from_micros(0).unwrap();
    CommandRecord {
        command_id: Uuid::from_u128(1),
        user_id: "alice".parse().unwrap(),
        fingerprint: [7; 32],
        path: "/v1/accounts/a/deposits".to_owned(),
        request_id: "first".to_owned(),
        account_id: Some(id("a")),
        owner: Uuid::from_u128(2),
        started_at: then,
        leased_until: then,
        earlier: Vec::new(),
        expires_at: then,
        outcome: None,
    }
}

/// What a sender leaves behind that died before its commit.
async fn died(bank: &Bank, request: &Request) {
    let now = bank.environment.now();
    let record = CommandRecord {
        command_id: request.command_id,
        user_id: request.caller.user_id.clone(),
        fingerprint: request.fingerprint,
        owner: bank.environment.new_id(),
        started_at: now,
        leased_until: now.plus_seconds(LEASE_SECONDS),
        expires_at: now.plus_seconds(i64::try_from(RETENTION_DEFAULT.as_secs()).unwrap()),
        ..record()
    };
    bank.store.put_record(&record, None).await.unwrap();
}

#[tokio::test]
async fn a_command_whose_sender_died_is_in_flight_for_the_lease_and_done_by_the_next_after_it() {
    let (bank, [order, ..]) = bank_and_orders().await;
    let request = bank.request("alice");
    died(&bank, &request).await;
    let early = bank.commands.execute(&request, &order).await;
    assert!(matches!(early, Err(CommandError::InFlight)), "{early:?}");
    bank.environment.advance(LEASE_SECONDS);
    let done = answer(&bank, &request, &order).await;
    assert!(done.outcome.is_ok() && !done.is_replay);
    assert!(answer(&bank, &request, &order).await.is_replay);
}

#[tokio::test]
async fn what_is_taken_up_at_the_end_of_a_week_has_one_effect_for_another() {
    let (bank, [order, ..]) = bank_and_orders().await;
    let request = bank.request("alice");
    died(&bank, &request).await;
    let week = i64::try_from(RETENTION_DEFAULT.as_secs()).unwrap();
    bank.environment.advance(week - 60);
    let done = answer(&bank, &request, &order).await;
    assert!(done.outcome.is_ok() && !done.is_replay);
    bank.environment.advance(week - 60);
    bank.store.expire(bank.environment.now());
    assert_eq!(answer(&bank, &request, &order).await, Answer { is_replay: true, ..done });
}

#[test]
fn tries_close_to_each_other_are_one_span_and_never_more_than_eight_are_kept() {
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
    let mut earlier = Vec::new();
    for hour in 0..20 {
        for retry in 0..3 {
            let started_at = at(hour * 3_600 + retry * 20);
            let leased_until = started_at.plus_seconds(LEASE_SECONDS);
            let record = CommandRecord { started_at, leased_until, earlier, ..record() };
            earlier = record.spans();
        }
    }
    assert_eq!(earlier.len(), 8);
    assert_eq!(earlier[7], Span { from: at(19 * 3_600), until: at(19 * 3_600 + 40 + LEASE_SECONDS) });
    assert_eq!(earlier[0].from, at(0));
}

#[tokio::test]
async fn an_account_of_no_type_that_there_is_stays_refused_under_its_key() {
    let (bank, [.., open]) = bank_and_orders().await;
    let request = bank.request("alice");
    let impossible = Rejection::InvalidAccountType { given: "GOLD".to_owned() };
    let first = answer(&bank, &request, &Order::Impossible(impossible.clone())).await;
    assert_eq!(first.outcome, Err(Refusal::Account(impossible)));
    assert_eq!(answer(&bank, &request, &open).await, Answer { is_replay: true, ..first });
}

#[tokio::test]
async fn an_expired_key_may_be_used_anew() {
    let (bank, [order, ..]) = bank_and_orders().await;
    let request = bank.request("alice");
    let first = answer(&bank, &request, &order).await;
    let week = i64::try_from(RETENTION_DEFAULT.as_secs()).unwrap();
    bank.environment.advance(week - 60);
    bank.store.expire(bank.environment.now());
    assert!(answer(&bank, &request, &order).await.is_replay);
    bank.environment.advance(120);
    bank.store.expire(bank.environment.now());
    let anew = answer(&bank, &request, &order).await;
    assert!(!anew.is_replay && anew.outcome != first.outcome);
}

#[tokio::test]
async fn what_came_of_a_command_is_told_to_who_sent_it_and_to_an_admin() {
    let (bank, orders) = bank_and_orders().await;
    let queries = Queries::new(bank.store.clone(), (), (), bank.environment.clone());
    for order in orders.into_iter().chain([change("a", withdraw(90_000))]) {
        let request = bank.request("alice");
        let first = answer(&bank, &request, &order).await;
        for caller in [&request.caller, &bank.request("admin").caller] {
            let status = queries.command(caller, request.command_id).await.unwrap();
            let (path, request_id) = (request.path.clone(), request.request_id.clone());
            assert_eq!(
                status,
                CommandStatus::Decided { outcome: Box::new(first.outcome.clone()), path, request_id }
            );
        }
        let foreign = queries.command(&bank.request("mallory").caller, request.command_id).await;
        assert!(matches!(foreign, Err(QueryError::CommandNotFound)));
    }
}

#[tokio::test]
async fn a_command_that_was_only_begun_is_in_flight_and_then_unknown() {
    let (bank, _) = bank_and_orders().await;
    let queries = Queries::new(bank.store.clone(), (), (), bank.environment.clone());
    let request = bank.request("alice");
    died(&bank, &request).await;
    let status = queries.command(&request.caller, request.command_id).await.unwrap();
    assert_eq!(status, CommandStatus::InFlight);
    // Not at once: something of it may still be on its way.
    bank.environment.advance(LEASE_SECONDS);
    let status = queries.command(&request.caller, request.command_id).await.unwrap();
    assert_eq!(status, CommandStatus::InFlight);
    bank.environment.advance(60);
    let lapsed = queries.command(&request.caller, request.command_id).await;
    assert!(matches!(lapsed, Err(QueryError::CommandNotFound)));
}
