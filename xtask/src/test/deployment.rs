//! A deployment by `sam deploy` alone: into servers with nothing in them, over a bank that is at work, and away again.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::checks::{Checks, show};
use crate::{
    process::output_of,
    progress::step,
    stack::{
        bring_up::Servers,
        build::{self, Built},
        deploy::{NO_SEARCH, REGION, lambda_architecture, search_parameter},
    },
    tools::python::{AWS_CLI, SAM_CLI},
};

/// As `samconfig.toml` has it.
const STACK_NAME: &str = "passbook";

/// Tests that need no more than the API, for every kind of command and query once.
const FLOWS: &str = "journey";

/// A deployment and its tools.
struct Deployment<'a> {
    checks: &'a Checks,
    servers: Servers,
    stage: PathBuf,
    sam: PathBuf,
    aws: PathBuf,
}

pub(super) fn prove(checks: &Checks) -> Result<()> {
    let Checks { layout, prerequisites, stack, .. } = checks;
    build::build(layout)?;
    let sam = step("bring in the SAM CLI", || SAM_CLI.install(layout, prerequisites))?.join("sam");
    let aws = AWS_CLI.install(layout, prerequisites)?.join("aws");
    let servers = checks.servers()?.servers()?;
    let stage = build::stage(layout, stack, Built::Debug)?;
    std::fs::copy(layout.root.join("samconfig.toml"), stage.join("samconfig.toml"))?;
    let deployment = Deployment { checks, servers, stage, sam, aws };
    step("sam deploy", || deployment.sam(&deployment.deploy_arguments()?))?;
    let table = deployment.events_table()?;
    deployment.test("acceptance", &[FLOWS])?;
    deployment.test("deployment", &["no_request_fails", "--", "--nocapture"])?;
    deployment.test("deployment", &["without_a_search_index"])?;
    // `sam delete` reads URLs of S3 only as AWS writes them.
    step("delete the stack", || {
        for action in ["delete-stack", "wait stack-delete-complete"] {
            let action = action.split(' ').chain(["--stack-name", STACK_NAME]);
            deployment.run_aws(&["cloudformation"].into_iter().chain(action).collect::<Vec<_>>())?;
        }
        Ok(())
    })?;
    let left = deployment.commits_in(&table)?;
    ensure!(left > 0, "the events table was deleted with the stack");
    eprintln!("  ✓ the stack is gone, and {left} commits are still there");
    // What was left behind is in nobody's way.
    step("sam deploy, once more", || deployment.sam(&deployment.deploy_arguments()?))?;
    Ok(())
}

impl Deployment<'_> {
    fn deploy_arguments(&self) -> Result<Vec<String>> {
        self.arguments(&self.servers.opensearch_url)
    }

    fn arguments(&self, opensearch_url: &str) -> Result<Vec<String>> {
        let cache_url = &self.servers.cache_url;
        let architecture = lambda_architecture()?;
        let fixed = ["deploy", "--config-env", "local", "--parameter-overrides", "DeletionProtection=false"];
        let own = [
            format!("Architecture={architecture}"),
            search_parameter(opensearch_url),
            format!("CacheUrl={cache_url}"),
        ];
        Ok(fixed.map(str::to_owned).into_iter().chain(own).collect())
    }

    fn sam(&self, arguments: &[String]) -> Result<()> {
        let mut sam = Command::new(&self.sam);
        self.environment(sam.current_dir(&self.stage).args(arguments).env("SAM_CLI_TELEMETRY", "0"));
        output_of(&mut sam).map(|_| ())
    }

    /// Runs tests against the stack as whoever has deployed it would.
    fn test(&self, target: &str, arguments: &[&str]) -> Result<()> {
        let mut test = self.checks.layout.cargo();
        test.args(["test", "--package", "acceptance", "--test", target]).args(arguments);
        test.env("TARGET", STACK_NAME).env("PASSBOOK_AWS", &self.aws).env("PASSBOOK_SAM", &self.sam);
        test.env("PASSBOOK_STAGE", &self.stage)
            .env("PASSBOOK_SAM_ARGUMENTS", self.deploy_arguments()?.join(" "))
            .env("PASSBOOK_SAM_WITHOUT_SEARCH", self.arguments(NO_SEARCH)?.join(" "));
        self.environment(&mut test);
        show(&mut test, "a test of the deployment fails")
    }

    fn events_table(&self) -> Result<String> {
        let query = "Stacks[0].Outputs[?OutputKey=='EventsTable'].OutputValue";
        let found =
            self.aws(&["cloudformation", "describe-stacks", "--stack-name", STACK_NAME, "--query", query])?;
        found[0].as_str().map(str::to_owned).context("the stack has no output EventsTable")
    }

    fn commits_in(&self, table: &str) -> Result<u64> {
        let counted = self.aws(&["dynamodb", "scan", "--table-name", table, "--select", "COUNT"])?;
        counted["Count"].as_u64().context("a scan counts")
    }

    fn aws(&self, arguments: &[&str]) -> Result<Value> {
        Ok(serde_json::from_str(&self.run_aws(arguments)?)?)
    }

    fn run_aws(&self, arguments: &[&str]) -> Result<String> {
        let mut aws = Command::new(&self.aws);
        output_of(self.environment(aws.args(arguments)))
    }

    fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("AWS_ENDPOINT_URL", &self.servers.endpoint_url)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
    }
}
