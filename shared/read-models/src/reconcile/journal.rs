//! Whether the journal has all that a stream has: also of the holders, which no read model shows.

use application::{
    StreamId, chain, codec,
    journal::CatchUp,
    ports::{Environment, Projection, StreamCatalog},
};

use super::{Difference, Kind, LOOKS_MAX, Mode, PAUSE, Reconcile, Scope};
use crate::{
    ProjectionError,
    commits::recorded_at,
    history::TransactionCatalog,
    parking::{Parked, ParkingLot},
    summary::{SummaryCatalog, SummaryTable},
};

impl<S, T, I, P, J, E> Reconcile<S, T, I, P, J, E>
where
    S: StreamCatalog,
    T: SummaryTable + SummaryCatalog,
    I: TransactionCatalog,
    P: ParkingLot,
    J: CatchUp,
    E: Environment,
{
    /// The streams of no account, if all of the journal is asked for.
    pub(super) async fn other_streams(&self, scope: &Scope) -> Result<Vec<StreamId>, ProjectionError> {
        let is_asked = scope.projection.is_none_or(|asked| asked == Projection::Journal);
        if scope.account_id.is_some() || !is_asked {
            return Ok(Vec::new());
        }
        let streams = self.redrive.advance.store.streams().await.map_err(ProjectionError::Events)?;
        Ok(streams.into_iter().filter(|stream| stream.account_id().is_none()).collect())
    }

    /// What the journal lacks of a stream, now or, if that is young, in a while.
    pub(super) async fn journal(&self, stream: &StreamId) -> Result<Vec<Difference>, ProjectionError> {
        let newest = match self.redrive.advance.store.newest(stream).await {
            Ok(None) => return Ok(Vec::new()),
            Ok(Some(newest)) => Some(newest),
            Err(error) if error.is_poison() => None,
            Err(error) => return Err(ProjectionError::Events(error)),
        };
        let last = newest.as_ref().and_then(|newest| codec::last_version(newest).ok());
        let enough = last.unwrap_or(u64::MAX);
        let mut lacking = self.redrive.journal.journaled(stream, enough).await?.saturating_add(1);
        for _ in 0..LOOKS_MAX {
            if last.is_some_and(|last| lacking > last) {
                return Ok(Vec::new());
            }
            if !self.is_early(newest.as_ref().and_then(recorded_at)) {
                break;
            }
            self.environment.pause(PAUSE).await;
            lacking = self.redrive.journal.journaled(stream, enough).await?.saturating_add(1);
        }
        let poison = match self.mode {
            Mode::Check => None,
            Mode::Repair => self.redrive.journal.catch_up(stream).await?,
        };
        let of = |kind, version, detail, repaired| {
            let account_id = stream.account_id().map_or_else(|| stream.to_string(), |id| id.to_string());
            vec![Difference { projection: Projection::Journal, account_id, kind, version, detail, repaired }]
        };
        let Some(stuck) = poison else {
            return Ok(of(Kind::JournalBehind, lacking, String::new(), self.mode == Mode::Repair));
        };
        if let Some(account_id) = stream.account_id() {
            let parked = Parked::because(Projection::Journal, account_id, stuck.version, &stuck.reason);
            self.park(&parked).await?;
        }
        Ok(of(Kind::EventsUnreadable, stuck.version, chain(&stuck.reason), false))
    }
}
