//! Where each projection stands with one account: what it has, against what the events say it should have.

use anyhow::Result;
use application::ports::Projection;
use domain::AccountId;
use serde::Serialize;
use serde_json::Value;

use super::event::Step;
use crate::{api::Api, exit::Failure, parked, rebuild::PROJECTIONS};

/// Before and after any event, so that the history leaves nothing out; a recorder's clock may be ahead of ours.
const EVER: [(&str, &str); 2] = [("from", "1900-01-01T00:00:00Z"), ("to", "9999-01-01T00:00:00Z")];

/// What the events that were read say about the account.
#[derive(Debug)]
pub(super) struct Trail {
    pub(super) newest_version: u64,
    /// The first and the last that were shown.
    pub(super) shown: Option<(u64, u64)>,
    transactions: u64,
    newest_transaction: Option<u64>,
    unreadable: u64,
}

impl Trail {
    pub(super) fn new(newest_version: u64) -> Self {
        Self { newest_version, shown: None, transactions: 0, newest_transaction: None, unreadable: 0 }
    }

    /// One more event that was shown.
    pub(super) fn add(&mut self, step: &Step) {
        // More may have happened while the pages were read.
        self.newest_version = self.newest_version.max(step.version);
        self.shown = Some((self.shown.map_or(step.version, |(first, _)| first), step.version));
        self.transactions += u64::from(step.is_transaction());
        self.unreadable += u64::from(step.unreadable.is_some());
        self.note(step);
    }

    /// The newest events, which were not shown.
    pub(super) fn add_end(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.note(step));
    }

    fn note(&mut self, step: &Step) {
        if step.is_transaction() {
            self.newest_transaction = self.newest_transaction.max(Some(step.version));
        }
    }

    /// Whether what was shown does not tell the newest transaction.
    pub(super) fn misses_the_end(&self) -> bool {
        self.newest_transaction.is_none() || self.shown.is_none_or(|(_, last)| last < self.newest_version)
    }

    /// How many transactions there are, if every event was seen and could be read.
    fn all_transactions(&self) -> Option<u64> {
        (self.shown == Some((1, self.newest_version)) && self.unreadable == 0).then_some(self.transactions)
    }
}

/// How a projection is with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It has all that the events say.
    UpToDate,
    /// Newer events are not in it.
    Behind,
    /// It has the newest event, and not the right number of transactions.
    Differs,
    /// It has stopped at this account.
    Parked,
    /// The API does not tell.
    Unknown,
}

/// A projection's standing.
#[derive(Debug, Serialize)]
pub(super) struct Standing {
    pub(super) projection: Projection,
    pub(super) state: State,
    /// The newest version that it shows; none if it shows nothing of the account, or no versions at all.
    pub(super) version: Option<u64>,
    /// The version that it should show.
    pub(super) expected_version: Option<u64>,
    pub(super) transactions: Option<u64>,
    /// How many it should show, if every event was looked at.
    pub(super) expected_transactions: Option<u64>,
    /// Where and why it has stopped; only an admin sees that.
    pub(super) parked: Option<Value>,
    /// How the projection stands with all accounts; only an admin sees that.
    pub(super) whole: Option<Value>,
}

/// The standings of all projections.
#[derive(Debug, Serialize)]
pub(super) struct Standings {
    /// Whether who asks sees what is parked, and the projections as a whole.
    pub(super) is_admin: bool,
    pub(super) projections: Vec<Standing>,
}

/// Asks for each.
pub(super) async fn all(api: &Api<'_>, account_id: &AccountId, trail: &Trail) -> Result<Standings> {
    let path = format!("/v1/accounts/{account_id}");
    let summary = summary(found(api.get(&path, &[]).await)?.as_ref(), trail);
    let ever = EVER.map(|(name, time)| (name, time.to_owned()));
    let query = [ever.as_slice(), &[("page_size", "1".to_owned())]].concat();
    let history = history(found(api.get(&format!("{path}/transactions"), &query).await)?.as_ref(), trail);
    let journal = Standing::new(Projection::Journal, State::Unknown);
    let mut projections = vec![summary, history, journal];
    let is_admin = match api.get(PROJECTIONS, &[]).await {
        Ok(wholes) => {
            let all_parked = parked::read(api, None).await?;
            projections.iter_mut().for_each(|standing| standing.admin(&wholes, &all_parked, account_id));
            true
        }
        Err(error) if Failure::is(&error, "forbidden") => false,
        Err(error) => return Err(error),
    };
    Ok(Standings { is_admin, projections })
}

/// What a read model has, or nothing: the events have shown already that there is such an account.
fn found(answer: Result<Value>) -> Result<Option<Value>> {
    match answer {
        Err(error) if Failure::is(&error, "account_not_found") => Ok(None),
        answer => answer.map(Some),
    }
}

fn summary(row: Option<&Value>, trail: &Trail) -> Standing {
    let version = row.and_then(|row| row["version"].as_u64());
    let is_behind = version.is_none_or(|version| version < trail.newest_version);
    Standing {
        version,
        expected_version: Some(trail.newest_version),
        ..Standing::new(Projection::AccountSummary, if is_behind { State::Behind } else { State::UpToDate })
    }
}

fn history(page: Option<&Value>, trail: &Trail) -> Standing {
    let version = page.and_then(|page| page["transactions"][0]["version"].as_u64());
    let transactions = page.and_then(|page| page["total_count"].as_u64());
    let (expected_version, expected_transactions) = (trail.newest_transaction, trail.all_transactions());
    let state = match (expected_version, transactions.zip(expected_transactions)) {
        (Some(expected), _) if version.is_none_or(|version| version < expected) => State::Behind,
        (Some(expected), Some((has, should))) if has != should && version == Some(expected) => State::Differs,
        (Some(_), _) => State::UpToDate,
        (None, _) => State::Unknown,
    };
    Standing {
        version,
        expected_version,
        transactions,
        expected_transactions,
        ..Standing::new(Projection::TransactionHistory, state)
    }
}

impl Standing {
    fn new(projection: Projection, state: State) -> Self {
        Self {
            projection,
            state,
            version: None,
            expected_version: None,
            transactions: None,
            expected_transactions: None,
            parked: None,
            whole: None,
        }
    }

    /// What an admin sees besides.
    fn admin(&mut self, wholes: &Value, all_parked: &[Value], account_id: &AccountId) {
        let name = self.projection.to_string();
        let wholes = wholes["projections"].as_array();
        self.whole = wholes.into_iter().flatten().find(|whole| whole["projection"] == name).cloned();
        let is_this =
            |parked: &&Value| parked["projection"] == name && parked["account_id"] == account_id.as_str();
        self.parked = all_parked.iter().find(is_this).cloned();
        if self.parked.is_some() {
            self.state = State::Parked;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::explain::event::{
        Fold,
        tests::{opened, shown, withdrawn},
    };

    /// Opened, money out, frozen: two transactions in three events.
    pub(in crate::explain) fn trail() -> Trail {
        let (mut trail, mut fold) = (Trail::new(3), Fold::default());
        let frozen = shown(3, "AccountFrozen", 1, &json!({ "reason": "a court" }));
        for event in [opened(), withdrawn(2), frozen] {
            trail.add(&fold.step(event));
        }
        trail
    }

    fn page(version: u64, total: u64) -> Value {
        json!({ "transactions": [{ "version": version }], "total_count": total })
    }

    #[test]
    fn a_summary_is_held_against_the_newest_event() {
        assert_eq!(summary(Some(&json!({ "version": 3 })), &trail()).state, State::UpToDate);
        assert_eq!(summary(Some(&json!({ "version": 2 })), &trail()).state, State::Behind);
        assert_eq!(summary(None, &trail()).state, State::Behind);
        // More has happened since the events were read.
        assert_eq!(summary(Some(&json!({ "version": 4 })), &trail()).state, State::UpToDate);
    }

    #[test]
    fn a_history_is_held_against_the_newest_event_that_moved_money() {
        assert!(!trail().misses_the_end());
        assert_eq!(history(Some(&page(2, 2)), &trail()).state, State::UpToDate);
        assert_eq!(history(Some(&page(1, 1)), &trail()).state, State::Behind);
        assert_eq!(history(Some(&page(2, 3)), &trail()).state, State::Differs);
        assert_eq!(history(Some(&page(2, 1)), &trail()).state, State::Differs);
        assert_eq!(history(Some(&page(4, 3)), &trail()).state, State::UpToDate);
        assert_eq!(history(None, &trail()).state, State::Behind);
    }

    #[test]
    fn what_was_not_looked_at_is_not_counted() {
        let (mut trail, mut fold) = (Trail::new(3), Fold::default());
        trail.add(&fold.step(withdrawn(2)));
        assert!(trail.misses_the_end());
        trail.add_end(&[fold.step(shown(3, "AccountFrozen", 1, &json!({ "reason": "a court" })))]);
        let standing = history(Some(&page(2, 7)), &trail);
        assert_eq!((standing.state, standing.expected_transactions), (State::UpToDate, None));
        assert_eq!(standing.expected_version, Some(2));
    }

    #[test]
    fn an_admin_sees_what_is_parked_of_this_account_and_projection() {
        let wholes = json!({ "projections": [{ "projection": "account-summary", "position": 9 }] });
        let parked =
            |projection: &str, account: &str| json!({ "projection": projection, "account_id": account });
        let others = [parked("account-summary", "yours"), parked("transaction-history", "mine")];
        let mut standing = summary(Some(&json!({ "version": 3 })), &trail());
        standing.admin(&wholes, &others, &"mine".parse().unwrap());
        assert_eq!(
            (standing.state, &standing.whole.as_ref().unwrap()["position"]),
            (State::UpToDate, &json!(9))
        );
        standing.admin(&wholes, &[parked("account-summary", "mine")], &"mine".parse().unwrap());
        assert_eq!(standing.state, State::Parked);
    }
}
