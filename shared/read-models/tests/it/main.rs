//! The tests of the read models, in one binary. Those of the adapters run against DynamoDB Local,
//! OpenSearch and Redis.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod account;
mod analytics_compaction;
mod analytics_rows;
mod analytics_world;
mod cache;
mod convergence;
mod generations;
mod history_events;
mod history_index;
mod history_projector;
mod history_search;
mod history_sums;
mod message;
mod parking;
mod planted;
mod rebuild;
mod reconcile;
mod reconcile_journal;
mod reconcile_races;
mod reconcile_scene;
mod reconcile_servers;
mod redrive;
mod servers;
mod summary_fold;
mod summary_projector;
mod summary_reader;
mod summary_table;
mod transactions;
