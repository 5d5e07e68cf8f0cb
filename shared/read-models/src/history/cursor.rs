//! The cursor: where a page ended, opaque to whoever carries it.

use application::ports::{Order, Transaction};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// The place of a transaction in the order of its account: by time, and within one commit by version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// Microseconds since 1970.
    t: i64,
    /// Version.
    v: u64,
}

/// The text is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("the text is no cursor of the transaction history")]
pub struct InvalidCursor;

impl Cursor {
    /// The place of this transaction: what follows it begins the next page.
    #[must_use]
    pub fn after(transaction: &Transaction) -> Self {
        Self { t: transaction.timestamp.as_micros(), v: transaction.version }
    }

    /// Whether this transaction comes behind it, in this order.
    #[must_use]
    pub fn is_before(self, transaction: &Transaction, order: Order) -> bool {
        let place = (transaction.timestamp.as_micros(), transaction.version);
        match order {
            Order::Ascending => place > (self.t, self.v),
            Order::Descending => place < (self.t, self.v),
        }
    }

    /// The text that a client carries.
    #[must_use]
    pub fn encode(self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"t":{},"v":{}}}"#, self.t, self.v))
    }

    /// The place in a client's text. Each place has one text: another that might be read as it was never given out.
    ///
    /// # Errors
    /// [`InvalidCursor`] for any text that [`encode`](Self::encode) does not make.
    pub fn decode(text: &str) -> Result<Self, InvalidCursor> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| InvalidCursor)?;
        if cursor.encode() == text { Ok(cursor) } else { Err(InvalidCursor) }
    }

    /// The sort values of that transaction: the index counts in nanoseconds.
    ///
    /// # Errors
    /// [`InvalidCursor`] for a time that the index cannot hold.
    pub fn search_after(self) -> Result<(i64, u64), InvalidCursor> {
        Ok((self.t.checked_mul(1_000).ok_or(InvalidCursor)?, self.v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let cursor = Cursor { t: 1_767_225_600_000_001, v: 42 };
        assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        assert_eq!(cursor.encode(), "eyJ0IjoxNzY3MjI1NjAwMDAwMDAxLCJ2Ijo0Mn0");
    }

    #[test]
    fn a_cursor_has_one_text() {
        for json in [r#"{"t":1, "v":42}"#, r#"{"v":42,"t":1}"#, "[1,42]", r#"{"t":1,"v":42} "#] {
            assert!(Cursor::decode(&BASE64_URL_SAFE_NO_PAD.encode(json)).is_err(), "{json}");
        }
        assert!(Cursor::decode(&BASE64_URL_SAFE_NO_PAD.encode(r#"{"t":1,"v":42}"#)).is_ok());
    }

    #[test]
    fn another_text_is_no_cursor() {
        for text in ["", "x", "e30", "eyJ0IjoxLCJ2Ijo0Mn0=", "eyJ0IjoiMSIsInYiOjQyfQ", "잔액"] {
            assert!(Cursor::decode(text).is_err(), "{text}");
        }
    }
}
