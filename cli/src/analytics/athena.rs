//! One question to Athena: asked, waited for, and its answer read page by page.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_athena::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    types::{QueryExecution, QueryExecutionContext, QueryExecutionState, ResultSet},
};
use indicatif::ProgressBar;

use crate::{exit::Failure, progress, stack::Stack};

const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// The most looks at a question: as long as Athena lets a query run, which is half an hour.
const LOOKS_MAX: u32 = 9_000;

/// The most rows that Athena gives at a time.
const PAGE_ROWS: i32 = 1_000;

/// The most pages of an answer: whoever wants more reads the files.
const PAGES_MAX: u32 = 1_000;

/// The types that are numbers.
const NUMBERS: [&str; 8] = ["tinyint", "smallint", "integer", "bigint", "decimal", "float", "real", "double"];

/// What came of a question.
pub(super) struct Answer {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Option<String>>>,
}

pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_number: bool,
}

/// Asks, and waits for the answer.
pub(super) async fn ask(stack: &Stack, sql: &str) -> Result<Answer> {
    let (work_group, database) = stack.analytics()?;
    let client = Client::new(&stack.aws().await);
    let context = QueryExecutionContext::builder().database(database).build();
    let request = client.start_query_execution().query_string(sql).work_group(work_group);
    let started = request.query_execution_context(context).send().await.map_err(refused)?;
    let id = started.query_execution_id.context("Athena says not how it calls the question")?;
    let spinner = ProgressBar::new_spinner().with_message("Athena is at it");
    spinner.enable_steady_tick(BETWEEN_LOOKS);
    let outcome = wait(&client, &id).await;
    spinner.finish_and_clear();
    outcome?;
    read(&client, &id).await
}

async fn wait(client: &Client, id: &str) -> Result<()> {
    for _ in 0..LOOKS_MAX {
        let looked = client.get_query_execution().query_execution_id(id).send().await.map_err(refused)?;
        let status = looked.query_execution.as_ref().and_then(QueryExecution::status);
        let reason = status.and_then(|status| status.state_change_reason()).unwrap_or("no reason given");
        match status.and_then(|status| status.state()) {
            Some(QueryExecutionState::Succeeded) => return Ok(()),
            Some(QueryExecutionState::Failed) => {
                return Err(Failure::refused(format!("Athena: {reason}")).into());
            }
            Some(QueryExecutionState::Cancelled) => bail!("the query was cancelled: {reason}"),
            _ => progress::wait(BETWEEN_LOOKS).await,
        }
    }
    bail!("Athena has not answered for half an hour")
}

async fn read(client: &Client, id: &str) -> Result<Answer> {
    let mut answer = Answer { columns: Vec::new(), rows: Vec::new() };
    let mut next = None;
    for page in 0..PAGES_MAX {
        let request = client.get_query_results().query_execution_id(id).max_results(PAGE_ROWS);
        let results = request.set_next_token(next.take()).send().await.map_err(refused)?;
        if let Some(results) = results.result_set {
            answer.add(results, page == 0);
        }
        next = results.next_token;
        if next.is_none() {
            return Ok(answer);
        }
    }
    bail!("the answer has too many rows to be shown: ask for fewer")
}

impl Answer {
    fn add(&mut self, results: ResultSet, is_first: bool) {
        let mut rows = results.rows.unwrap_or_default().into_iter();
        if is_first {
            let metadata = results.result_set_metadata.and_then(|metadata| metadata.column_info);
            self.columns = metadata.unwrap_or_default().into_iter().map(Column::from).collect();
            // The names of the columns come first, as a row.
            rows.next();
        }
        let cells = |row: aws_sdk_athena::types::Row| {
            row.data.unwrap_or_default().into_iter().map(|cell| cell.var_char_value).collect()
        };
        self.rows.extend(rows.map(cells));
    }
}

impl From<aws_sdk_athena::types::ColumnInfo> for Column {
    fn from(column: aws_sdk_athena::types::ColumnInfo) -> Self {
        Self { is_number: NUMBERS.contains(&column.r#type.as_str()), name: column.name }
    }
}

/// A refusal in Athena's own words; otherwise all that led to it.
#[expect(clippy::needless_pass_by_value, reason = "what fails is handed over")]
fn refused<E>(error: SdkError<E>) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error.message() {
        Some(message) => Failure::refused(format!("Athena: {message}")).into(),
        None => {
            let cause = DisplayErrorContext(&error);
            Failure::unreachable(format!("Athena cannot be asked: {cause}")).into()
        }
    }
}
