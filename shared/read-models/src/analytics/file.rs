//! Rows as a Parquet file: the same rows always make the same bytes.
//!
//! Sums are decimals with 22 digits, 4 of them behind the point: the 18 digits of money and the 4 minor digits that a
//! currency may have, exactly. Without Arrow, a column at a time: there are 22 columns, and the function stays small.

use std::sync::Arc;

use bytes::Bytes;
use domain::Decimal;
use parquet::{
    basic::Compression,
    data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr},
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};

use super::Row;

/// The columns of a file of rows, in Parquet's own language. A change of it is another form, below another prefix.
pub const SCHEMA: &str = include_str!("rows-v1.schema");

/// How many digits behind the point a sum has in a file.
const SCALE: u32 = 4;

/// How many of the 16 bytes of a number a sum needs not.
const UNUSED: usize = 6;

/// What a column takes out of a row.
enum Column {
    Text(fn(&Row) -> Option<ByteArray>),
    Number(fn(&Row) -> Option<i64>),
    SmallNumber(fn(&Row) -> i32),
    Sum(fn(&Row) -> Option<Decimal>),
    /// The same in all rows of a file.
    Compaction,
}

/// The columns, in the order of [`SCHEMA`].
const COLUMNS: [Column; 22] = [
    Column::Compaction,
    Column::Number(|row| signed(row.position)),
    Column::Text(|row| text(&row.stream)),
    Column::Number(|row| signed(row.version)),
    Column::Text(|row| text(&row.stored.id)),
    Column::Text(|row| text(&row.stored.name)),
    Column::SmallNumber(|row| i32::from(row.stored.version)),
    Column::Number(|row| Some(row.timestamp.as_micros())),
    Column::Number(|row| row.recorded_at.map(domain::Timestamp::as_micros)),
    Column::Text(|row| optional(row.command_id.as_deref())),
    Column::Text(|row| optional(row.user_id.as_deref())),
    Column::Text(|row| optional(row.account_id.as_ref().map(domain::AccountId::as_str))),
    Column::Text(|row| optional(row.holder_id.as_deref())),
    Column::Text(|row| row.account_type.and_then(|kind| text(&kind.to_string()))),
    Column::Text(|row| row.transaction.as_ref().and_then(|one| text(one.amount.currency().code()))),
    Column::Sum(Row::amount),
    Column::Sum(Row::fee),
    Column::Sum(Row::balance_after),
    Column::Text(|row| row.transaction.as_ref().and_then(|one| optional(one.counterparty.as_deref()))),
    Column::Text(|row| row.transaction.as_ref().and_then(|one| optional(one.reference.as_deref()))),
    Column::Text(|row| text(&row.stored.data.to_string())),
    Column::Text(|row| optional(row.unreadable.as_deref())),
];

/// A file under construction.
pub(super) struct RowFile {
    writer: SerializedFileWriter<Vec<u8>>,
    compaction: ByteArray,
}

/// A file of these rows, which belong to this compaction.
///
/// # Errors
/// [`ParquetError`] if there is a row that the schema does not allow, which there is none.
pub fn file(compaction: &str, rows: &[Row]) -> Result<Bytes, ParquetError> {
    let mut file = RowFile::new(compaction)?;
    file.add(rows)?;
    file.finish()
}

impl RowFile {
    pub(super) fn new(compaction: &str) -> Result<Self, ParquetError> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let writer = SerializedFileWriter::new(Vec::new(), schema, properties("data"))?;
        Ok(Self { writer, compaction: compaction.into() })
    }

    /// Adds rows, as a group of their own.
    pub(super) fn add(&mut self, rows: &[Row]) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &COLUMNS {
            let Some(mut writer) = group.next_column()? else { break };
            column.write(&mut writer, rows, &self.compaction)?;
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Bytes, ParquetError> {
        Ok(self.writer.into_inner()?.into())
    }
}

/// How files are written. Nothing in them tells which build wrote them.
pub(super) fn properties(without_dictionary: &str) -> WriterPropertiesPtr {
    let each_its_own = ColumnPath::from(without_dictionary);
    Arc::new(
        WriterProperties::builder()
            .set_created_by("passbook".to_owned())
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_column_dictionary_enabled(each_its_own.clone(), false)
            .set_column_statistics_enabled(each_its_own, EnabledStatistics::None)
            .build(),
    )
}

impl Column {
    fn write(
        &self,
        writer: &mut SerializedColumnWriter<'_>,
        rows: &[Row],
        compaction: &ByteArray,
    ) -> Result<(), ParquetError> {
        match self {
            Self::Text(get) => {
                let (values, present) = column(rows, get);
                writer.typed::<ByteArrayType>().write_batch(&values, Some(&present), None)?;
            }
            Self::Number(get) => {
                let (values, present) = column(rows, get);
                writer.typed::<Int64Type>().write_batch(&values, Some(&present), None)?;
            }
            Self::SmallNumber(get) => {
                let values: Vec<i32> = rows.iter().map(get).collect();
                writer.typed::<Int32Type>().write_batch(&values, None, None)?;
            }
            Self::Sum(get) => {
                let (values, present) = column(rows, |row| get(row).and_then(sum));
                writer.typed::<FixedLenByteArrayType>().write_batch(&values, Some(&present), None)?;
            }
            Self::Compaction => {
                let values = vec![compaction.clone(); rows.len()];
                writer.typed::<ByteArrayType>().write_batch(&values, None, None)?;
            }
        }
        Ok(())
    }
}

/// The values that there are, and for each row whether there is one. A column that must have them takes no notice of the
/// latter.
fn column<T>(rows: &[Row], get: impl Fn(&Row) -> Option<T>) -> (Vec<T>, Vec<i16>) {
    let values: Vec<Option<T>> = rows.iter().map(get).collect();
    let present = values.iter().map(|value| i16::from(value.is_some())).collect();
    (values.into_iter().flatten().collect(), present)
}

/// The whole number of the smallest units, in ten bytes, the highest first.
fn sum(mut amount: Decimal) -> Option<FixedLenByteArray> {
    amount.rescale(SCALE);
    let bytes = amount.mantissa().to_be_bytes();
    bytes.get(UNUSED..).map(|bytes| FixedLenByteArray::from(bytes.to_vec()))
}

fn signed(number: u64) -> Option<i64> {
    i64::try_from(number).ok()
}

#[expect(clippy::unnecessary_wraps, reason = "columns that must have a value are read like those that may")]
fn text(text: &str) -> Option<ByteArray> {
    Some(text.into())
}

fn optional(text: Option<&str>) -> Option<ByteArray> {
    text.map(ByteArray::from)
}
