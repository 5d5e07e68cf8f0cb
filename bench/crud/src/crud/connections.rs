//! Connections, one a client at most, each with the statements that it has prepared.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::{Client, NoTls, Statement};

/// As many as there are clients at most: nobody waits for one.
const CONNECTIONS: usize = 32;

pub struct Connections {
    idle: Mutex<Vec<Arc<Connection>>>,
    permits: Arc<Semaphore>,
}

pub struct Connection {
    pub client: Client,
    statements: Mutex<HashMap<String, Statement>>,
}

/// A connection that nobody else has, until this is dropped.
pub struct Lent<'a> {
    connections: &'a Connections,
    connection: Arc<Connection>,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    pub async fn open(url: &str) -> Result<Self> {
        let mut idle = Vec::new();
        for _ in 0..CONNECTIONS {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            idle.push(Arc::new(Connection { client, statements: Mutex::default() }));
        }
        Ok(Self { idle: Mutex::new(idle), permits: Arc::new(Semaphore::new(CONNECTIONS)) })
    }

    pub async fn one(&self) -> Result<Lent<'_>> {
        let permit = self.permits.clone().acquire_owned().await?;
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = connection.context("a permit without a connection")?;
        Ok(Lent { connections: self, connection, _permit: permit })
    }
}

impl Connection {
    /// The statement of this text, prepared once a connection.
    pub async fn prepared(&self, text: &str) -> Result<Statement, tokio_postgres::Error> {
        let known = || self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(text).cloned();
        if let Some(statement) = found {
            return Ok(statement);
        }
        let statement = self.client.prepare(text).await?;
        known().insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Deref for Lent<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Lent<'_> {
    /// It goes back before its permit does.
    fn drop(&mut self) {
        let mut idle = self.connections.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(self.connection.clone());
    }
}
