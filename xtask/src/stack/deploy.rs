//! The project's template through CloudFormation, as on AWS; then its outputs, and users who can sign in.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::description::{Description, User};
use crate::{
    layout::Layout,
    prerequisites::Prerequisites,
    process::{output_of, run_logged},
    tools::python::{AWS_CLI, program},
};

pub(crate) const REGION: &str = "us-east-1";
/// In place of an OpenSearch's URL: there is none.
pub(crate) const NO_SEARCH: &str = "none";
const STACK_NAME: &str = "passbook";
const BUCKET: &str = "passbook-artifacts";

/// What a deployment needs to know.
#[derive(Debug)]
pub(crate) struct Deployment<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) prerequisites: &'a Prerequisites,
    pub(crate) stack: &'a Path,
    pub(crate) endpoint_url: &'a str,
    pub(crate) opensearch_url: &'a str,
    pub(crate) cache_url: &'a str,
}

/// What `infra/local/provision.py` prints.
#[derive(Deserialize)]
struct Provisioned {
    outputs: HashMap<String, String>,
    users: Vec<User>,
}

impl Deployment<'_> {
    /// Packages and deploys what is staged, makes the users, and describes the whole.
    pub(crate) fn deploy(&self, stage: &Path) -> Result<Description> {
        let packaged = self.stack.join("packaged.yaml");
        self.aws(stage, &["s3", "mb", &format!("s3://{BUCKET}")])?;
        let mut package = vec!["cloudformation", "package", "--template-file", "template.yaml"];
        let output = packaged.to_string_lossy();
        package.extend(["--s3-bucket", BUCKET, "--output-template-file", &output]);
        self.aws(stage, &package)?;

        let mut provision = program(&self.bin()?, "python");
        provision.arg(self.layout.root.join("infra/local/provision.py")).arg(STACK_NAME).arg(&packaged);
        provision.arg(format!("Architecture={}", lambda_architecture()?));
        provision.arg(search_parameter(self.opensearch_url));
        provision.arg(format!("CacheUrl={}", self.cache_url));
        provision.args(["DeletionProtection=false", "TracedShare=1"]);
        // The least that Lambda takes: whoever tries an outage here waits for the end of it.
        provision.args(["HistoryRetryInSeconds=30", "RebuildRetryInSeconds=60"]);
        self.environment(&mut provision);
        let printed = output_of(&mut provision).context("the template cannot be deployed")?;
        self.describe(serde_json::from_str(&printed)?)
    }

    fn describe(&self, provisioned: Provisioned) -> Result<Description> {
        let Provisioned { outputs, users } = provisioned;
        let output = |name: &str| {
            outputs.get(name).cloned().with_context(|| format!("the stack has no output {name}"))
        };
        Ok(Description {
            endpoint_url: self.endpoint_url.to_owned(),
            region: REGION.to_owned(),
            name: STACK_NAME.to_owned(),
            // The form that needs no name of its own: not every system resolves names below `localhost`.
            api_url: format!("{}/_aws/execute-api/{}/$default", self.endpoint_url, output("ApiId")?),
            opensearch_url: self.opensearch_url.to_owned(),
            cache_url: self.cache_url.to_owned(),
            events_table: output("EventsTable")?,
            commands_table: output("CommandsTable")?,
            journal_table: output("JournalTable")?,
            summary_table: output("SummaryTable")?,
            parked_table: output("ParkedTable")?,
            projections_table: output("ProjectionsTable")?,
            history_queue_url: output("HistoryQueueUrl")?,
            history_dead_letter_queue_url: output("HistoryDeadLetterQueueUrl")?,
            analytics_queue_url: output("AnalyticsQueueUrl")?,
            analytics_dead_letter_queue_url: output("AnalyticsDeadLetterQueueUrl")?,
            analytics_bucket: output("AnalyticsBucket")?,
            analytics_work_group: output("AnalyticsWorkGroup")?,
            analytics_database: output("AnalyticsDatabase")?,
            analytics_compactor_name: output("AnalyticsCompactorName")?,
            user_pool_id: output("UserPoolId")?,
            user_pool_client_id: output("UserPoolClientId")?,
            cognito_url: self.endpoint_url.to_owned(),
            users,
            sample_account: None,
        })
    }

    fn bin(&self) -> Result<PathBuf> {
        AWS_CLI.install(self.layout, self.prerequisites)
    }

    fn aws(&self, folder: &Path, arguments: &[&str]) -> Result<()> {
        let mut aws = program(&self.bin()?, "aws");
        aws.current_dir(folder).args(arguments);
        self.environment(&mut aws);
        run_logged(&mut aws, &self.stack.join("logs/deploy.log"))
    }

    /// A local stack takes any credentials; one that wants its own has them in the environment.
    fn environment(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL", self.endpoint_url)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_PAGER", "");
        for (name, any) in [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")] {
            if std::env::var_os(name).is_none() {
                command.env(name, any);
            }
        }
    }
}

/// Where the history is, as the template has to be told.
pub(crate) fn search_parameter(opensearch_url: &str) -> String {
    if opensearch_url == NO_SEARCH {
        "Search=none".to_owned()
    } else {
        format!("OpenSearchUrl={opensearch_url}")
    }
}

/// This machine's processor, as the template calls it.
pub(crate) fn lambda_architecture() -> Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("x86_64"),
        "aarch64" => Ok("arm64"),
        other => bail!("Lambda has no {other} processors"),
    }
}
