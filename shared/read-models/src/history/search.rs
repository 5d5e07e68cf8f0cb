//! The history as queries see it: filters, pages by number or by cursor, exact counts.

use application::ports::{
    History, HistoryError, HistoryFilter, HistoryPage, Order, Page, PageError, StoreError, Transaction,
};
use domain::{AccountId, TransactionId};
use opensearch::{SearchParts, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    IndexError, OpenSearchHistory, RESULT_WINDOW,
    cursor::Cursor,
    document::Document,
    error::accepted,
    page::{TOO_DEEP, page as page_of, skipped},
    query,
};

#[derive(Deserialize)]
struct Answer {
    hits: Hits,
}

#[derive(Deserialize)]
struct Hits {
    total: Total,
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_source")]
    source: Document,
}

/// Where a page begins, and how much is asked for.
struct Slice {
    from: u32,
    /// One more than the page has, after a cursor: only so is it known whether more follow.
    size: u32,
    search_after: Option<(i64, u64)>,
}

impl Slice {
    fn new(page: &Page, size: u32) -> Result<Self, PageError> {
        match page {
            Page::Number(number) => Ok(Self { from: skipped(*number, size)?, size, search_after: None }),
            Page::After(cursor) => {
                let search_after = Cursor::decode(cursor).and_then(Cursor::search_after);
                let search_after = Some(search_after.map_err(|_| PageError::InvalidCursor)?);
                let size = size.checked_add(1).filter(|size| *size <= RESULT_WINDOW);
                Ok(Self { from: 0, size: size.ok_or(TOO_DEEP)?, search_after })
            }
        }
    }
}

impl History for OpenSearchHistory {
    async fn search(
        &self,
        filter: &HistoryFilter,
        page: &Page,
        order: Order,
        size: u32,
    ) -> Result<HistoryPage, HistoryError> {
        let slice = Slice::new(page, size)?;
        let Some(matching) = query::matching(filter) else { return Ok(empty()) };
        let direction = match order {
            Order::Descending => "desc",
            Order::Ascending => "asc",
        };
        let mut body = json!({
            "query": matching,
            // All are of one account: it is named since the index is sorted by it first.
            "sort": [{ "account_id": "asc" }, { "timestamp": direction }, { "version": direction }],
            "from": slice.from,
            "size": slice.size,
            "track_total_hits": true,
        });
        if let Some((time, version)) = slice.search_after {
            body["search_after"] = json!([filter.account_id.as_str(), time, version]);
        }
        let (transactions, total_count) = self.hits(body).await?;
        let count = u32::try_from(transactions.len()).unwrap_or(u32::MAX);
        let has_next_page = match page {
            Page::Number(_) => u64::from(slice.from) + u64::from(count) < total_count && count > 0,
            Page::After(_) => count > size,
        };
        Ok(page_of(transactions, size, total_count, has_next_page))
    }

    async fn find(
        &self,
        account_id: &AccountId,
        transaction_id: &TransactionId,
    ) -> Result<Option<Transaction>, HistoryError> {
        let body = json!({ "query": query::one(account_id, transaction_id), "size": 1 });
        Ok(self.hits(body).await?.0.pop())
    }
}

impl OpenSearchHistory {
    async fn hits(&self, body: Value) -> Result<(Vec<Transaction>, u64), StoreError> {
        let answer = match self.answer(body).await {
            Ok(answer) => answer,
            // Nothing has been projected yet: the first transaction makes the index.
            Err(error) if error.is(StatusCode::NOT_FOUND, "index_not_found_exception") => {
                return Ok((Vec::new(), 0));
            }
            Err(error) => return Err(error.into()),
        };
        let transactions = answer.hits.hits.into_iter().map(|hit| Transaction::try_from(hit.source));
        let transactions: Result<Vec<_>, _> = transactions.collect();
        Ok((transactions.map_err(|error| StoreError::Unreadable(error.into()))?, answer.hits.total.value))
    }

    async fn answer(&self, body: Value) -> Result<Answer, IndexError> {
        // Half an answer would have a wrong count.
        let alias = [self.alias.as_str()];
        let search = self.client.search(SearchParts::Index(&alias)).allow_partial_search_results(false);
        let response = search.body(body).send().await?;
        Ok(accepted(response).await?.json().await?)
    }
}

fn empty() -> HistoryPage {
    HistoryPage { transactions: Vec::new(), total_count: 0, has_next_page: false, next_cursor: None }
}
