//! Where the files are. No other module knows a key.

use application::journal::Position;

/// The keys of one form of the analytics, below a prefix of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    prefix: String,
}

impl Layout {
    /// The files below this prefix: `v1`.
    #[must_use]
    pub fn below(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// The rows of one date in the journal block that begins at this position. Positions have all their digits, so that
    /// keys sort as they do.
    #[must_use]
    pub fn recent(&self, date: &str, first: Position) -> String {
        format!("{}date={date}/{first:020}.parquet", self.all_recent())
    }

    /// The rows of one date in a compaction.
    #[must_use]
    pub fn compacted(&self, date: &str, compaction: &str) -> String {
        format!("{}date={date}/{compaction}.parquet", self.all_compacted())
    }

    /// Which compactions count, and from when on.
    #[must_use]
    pub fn compactions(&self) -> String {
        format!("{}/compactions/compactions.parquet", self.prefix)
    }

    /// What the keys of all recent rows begin with.
    #[must_use]
    pub fn all_recent(&self) -> String {
        format!("{}/recent/", self.prefix)
    }

    /// What the keys of all compacted rows begin with.
    #[must_use]
    pub fn all_compacted(&self) -> String {
        format!("{}/compacted/", self.prefix)
    }
}

/// The name of a file, without its folders and its ending: a position, or a compaction.
pub(super) fn name(key: &str) -> Option<&str> {
    key.rsplit('/').next()?.strip_suffix(".parquet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_the_tables_of_the_template_and_those_who_read_the_files_go_by() {
        let layout = Layout::below("v1");
        let recent = layout.recent("2026-11-24", 41);
        assert_eq!(recent, "v1/recent/date=2026-11-24/00000000000000000041.parquet");
        assert_eq!(name(&recent).and_then(|name| name.parse().ok()), Some(41));
        let compacted = layout.compacted("2026-11-24", "a-b");
        assert_eq!(compacted, "v1/compacted/date=2026-11-24/a-b.parquet");
        assert_eq!(name(&compacted), Some("a-b"));
        assert_eq!(layout.compactions(), "v1/compactions/compactions.parquet");
    }
}
