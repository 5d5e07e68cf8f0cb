//! What the use cases need from the world. Every adapter of a port passes the port's one conformance suite.

mod analytics;
mod command_store;
mod environment;
mod event_store;
mod journal;
mod parking;
mod projections;
mod read_models;

pub use analytics::{
    ActiveAccounts, Analytics, AnalyticsError, By, DailyVolume, Fees, Period, TopAccount, Totals,
};
pub use command_store::{CommandStore, Consistency, RecordError};
pub use environment::Environment;
pub use event_store::{
    AppendError, EventStore, Segment, SegmentPage, SegmentedStore, StoreError, StreamCatalog,
};
pub use journal::{Journal, JournalError};
pub use parking::{
    InvalidParkedId, Parked, ParkedAccounts, ParkedId, Projection, Redriven, UnknownProjection,
};
pub use projections::{
    Generation, Generations, Lag, ParkedCount, ProjectionState, Projections, Rebuild, RebuildError,
    RebuildRequest, RebuildStatus, Scope, Total,
};
pub use read_models::{
    AccountSummary, DailyCount, Freshness, History, HistoryError, HistoryFilter, HistoryPage, Order, Page,
    PageError, Summaries, Transaction, TransactionType,
};
