//! A stack that was deployed: where its parts are, and clients of them.

use anyhow::{Context, Result};
use application::{journal::Sequencer, ports::Projection};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::{Credentials, Region};
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use lambda_kit::{SystemEnvironment, config};
use read_models::{
    analytics::{Compactor, Layout, Limits, S3Objects},
    generations::{DynamoDbControlTable, GenerationCatalog as _, Generational as _},
    history::{OpenSearchHistory, connect},
    parking::DynamoDbParking,
    redrive::Redrive,
    summary::DynamoDbSummaryTable,
};
use serde::{Deserialize, Serialize};

use crate::exit::Failure;

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
    Option<OpenSearchHistory>,
    DynamoDbParking<SystemEnvironment>,
    StackSequencer,
>;

/// A stack that was deployed, as `cargo xtask up` and `passbook profile add` describe it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stack {
    /// The local stack's one endpoint; absent on AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint_url: Option<String>,
    pub(crate) region: String,
    /// What the stack is called: alarms and groups of logs begin with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The API's base, without a slash at its end.
    pub(crate) api_url: String,
    /// Where the search is; `none` if there is none.
    opensearch_url: String,
    /// The name of its domain, if AWS keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) search_domain: Option<String>,
    events_table: String,
    /// The tables of the read models; only a reconciliation needs them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary_table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journal_table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parked_table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projections_table: Option<String>,
    /// Where the files of the analytics are; only a rebuild of them needs that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    analytics_bucket: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    analytics_prefix: Option<String>,
    /// Where Athena answers, and about which database; only questions in SQL need them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    analytics_work_group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    analytics_database: Option<String>,

    /// The app client through which users sign in.
    pub(crate) user_pool_client_id: String,
    /// Where Cognito is; absent on AWS, where the region tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cognito_url: Option<String>,
    /// Only the local stack's; never written again.
    #[serde(default, skip_serializing)]
    users: Vec<User>,
}

/// Somebody who can sign in.
#[derive(Debug, Deserialize)]
struct User {
    name: String,
    password: String,
}

impl Stack {
    /// The password of this user, if the file has it.
    pub(crate) fn password(&self, name: &str) -> Result<&String> {
        let found = self.users.iter().find(|user| user.name == name).map(|user| &user.password);
        let unknown = || match self.users().join(", ") {
            names if names.is_empty() => format!(
                "the password of {name} is not known: set PASSBOOK_PASSWORD to it and name yourself with --user, or set \
                 PASSBOOK_TOKEN"
            ),
            names => format!("the stack has no user {name}; it has: {names}"),
        };
        found.ok_or_else(|| Failure::usage(unknown()).into())
    }

    /// Who can sign in with a password that the file has.
    pub(crate) fn users(&self) -> Vec<&str> {
        self.users.iter().map(|user| user.name.as_str()).collect()
    }

    /// What the stack is called.
    pub(crate) fn name(&self) -> Result<String> {
        named(self.name.as_ref(), "name")
    }

    /// Where Cognito signs users in.
    pub(crate) fn cognito_url(&self) -> String {
        let on_aws = || format!("https://cognito-idp.{}.amazonaws.com", self.region);
        self.cognito_url.clone().unwrap_or_else(on_aws)
    }

    /// Where the search is, if the stack has one.
    pub(crate) fn search_url(&self) -> Option<&str> {
        Some(self.opensearch_url.as_str()).filter(|url| *url != config::NONE)
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
        let index = self.search_url().map(|url| connect(url, &aws)).transpose();
        let index = index.context("the search cannot be reached")?;
        let control = named(self.projections_table.as_ref(), "projections_table")?;
        let control = DynamoDbControlTable::new(client.clone(), control);
        let summary = control.generations(Projection::AccountSummary).await?.read;
        let history = control.generations(Projection::TransactionHistory).await?.read;
        let table =
            DynamoDbSummaryTable::new(client.clone(), named(self.summary_table.as_ref(), "summary_table")?);
        Ok(Redrive::new(
            DynamoDbEventStore::new(client.clone(), self.events_table.clone()),
            table.at(summary),
            index.at(history),
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
        self.event_store_of(self.events_table.clone()).await
    }

    /// Another table with events in it.
    pub(crate) async fn event_store_of(&self, table: String) -> DynamoDbEventStore {
        DynamoDbEventStore::new(aws_sdk_dynamodb::Client::new(&self.aws().await), table)
    }
}

fn named(value: Option<&String>, name: &str) -> Result<String> {
    let missing = || {
        let words = format!(
            "the file that describes the stack has no {name}: `cargo xtask up` and `passbook profile add` write it anew"
        );
        Failure::usage(words).into()
    };
    value.cloned().ok_or_else(missing)
}
