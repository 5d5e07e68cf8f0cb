//! The files of a compaction under construction, one a date. Rows wait until there are enough of them for a group.

use std::collections::BTreeMap;

use bytes::Bytes;
use parquet::errors::ParquetError;

use super::{Row, file::RowFile};

/// The most rows that wait, of all dates together: a few tens of megabytes, since a domain's texts are short.
const WAITING_MAX: usize = 20_000;

/// The files of one compaction.
pub(super) struct Files {
    compaction: String,
    dates: BTreeMap<String, Pending>,
    waiting: usize,
}

struct Pending {
    file: RowFile,
    rows: Vec<Row>,
}

impl Files {
    pub(super) fn new(compaction: String) -> Self {
        Self { compaction, dates: BTreeMap::new(), waiting: 0 }
    }

    pub(super) fn add(&mut self, row: Row) -> Result<(), ParquetError> {
        let date = row.date();
        let pending = match self.dates.entry(date) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(Pending { file: RowFile::new(&self.compaction)?, rows: Vec::new() })
            }
        };
        pending.rows.push(row);
        self.waiting += 1;
        if self.waiting < WAITING_MAX {
            return Ok(());
        }
        let fullest = self.dates.values_mut().max_by_key(|pending| pending.rows.len());
        if let Some(pending) = fullest {
            self.waiting -= pending.rows.len();
            pending.write()?;
        }
        Ok(())
    }

    /// Each date with its file.
    pub(super) fn finish(self) -> impl Iterator<Item = (String, Result<Bytes, ParquetError>)> {
        self.dates.into_iter().map(|(date, mut pending)| {
            let bytes = pending.write().and_then(|()| pending.file.finish());
            (date, bytes)
        })
    }
}

impl Pending {
    fn write(&mut self) -> Result<(), ParquetError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        self.file.add(&std::mem::take(&mut self.rows))
    }
}
