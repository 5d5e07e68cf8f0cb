//! Sets a parked account going again: it is projected anew from the events table, in order.
//!
//! Nothing here waits for the stream, whose records may be long gone. All of it may be done twice, by two at once, and
//! beside the live projectors.

use application::{
    StreamId,
    journal::CatchUp,
    ports::{EventStore, Generation, Parked, ParkedAccounts, ParkedId, Projection, Redriven, StoreError},
};
use domain::AccountId;

use crate::{
    ProjectionError, TableError,
    generations::Generational,
    history::{Rewritten, TransactionIndex, rewrite},
    parking::ParkingLot,
    summary::{Advance, Advanced, Consistency, Start, SummaryCatalog, SummaryTable, Written},
};

/// How often a redrive begins anew after somebody else changed the row of the parked account.
const ATTEMPTS_MAX: u32 = 5;

/// The projections of parked accounts, from this store into these read models.
#[derive(Clone, Debug)]
pub struct Redrive<S, T, I, P, J> {
    pub(crate) advance: Advance<S, T>,
    pub(crate) index: I,
    pub(crate) parking: P,
    pub(crate) journal: J,
}

/// How far one account has come in one projection.
pub(crate) struct Driven {
    /// The newest version that was read.
    pub(crate) version: u64,
    /// What it stops at.
    pub(crate) poison: Option<Parked>,
}

impl<S, T, I, P, J> Redrive<S, T, I, P, J>
where
    S: EventStore,
    T: SummaryTable + SummaryCatalog,
    I: TransactionIndex,
    P: ParkingLot,
    J: CatchUp,
{
    /// Redrives what is parked here, from the events that this store has.
    pub fn new(store: S, table: T, index: I, parking: P, journal: J) -> Self {
        Self { advance: Advance { store, table }, index, parking, journal }
    }

    /// The same of one generation of the read models.
    pub(crate) fn at(&self, generation: Generation) -> Self
    where
        S: Clone,
        T: Generational,
        I: Generational,
        P: Clone,
        J: Clone,
    {
        let Advance { store, table } = &self.advance;
        let (table, index) = (table.at(generation), self.index.at(generation));
        Self::new(store.clone(), table, index, self.parking.clone(), self.journal.clone())
    }

    /// Projects a parked account anew; `None` if it is not parked, or not any more.
    ///
    /// # Errors
    /// [`ProjectionError`]; then it is parked as before.
    pub async fn redrive_one(&self, id: &ParkedId) -> Result<Option<Redriven>, ProjectionError> {
        for _ in 0..ATTEMPTS_MAX {
            // Whoever has taken it away meanwhile has projected it.
            let Some(seen) = self.parking.find(id).await? else { return Ok(None) };
            let Driven { version, poison } = self.drive(id, 1).await?;
            let changed = match &poison {
                Some(parked) => self.parking.renew(&seen, parked).await?,
                None => self.parking.remove(&seen).await?,
            };
            if changed == Written::Lost {
                continue;
            }
            if let Some(parked) = poison {
                return Ok(Some(Redriven::StillParked(Parked { parked_at: seen.parked_at, ..parked })));
            }
            // As long as the row was there, no later version could be parked. What came meanwhile is looked at again.
            let Driven { version, poison } = self.drive(id, version.saturating_add(1)).await?;
            let Some(parked) = poison else { return Ok(Some(Redriven::UpToDate { version })) };
            self.parking.park(&parked).await?;
            let parked = self.parking.find(id).await?.unwrap_or(parked);
            return Ok(Some(Redriven::StillParked(parked)));
        }
        Err(ProjectionError::Contended { account_id: id.account_id.clone(), attempts: ATTEMPTS_MAX })
    }

    /// Projects one account from the events, whether it is parked or not: the row from where it is, the transactions
    /// from version `from` on.
    pub(crate) async fn drive(&self, id: &ParkedId, from: u64) -> Result<Driven, ProjectionError> {
        let ParkedId { projection, account_id } = id;
        match projection {
            Projection::AccountSummary => {
                self.clear_unreadable(account_id).await?;
                let Advanced { version, poison, .. } = self.advance.to_newest(account_id, Start::Row).await?;
                Ok(Driven { version, poison })
            }
            Projection::TransactionHistory => {
                let Rewritten { version, poison } =
                    rewrite(&self.advance.store, &self.index, account_id, from).await?;
                Ok(Driven { version, poison })
            }
            Projection::Journal => {
                let stream = StreamId::account(account_id);
                let poison = self.journal.catch_up(&stream).await?;
                let poison = poison.map(|stuck| {
                    Parked::because(Projection::Journal, account_id.clone(), stuck.version, &stuck.reason)
                });
                Ok(Driven { version: self.journal.journaled(&stream, u64::MAX).await?, poison })
            }
        }
    }

    /// Takes away a row that cannot be read: it is written anew from the first event.
    pub(crate) async fn clear_unreadable(&self, account_id: &AccountId) -> Result<(), ProjectionError> {
        let table = &self.advance.table;
        match table.read(account_id, Consistency::Strong).await {
            Ok(_) => Ok(()),
            Err(TableError::Unreadable(_)) => {
                table.remove(account_id.as_str(), None).await?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl<S, T, I, P, J> ParkedAccounts for Redrive<S, T, I, P, J>
where
    S: EventStore,
    T: SummaryTable + SummaryCatalog,
    I: TransactionIndex,
    P: ParkingLot,
    J: CatchUp,
{
    async fn page(
        &self,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> Result<Vec<Parked>, StoreError> {
        Ok(self.parking.page(projection, after, limit).await?)
    }

    async fn redrive(&self, id: &ParkedId) -> Result<Option<Redriven>, StoreError> {
        Ok(self.redrive_one(id).await?)
    }
}
