//! Which rows count, and from when on: one small object, and every change of it one conditional write.
//!
//! A row counts at a moment if its compaction has an entry then, and its position is not before that entry's first.
//! Whoever asks goes by the moment at which the question began (`now()` in the view), and a change is written some
//! seconds before it comes into force. So it is the same which of the two writes around it a query happens to read, and
//! whether that was before or after it listed the files: they are there before the change is, and stay for a while after.

use std::sync::Arc;

use application::journal::{FIRST_POSITION, Position};
use bytes::Bytes;
use domain::Timestamp;
use parquet::{
    data_type::{ByteArray, ByteArrayType, Int64Type},
    file::{
        reader::{FileReader as _, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    record::{Row, RowAccessor as _},
    schema::parser::parse_message_type,
};

use super::{AnalyticsError, Span, file};

/// The name in the place of a compaction's that recent rows have.
pub const RECENT: &str = "recent";

/// How long a change is known before it comes into force: longer than clocks differ.
const NOTICE_SECONDS: i64 = 10;

/// How long files stay that count no more: longer than any query takes (Athena ends them after 30 minutes).
const KEPT_SECONDS: i64 = 40 * 60;

/// 9999-01-01T00:00:00Z, in seconds: until then counts what counts until further notice.
const ALWAYS_SECONDS: i64 = 253_370_764_800;

const SCHEMA: &str = "message compaction {
  required binary compaction (STRING);
  required int64 first_position;
  required int64 until_position;
  required int64 valid_from (TIMESTAMP(MICROS,true));
  required int64 valid_until (TIMESTAMP(MICROS,true));
}";

/// The rows of one compaction, or of what is recent, from a position on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which compaction's, or [`RECENT`].
    pub compaction: String,
    /// The first position.
    pub first: Position,
    /// The position after the last; of what is recent there is none.
    pub until: Position,
    /// From when on they count.
    pub valid_from: Timestamp,
    /// Until when, itself not included.
    pub valid_until: Timestamp,
}

/// All entries that a question may still be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compactions {
    entries: Vec<Entry>,
}

impl Compactions {
    /// Before the first compaction: all is recent.
    #[must_use]
    pub fn none() -> Self {
        Self { entries: vec![recent(FIRST_POSITION, Timestamp::EPOCH)] }
    }

    /// The compactions of a file.
    ///
    /// # Errors
    /// [`AnalyticsError`] if it is none.
    pub fn read(bytes: Bytes) -> Result<Self, AnalyticsError> {
        let reader = SerializedFileReader::new(bytes)?;
        let entries = reader.get_row_iter(None)?.map(|row| entry(&row?)).collect::<Result<_, _>>()?;
        let read = Self { entries };
        read.live().find(|entry| entry.compaction == RECENT).ok_or(AnalyticsError::Compactions)?;
        Ok(read)
    }

    /// The file of these.
    ///
    /// # Errors
    /// [`AnalyticsError::Parquet`].
    pub fn write(&self) -> Result<Bytes, AnalyticsError> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, file::properties("compaction"))?;
        let mut group = writer.next_row_group()?;
        let names: Vec<ByteArray> =
            self.entries.iter().map(|entry| entry.compaction.as_str().into()).collect();
        if let Some(mut column) = group.next_column()? {
            column.typed::<ByteArrayType>().write_batch(&names, None, None)?;
            column.close()?;
        }
        let numbers: [fn(&Entry) -> i64; 4] = [
            |entry| i64::try_from(entry.first).unwrap_or(i64::MAX),
            |entry| i64::try_from(entry.until).unwrap_or(i64::MAX),
            |entry| entry.valid_from.as_micros(),
            |entry| entry.valid_until.as_micros(),
        ];
        for number in numbers {
            let Some(mut column) = group.next_column()? else { break };
            let values: Vec<i64> = self.entries.iter().map(number).collect();
            column.typed::<Int64Type>().write_batch(&values, None, None)?;
            column.close()?;
        }
        group.close()?;
        Ok(writer.into_inner()?.into())
    }

    /// All entries.
    #[must_use]
    pub fn all(&self) -> &[Entry] {
        &self.entries
    }

    /// What counts at a moment.
    pub fn at(&self, moment: Timestamp) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.valid_from <= moment && moment < entry.valid_until)
    }

    /// The compactions that count until further notice, in order.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let compacted = self.live().filter(|entry| entry.compaction != RECENT);
        let mut spans: Vec<Span> =
            compacted.map(|entry| Span { first: entry.first, until: entry.until }).collect();
        spans.sort_unstable_by_key(|span| span.first);
        spans
    }

    /// The first position that is in no compaction.
    #[must_use]
    pub fn end(&self) -> Position {
        self.spans().last().map_or(FIRST_POSITION, |span| span.until)
    }

    /// Lets a new compaction count in the place of all that it covers, from a little after `now` on.
    pub fn replace(&mut self, span: Span, compaction: &str, now: Timestamp) {
        // One change after the other, also by clocks that go differently.
        let last = self.entries.iter().map(|entry| entry.valid_from).max().unwrap_or(now);
        let from = now.plus_seconds(NOTICE_SECONDS).after(last);
        let recent_from = self.end().max(span.until);
        for entry in self.entries.iter_mut().filter(|entry| entry.valid_until == always()) {
            let is_covered = span.first <= entry.first && entry.until <= span.until;
            if is_covered || entry.compaction == RECENT {
                entry.valid_until = from;
            }
        }
        let Span { first, until } = span;
        let compaction = compaction.to_owned();
        self.entries.push(Entry { compaction, first, until, valid_from: from, valid_until: always() });
        self.entries.push(recent(recent_from, from));
    }

    /// Forgets what no question can be about any more. Says whether there was any. A list that was written a moment ago
    /// may have been written late: then what it ended a while ago still counted a moment ago.
    pub fn forget(&mut self, now: Timestamp, written_at: Option<Timestamp>) -> bool {
        if written_at.is_some_and(|at| now < at.plus_seconds(KEPT_SECONDS)) {
            return false;
        }
        let before = self.entries.len();
        let earliest = now.plus_seconds(-KEPT_SECONDS);
        self.entries.retain(|entry| earliest < entry.valid_until);
        self.entries.len() < before
    }

    /// The position before which no recent row is asked for any more.
    #[must_use]
    pub fn recent_from(&self) -> Position {
        let recent = self.entries.iter().filter(|entry| entry.compaction == RECENT);
        recent.map(|entry| entry.first).min().unwrap_or(FIRST_POSITION)
    }

    fn live(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.valid_until == always())
    }
}

fn recent(first: Position, valid_from: Timestamp) -> Entry {
    let until = i64::MAX.unsigned_abs();
    Entry { compaction: RECENT.to_owned(), first, until, valid_from, valid_until: always() }
}

fn entry(row: &Row) -> Result<Entry, AnalyticsError> {
    Ok(Entry {
        compaction: row.get_string(0)?.clone(),
        first: position(row, 1)?,
        until: position(row, 2)?,
        valid_from: timestamp(row, 3)?,
        valid_until: timestamp(row, 4)?,
    })
}

fn position(row: &Row, column: usize) -> Result<Position, AnalyticsError> {
    u64::try_from(row.get_long(column)?).map_err(|_| AnalyticsError::Compactions)
}

fn timestamp(row: &Row, column: usize) -> Result<Timestamp, AnalyticsError> {
    let micros = row.get_timestamp_micros(column)?;
    Timestamp::from_micros(micros).map_err(|_| AnalyticsError::Compactions)
}

fn always() -> Timestamp {
    Timestamp::EPOCH.plus_seconds(ALWAYS_SECONDS)
}
