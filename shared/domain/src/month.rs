//! Calendar months.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use crate::Timestamp;

/// A month of the calendar in UTC, written like `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: Date,
}

/// The text is no month that the calendar has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a month is written like 2026-11")]
pub struct InvalidMonth;

impl Month {
    /// Its first instant.
    ///
    /// # Errors
    /// [`InvalidMonth`] where the calendar ends.
    pub fn begins(self) -> Result<Timestamp, InvalidMonth> {
        let zoned = self.first.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| InvalidMonth)?;
        Ok(zoned.timestamp().into())
    }

    /// The first instant after it.
    ///
    /// # Errors
    /// [`InvalidMonth`] where the calendar ends.
    pub fn ends(self) -> Result<Timestamp, InvalidMonth> {
        let next = self.first.checked_add(jiff::Span::new().months(1)).map_err(|_| InvalidMonth)?;
        Self { first: next }.begins()
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let is_month = |text: &str| {
            let mut letters = text.bytes().enumerate();
            text.len() == 7
                && letters.all(|(place, byte)| if place == 4 { byte == b'-' } else { byte.is_ascii_digit() })
        };
        let first = Some(text).filter(|text| is_month(text)).map(|text| format!("{text}-01"));
        first.and_then(|first| first.parse().ok()).map(|first| Self { first }).ok_or(InvalidMonth)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.strftime("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_where_the_one_before_ends() {
        let month: Month = "2023-12".parse().unwrap();
        assert_eq!(month.begins().unwrap().to_string(), "2023-12-01T00:00:00Z");
        assert_eq!(month.ends().unwrap(), "2024-01".parse::<Month>().unwrap().begins().unwrap());
        assert_eq!(month.to_string(), "2023-12");
        let leap: Month = "2024-02".parse().unwrap();
        assert_eq!(leap.begins().unwrap().until(leap.ends().unwrap()).as_secs(), 29 * 86_400);
    }

    #[test]
    fn what_the_calendar_does_not_have_is_no_month() {
        for text in
            ["2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "2026/11", "", "-026-11", "2026-1१"]
        {
            assert_eq!(text.parse::<Month>(), Err(InvalidMonth), "{text}");
        }
        assert_eq!("9999-12".parse::<Month>().unwrap().ends(), Err(InvalidMonth));
    }
}
