//! One command on its way: sent under its key, and what its sender may believe then.

use std::time::Duration;

use application::commands::{Caller, Order};
use bank::{Answer, clock::pause};
use fastrand::Rng;
use http_api::command_id;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testing::history::Command;

use crate::{
    order::form,
    said::Said,
    world::{User, World},
};

/// Who waits for so long has lost nothing: a function ends after 10 seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// How often a client tries before it leaves a command for later.
const TRIES: usize = 3;

const BEFORE_THE_NEXT_TRY_MS: u64 = 600;

/// A command, and all that is needed to send it again.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Where it is in the history.
    pub(crate) place: usize,
    pub(crate) key: String,
    /// Who sends it, by their place.
    pub(crate) user: usize,
}

/// What came of sending it once.
#[derive(Clone, Debug)]
pub(crate) enum Attempt {
    /// An answer that stays, and whether it says that it was given before.
    Answered(Said, bool),
    /// Told that nothing was done.
    Denied,
    /// Told that the key was used for something else.
    KeyReused,
    /// Nobody knows.
    Unknown,
}

impl World {
    /// Puts a command into the history, under a key of its own.
    pub(crate) fn add(&self, user: usize, mut order: Order, expected_version: Option<u64>) -> Sent {
        let (key, User { id: user_id, is_admin, .. }) = (self.next_key(), &self.users[user]);
        let id = command_id(user_id, &key);
        if let Order::Transfer(transfer) = &mut order {
            transfer.transfer_id = id.to_string().parse().expect("an id");
        }
        let caller = Caller { user_id: user_id.clone(), is_admin: *is_admin };
        Sent { place: self.history.add(vec![Command { id, caller, order, expected_version }]), key, user }
    }

    /// Sends a command a few times; what nobody knows then is left for later. Returns its answer.
    pub(crate) async fn send(&self, sent: &Sent, rng: &mut Rng, is_trusting: bool) -> Option<Said> {
        self.history.sent(sent.place, self.clock.micros());
        let mut is_sure = true;
        for _ in 0..TRIES {
            match self.try_once(sent, patience(rng)).await {
                Attempt::Answered(said, is_replay) => {
                    self.take(sent, &said, is_replay);
                    return Some(said);
                }
                Attempt::Denied if is_sure && is_trusting => {
                    self.history.abandoned(sent.place);
                    return None;
                }
                Attempt::Denied => {}
                Attempt::KeyReused => {
                    self.notice(format!("{} was used once, and is said to be reused", sent.key));
                    return None;
                }
                Attempt::Unknown => is_sure = false,
            }
            if !is_sure {
                self.is_unsure_of(sent.place);
            }
            pause(Duration::from_millis(rng.u64(50..BEFORE_THE_NEXT_TRY_MS))).await;
        }
        self.is_unsure_of(sent.place);
        None
    }

    /// Sends a command once more as it was.
    pub(crate) async fn try_once(&self, sent: &Sent, patience: Duration) -> Attempt {
        let (path, body) = form(&self.history.command(sent.place).order);
        self.post(sent, &path, &body, patience).await
    }

    /// Sends something else under the key of a command.
    pub(crate) async fn misuse(&self, sent: &Sent) {
        let (path, _) = form(&self.history.command(sent.place).order);
        let body = match path.rsplit('/').next() {
            Some("freeze" | "unfreeze" | "close") => json!({ "reason": "another" }),
            Some("accounts") => json!({ "account_type": "CHECKING", "initial_deposit": "777.77" }),
            Some("transfers") => {
                let account = self.accounts[0].id.as_str();
                json!({ "from_account_id": account, "to_account_id": account, "amount": "777.77" })
            }
            _ => json!({ "amount": "777.77" }),
        };
        if let Attempt::Answered(said, _) = self.post(sent, &path, &body, PATIENCE).await {
            self.history.mistaken(sent.place, format!("{said:?}"));
        }
    }

    async fn post(&self, sent: &Sent, path: &str, body: &Value, patience: Duration) -> Attempt {
        let version =
            self.history.command(sent.place).expected_version.map(|version| format!("\"{version}\""));
        let mut headers = vec![("idempotency-key", sent.key.as_str())];
        headers.extend(version.as_deref().map(|version| ("if-match", version)));
        let bank = &self.users[sent.user].bank;
        for number in 0..self.shadows {
            // The bug that is planted here: the network sends it once more under a key of its own.
            let key = format!("{}-shadow-{number}", sent.key);
            let _ =
                bank.try_send(Method::POST, path, &[("idempotency-key", &key)], Some(body.to_string())).await;
        }
        let request = bank.try_send(Method::POST, path, &headers, Some(body.to_string()));
        match tokio::time::timeout(patience, request).await {
            Ok(Ok(answer)) => attempt(answer),
            Ok(Err(_)) | Err(_) => Attempt::Unknown,
        }
    }

    /// Takes an answer down.
    pub(crate) fn take(&self, sent: &Sent, said: &Said, is_replay: bool) {
        let answer = (said.clone(), said.request_id());
        self.history.answered(sent.place, self.clock.micros(), answer, is_replay);
    }
}

fn attempt(answer: Answer) -> Attempt {
    match (answer.status, answer.body["code"].as_str().unwrap_or_default()) {
        (StatusCode::CONFLICT, "concurrent_modification") | (StatusCode::TOO_MANY_REQUESTS, _) => {
            Attempt::Denied
        }
        (_, "throttled") => Attempt::Denied,
        (StatusCode::CONFLICT, "command_in_flight") | (StatusCode::UNAUTHORIZED, _) => Attempt::Unknown,
        (_, "idempotency_key_reused") => Attempt::KeyReused,
        (status, _) if status.is_server_error() => Attempt::Unknown,
        (status, _) => {
            Attempt::Answered(Said { status: status.as_u16(), body: answer.body }, answer.is_replay)
        }
    }
}

/// Some clients hardly wait.
fn patience(rng: &mut Rng) -> Duration {
    match rng.u32(..15) {
        0 => Duration::from_millis(rng.u64(20..500)),
        _ => PATIENCE,
    }
}
