//! What is said of projections and rebuilds.

use application::ports::{
    Generation, Generations, Lag, ParkedCount, Projection, ProjectionState, Rebuild, RebuildStatus, Scope,
    Total,
};
use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{self, Amount};

/// All projections.
#[derive(Serialize, ToSchema)]
#[schema(as = Projections)]
pub(super) struct ProjectionsBody {
    projections: Vec<ProjectionBody>,
}

/// How a projection stands.
#[derive(Serialize, ToSchema)]
#[schema(as = ProjectionState)]
struct ProjectionBody {
    #[schema(value_type = schema::Projection)]
    projection: Projection,
    /// The last position of the journal up to which it has everything.
    position: u64,
    lag: LagBody,
    parked: ParkedCountBody,
    /// Null of the journal, which has none.
    generations: Option<GenerationsBody>,
    /// The newest; null if there was none.
    rebuild: Option<RebuildBody>,
}

/// How far a projection is behind.
#[derive(Serialize, ToSchema)]
#[schema(as = Lag)]
struct LagBody {
    commits: u64,
    /// Whether there may be more than that.
    is_at_least: bool,
    /// When the oldest of them was written; null if there are none.
    #[schema(value_type = Option<schema::Timestamp>)]
    since: Option<Timestamp>,
}

/// How many accounts a projection has stopped at.
#[derive(Serialize, ToSchema)]
#[schema(as = ParkedCount)]
struct ParkedCountBody {
    accounts: u64,
    /// Whether there may be more than that.
    is_at_least: bool,
    /// Since when the first of them is parked; null if there are none.
    #[schema(value_type = Option<schema::Timestamp>)]
    oldest: Option<Timestamp>,
}

/// The generations of a read model.
#[derive(Serialize, ToSchema)]
#[schema(as = Generations)]
pub(super) struct GenerationsBody {
    /// The one that queries read.
    read: Generation,
    /// Those that are kept up to date.
    written: Vec<Generation>,
    /// The last that was begun.
    newest: Generation,
}

/// Which generation is read now.
#[derive(Serialize, ToSchema)]
#[schema(as = GenerationRead)]
pub(super) struct ReadBody {
    #[schema(value_type = schema::Projection)]
    pub(super) projection: Projection,
    pub(super) generations: GenerationsBody,
}

/// A rebuild, and how far it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Rebuild)]
pub(super) struct RebuildBody {
    rebuild_id: Uuid,
    #[schema(value_type = schema::Projection)]
    projection: Projection,
    #[schema(value_type = schema::RebuildKind)]
    kind: &'static str,
    /// Of the kind `until`; else null.
    #[schema(value_type = Option<schema::Timestamp>)]
    until: Option<Timestamp>,
    /// Of the kind `from`; else null.
    from_position: Option<u64>,
    /// Of the kind `all`; else null.
    switch: Option<bool>,
    /// Into which generation it goes; null if in place.
    generation: Option<Generation>,
    #[schema(value_type = schema::RebuildStatus)]
    status: RebuildStatus,
    workers: u32,
    workers_done: u32,
    /// How much is done of `total`.
    done: u64,
    /// Null as long as it is not known.
    total: Option<u64>,
    /// Commits that could not be read.
    unreadable: u64,
    /// Accounts that were parked.
    parked: u64,
    #[schema(value_type = schema::Timestamp)]
    started_at: Timestamp,
    /// Null as long as it runs.
    #[schema(value_type = Option<schema::Timestamp>)]
    ended_at: Option<Timestamp>,
    /// What was written, by currency: to be compared with another rebuild.
    totals: Vec<TotalBody>,
}

/// What the accounts of one currency come to.
#[derive(Serialize, ToSchema)]
#[schema(as = RebuildTotal)]
struct TotalBody {
    #[schema(value_type = schema::Currency)]
    currency: String,
    accounts: u64,
    balance: Amount,
    deposits: Amount,
    withdrawals: Amount,
    transfers_out: Amount,
    transfers_in: Amount,
}

impl ProjectionsBody {
    pub(super) fn of(states: Vec<ProjectionState>) -> Self {
        Self { projections: states.into_iter().map(ProjectionBody::from).collect() }
    }
}

impl From<ProjectionState> for ProjectionBody {
    fn from(state: ProjectionState) -> Self {
        let ProjectionState { projection, position, lag, parked, generations, rebuild } = state;
        let Lag { commits, is_at_least, since } = lag;
        let lag = LagBody { commits, is_at_least, since };
        let ParkedCount { accounts, is_at_least, oldest } = parked;
        let parked = ParkedCountBody { accounts, is_at_least, oldest };
        let (generations, rebuild) = (generations.map(Into::into), rebuild.map(Into::into));
        Self { projection, position, lag, parked, generations, rebuild }
    }
}

impl From<Generations> for GenerationsBody {
    fn from(Generations { read, written, newest }: Generations) -> Self {
        Self { read, written, newest }
    }
}

impl From<Rebuild> for RebuildBody {
    fn from(rebuild: Rebuild) -> Self {
        let (kind, until, from_position, switch) = match rebuild.scope {
            Scope::All { switch } => ("all", None, None, Some(switch)),
            Scope::Until { until } => ("until", Some(until), None, None),
            Scope::From { from } => ("from", None, Some(from), None),
            Scope::Drop { .. } => ("drop", None, None, None),
        };
        Self {
            rebuild_id: rebuild.id,
            projection: rebuild.projection,
            kind,
            until,
            from_position,
            switch,
            generation: rebuild.generation,
            status: rebuild.status,
            workers: rebuild.segments,
            workers_done: rebuild.segments_done,
            done: rebuild.done,
            total: rebuild.total,
            unreadable: rebuild.unreadable,
            parked: rebuild.parked,
            started_at: rebuild.started_at,
            ended_at: rebuild.ended_at,
            totals: rebuild.totals.into_iter().map(TotalBody::from).collect(),
        }
    }
}

impl From<Total> for TotalBody {
    fn from(total: Total) -> Self {
        Self {
            currency: total.currency,
            accounts: total.accounts,
            balance: total.balance.into(),
            deposits: total.deposits.into(),
            withdrawals: total.withdrawals.into(),
            transfers_out: total.transfers_out.into(),
            transfers_in: total.transfers_in.into(),
        }
    }
}
