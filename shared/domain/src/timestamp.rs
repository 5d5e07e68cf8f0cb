//! Instants of business time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An instant in UTC, exact to the microsecond, written in RFC 3339 (`2026-11-24T09:30:00.25Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(jiff::Timestamp);

/// The text or number is no instant that the calendar has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is written in RFC 3339, like 2026-11-24T09:30:00Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// The instant this many microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] outside the years -9999 to 9999.
    pub fn from_micros(micros: i64) -> Result<Self, InvalidTimestamp> {
        jiff::Timestamp::from_microsecond(micros).map(Self).map_err(|_| InvalidTimestamp)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Whole days since 1970-01-01, in UTC.
    #[must_use]
    pub fn day(self) -> i64 {
        const MICROS_PER_DAY: i64 = 86_400_000_000;
        self.as_micros().div_euclid(MICROS_PER_DAY)
    }

    /// This instant, or if it is not after `previous`, the first one that is: time in a stream strictly increases,
    /// however the clocks of two writers differ.
    #[must_use]
    pub fn after(self, previous: Self) -> Self {
        let next = previous.as_micros().checked_add(1).and_then(|micros| Self::from_micros(micros).ok());
        next.map_or(self, |next| self.max(next))
    }

    /// This instant moved by so many seconds, as far as the calendar goes.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let span = jiff::SignedDuration::from_secs(seconds);
        Self(self.0.saturating_add(span).unwrap_or(self.0))
    }
}

impl Timestamp {
    /// How long it is from this instant to a later one; nothing if that is not later.
    #[must_use]
    pub fn until(self, later: Self) -> std::time::Duration {
        let micros = later.as_micros().saturating_sub(self.as_micros());
        std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    }
}

impl From<jiff::Timestamp> for Timestamp {
    /// Cuts off what is finer than a microsecond.
    fn from(instant: jiff::Timestamp) -> Self {
        Self(jiff::Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        text.parse::<jiff::Timestamp>().map(Self::from).map_err(|_| InvalidTimestamp)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(text: String) -> Result<Self, InvalidTimestamp> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}
