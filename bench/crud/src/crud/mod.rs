//! The other side: the bank in a normalized PostgreSQL, read by queries.

mod account;
mod connections;
mod history;
mod load;

use std::sync::Arc;

use anyhow::Result;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{Decimal, Money, Timestamp, parse_currency};
use tokio_postgres::Row;

use connections::Connections;
use load::Numbers;

const SCHEMA: &str = include_str!("schema.sql");

/// The bank in PostgreSQL.
pub struct Crud {
    connections: Arc<Connections>,
    numbers: Numbers,
}

impl Crud {
    pub async fn open(url: &str) -> Result<Self> {
        let connections = Arc::new(Connections::open(url).await?);
        connections.one().await?.client.batch_execute(SCHEMA).await?;
        Ok(Self { connections, numbers: Numbers::default() })
    }

    /// The same two questions under the same paths, with the same bodies.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/accounts/{account_id}", get(account::get_account))
            .route("/v1/accounts/{account_id}/transactions", get(history::list_transactions))
            .with_state(self.connections.clone())
    }

    /// What autovacuum would have done a little later: statistics, and pages known to be visible to all.
    pub async fn settle(&self) -> Result<()> {
        let connection = self.connections.one().await?;
        // One by one: together they would be a transaction, in which no vacuum runs.
        for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
            connection.client.batch_execute(statement).await?;
        }
        Ok(())
    }
}

/// Why there is no answer.
enum Failure {
    NotFound,
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Failed(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
        }
    }
}

/// Minor units as people write them.
fn money(minor: i64, currency: &str) -> Result<String, Failure> {
    let digits = Money::zero(parse_currency(currency)?).amount().scale();
    Ok(Decimal::new(minor, digits).to_string())
}

fn time(row: &Row, column: &str) -> Result<Timestamp, Failure> {
    Ok(row.try_get::<_, jiff::Timestamp>(column)?.into())
}

fn instant(at: Timestamp) -> Result<jiff::Timestamp, Failure> {
    Ok(jiff::Timestamp::from_microsecond(at.as_micros())?)
}
