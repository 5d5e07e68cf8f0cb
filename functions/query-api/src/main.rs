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
    history::{OpenSearchHistory, connect},
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
    let history = OpenSearchHistory::new(connect(&config::required("OPENSEARCH_URL")?, &aws)?);
    let near = config::optional_flag("CACHE_IN_PROCESS")?.then(InProcessCache::default);
    let shared = config::optional("CACHE_URL")
        .map(|url| SharedCache::new(&url, Timeouts::default(), SystemEnvironment))
        .transpose()?;
    let summaries =
        CachedSummaries::new(SummaryReader::new(store.clone(), table), Layered::new(near, shared));
    let feed = Arc::new(Feed::new(store.clone(), journal));
    let sums = Arc::new(Sums::new(history.clone(), SystemEnvironment));
    let queries = Arc::new(Queries::new(store, summaries, history, SystemEnvironment));
    let routes =
        || query_routes(queries).merge(feed_routes(feed)).merge(analytics_routes(sums)).merge(docs_routes());
    gateway::serve(&meter, routes).await
}
