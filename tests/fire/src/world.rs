//! Users, their accounts, and what was asked of them: all of one schedule, and of no other.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use application::StreamId;
use bank::{Bank, cognito, new_key, sign_in_with, user_pool_client_id, user_pool_id};
use domain::{AccountId, UserId, account::AccountType};
use fastrand::Rng;
use futures::future::join_all;
use serde_json::json;
use testing::history::History;

use crate::{clock::Clock, reads::Read, said::Said};

/// How many accounts a user has from the beginning: a holder may have five, so one more can be opened, and a second cannot.
const ACCOUNTS_EACH: usize = 4;

/// How many more a user tries to open.
pub(crate) const EXTRA_EACH: usize = 3;

const ADMIN: &str = "admin";

const TYPES: [AccountType; 4] =
    [AccountType::Checking, AccountType::Savings, AccountType::Business, AccountType::Investment];

/// Somebody who sends commands.
pub(crate) struct User {
    pub(crate) bank: Bank,
    pub(crate) id: UserId,
    pub(crate) is_admin: bool,
}

/// An account that is there from the beginning.
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) account_type: AccountType,
    /// Whose it is, by their place.
    pub(crate) owner: usize,
}

/// One schedule's part of the bank.
pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) clock: Clock,
    /// The customers, and last an admin.
    pub(crate) users: Vec<User>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) history: History<Said>,
    pub(crate) reads: Mutex<Vec<Read>>,
    /// The commands of which nobody knew at some time what had come of them.
    pub(crate) unsure: Mutex<BTreeSet<usize>>,
    /// What is not as it has to be, seen on the way.
    pub(crate) oddities: Mutex<Vec<String>>,
    /// How many commands nobody knows of are sent beside each: none, unless that is the bug.
    pub(crate) shadows: usize,
    keys: AtomicU64,
    operations: AtomicUsize,
    weights: Vec<f64>,
}

impl World {
    /// So many accounts, not yet open, of users who have just signed up and in.
    pub(crate) async fn of(name: &str, clock: Clock, accounts: usize) -> Self {
        let customers = accounts.div_ceil(ACCOUNTS_EACH);
        let mut users: Vec<User> =
            join_all((0..customers).map(|number| customer(format!("{name}-user-{number}")))).await;
        users.push(admin().await);
        let account = |number: usize| Account {
            id: format!("{name}-{number}").parse().expect("an id"),
            account_type: TYPES[number % TYPES.len()],
            owner: number % customers,
        };
        Self {
            name: name.to_owned(),
            clock,
            users,
            accounts: (0..accounts).map(account).collect(),
            history: History::default(),
            reads: Mutex::default(),
            unsure: Mutex::default(),
            oddities: Mutex::default(),
            shadows: 0,
            keys: AtomicU64::new(0),
            operations: AtomicUsize::new(0),
            weights: zipf(accounts),
        }
    }

    /// The admin's place among the users.
    pub(crate) fn admin(&self) -> usize {
        self.users.len() - 1
    }

    /// A key that was never used.
    pub(crate) fn next_key(&self) -> String {
        format!("{}-{}", self.name, self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// An account by chance: the first half as often as the next two together, and so on.
    pub(crate) fn account(&self, rng: &mut Rng) -> &Account {
        let lot = rng.f64();
        let place = self.weights.iter().position(|until| lot < *until);
        &self.accounts[place.unwrap_or(self.accounts.len() - 1)]
    }

    /// One of the accounts that this user tries to open beside those from the beginning.
    pub(crate) fn extra(&self, user: usize, number: usize) -> AccountId {
        format!("{}-x{user}-{number}", self.name).parse().expect("an id")
    }

    /// Whether one more operation is to be begun.
    pub(crate) fn begins_one_of(&self, operations: usize) -> bool {
        self.operations.fetch_add(1, Ordering::Relaxed) < operations
    }

    /// How many operations were begun.
    pub(crate) fn operations(&self, wanted: usize) -> usize {
        self.operations.load(Ordering::Relaxed).min(wanted)
    }

    /// Nobody knows what came of this command, so far.
    pub(crate) fn is_unsure_of(&self, place: usize) {
        self.unsure.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
    }

    pub(crate) fn notice(&self, oddity: String) {
        self.oddities.lock().unwrap_or_else(PoisonError::into_inner).push(oddity);
    }

    /// Every stream that it may have.
    pub(crate) fn streams(&self) -> Vec<StreamId> {
        let customers = 0..self.admin();
        let extra = customers.clone().flat_map(|user| (0..EXTRA_EACH).map(move |number| (user, number)));
        let extra = extra.map(|(user, number)| StreamId::account(&self.extra(user, number)));
        let holders = customers.map(|user| StreamId::holder(&self.users[user].id));
        self.accounts
            .iter()
            .map(|account| StreamId::account(&account.id))
            .chain(extra)
            .chain(holders)
            .collect()
    }
}

/// Up to where each of so many goes, if the n-th is chosen in proportion to 1/n.
fn zipf(count: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "there are at most some hundreds")]
    let weight = |place: usize| 1.0 / (place as f64 + 1.0);
    let whole: f64 = (0..count).map(weight).sum();
    (0..count)
        .scan(0.0, |until, place| {
            *until += weight(place) / whole;
            Some(*until)
        })
        .collect()
}

/// A user who was never there before.
async fn customer(name: String) -> User {
    let (pool, password) = (user_pool_id(), format!("{}-aA1!", new_key()));
    let of_user = |mut request: serde_json::Value| {
        request["UserPoolId"] = pool.clone().into();
        request["Username"] = name.clone().into();
        request
    };
    let made = cognito("AdminCreateUser", &of_user(json!({ "MessageAction": "SUPPRESS" }))).await;
    let id = subject(&made["User"]["Attributes"]);
    let set = of_user(json!({ "Password": password, "Permanent": true }));
    cognito("AdminSetUserPassword", &set).await;
    let token = sign_in_with(&name, &password, &user_pool_client_id()).await;
    User { bank: Bank::with_token(token), id, is_admin: false }
}

/// The stack's own.
async fn admin() -> User {
    let request = json!({ "UserPoolId": user_pool_id(), "Username": ADMIN });
    let found = cognito("AdminGetUser", &request).await;
    User { bank: Bank::of(ADMIN).await, id: subject(&found["UserAttributes"]), is_admin: true }
}

/// Under which id the bank knows a user.
fn subject(attributes: &serde_json::Value) -> UserId {
    let subject = attributes.as_array().and_then(|all| all.iter().find(|one| one["Name"] == "sub"));
    subject.and_then(|one| one["Value"].as_str()?.parse().ok()).expect("a user has a subject")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_chosen_most_and_all_are_sometimes() {
        let until = zipf(4);
        let shares: Vec<f64> =
            until.iter().scan(0.0, |before, at| Some(at - std::mem::replace(before, *at))).collect();
        assert!(shares.windows(2).all(|pair| pair[0] > pair[1]) && shares[3] > 0.1, "{shares:?}");
        assert!((until[3] - 1.0).abs() < 1e-9);
    }
}
