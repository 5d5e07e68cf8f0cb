//! Bugs that are planted at the proxy: a table that does something else than it was asked, for the accounts of one world.
//! A checker that does not see what they do would be worth nothing.

use std::collections::HashMap;

use application::{
    Commit, Stream,
    codec::{self, Accounts},
};
use event_store::{commit_from_image, item_from_commit};
use hyper::{HeaderMap, StatusCode, body::Bytes};
use serde_json::{Value, json};
use testing::MemoryEventStore;

use super::{
    Asked, Proxy,
    answer::{self, Reply, Reset},
    lock,
};

/// What the table does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Planted {
    /// Now and then a commit is confirmed and not stored.
    LostCommit,
    /// Now and then a commit is stored, and its event once more as the next version.
    DoubleCommit,
    /// Of a transfer only the sender's commit is stored.
    MissingCreditLeg,
    /// A commit takes the place of one that is there.
    NoCondition,
    /// The records of commands are confirmed and not stored.
    NoRecord,
    /// The records of refused commands are.
    RefusalForgotten,
    /// The newest commit is read as it was before the last.
    StaleRead,
    /// The rows of one account are confirmed and not stored.
    LostRow,
}

/// A bug, and the accounts and users that it is for.
#[derive(Clone, Debug)]
pub(crate) struct Plant {
    pub(crate) bug: Planted,
    /// What the ids of the accounts begin with.
    pub(crate) accounts: String,
    pub(crate) users: Vec<String>,
    /// The account whose rows are lost.
    pub(crate) victim: String,
    /// How often it had a chance.
    chances: u64,
    /// The newest commits that were read, and those before them.
    seen: HashMap<String, [Bytes; 2]>,
}

/// What happens now and then does so each time that this is reached.
const NOW_AND_THEN: u64 = 3;

impl Plant {
    pub(crate) fn new(bug: Planted, accounts: String, users: Vec<String>, victim: String) -> Self {
        Self { bug, accounts, users, victim, chances: 0, seen: HashMap::new() }
    }

    /// Whether it has something to do with this request, and it is time.
    fn is_due(&mut self, asked: &Asked, tables: &crate::stores::Tables) -> bool {
        let is_own = |stream: &str| {
            stream.strip_prefix("account-").is_some_and(|account| account.starts_with(&self.accounts))
        };
        let appends = asked.commits(&tables.events);
        let appends_own = appends.first().is_some_and(|(stream, _)| is_own(stream.as_str()));
        let is_put = asked.operation == "PutItem";
        let item = &asked.value["Item"];
        let is_table = |table: &str| asked.value["TableName"] == table;
        let is_of_user =
            item["user_id"]["S"].as_str().is_some_and(|user| self.users.iter().any(|own| own == user));
        let is_chance = match self.bug {
            Planted::LostCommit | Planted::DoubleCommit => is_put && appends_own,
            Planted::MissingCreditLeg => {
                appends_own && appends.len() == 2 && appends.iter().all(|(stream, _)| is_own(stream.as_str()))
            }
            Planted::NoCondition => return appends_own,
            Planted::NoRecord => return is_put && is_table(&tables.commands) && is_of_user,
            Planted::RefusalForgotten => {
                return is_put && is_table(&tables.commands) && is_of_user && item["outcome"].is_object();
            }
            Planted::StaleRead => {
                let stream = asked.value["ExpressionAttributeValues"][":stream"]["S"].as_str();
                let is_of_newest = asked.operation == "Query" && asked.value["Limit"] == 1;
                return is_of_newest && is_table(&tables.events) && stream.is_some_and(is_own);
            }
            Planted::LostRow => {
                return is_put && is_table(&tables.summary) && item["account_id"]["S"] == self.victim;
            }
        };
        self.chances += u64::from(is_chance);
        is_chance && self.chances.is_multiple_of(NOW_AND_THEN)
    }
}

impl Proxy {
    /// From now on the table has these bugs.
    pub(crate) fn set_plants(&self, plants: Vec<Plant>) {
        *lock(&self.plants) = plants;
    }

    /// The bug that shows now, by its place.
    pub(super) fn plant(&self, asked: &Asked) -> Option<(usize, Planted)> {
        let mut plants = lock(&self.plants);
        let due = plants.iter_mut().position(|plant| plant.is_due(asked, &self.tables))?;
        Some((due, plants[due].bug))
    }

    pub(super) async fn misbehave(
        &self,
        headers: &HeaderMap,
        asked: &Asked,
        (place, bug): (usize, Planted),
    ) -> Reply {
        match bug {
            Planted::LostCommit | Planted::NoRecord | Planted::RefusalForgotten | Planted::LostRow => {
                answer::done(&json!({}))
            }
            Planted::DoubleCommit => {
                let (status, body) = self.forward(headers, asked).await?;
                if status == StatusCode::OK
                    && let Some(again) = once_more(asked).await
                {
                    self.forward(headers, &again).await?;
                }
                answer::reply(status, body)
            }
            Planted::MissingCreditLeg => self.hand_on(headers, &without_second(asked)).await,
            Planted::NoCondition => self.hand_on(headers, &unconditional(asked)).await,
            Planted::StaleRead => {
                let (status, body) = self.forward(headers, asked).await?;
                answer::reply(status, self.as_before(place, asked, body)?)
            }
        }
    }

    async fn hand_on(&self, headers: &HeaderMap, asked: &Asked) -> Reply {
        let (status, body) = self.forward(headers, asked).await?;
        answer::reply(status, body)
    }

    /// What the same query was answered before there was something newer, if it was asked before.
    fn as_before(&self, place: usize, asked: &Asked, body: Bytes) -> Result<Bytes, Reset> {
        let mut plants = lock(&self.plants);
        let seen = &mut plants.get_mut(place).ok_or(Reset)?.seen;
        let key = asked.value["ExpressionAttributeValues"].to_string();
        let [before, last] = seen.entry(key).or_insert_with(|| [body.clone(), body.clone()]);
        if *last != body {
            *before = std::mem::replace(last, body);
        }
        Ok(before.clone())
    }
}

/// The put of the same event as the next version, as it would be if the same command had been done again.
async fn once_more(asked: &Asked) -> Option<Asked> {
    let item: serde_dynamo::Item = serde_json::from_value(asked.value["Item"].clone()).ok()?;
    let commit: Commit = commit_from_image(item).ok()?;
    let event = codec::events::<Accounts>(&commit).ok()?.pop()?.event;
    let by = codec::metadata(&commit).ok()?;
    // Nothing is read from it: the state is in the commit.
    let stream = Stream::<Accounts>::at(&MemoryEventStore::default(), commit.clone()).await.ok()?;
    let at = stream.next_timestamp(commit.timestamp);
    let again = stream.next(bank::new_key(), &event, at, &by).ok()?;
    let mut asked = asked.clone();
    asked.value["Item"] = serde_json::to_value(item_from_commit(&again).ok()?).ok()?;
    Some(asked)
}

fn without_second(asked: &Asked) -> Asked {
    let mut asked = asked.clone();
    if let Some(parts) = asked.value["TransactItems"].as_array_mut() {
        parts.remove(1);
    }
    asked
}

/// Without the condition that nothing stands there yet.
fn unconditional(asked: &Asked) -> Asked {
    let mut asked = asked.clone();
    let strip = |put: &mut Value| {
        if let Some(put) = put.as_object_mut() {
            for name in
                ["ConditionExpression", "ExpressionAttributeNames", "ReturnValuesOnConditionCheckFailure"]
            {
                put.remove(name);
            }
        }
    };
    match asked.value["TransactItems"].as_array_mut() {
        Some(parts) => {
            for part in parts.iter_mut().filter(|part| part["Put"]["Item"]["stream"].is_object()) {
                strip(&mut part["Put"]);
            }
        }
        None => strip(&mut asked.value),
    }
    asked
}
