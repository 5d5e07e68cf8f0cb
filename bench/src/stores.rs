//! Our side of the benchmarks in `crud` and `formance`: the stores that the API reads, filled with what commands and
//! projectors would have written, and the routes of `query-api` over them.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use application::{
    Commit,
    ports::{AccountSummary, Environment as _, Transaction},
    queries::Queries,
};
use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, Region},
};
use event_store::{DynamoDbCommandStore, item_from_commit};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http_api::{Routes, query_routes};
use lambda_kit::SystemEnvironment;
use read_models::{
    cache::{CachedSummaries, InProcessCache, Layered, SharedCache},
    generations::{DynamoDbControlTable, LiveSummaryTable, RecentGenerations},
    history::{
        IndexGenerations as _, OpenSearchHistory, Put, TransactionCatalog as _, TransactionIndex as _,
        connect,
    },
    summary::{BY_USER_INDEX, DynamoDbSummaryTable, SummaryReader, SummaryTable as _, Written},
};

use crate::tables::{Item, Key, create, fill};

const EVENTS: &str = "events";
const COMMANDS: &str = "commands";
const SUMMARY: &str = "summary";
const PROJECTIONS: &str = "projections";

const WRITES_AT_ONCE: usize = 8;

/// Transactions that are handed to the index at a time. A small OpenSearch on a busy machine may refuse some for a moment,
/// or need longer for them than a request may take; then they are sent again, which changes nothing about those that are
/// there.
const DOCUMENTS_AT_ONCE: usize = 500;
const ATTEMPTS_MAX: u32 = 60;
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// The first generation: the one that is read.
const GENERATION: u32 = 1;

/// The stores of the query side, and the events that commands append to.
pub struct Stores {
    client: Client,
    table: DynamoDbSummaryTable,
    index: OpenSearchHistory,
}

impl Stores {
    /// Those that somebody has created.
    pub async fn connect(dynamodb_url: &str, opensearch_url: &str) -> Result<Self> {
        let config = aws_config::from_env()
            .region(Region::new("us-east-1"))
            .endpoint_url(dynamodb_url)
            .credentials_provider(Credentials::new("test", "test", None, None, "DynamoDB Local"))
            .load()
            .await;
        let (client, index) = (Client::new(&config), connect(opensearch_url, &config)?);
        Ok(Self { table: DynamoDbSummaryTable::new(client.clone(), SUMMARY.into()), client, index })
    }

    /// New ones, with nothing in them.
    pub async fn create(dynamodb_url: &str, opensearch_url: &str) -> Result<Self> {
        let stores = Self::connect(dynamodb_url, opensearch_url).await?;
        let Self { client, index, .. } = &stores;
        create(client, EVENTS, &[("stream", false), ("version", true)], None).await?;
        create(client, COMMANDS, &[("command_id", false)], None).await?;
        let by_user: &[Key] = &[("user_id", false), ("account_id", false)];
        create(client, SUMMARY, &[("account_id", false)], Some((BY_USER_INDEX, by_user))).await?;
        create(client, PROJECTIONS, &[("projection", false), ("name", false)], None).await?;
        index.ensure().await?;
        let (others, _) = index.accounts(None, 1).await?;
        ensure!(others.is_empty(), "this OpenSearch has the accounts of somebody else");
        Ok(stores)
    }

    /// Where commits and the records of commands are.
    pub fn commands(&self) -> DynamoDbCommandStore {
        DynamoDbCommandStore::new(self.client.clone(), EVENTS.into(), COMMANDS.into())
    }

    /// The routes of `query-api`, put together as its `main` does, without caches.
    pub fn routes(&self) -> Routes {
        let store = self.commands();
        let generations = DynamoDbControlTable::new(self.client.clone(), PROJECTIONS.into());
        let table =
            LiveSummaryTable::new(self.table.clone(), RecentGenerations::new(generations, SystemEnvironment));
        let caches = Layered::new(None::<InProcessCache>, None::<SharedCache<SystemEnvironment>>);
        let summaries = CachedSummaries::new(SummaryReader::new(store.clone(), table), caches);
        let queries = Queries::new(store, summaries, self.index.clone(), SystemEnvironment);
        query_routes(Arc::new(queries))
    }

    pub async fn load(
        &self,
        commits: &[Commit],
        rows: &[AccountSummary],
        transactions: Vec<Transaction>,
    ) -> Result<()> {
        tokio::try_join!(self.append(commits), self.write_rows(rows), self.index(transactions))?;
        Ok(())
    }

    /// Lets searches see all that was written.
    pub async fn settle(&self) -> Result<()> {
        Ok(self.index.publish(GENERATION).await?)
    }

    async fn append(&self, commits: &[Commit]) -> Result<()> {
        let items = commits.iter().map(|commit| Ok(item_from_commit(commit)?.into()));
        fill(&self.client, EVENTS, items.collect::<Result<Vec<Item>>>()?).await
    }

    async fn write_rows(&self, rows: &[AccountSummary]) -> Result<()> {
        let writes = rows.iter().map(async |row| {
            let written = self.table.write(row, None).await?;
            ensure!(written == Written::Done, "{} was there already", row.account_id);
            Ok(())
        });
        stream::iter(writes).buffer_unordered(WRITES_AT_ONCE).try_collect().await
    }

    async fn index(&self, transactions: Vec<Transaction>) -> Result<()> {
        for some in transactions.chunks(DOCUMENTS_AT_ONCE) {
            let mut left = ATTEMPTS_MAX;
            let puts = loop {
                left -= 1;
                match self.index.put(some).await {
                    Ok(puts) => break puts,
                    Err(error) if left == 0 => return Err(error.into()),
                    Err(_) => SystemEnvironment.wait(BETWEEN_ATTEMPTS).await,
                }
            };
            let refused = puts.into_iter().find(|put| *put != Put::Done);
            ensure!(refused.is_none(), "a document was not written: {refused:?}");
        }
        Ok(())
    }
}
