//! Rows in a Valkey or Redis that the functions share: the projector writes through, the queries read.
//!
//! It is never waited for longer than the time-outs say. The connection is made by the first who needs it, not by the
//! start of the function. After a failure the connection is given up and the server left alone for a while; then one
//! request finds out, and the others go on without.

use std::{sync::Arc, time::Duration};

use application::ports::{AccountSummary, Environment};
use domain::AccountId;
use futures::lock::Mutex;
use redis::{AsyncConnectionConfig, Client, Cmd, RedisError, Value, aio::MultiplexedConnection, cmd};

use super::{
    LIFETIME, SummaryCache,
    circuit::{Admission, Circuit, PAUSE_SECONDS},
    entry,
};
use crate::chain;

const PUT_IF_NEWER: &str = include_str!("put_if_newer.lua");

/// The code by which the server says that what a key holds is no text.
const WRONG_TYPE: &str = "WRONGTYPE";

/// How long a connection may take to be made, and an operation to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the look-up of the name to the end of the handshake.
    pub connect: Duration,
    /// From the request to its answer.
    pub operation: Duration,
}

impl Default for Timeouts {
    /// Of who reads, from a server in the same region, which answers in about a millisecond.
    fn default() -> Self {
        Self { connect: Duration::from_millis(100), operation: Duration::from_millis(50) }
    }
}

impl Timeouts {
    /// Of who writes: nobody waits for that, and what it could not write may be old in the cache for minutes.
    #[must_use]
    pub const fn of_writer() -> Self {
        Self { connect: Duration::from_secs(1), operation: Duration::from_secs(1) }
    }
}

/// The setting is no URL of a cache. It is not shown, since it may have a password in it.
#[derive(Debug, thiserror::Error)]
#[error("the URL of the cache has to be like redis://host:6379, or rediss://host:6379 for TLS")]
pub struct InvalidCacheUrl(#[source] RedisError);

/// Rows in a server. Clones share one connection.
#[derive(Clone, Debug)]
pub struct SharedCache<E> {
    client: Client,
    timeouts: Timeouts,
    environment: E,
    circuit: Arc<Circuit>,
    connection: Arc<Mutex<Option<MultiplexedConnection>>>,
}

impl<E: Environment> SharedCache<E> {
    /// The server at this URL, to which nothing is connected yet.
    ///
    /// # Errors
    /// [`InvalidCacheUrl`].
    pub fn new(url: &str, timeouts: Timeouts, environment: E) -> Result<Self, InvalidCacheUrl> {
        let client = Client::open(url).map_err(InvalidCacheUrl)?;
        Ok(Self { client, timeouts, environment, circuit: Arc::default(), connection: Arc::default() })
    }

    /// The answer to a command; `None` if there is none in time, or if the server is being left alone.
    async fn ask(&self, command: &Cmd) -> Option<Value> {
        let admission = self.circuit.admit(self.environment.now())?;
        let mut connection = self.connect(admission).await?;
        let answer = match connection.send_packed_command(command).await {
            Ok(Value::ServerError(error)) => Err(RedisError::from(error)),
            answer => answer,
        };
        match answer {
            // Something else has this key. That is no failure of the server.
            Err(error) if error.code() != Some(WRONG_TYPE) => {
                self.failed(&error);
                *self.connection.lock().await = None;
                None
            }
            answer => {
                if self.circuit.close(admission) {
                    tracing::info!("the cache answers again");
                }
                answer.ok()
            }
        }
    }

    /// The connection. Of those who need one that is not there yet, one makes it and the others wait for that one; if
    /// it fails, they do not try in their turn.
    async fn connect(&self, admission: Admission) -> Option<MultiplexedConnection> {
        let mut connection = self.connection.lock().await;
        if connection.is_none() {
            if !self.circuit.holds(admission) {
                return None;
            }
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(self.timeouts.connect))
                .set_response_timeout(Some(self.timeouts.operation));
            let made = self.client.get_multiplexed_async_connection_with_config(&config).await;
            // While the others wait, so that they see it.
            *connection = made.inspect_err(|error| self.failed(error)).ok();
        }
        connection.clone()
    }

    fn failed(&self, error: &RedisError) {
        if self.circuit.open(self.environment.now()) {
            tracing::warn!(
                error = chain(error),
                PAUSE_SECONDS,
                "the cache failed and is left alone for a while"
            );
        }
    }
}

impl<E: Environment> SummaryCache for SharedCache<E> {
    async fn get(&self, account_id: &AccountId, version_min: u64) -> Option<AccountSummary> {
        match self.ask(cmd("GET").arg(key(account_id))).await? {
            Value::BulkString(bytes) => {
                entry::from_bytes(&bytes, account_id).filter(|row| row.version >= version_min)
            }
            _ => None,
        }
    }

    async fn put(&self, summary: &AccountSummary) {
        let Some(entry) = entry::to_bytes(summary) else { return };
        let mut command = cmd("EVAL");
        command.arg(PUT_IF_NEWER).arg(1).arg(key(&summary.account_id));
        command.arg(entry).arg(summary.version).arg(LIFETIME.as_secs() * 1_000);
        self.ask(&command).await;
    }
}

/// Where the row of an account is.
#[must_use]
pub fn key(account_id: &AccountId) -> String {
    format!("passbook:summary:{account_id}")
}
