//! One account's documents beside the transactions of its events.
//!
//! Both are walked side by side, by version. A search may be a second old, so it only makes suspects; what is judged is
//! the document under its id, which is read with all writes before, and the event at that very place.

use application::{
    journal::CatchUp,
    ports::{Environment, Projection, StreamCatalog},
    transactions::transactions,
};
use domain::AccountId;

use super::{
    Difference, Kind, LOOKS_MAX, Mode, PAUSE, REPAIRS_MAX, Reconcile,
    expected::{Expected, ExpectedTransactions},
    names::Name,
    stream_of,
};
use crate::{
    ProjectionError,
    history::{FoundDocument, TransactionCatalog, document_id, put},
    parking::{Parked, ParkingLot},
    stretch::{Unread, behind},
    summary::{SummaryCatalog, SummaryTable},
};

/// How many documents are read at a time.
const PAGE: usize = 500;

/// How many suspects are judged at a time.
const SUSPECTS: usize = 500;

/// A document, or its absence, that may be wrong.
struct Suspect {
    id: String,
    /// What has to stand there; `None`: nothing, as far as this account's events tell.
    expected: Option<Expected>,
}

/// A suspect that is wrong.
struct Wrong {
    suspect: Suspect,
    kind: Kind,
    found: Option<FoundDocument>,
}

/// A walk over the documents that name an account.
struct Documents<'a, I> {
    index: &'a I,
    account: &'a str,
    page: std::vec::IntoIter<FoundDocument>,
    last: Option<FoundDocument>,
    pages: usize,
    has_more: bool,
}

impl<I: TransactionCatalog> Documents<'_, I> {
    async fn peek(&mut self) -> Result<Option<&FoundDocument>, ProjectionError> {
        if self.page.as_slice().is_empty() && self.has_more {
            let page = self.index.documents(self.account, self.last.as_ref(), PAGE).await?;
            self.pages += 1;
            self.has_more = page.len() == PAGE;
            self.last = page.last().cloned().or(self.last.take());
            self.page = page.into_iter();
        }
        Ok(self.page.as_slice().first())
    }
}

impl<S, T, I, P, J, E> Reconcile<S, T, I, P, J, E>
where
    S: StreamCatalog,
    T: SummaryTable + SummaryCatalog,
    I: TransactionCatalog,
    P: ParkingLot,
    J: CatchUp,
    E: Environment,
{
    /// The differences of one account's documents.
    pub(super) async fn documents(&self, name: &Name) -> Result<Vec<Difference>, ProjectionError> {
        let (store, index, account) = (&self.redrive.advance.store, &self.redrive.index, name.text.as_str());
        let mut events = ExpectedTransactions::new(store, stream_of(account));
        let page = Vec::new().into_iter();
        let mut documents = Documents { index, account, page, last: None, pages: 0, has_more: true };
        let (mut suspects, mut differences) = (Vec::new(), Vec::new());
        loop {
            let found = documents.peek().await?.cloned();
            let version = events.peek(documents.pages).await?;
            let at = found.as_ref().and_then(FoundDocument::version);
            match (found, version) {
                (None, None) => break,
                // Under an id that is not its own.
                (Some(found), _) if at.is_none_or(|at| found.id != format!("{account}:{at}")) => {
                    documents.page.next();
                    suspects.push(Suspect { id: found.id, expected: None });
                }
                (Some(found), version) if version.is_none_or(|version| at < Some(version)) => {
                    documents.page.next();
                    suspects.push(Suspect { id: found.id, expected: None });
                }
                (found, _) => {
                    let Some(expected) = events.take() else { break };
                    let found = found.filter(|_| at == version);
                    if found.is_some() {
                        documents.page.next();
                    }
                    if found.is_none_or(|found| !found.says(&expected.transaction)) {
                        let id = document_id(&expected.transaction);
                        suspects.push(Suspect { id, expected: Some(expected) });
                    }
                }
            }
            if suspects.len() >= SUSPECTS {
                differences.extend(self.judge(account, std::mem::take(&mut suspects), &events).await?);
            }
        }
        differences.extend(self.judge(account, suspects, &events).await?);
        differences.extend(self.unreadable(account, events.unreadable).await?);
        Ok(differences)
    }

    /// What is wrong with suspects once the youngest of them have had their time; mended, if that is asked for.
    async fn judge(
        &self,
        account: &str,
        suspects: Vec<Suspect>,
        events: &ExpectedTransactions<'_, S>,
    ) -> Result<Vec<Difference>, ProjectionError> {
        let (mut wrong, mut waiting) = (Vec::new(), suspects);
        for look in 0..=LOOKS_MAX {
            let mut early = Vec::new();
            for one in self.confirmed(account, std::mem::take(&mut waiting), events).await? {
                let recorded_at = one.suspect.expected.as_ref().and_then(|expected| expected.recorded_at);
                let may_come = one.kind == Kind::DocumentMissing && self.is_early(recorded_at);
                if may_come && look < LOOKS_MAX { early.push(one.suspect) } else { wrong.push(one) }
            }
            if early.is_empty() {
                break;
            }
            waiting = early;
            self.environment.pause(PAUSE).await;
        }
        let mut differences: Vec<Difference> = wrong.iter().map(|one| one.difference(account)).collect();
        if self.mode == Mode::Repair {
            let left = self.mend(account, wrong, events).await?;
            for difference in &mut differences {
                difference.repaired = !left.contains(&(difference.kind, difference.version));
            }
        }
        Ok(differences)
    }

    /// Mends what is wrong until it is seen to be right, and says what is not.
    async fn mend(
        &self,
        account: &str,
        mut wrong: Vec<Wrong>,
        events: &ExpectedTransactions<'_, S>,
    ) -> Result<Vec<(Kind, u64)>, ProjectionError> {
        for _ in 0..REPAIRS_MAX {
            if wrong.is_empty() {
                break;
            }
            let expected = wrong.iter().filter_map(|one| one.suspect.expected.as_ref());
            let right: Vec<_> = expected.map(|expected| expected.transaction.clone()).collect();
            for parked in put(&self.redrive.index, &right).await? {
                self.park(&parked).await?;
            }
            let extra = wrong.iter().filter(|one| one.suspect.expected.is_none());
            let extra: Vec<_> = extra.filter_map(|one| one.found.clone()).collect();
            self.redrive.index.remove(&extra).await?;
            let mended = wrong.into_iter().map(|one| one.suspect).collect();
            wrong = self.confirmed(account, mended, events).await?;
        }
        Ok(wrong.iter().map(|one| (one.kind, one.version())).collect())
    }

    /// The suspects that are wrong, by what stands under their ids now.
    async fn confirmed(
        &self,
        account: &str,
        suspects: Vec<Suspect>,
        events: &ExpectedTransactions<'_, S>,
    ) -> Result<Vec<Wrong>, ProjectionError> {
        let ids: Vec<String> = suspects.iter().map(|suspect| suspect.id.clone()).collect();
        let found = if ids.is_empty() { Vec::new() } else { self.redrive.index.get(&ids).await? };
        let mut wrong = Vec::new();
        for (suspect, found) in suspects.into_iter().zip(found) {
            let kind = match (&suspect.expected, &found) {
                (Some(expected), Some(found)) if found.says(&expected.transaction) => None,
                (Some(_), Some(_)) => Some(Kind::DocumentDifferent),
                (Some(_), None) => Some(Kind::DocumentMissing),
                (None, None) => None,
                (None, Some(_)) if self.has_event(account, &suspect.id, events).await? => None,
                (None, Some(_)) => Some(Kind::DocumentWithoutEvent),
            };
            wrong.extend(kind.map(|kind| Wrong { suspect, kind, found }));
        }
        Ok(wrong)
    }

    /// Whether an event belongs at the place that a document's id names, now or as far as can be told. Then the document
    /// is right or wrong there, and is judged with the account of that event.
    async fn has_event(
        &self,
        account: &str,
        id: &str,
        events: &ExpectedTransactions<'_, S>,
    ) -> Result<bool, ProjectionError> {
        let Some((owner, version)) = place(id) else { return Ok(false) };
        if owner.as_str() == account && !events.knows(version) {
            return Ok(true);
        }
        let store = &self.redrive.advance.store;
        match store.newest_until(&stream_of(owner.as_str()), version).await {
            Ok(Some(commit)) if version < behind(&commit) => {
                let moved = transactions(&commit);
                Ok(moved.map_or(true, |moved| moved.iter().any(|one| one.version == version)))
            }
            Ok(_) => Ok(false),
            Err(error) if error.is_poison() => Ok(true),
            Err(error) => Err(ProjectionError::Events(error)),
        }
    }

    async fn unreadable(
        &self,
        account: &str,
        unread: Option<Unread>,
    ) -> Result<Option<Difference>, ProjectionError> {
        let Some(Unread { version, reason }) = unread else { return Ok(None) };
        if let Ok(account_id) = account.parse::<AccountId>() {
            let projection = Projection::TransactionHistory;
            self.park(&Parked::new(projection, account_id, version, &reason)).await?;
        }
        Ok(Some(difference(account, Kind::EventsUnreadable, version, reason)))
    }
}

impl Wrong {
    /// The version that the document's id names.
    fn version(&self) -> u64 {
        place(&self.suspect.id).map_or(0, |(_, version)| version)
    }

    fn difference(&self, account: &str) -> Difference {
        difference(account, self.kind, self.version(), self.suspect.id.clone())
    }
}

/// The account and the version that a document's id names.
fn place(id: &str) -> Option<(AccountId, u64)> {
    let (account_id, version) = id.rsplit_once(':')?;
    Some((account_id.parse().ok()?, version.parse().ok()?))
}

fn difference(account_id: &str, kind: Kind, version: u64, detail: String) -> Difference {
    let (projection, account_id) = (Projection::TransactionHistory, account_id.to_owned());
    Difference { projection, account_id, kind, version, detail, repaired: false }
}
