//! Pages, whatever the transactions are read from.

use application::ports::{HistoryPage, PageError, Transaction};

use super::cursor::Cursor;

/// How deep a page by number may reach, in transactions (`index.max_result_window`). A cursor goes on from there.
pub const RESULT_WINDOW: u32 = 10_000;

pub(super) const TOO_DEEP: PageError = PageError::TooDeep { limit: RESULT_WINDOW };

/// How many transactions are before the page of this number.
pub(super) fn skipped(number: u32, size: u32) -> Result<u32, PageError> {
    let end = number.checked_mul(size).filter(|end| *end <= RESULT_WINDOW);
    end.and_then(|end| end.checked_sub(size)).ok_or(TOO_DEEP)
}

/// The page that begins with these transactions.
pub(super) fn page(
    mut transactions: Vec<Transaction>,
    size: u32,
    total_count: u64,
    has_next_page: bool,
) -> HistoryPage {
    transactions.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let last = transactions.last().filter(|_| has_next_page);
    let next_cursor = last.map(|transaction| Cursor::after(transaction).encode());
    HistoryPage { transactions, total_count, has_next_page, next_cursor }
}
