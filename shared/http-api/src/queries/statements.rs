//! Months, and whole histories as files.

use application::{
    ports::{Environment, EventStore, History, Summaries},
    statements::{HistoryPart, Statement, TypeTotal},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, Uri, header},
    response::{IntoResponse, Response},
};
use domain::{AccountId, Money, Timestamp, UserId, account::AccountType};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{Side, table::Table, transactions::TransactionBody};
use crate::{
    Problem,
    problem::Code,
    request::{AccountPath, Asked, FromParameters, Identity, MonthPath, NUMBER_MAX, Parameters},
    response::{etag, next_page},
    schema::{self, Amount},
};

const CSV: &str = "text/csv; charset=utf-8";
const JSON_LINES: &str = "application/jsonl";

/// How many events an export reads at a time, if nobody says.
const EVENTS_DEFAULT: u64 = 1_000;
const EVENTS_MAX: u64 = 5_000;

/// As what a statement is to be.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StatementParameters {
    /// JSON, if absent.
    #[param(rename = "format", value_type = Option<schema::StatementFormat>, inline)]
    is_csv: bool,
}

impl FromParameters for StatementParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        match parameters.text("format")?.as_deref() {
            None | Some("json") => Ok(Self { is_csv: false }),
            Some("csv") => Ok(Self { is_csv: true }),
            Some(_) => Err(Problem::parameter("format", "has to be json or csv")),
        }
    }
}

/// Get an account's statement of a month
///
/// The month is in UTC. Opening balance and all `change`s of the CSV add up to the closing balance. Of a month that is
/// not over, what there is so far.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/statements/{month}", tag = "statements",
    params(MonthPath, StatementParameters),
    responses((
        status = 200, description = "The statement.",
        content((StatementBody = "application/json"), (String = "text/csv")),
        headers(("ETag" = String, description = "The account's version at its end.")),
    )),
    extensions(("x-problems" = json!([Code::StatementNotFound, Code::StatementTooLong]))),
)]
pub(super) async fn get_statement<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    MonthPath(account_id, month): MonthPath,
    Identity(caller): Identity,
    Asked(StatementParameters { is_csv }): Asked<StatementParameters>,
) -> Result<Response, Problem> {
    let statement = queries.statement(&caller, &account_id, month).await?;
    let version = etag(statement.closing_version);
    if is_csv {
        let file = file_name(&format!("{account_id}-{month}.csv"));
        return Ok(
            ([(header::CONTENT_TYPE, CSV.to_owned()), file, version], table(&statement)?).into_response()
        );
    }
    Ok(([version], Json(StatementBody::from(statement))).into_response())
}

fn table(statement: &Statement) -> Result<Vec<u8>, Problem> {
    let Statement { from, to, opening_balance, closing_balance, opening_version, closing_version, .. } =
        statement;
    let mut table = Table::with_header()?;
    table.balance("OPENING_BALANCE", *from, *opening_balance, *opening_version)?;
    statement.lines.iter().try_for_each(|line| table.transaction(line))?;
    table.balance("CLOSING_BALANCE", *to, *closing_balance, *closing_version)?;
    table.finish()
}

/// Which part of a history, as what.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportParameters {
    /// JSON Lines, if absent.
    #[param(rename = "format", value_type = Option<schema::ExportFormat>, inline)]
    is_csv: bool,
    /// The version that was read last, 0 for none.
    #[param(default = 0, required = false)]
    after_version: u64,
    /// How many events are read; those that moved no money are no lines.
    #[param(minimum = 1, maximum = 5000, default = 1000, required = false)]
    limit: u64,
}

impl FromParameters for ExportParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let is_csv = match parameters.text("format")?.as_deref() {
            None | Some("jsonl") => false,
            Some("csv") => true,
            Some(_) => return Err(Problem::parameter("format", "has to be jsonl or csv")),
        };
        let after_version = parameters.number("after_version", 0..=NUMBER_MAX)?.unwrap_or(0);
        let limit = parameters.number("limit", 1..=EVENTS_MAX)?.unwrap_or(EVENTS_DEFAULT);
        Ok(Self { is_csv, after_version, limit })
    }
}

/// Export an account's transactions
///
/// All of them from the first on, oldest first, in parts: `Link` leads to the next one. The parts one after the other
/// are one file; in CSV, only the first names the columns.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/export", tag = "statements", params(AccountPath, ExportParameters),
    responses((
        status = 200, description = "A part of the file.",
        content((String = "application/jsonl"), (String = "text/csv")),
        headers(("Link" = Option<String>, description = "The next part, with `rel=\"next\"`.")),
    )),
)]
pub(super) async fn export_transactions<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    uri: Uri,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    Asked(ExportParameters { is_csv, after_version, limit }): Asked<ExportParameters>,
) -> Result<Response, Problem> {
    let HistoryPart { transactions, next_after } =
        queries.history_part(&caller, &account_id, after_version, limit).await?;
    let link = next_after.map(|after| next_page(&uri, &[], "after_version", &after.to_string()));
    let (content_type, ending) = if is_csv { (CSV, "csv") } else { (JSON_LINES, "jsonl") };
    let part = if is_csv {
        let mut table = if after_version == 0 { Table::with_header()? } else { Table::without_header() };
        transactions.iter().try_for_each(|one| table.transaction(one))?;
        table.finish()?
    } else {
        let mut lines = Vec::new();
        for transaction in transactions {
            let line = serde_json::to_vec(&TransactionBody::from(transaction));
            lines.extend(line.map_err(|_| Problem::internal_error())?);
            lines.push(b'\n');
        }
        lines
    };
    let file = file_name(&format!("{account_id}.{ending}"));
    Ok((link, [(header::CONTENT_TYPE, content_type.to_owned()), file], part).into_response())
}

/// An account id is a file name but for its colons.
fn file_name(name: &str) -> (HeaderName, String) {
    (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", name.replace(':', "_")))
}

/// An account's month.
#[derive(Serialize, ToSchema)]
#[schema(as = Statement)]
struct StatementBody {
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// The owner.
    #[schema(value_type = schema::UserId)]
    user_id: UserId,
    #[schema(value_type = schema::AccountType)]
    account_type: AccountType,
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    #[schema(value_type = schema::Month)]
    month: String,
    /// The first instant of the month.
    #[schema(value_type = schema::Timestamp)]
    from: Timestamp,
    /// The first instant after it.
    #[schema(value_type = schema::Timestamp)]
    to: Timestamp,
    /// Whether nothing can be added to it any more.
    is_final: bool,
    /// Zero in the month that the account was opened in.
    opening_balance: Amount,
    closing_balance: Amount,
    /// 0 in the month that the account was opened in.
    opening_version: u64,
    closing_version: u64,
    /// All that moved, oldest first.
    lines: Vec<TransactionBody>,
    /// By type; types that there were none of are left out.
    totals: Vec<TypeTotalBody>,
    /// What the bank took in all.
    fees: Amount,
}

/// What the transactions of one type come to.
#[derive(Serialize, ToSchema)]
#[schema(as = TypeTotal)]
struct TypeTotalBody {
    #[serde(rename = "type")]
    #[schema(value_type = schema::TransactionType)]
    transaction_type: &'static str,
    /// How many.
    transactions: u64,
    /// Fees not counted.
    amount: Amount,
    fee: Amount,
}

impl From<Statement> for StatementBody {
    fn from(statement: Statement) -> Self {
        let none = Money::zero(statement.currency).amount();
        let fees = statement.totals.iter().fold(none, |sum, total| sum.saturating_add(total.fee));
        Self {
            account_id: statement.account_id,
            user_id: statement.user_id,
            account_type: statement.account_type,
            currency: statement.currency.code(),
            month: statement.month.to_string(),
            from: statement.from,
            to: statement.to,
            is_final: statement.is_final,
            opening_balance: statement.opening_balance.into(),
            closing_balance: statement.closing_balance.into(),
            opening_version: statement.opening_version,
            closing_version: statement.closing_version,
            lines: statement.lines.into_iter().map(TransactionBody::from).collect(),
            totals: statement.totals.into_iter().map(TypeTotalBody::from).collect(),
            fees: fees.into(),
        }
    }
}

impl From<TypeTotal> for TypeTotalBody {
    fn from(TypeTotal { transaction_type, transactions, amount, fee }: TypeTotal) -> Self {
        let transaction_type = transaction_type.as_str();
        Self { transaction_type, transactions, amount: amount.into(), fee: fee.into() }
    }
}
