//! One account's row beside the fold of its events.
//!
//! The row is read first and the events after it: whatever a projector has folded into the row, the events have it. So
//! the row is compared at its own version, and no write that lands meanwhile makes a difference.

use application::{
    Commit,
    codec::{self, Accounts},
    journal::CatchUp,
    ports::{AccountSummary, Environment, Projection, StreamCatalog},
};
use domain::{AccountId, Timestamp};

use super::{Difference, Kind, LOOKS_MAX, Mode, PAUSE, REPAIRS_MAX, Reconcile, names::Name, stream_of};
use crate::{
    ProjectionError, TableError, chain,
    commits::recorded_at,
    history::TransactionCatalog,
    parking::{Parked, ParkingLot},
    stretch::{Unread, stretch},
    summary::{Advanced, Consistency, Start, SummaryCatalog, SummaryTable, apply},
};

/// A row and the events, seen one after the other.
#[derive(Default)]
struct Look {
    row: Option<AccountSummary>,
    /// Why the row cannot be read.
    broken: Option<String>,
    folded: Option<AccountSummary>,
    /// What the events come to at the version of the row.
    at_row: Option<AccountSummary>,
    /// When the first event behind the row was recorded.
    lacking_since: Option<Timestamp>,
    unreadable: Option<Unread>,
}

/// What is wrong with a row.
struct Wrong {
    kind: Kind,
    version: u64,
    detail: String,
}

impl Look {
    fn newest(&self) -> u64 {
        self.folded.as_ref().map_or(0, |folded| folded.version)
    }

    fn version(&self) -> u64 {
        self.row.as_ref().map_or(0, |row| row.version)
    }

    /// Folds one more commit, or says why it cannot be.
    fn add(&mut self, commit: &Commit, id: &AccountId) -> Result<(), Unread> {
        let next = self.newest().saturating_add(1);
        let unread = |error: &dyn std::error::Error| Unread { version: next, reason: chain(error) };
        let events = codec::events::<Accounts>(commit).map_err(|error| unread(&error))?;
        let mut folded = self.folded.clone();
        for recorded in &events {
            let summary = apply(folded.take(), recorded, id).map_err(|error| unread(&error))?;
            if summary.version == self.version() {
                self.at_row = Some(summary.clone());
            }
            if summary.version == self.version().saturating_add(1) {
                self.lacking_since = recorded_at(commit);
            }
            folded = Some(summary);
        }
        self.folded = folded;
        Ok(())
    }

    /// What is wrong, if the row lacks nothing but what it has had no time for.
    fn wrong(&self) -> Option<Wrong> {
        let newest = self.newest();
        let wrong = |kind, version, detail: String| Some(Wrong { kind, version, detail });
        let is_without_events = newest == 0 && self.unreadable.is_none();
        if let Some(reason) = &self.broken {
            let kind = if is_without_events { Kind::RowWithoutEvents } else { Kind::RowUnreadable };
            return wrong(kind, newest, reason.clone());
        }
        match &self.row {
            None if newest == 0 => None,
            None => wrong(Kind::RowMissing, newest, String::new()),
            Some(row) if is_without_events => wrong(Kind::RowWithoutEvents, row.version, String::new()),
            // What lies behind an event that cannot be read cannot be judged.
            Some(row) if row.version > newest && self.unreadable.is_some() => None,
            Some(row) if row.version > newest => {
                wrong(Kind::RowAhead, row.version, format!("the events end at version {newest}"))
            }
            Some(row) if self.at_row.as_ref() != Some(row) => {
                wrong(Kind::RowWrong, row.version, fields(row, self.at_row.as_ref()))
            }
            Some(row) if row.version < newest => {
                wrong(Kind::RowBehind, row.version, format!("the events are at version {newest}"))
            }
            Some(_) => None,
        }
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
    /// The differences of one account's row.
    pub(super) async fn row(&self, name: &Name) -> Result<Vec<Difference>, ProjectionError> {
        let Ok(id) = name.text.parse::<AccountId>() else { return self.row_of_nobody(name).await };
        let mut differences: Vec<Difference> = Vec::new();
        for attempt in 0..REPAIRS_MAX {
            let (wrong, unreadable) = self.settled(&id).await?;
            if let (0, Some(Unread { version, reason })) = (attempt, unreadable) {
                let projection = Projection::AccountSummary;
                self.park(&Parked::new(projection, id.clone(), version, &reason)).await?;
                differences.push(row_difference(&name.text, Kind::EventsUnreadable, version, reason));
            }
            let Some(Wrong { kind, version, detail }) = wrong else {
                for difference in differences.iter_mut().filter(|one| one.kind != Kind::EventsUnreadable) {
                    difference.repaired = true;
                }
                return Ok(differences);
            };
            // What is found later on is what a mended row still lacks, or others have done to it meanwhile.
            if attempt == 0 {
                differences.push(row_difference(&name.text, kind, version, detail));
            }
            if self.mode == Mode::Check {
                return Ok(differences);
            }
            self.mend_row(&id, kind, version).await?;
        }
        Ok(differences)
    }

    async fn mend_row(&self, id: &AccountId, kind: Kind, version: u64) -> Result<(), ProjectionError> {
        if kind == Kind::RowWithoutEvents {
            // A row that cannot be read has no version to go by.
            let expected = Some(version).filter(|version| *version > 0);
            self.redrive.advance.table.remove(id.as_str(), expected).await?;
            return Ok(());
        }
        self.redrive.clear_unreadable(id).await?;
        let Advanced { poison, .. } = self.redrive.advance.to_newest(id, Start::Beginning).await?;
        match poison {
            Some(parked) => self.park(&parked).await,
            None => Ok(()),
        }
    }

    /// A row whose key is no account's id, and which therefore no event can have.
    async fn row_of_nobody(&self, name: &Name) -> Result<Vec<Difference>, ProjectionError> {
        if !name.has_row {
            return Ok(Vec::new());
        }
        let detail = "the key is no account's id".to_owned();
        let mut difference = row_difference(&name.text, Kind::RowWithoutEvents, 0, detail);
        if self.mode == Mode::Repair {
            self.redrive.advance.table.remove(&name.text, None).await?;
            difference.repaired = true;
        }
        Ok(vec![difference])
    }

    /// What is wrong with a row once the events that it had not yet have had their time.
    async fn settled(&self, id: &AccountId) -> Result<(Option<Wrong>, Option<Unread>), ProjectionError> {
        let mut mark = None;
        for _ in 0..LOOKS_MAX {
            let look = self.look(id).await?;
            let mark = *mark.get_or_insert(look.newest());
            let wrong = look.wrong();
            let lacks = matches!(&wrong, Some(wrong) if wrong.kind.is_late());
            if !lacks {
                return Ok((wrong, look.unreadable));
            }
            if look.version() >= mark {
                return Ok((None, look.unreadable));
            }
            if !self.is_early(look.lacking_since) {
                return Ok((wrong, look.unreadable));
            }
            self.environment.pause(PAUSE).await;
        }
        let look = self.look(id).await?;
        let is_as_far = mark.is_some_and(|mark| look.version() >= mark);
        let wrong = look.wrong().filter(|wrong| !(wrong.kind.is_late() && is_as_far));
        Ok((wrong, look.unreadable))
    }

    async fn look(&self, id: &AccountId) -> Result<Look, ProjectionError> {
        let (mut look, stream) = (Look::default(), stream_of(id.as_str()));
        match self.redrive.advance.table.read(id, Consistency::Strong).await {
            Ok(row) => look.row = row,
            Err(error @ TableError::Unreadable(_)) => look.broken = Some(chain(&error)),
            Err(error) => return Err(error.into()),
        }
        let mut next = Some(1);
        while let Some(from) = next {
            let read = stretch(&self.redrive.advance.store, &stream, from).await?;
            for commit in &read.commits {
                if let Err(unread) = look.add(commit, id) {
                    look.unreadable = Some(unread);
                    return Ok(look);
                }
            }
            if let Some(Unread { reason, .. }) = read.unreadable {
                look.unreadable = Some(Unread { version: look.newest().saturating_add(1), reason });
                return Ok(look);
            }
            next = read.next;
        }
        Ok(look)
    }
}

impl Kind {
    /// Whether time alone may mend it.
    fn is_late(self) -> bool {
        matches!(self, Self::RowMissing | Self::RowBehind)
    }
}

fn row_difference(account_id: &str, kind: Kind, version: u64, detail: String) -> Difference {
    let (projection, account_id) = (Projection::AccountSummary, account_id.to_owned());
    Difference { projection, account_id, kind, version, detail, repaired: false }
}

/// The names of the fields in which two rows differ.
fn fields(row: &AccountSummary, expected: Option<&AccountSummary>) -> String {
    let Some(expected) = expected else { return String::new() };
    let fields = [
        ("account_id", row.account_id != expected.account_id),
        ("user_id", row.user_id != expected.user_id),
        ("account_type", row.account_type != expected.account_type),
        ("balance", row.balance != expected.balance),
        ("status", row.status != expected.status),
        ("created_at", row.created_at != expected.created_at),
        ("last_transaction_at", row.last_transaction_at != expected.last_transaction_at),
        ("daily_counts", row.daily_counts != expected.daily_counts),
        ("recent_transaction_ids", row.recent_transaction_ids != expected.recent_transaction_ids),
        ("total_deposits", row.total_deposits != expected.total_deposits),
        ("total_withdrawals", row.total_withdrawals != expected.total_withdrawals),
        ("total_transfers_out", row.total_transfers_out != expected.total_transfers_out),
        ("total_transfers_in", row.total_transfers_in != expected.total_transfers_in),
        ("last_updated", row.last_updated != expected.last_updated),
    ];
    let different: Vec<&str> =
        fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    different.join(", ")
}
