//! The stack's stores themselves, past the proxy: what is stored in the end, and by what name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use application::{
    Commit, StreamId,
    journal::{Block, FIRST_POSITION},
    ports::{EventStore as _, Journal as _},
};
use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, Region},
};
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use lambda_kit::SystemEnvironment;
use read_models::{
    generations::Generational as _,
    history::{FoundDocument, OpenSearchHistory, TransactionCatalog as _, connect},
    parking::{DynamoDbParking, ParkingLot as _},
    summary::{Consistency, DynamoDbSummaryTable, SummaryTable as _},
};
use serde::Deserialize;
use simulation::ReadModels;

/// How many documents, blocks or parked accounts are read at a time.
const PAGE: usize = 500;

/// Where a stack's tables are, and what they are called: a part of its `stack.json`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tables {
    pub(crate) endpoint_url: String,
    region: String,
    opensearch_url: String,
    #[serde(rename = "events_table")]
    pub(crate) events: String,
    #[serde(rename = "commands_table")]
    pub(crate) commands: String,
    #[serde(rename = "journal_table")]
    pub(crate) journal: String,
    #[serde(rename = "summary_table")]
    pub(crate) summary: String,
    #[serde(rename = "parked_table")]
    pub(crate) parked: String,
}

impl Tables {
    /// Those of the stack that `PASSBOOK_STACK` describes.
    pub(crate) fn of_stack() -> Self {
        let file = bank::setting("PASSBOOK_STACK").expect("PASSBOOK_STACK: `cargo xtask fire` sets it");
        let text = std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub(crate) fn names(&self) -> [&str; 5] {
        [&self.events, &self.commands, &self.journal, &self.summary, &self.parked]
    }
}

/// Clients of the stores.
pub(crate) struct Stores {
    pub(crate) tables: Tables,
    pub(crate) client: Client,
    events: DynamoDbEventStore,
    journal: DynamoDbJournal,
    rows: DynamoDbSummaryTable,
    history: OpenSearchHistory,
    parking: DynamoDbParking<SystemEnvironment>,
    /// The journal as far as it was read. It is only ever added to.
    blocks: Mutex<Vec<Block>>,
}

impl Stores {
    pub(crate) async fn of(tables: Tables) -> Self {
        // As the command line does: a local stack takes any credentials.
        let any = Credentials::new("test", "test", None, None, "local stack");
        let config = aws_config::from_env()
            .region(Region::new(tables.region.clone()))
            .endpoint_url(&tables.endpoint_url)
            .credentials_provider(any)
            .load()
            .await;
        let client = Client::new(&config);
        Self {
            events: DynamoDbEventStore::new(client.clone(), tables.events.clone()),
            journal: DynamoDbJournal::new(client.clone(), tables.journal.clone()),
            rows: DynamoDbSummaryTable::new(client.clone(), tables.summary.clone()),
            history: connect(&tables.opensearch_url, &config).expect("the URL of an OpenSearch").at(1),
            parking: DynamoDbParking::new(client.clone(), tables.parked.clone(), SystemEnvironment),
            blocks: Mutex::default(),
            client,
            tables,
        }
    }

    /// Every commit of these streams, each stream's in order.
    pub(crate) async fn commits(&self, streams: &[StreamId]) -> Vec<Commit> {
        let mut commits = Vec::new();
        for stream in streams {
            commits.extend(self.events.read(stream, 1, usize::MAX).await.expect("the events can be read"));
        }
        commits
    }

    /// What the read models have of these streams; an error if that cannot be said just now.
    pub(crate) async fn read_models(
        &self,
        streams: &[StreamId],
    ) -> Result<ReadModels, Box<dyn std::error::Error>> {
        let mut models = ReadModels { blocks: self.blocks().await?, ..ReadModels::default() };
        let mut accounts = BTreeSet::new();
        for account_id in streams.iter().filter_map(StreamId::account_id) {
            if let Some(row) = self.rows.read(&account_id, Consistency::Strong).await? {
                models.rows.insert(account_id.clone(), row);
            }
            models.documents.extend(self.documents(account_id.as_str()).await?);
            accounts.insert(account_id);
        }
        let parked = self.parking.page(None, None, PAGE).await?.into_iter();
        let parked = parked.filter(|one| accounts.contains(&one.account_id));
        models.parked = parked.map(|one| (one.projection, one.account_id, one.version)).collect();
        Ok(models)
    }

    async fn documents(
        &self,
        account: &str,
    ) -> Result<BTreeMap<String, application::ports::Transaction>, Box<dyn std::error::Error>> {
        let (mut documents, mut last) = (BTreeMap::new(), None::<FoundDocument>);
        loop {
            let page = self.history.documents(account, last.as_ref(), PAGE).await?;
            let read = page.iter().filter_map(|one| Some((one.id.clone(), one.transaction()?)));
            documents.extend(read);
            if page.len() < PAGE {
                return Ok(documents);
            }
            last = page.into_iter().last();
        }
    }

    /// The whole journal.
    async fn blocks(&self) -> Result<Vec<Block>, Box<dyn std::error::Error>> {
        let mut known = self.blocks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        loop {
            let next = known.last().map_or(FIRST_POSITION, Block::end);
            let page = self.journal.blocks(next, PAGE).await?;
            if page.is_empty() {
                *self.blocks.lock().unwrap_or_else(PoisonError::into_inner) = known.clone();
                return Ok(known);
            }
            known.extend(page);
        }
    }
}
