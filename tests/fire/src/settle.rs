//! What is left open is settled once nothing fails any more: asked for by the command's id, and sent again as it was.

use std::time::Duration;

use bank::clock::{now, pause};
use fastrand::Rng;
use futures::{StreamExt as _, stream};
use reqwest::{Method, StatusCode};

use crate::{
    said::Said,
    sending::{Attempt, PATIENCE, Sent},
    world::World,
};

/// Until then there has to be an answer: a lease lasts for as long as a function may run.
const DEADLINE: Duration = Duration::from_secs(60);
const BEFORE_THE_NEXT_TRY: Duration = Duration::from_millis(300);

/// How many are settled at a time.
const AT_ONCE: usize = 12;

/// Of the commands whose answers are known, one in so many is sent again too.
const ONE_IN: u32 = 8;

/// What came of a command, as the bank tells of it.
enum Status {
    InFlight,
    Decided(Said),
    /// There is no such command, or nothing has come of it.
    Nothing,
}

impl World {
    /// Finds out what came of every command that somebody was unsure of, and sends some of the others again.
    pub(crate) async fn settle_all(&self, sent: &[Sent], rng: &mut Rng) {
        let unsure = self.unsure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let open: Vec<&Sent> = sent
            .iter()
            .filter(|sent| !self.history.is_abandoned(sent.place))
            .filter(|sent| {
                let is_open = unsure.contains(&sent.place) || !self.history.is_answered(sent.place);
                is_open || rng.u32(..ONE_IN) == 0
            })
            .collect();
        stream::iter(open).for_each_concurrent(AT_ONCE, |sent| self.settle(sent)).await;
    }

    /// Asks what came of a command, sends it again, and takes both down.
    pub(crate) async fn settle(&self, sent: &Sent) {
        let known = self.ask(sent).await;
        if let Some(Some(said)) = &known {
            self.take(sent, said, true);
        }
        self.history.sent(sent.place, self.clock.micros());
        let begun = now();
        while begun.elapsed() < DEADLINE {
            match self.try_once(sent, PATIENCE).await {
                Attempt::Answered(said, is_replay) => {
                    match &known {
                        Some(None) if is_replay => self.notice(format!(
                            "{} had come to nothing, and then was answered before: {said:?}",
                            sent.key
                        )),
                        Some(Some(_)) if !is_replay => {
                            self.notice(format!(
                                "{} was answered, and then for the first time: {said:?}",
                                sent.key
                            ));
                        }
                        _ => {}
                    }
                    return self.take(sent, &said, is_replay);
                }
                Attempt::KeyReused => {
                    self.notice(format!("{} was used once, and is said to be reused", sent.key));
                    break;
                }
                Attempt::Denied | Attempt::Unknown => pause(BEFORE_THE_NEXT_TRY).await,
            }
        }
        self.history.given_up(sent.place);
    }

    /// What came of a command: an answer, or nothing; `None` if that cannot be had.
    async fn ask(&self, sent: &Sent) -> Option<Option<Said>> {
        let path = format!("/v1/commands/{}", self.history.command(sent.place).id);
        let begun = now();
        while begun.elapsed() < DEADLINE {
            match self.status(sent, &path).await {
                Some(Status::Decided(said)) => return Some(Some(said)),
                Some(Status::Nothing) => return Some(None),
                Some(Status::InFlight) | None => pause(BEFORE_THE_NEXT_TRY).await,
            }
        }
        self.notice(format!("nobody says what came of {}", sent.key));
        None
    }

    async fn status(&self, sent: &Sent, path: &str) -> Option<Status> {
        let request = self.users[sent.user].bank.try_send(Method::GET, path, &[], None);
        let answer = tokio::time::timeout(PATIENCE, request).await.ok()?.ok()?;
        let told = &answer.body["answer"];
        match (answer.status, answer.body["status"].as_str()) {
            (StatusCode::OK, Some("in_flight")) => Some(Status::InFlight),
            (StatusCode::OK, Some("succeeded" | "rejected")) => {
                let status = u16::try_from(told["status"].as_u64()?).ok()?;
                Some(Status::Decided(Said { status, body: told["body"].clone() }))
            }
            (StatusCode::NOT_FOUND, _) => Some(Status::Nothing),
            _ => None,
        }
    }
}
