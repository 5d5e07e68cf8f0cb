//! The logs of a stack's functions.

use anyhow::{Context, Result};
use aws_sdk_cloudwatchlogs::{Client, types::LogGroup};
use domain::Timestamp;
use futures::future::try_join_all;
use serde_json::Value;
use uuid::Uuid;

use crate::{exit::Failure, stack::Stack};

/// The function that commands come to, as its group of logs is named.
const COMMAND_API: &str = "/command-api";

/// The groups of logs of one stack, from some time on.
pub(super) struct Logs {
    client: Client,
    groups: Vec<String>,
    since_ms: i64,
}

impl Logs {
    pub(super) async fn of(stack: &Stack, since: Timestamp) -> Result<Self> {
        let client = Client::new(&stack.aws().await);
        let prefix = format!("/{}/", stack.name()?);
        let pages = client.describe_log_groups().log_group_name_prefix(&prefix).into_paginator().items();
        let groups = pages.send().collect::<Result<Vec<LogGroup>, _>>().await;
        let groups = groups.context("the groups of logs cannot be listed")?;
        let groups: Vec<String> = groups.into_iter().filter_map(|group| group.log_group_name).collect();
        if groups.is_empty() {
            return Err(Failure::usage(format!("there are no logs below {prefix}")).into());
        }
        Ok(Self { client, groups, since_ms: since.as_micros() / 1_000 })
    }

    /// The lines of all functions that have this word in them.
    pub(super) async fn lines_with(&self, word: &str) -> Result<Vec<String>> {
        self.lines_of(&self.groups, word).await
    }

    async fn lines_of(&self, groups: &[String], word: &str) -> Result<Vec<String>> {
        let pattern = format!("\"{word}\"");
        let lines = groups.iter().map(async |group| {
            let request = self.client.filter_log_events().log_group_name(group).start_time(self.since_ms);
            let pages = request.filter_pattern(&pattern).into_paginator().send();
            let pages = pages.collect::<Result<Vec<_>, _>>().await;
            pages.with_context(|| format!("the logs in {group} cannot be read"))
        });
        let pages = try_join_all(lines).await?.into_iter().flatten();
        let events = pages.flat_map(|page| page.events.unwrap_or_default());
        Ok(events.filter_map(|event| event.message).collect())
    }

    /// The trace of the request that this command was first done for.
    pub(super) async fn trace_of(&self, command_id: Uuid) -> Result<String> {
        let of_api = |group: &&String| group.ends_with(COMMAND_API);
        let groups: Vec<String> = self.groups.iter().filter(of_api).cloned().collect();
        let lines = self.lines_of(&groups, &command_id.to_string()).await?;
        let trace = lines.iter().find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["fields"]["replayed"] == false).then_some(())?;
            line["span"]["trace_id"].as_str().map(str::to_owned)
        });
        let words = || format!("no request of the command {command_id} is in the logs");
        trace.ok_or_else(|| Failure::usage(words()).into())
    }
}
