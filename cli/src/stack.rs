//! Where the stack is: the file that `cargo xtask up` writes, or that somebody writes from a stack's outputs on AWS.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use application::{journal::Sequencer, ports::Projection};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::{Credentials, Region};
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use lambda_kit::SystemEnvironment;
use read_models::{
    analytics::{Compactor, Layout, Limits, S3Objects},
    generations::{DynamoDbControlTable, GenerationCatalog as _, Generational as _},
    history::{OpenSearchHistory, connect},
    parking::DynamoDbParking,
    redrive::Redrive,
    summary::DynamoDbSummaryTable,
};
use serde::Deserialize;

/// Where a stack file is looked for, from the current folder upwards.
const DEFAULT_FILE: &str = ".local/dev/stack.json";

/// The journal of a stack.
type StackSequencer = Sequencer<DynamoDbEventStore, DynamoDbJournal, SystemEnvironment>;

/// Below which prefix of their bucket the files of the analytics are, if the template was not told otherwise.
const ANALYTICS_PREFIX: &str = "v1";

/// What writes the files of a stack's analytics.
type StackCompactor = Compactor<DynamoDbEventStore, DynamoDbJournal, S3Objects, SystemEnvironment>;

/// The read models of a stack.
pub(crate) type StackRedrive = Redrive<
    DynamoDbEventStore,
    DynamoDbSummaryTable,
    OpenSearchHistory,
    DynamoDbParking<SystemEnvironment>,
    StackSequencer,
>;

/// A stack that was deployed.
#[derive(Debug, Deserialize)]
pub(crate) struct Stack {
    /// The local stack's one endpoint; absent on AWS.
    #[serde(default)]
    endpoint_url: Option<String>,
    region: String,
    /// The API's base, without a slash at its end.
    pub(crate) api_url: String,
    /// Where the search is.
    pub(crate) opensearch_url: String,
    /// The name of its domain, if AWS keeps it.
    #[serde(default)]
    pub(crate) search_domain: Option<String>,
    events_table: String,
    /// The tables of the read models; only a reconciliation needs them.
    #[serde(default)]
    summary_table: Option<String>,
    #[serde(default)]
    journal_table: Option<String>,
    #[serde(default)]
    parked_table: Option<String>,
    #[serde(default)]
    projections_table: Option<String>,
    /// Where the files of the analytics are; only a rebuild of them needs that.
    #[serde(default)]
    analytics_bucket: Option<String>,
    #[serde(default)]
    analytics_prefix: Option<String>,
    /// Where Athena answers, and about which database; only questions in SQL need them.
    #[serde(default)]
    analytics_work_group: Option<String>,
    #[serde(default)]
    analytics_database: Option<String>,

    /// The app client through which users sign in.
    pub(crate) user_pool_client_id: String,
    /// Where Cognito is; absent on AWS, where the region tells.
    #[serde(default)]
    cognito_url: Option<String>,
    #[serde(default)]
    users: Vec<User>,
}

/// Somebody who can sign in.
#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: String,
}

impl Stack {
    /// The stack of this file, or of the nearest default one.
    pub(crate) fn find(file: Option<&Path>) -> Result<Self> {
        let path = match file {
            Some(path) => path.to_owned(),
            None => nearest_default()?,
        };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read: `cargo xtask up` writes it", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} does not describe a stack", path.display()))
    }

    /// The user of this name.
    pub(crate) fn user(&self, name: &str) -> Result<&User> {
        let names = || self.users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = self.users.iter().find(|user| user.name == name);
        found.ok_or_else(|| anyhow!("the stack has no user {name}; it has: {}", names()))
    }

    /// Where Cognito signs users in.
    pub(crate) fn cognito_url(&self) -> String {
        let on_aws = || format!("https://cognito-idp.{}.amazonaws.com", self.region);
        self.cognito_url.clone().unwrap_or_else(on_aws)
    }

    /// The AWS SDK's configuration: the credentials of the environment; a local stack takes any.
    pub(crate) async fn aws(&self) -> SdkConfig {
        let mut config = aws_config::from_env().region(Region::new(self.region.clone()));
        if let Some(url) = &self.endpoint_url {
            let any = Credentials::new("test", "test", None, None, "local stack");
            config = config.endpoint_url(url).credentials_provider(any);
        }
        config.load().await
    }

    /// The read models that queries read, as they are written from the events table.
    pub(crate) async fn redrive(&self) -> Result<StackRedrive> {
        let aws = self.aws().await;
        let client = aws_sdk_dynamodb::Client::new(&aws);
        let index = connect(&self.opensearch_url, &aws).context("the search cannot be reached")?;
        let control = named(self.projections_table.as_ref(), "projections_table")?;
        let control = DynamoDbControlTable::new(client.clone(), control);
        let summary = control.generations(Projection::AccountSummary).await?.read;
        let history = control.generations(Projection::TransactionHistory).await?.read;
        let table =
            DynamoDbSummaryTable::new(client.clone(), named(self.summary_table.as_ref(), "summary_table")?);
        Ok(Redrive::new(
            DynamoDbEventStore::new(client.clone(), self.events_table.clone()),
            table.at(summary),
            OpenSearchHistory::new(index).at(history),
            DynamoDbParking::new(
                client.clone(),
                named(self.parked_table.as_ref(), "parked_table")?,
                SystemEnvironment,
            ),
            Sequencer::new(
                DynamoDbEventStore::new(client.clone(), self.events_table.clone()),
                DynamoDbJournal::new(client, named(self.journal_table.as_ref(), "journal_table")?),
                SystemEnvironment,
            ),
        ))
    }

    /// The workgroup in which Athena answers, and the database of the analytics.
    pub(crate) fn analytics(&self) -> Result<(String, String)> {
        let work_group = named(self.analytics_work_group.as_ref(), "analytics_work_group")?;
        Ok((work_group, named(self.analytics_database.as_ref(), "analytics_database")?))
    }

    /// What writes the files of the analytics, and the journal that it goes by.
    pub(crate) async fn compactor(&self) -> Result<(StackCompactor, DynamoDbJournal)> {
        let aws = self.aws().await;
        let client = aws_sdk_dynamodb::Client::new(&aws);
        let journal =
            DynamoDbJournal::new(client.clone(), named(self.journal_table.as_ref(), "journal_table")?);
        let bucket = named(self.analytics_bucket.as_ref(), "analytics_bucket")?;
        let compactor = Compactor::new(
            DynamoDbEventStore::new(client, self.events_table.clone()),
            journal.clone(),
            S3Objects::new(aws_sdk_s3::Client::new(&aws), bucket),
            SystemEnvironment,
            Layout::below(self.analytics_prefix.clone().unwrap_or_else(|| ANALYTICS_PREFIX.to_owned())),
            Limits::default(),
        );
        Ok((compactor, journal))
    }

    /// The events table.
    pub(crate) async fn event_store(&self) -> DynamoDbEventStore {
        DynamoDbEventStore::new(aws_sdk_dynamodb::Client::new(&self.aws().await), self.events_table.clone())
    }
}

fn named(value: Option<&String>, name: &str) -> Result<String> {
    value.cloned().with_context(|| format!("the file that describes the stack has no {name}"))
}

fn nearest_default() -> Result<PathBuf> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let Some(file) = here.ancestors().map(|folder| folder.join(DEFAULT_FILE)).find(|file| file.exists())
    else {
        bail!(
            "no {DEFAULT_FILE} here or above: start a stack with `cargo xtask up`, or name its file with --stack"
        );
    };
    Ok(file)
}
