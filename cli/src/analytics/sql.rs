//! `passbook analytics sql`: any question, answered by Athena out of the files.

use anyhow::Result;
use clap::Args;
use read_models::analytics::EVENTS;
use serde_json::{Map, Value};

use super::athena::{Answer, ask};
use crate::{exit::Exit, output, stack::Stack, table};

const EXAMPLES: &str = "Examples:
  passbook analytics sql \"SELECT count(*) FROM events\"
  passbook analytics sql \"SELECT currency, sum(amount), sum(fee) FROM events GROUP BY currency\"
  passbook analytics sql \"SELECT event_type, count(*) AS n FROM events WHERE date >= '2026-11-01' GROUP BY event_type ORDER BY n DESC\" --json

The table is events, with each event once: position, stream, version, event_id, event_type, type_version, timestamp,
recorded_at, command_id, user_id (who sent it), account_id, holder_id, account_type, currency, amount, fee,
balance_after, counterparty, reference, data (JSON), unreadable, and date, by which its files are kept: a condition on
it makes a query quick. Sums are decimals. A few seconds pass until an event is there.";

/// Ask Athena in SQL; the table of all events is called events.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The question.
    sql: String,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let Answer { columns, rows } = ask(stack, &with_events(&arguments.sql)).await?;
    if json {
        let row = |row: &Vec<Option<String>>| {
            let cells = columns.iter().map(|column| column.name.clone()).zip(row);
            Value::from(cells.map(|(name, cell)| (name, Value::from(cell.clone()))).collect::<Map<_, _>>())
        };
        output::json(&rows.iter().map(row).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let headings: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let numbers = columns.iter().enumerate().filter(|(_, column)| column.is_number);
    let right: Vec<usize> = numbers.map(|(index, _)| index).collect();
    let cell = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
    output::text(&table::render(&headings, &rows, &right))?;
    Ok(Exit::Done)
}

/// The question with the view of all events before it, as one more of its own `WITH` tables if it has any.
fn with_events(sql: &str) -> String {
    let sql = sql.trim().trim_end_matches(';');
    let view = format!("events AS (\n{}\n)", EVENTS.trim());
    let (first, rest) = sql.split_once(char::is_whitespace).unwrap_or((sql, ""));
    if !first.eq_ignore_ascii_case("with") {
        return format!("WITH {view}\n{sql}");
    }
    let rest = rest.trim_start();
    match rest.split_once(char::is_whitespace) {
        Some((word, rest)) if word.eq_ignore_ascii_case("recursive") => {
            format!("WITH RECURSIVE {view},\n{rest}")
        }
        _ => format!("WITH {view},\n{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::with_events;

    #[test]
    fn the_view_comes_before_the_question_and_before_its_own_tables() {
        let asked = |sql: &str| {
            let sql = with_events(sql);
            let begin = sql.find("events AS (").unwrap();
            let end = sql.rfind("c.valid_until\n)").unwrap();
            (sql[..begin].to_owned(), sql[end + "c.valid_until\n)".len()..].to_owned())
        };
        let parts = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        assert_eq!(asked(" SELECT 1;"), parts("WITH ", "\nSELECT 1"));
        assert_eq!(asked("with a AS (SELECT 1) SELECT 2"), parts("WITH ", ",\na AS (SELECT 1) SELECT 2"));
        assert_eq!(
            asked("WITH recursive a AS (SELECT 1) SELECT 2"),
            parts("WITH RECURSIVE ", ",\na AS (SELECT 1) SELECT 2")
        );
    }
}
