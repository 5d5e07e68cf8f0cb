//! The query side behind API Gateway: puts the parts together, once a cold start.

use std::{process::ExitCode, sync::Arc};

use application::{analytics::Sums, feed::Feed, queries::Queries};
use event_store::{DynamoDbCommandStore, DynamoDbJournal};
use http_api::{analytics_routes, docs_routes, feed_routes, query_routes};
use lambda_http::Error;
use lambda_kit::{SystemEnvironment, aws, config};
use read_models::{
    cache::{CachedSummaries, InProcessCache, Layered, SharedCache, Timeouts},
    generations::{DynamoDbControlTable, LiveSummaryTable, RecentGenerations},
    history::{EventHistory, connect},
    summary::{DynamoDbSummaryTable, SummaryReader},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    gateway::run(env!("CARGO_PKG_NAME"), work).await
}

async fn work() -> Result<(), Error> {
    let aws = aws::config().await;
    let client = aws_sdk_dynamodb::Client::new(&aws);
    let store = DynamoDbCommandStore::new(
        client.clone(),
        config::required("EVENTS_TABLE")?,
        config::required("COMMANDS_TABLE")?,
    );
    let meter = store.capacity().clone();
    let journal = DynamoDbJournal::new(client.clone(), config::required("JOURNAL_TABLE")?);
    let generations = DynamoDbControlTable::new(client.clone(), config::required("PROJECTIONS_TABLE")?);
    let table = LiveSummaryTable::new(
        DynamoDbSummaryTable::new(client, config::required("SUMMARY_TABLE")?),
        RecentGenerations::new(generations, SystemEnvironment),
    );
    let search = config::url_or_none("OPENSEARCH_URL")?.map(|url| connect(&url, &aws)).transpose()?;
    let near = config::optional_flag("CACHE_IN_PROCESS")?.then(InProcessCache::default);
    let shared = config::optional_as("CACHE_URL", |url| {
        SharedCache::new(url, Timeouts::default(), SystemEnvironment)
    })?;
    let summaries =
        CachedSummaries::new(SummaryReader::new(store.clone(), table), Layered::new(near, shared));
    let feed = Arc::new(Feed::new(store.clone(), journal));
    let routes = || {
        let of_accounts = match search {
            Some(index) => {
                let sums = Sums::new(index.clone(), SystemEnvironment);
                let queries = Queries::new(store, summaries, index, SystemEnvironment);
                query_routes(Arc::new(queries)).merge(analytics_routes(Arc::new(sums)))
            }
            // Sums over everybody's transactions take an index: without one, there are no routes for them.
            None => {
                let history = EventHistory::new(store.clone());
                query_routes(Arc::new(Queries::new(store, summaries, history, SystemEnvironment)))
            }
        };
        of_accounts.merge(feed_routes(feed)).merge(docs_routes())
    };
    gateway::serve(&meter, routes).await
}
