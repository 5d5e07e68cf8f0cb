//! The read models as projectors and queries meet them: whichever generations there are.

use application::{
    Commit,
    journal::CatchUp,
    ports::{
        AccountSummary, Environment, EventStore, Parked, ParkedAccounts, ParkedId, Projection, Redriven,
        StoreError,
    },
};
use domain::{AccountId, UserId};

use super::{GenerationCatalog, Generational, RecentGenerations};
use crate::{
    ProjectionError, TableError, Unreadable,
    cache::{SummaryCache, WriteThrough},
    history::{Delivered, DeliveryError, HistoryProjector, TransactionIndex},
    parking::{Parking, ParkingLot},
    redrive::Redrive,
    summary::{
        Consistency, Outcome, SummaryCatalog, SummaryProjector, SummaryTable, Written, park_unreadable,
    },
};

/// The projector of summaries, into every generation that takes part.
#[derive(Clone, Debug)]
pub struct LiveSummaryProjector<S, T, C, P, G> {
    /// Where missing commits are read.
    pub store: S,
    /// The table, of whichever generation.
    pub table: T,
    /// Has the rows of the generation that is read, and of no other.
    pub cache: Option<C>,
    /// Where accounts are parked.
    pub parking: P,
    /// Which generations there are.
    pub catalog: G,
}

impl<S, T, C, P, G> LiveSummaryProjector<S, T, C, P, G>
where
    S: EventStore + Clone,
    T: SummaryTable + Generational,
    C: SummaryCache + Clone,
    P: Parking + Clone,
    G: GenerationCatalog,
{
    /// Brings the rows of these commits' accounts up to date; what it came to in the generation that is read.
    ///
    /// # Errors
    /// [`ProjectionError`], as [`SummaryProjector::project`] has it.
    pub async fn project(
        &self,
        commits: Vec<Commit>,
        unreadable: &[Unreadable],
    ) -> Result<Outcome, ProjectionError> {
        park_unreadable(&self.parking, unreadable).await?;
        let generations = self.catalog.generations(Projection::AccountSummary).await?;
        let mut outcome = Outcome::default();
        for generation in generations.written {
            let cache = self.cache.clone().filter(|_| generation == generations.read);
            let table = WriteThrough::new(self.table.at(generation), cache);
            let projector = SummaryProjector::new(self.store.clone(), table, self.parking.clone());
            outcome = projector.project(commits.clone()).await?;
        }
        Ok(outcome)
    }
}

/// The projector of transactions, into every generation that takes part.
#[derive(Clone, Debug)]
pub struct LiveHistoryProjector<I, P, G> {
    /// The index, of whichever generation.
    pub index: I,
    /// Where accounts are parked.
    pub parking: P,
    /// Which generations there are.
    pub catalog: G,
}

impl<I, P, G> LiveHistoryProjector<I, P, G>
where
    I: TransactionIndex + Generational,
    P: Parking + Clone,
    G: GenerationCatalog,
{
    /// Writes the transactions of these message bodies; for each in order, whether all generations have them.
    ///
    /// # Errors
    /// [`ProjectionError`], as [`HistoryProjector::project`] has it.
    pub async fn project(
        &self,
        bodies: &[&str],
    ) -> Result<Vec<Result<Delivered, DeliveryError>>, ProjectionError> {
        let generations = self.catalog.generations(Projection::TransactionHistory).await?;
        let mut results: Vec<Option<Result<Delivered, DeliveryError>>> =
            bodies.iter().map(|_| None).collect();
        for generation in generations.written {
            let projector = HistoryProjector::new(self.index.at(generation), self.parking.clone());
            // What the one before has not got, this one must not have either.
            let whole = |(_, result): &(&&str, &mut Option<Result<_, _>>)| !matches!(result, Some(Err(_)));
            let left: Vec<_> = bodies.iter().zip(&mut results).filter(whole).collect();
            let (bodies, left): (Vec<&str>, Vec<_>) =
                left.into_iter().map(|(body, result)| (*body, result)).unzip();
            for (result, done) in left.into_iter().zip(projector.project(&bodies).await?) {
                *result = Some(done);
            }
        }
        Ok(results.into_iter().flatten().collect())
    }
}

/// The table of summaries that queries read.
#[derive(Clone, Debug)]
pub struct LiveSummaryTable<T, G, E> {
    table: T,
    catalog: RecentGenerations<G, E>,
}

impl<T: Generational, G: GenerationCatalog, E: Environment> LiveSummaryTable<T, G, E> {
    /// The generation of this table that this catalog says is read.
    pub fn new(table: T, catalog: RecentGenerations<G, E>) -> Self {
        Self { table, catalog }
    }

    async fn read_one(&self) -> Result<T, TableError> {
        Ok(self.table.at(self.catalog.generations(Projection::AccountSummary).await?.read))
    }
}

impl<T: SummaryTable + Generational, G: GenerationCatalog, E: Environment> SummaryTable
    for LiveSummaryTable<T, G, E>
{
    async fn read(
        &self,
        account_id: &AccountId,
        consistency: Consistency,
    ) -> Result<Option<AccountSummary>, TableError> {
        self.read_one().await?.read(account_id, consistency).await
    }

    async fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Result<Written, TableError> {
        self.read_one().await?.write(summary, expected).await
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, TableError> {
        self.read_one().await?.of_user(user_id).await
    }
}

/// Parked accounts, redriven in every generation that takes part.
#[derive(Clone, Debug)]
pub struct LiveRedrive<S, T, I, P, J, G> {
    redrive: Redrive<S, T, I, P, J>,
    catalog: G,
}

impl<S, T, I, P, J, G> LiveRedrive<S, T, I, P, J, G> {
    /// This redrive, in the generations that this catalog has.
    pub fn new(redrive: Redrive<S, T, I, P, J>, catalog: G) -> Self {
        Self { redrive, catalog }
    }
}

impl<S, T, I, P, J, G> ParkedAccounts for LiveRedrive<S, T, I, P, J, G>
where
    S: EventStore + Clone,
    T: SummaryTable + SummaryCatalog + Generational,
    I: TransactionIndex + Generational,
    P: ParkingLot + Clone,
    J: CatchUp + Clone,
    G: GenerationCatalog,
{
    async fn page(
        &self,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> Result<Vec<Parked>, StoreError> {
        self.redrive.page(projection, after, limit).await
    }

    /// In the generation that is read it is parked no more; before that, the others have all of its events too.
    async fn redrive(&self, id: &ParkedId) -> Result<Option<Redriven>, StoreError> {
        let generations = self.catalog.generations(id.projection).await?;
        for generation in generations.written.iter().filter(|one| **one != generations.read) {
            self.redrive.at(*generation).drive(id, 1).await?;
        }
        self.redrive.at(generations.read).redrive(id).await
    }
}
