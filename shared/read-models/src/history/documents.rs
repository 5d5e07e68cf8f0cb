//! Which documents OpenSearch has, and taking them away.
//!
//! A search sees what was written a second ago, a get by id what was written just now. A document goes on the condition
//! that no other write has come since it was seen, and without an external version: what the projector may write there
//! later always wins.

use opensearch::{BulkOperation, BulkParts, MgetParts, SearchParts, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{FoundDocument, IndexError, OpenSearchHistory, TransactionCatalog, error::accepted};
use crate::summary::Written;

const ACCOUNTS: &str = "accounts";

/// Where documents sort that say no version.
const NO_VERSION: u64 = i64::MAX.unsigned_abs();

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_source", default)]
    source: Value,
    #[serde(rename = "_seq_no", default)]
    seq_no: u64,
    #[serde(rename = "_primary_term", default)]
    primary_term: u64,
    /// Of a get by id alone.
    #[serde(default)]
    found: bool,
}

#[derive(Deserialize)]
struct Removed {
    delete: RemovedItem,
}

#[derive(Deserialize)]
struct RemovedItem {
    status: u16,
    #[serde(default)]
    error: Value,
}

impl TransactionCatalog for OpenSearchHistory {
    async fn accounts(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<String>, Option<String>), IndexError> {
        let mut composite =
            json!({ "size": limit, "sources": [{ "account_id": { "terms": { "field": "account_id" } } }] });
        if let Some(after) = after {
            composite["after"] = json!({ "account_id": after });
        }
        let body = json!({ "size": 0, "aggs": { ACCOUNTS: { "composite": composite } } });
        let Some(answer) = self.look(body).await? else { return Ok((Vec::new(), None)) };
        let aggregated = &answer["aggregations"][ACCOUNTS];
        let name = |key: &Value| key["account_id"].as_str().map(str::to_owned);
        let buckets = aggregated["buckets"].as_array().into_iter().flatten();
        let names = buckets.filter_map(|bucket| name(&bucket["key"])).collect();
        Ok((names, name(&aggregated["after_key"])))
    }

    async fn documents(
        &self,
        account_id: &str,
        after: Option<&FoundDocument>,
        limit: usize,
    ) -> Result<Vec<FoundDocument>, IndexError> {
        let mut body = json!({
            "query": { "bool": { "filter": [{ "term": { "account_id": account_id } }] } },
            // The number of the write tells documents of one version apart.
            "sort": [{ "version": "asc" }, { "_seq_no": "asc" }],
            "size": limit,
            "seq_no_primary_term": true,
        });
        if let Some(after) = after {
            body["search_after"] = json!([after.version().unwrap_or(NO_VERSION), after.seq_no]);
        }
        let Some(mut answer) = self.look(body).await? else { return Ok(Vec::new()) };
        let hits: Vec<Hit> = read(answer["hits"]["hits"].take())?;
        Ok(hits.into_iter().map(FoundDocument::from).collect())
    }

    async fn get(&self, ids: &[String]) -> Result<Vec<Option<FoundDocument>>, IndexError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let request = self.client.mget(MgetParts::Index(&self.alias)).body(json!({ "ids": ids }));
        let mut answer: Value = match accepted(request.send().await?).await {
            Ok(answer) => answer.json().await?,
            Err(error) if is_without_index(&error) => return Ok(vec![None; ids.len()]),
            Err(error) => return Err(error),
        };
        let hits: Vec<Hit> = read(answer["docs"].take())?;
        counted(hits.len(), ids.len())?;
        Ok(hits.into_iter().map(|hit| hit.found.then(|| hit.into())).collect())
    }

    async fn remove(&self, seen: &[FoundDocument]) -> Result<Vec<Written>, IndexError> {
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        let operation = |document: &FoundDocument| {
            let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            let delete = BulkOperation::<()>::delete(document.id.clone());
            delete.if_seq_no(signed(document.seq_no)).if_primary_term(signed(document.primary_term)).into()
        };
        let operations: Vec<BulkOperation<()>> = seen.iter().map(operation).collect();
        let request = self.client.bulk(BulkParts::Index(&self.alias)).require_alias(true).body(operations);
        let mut answer: Value = accepted(request.send().await?).await?.json().await?;
        let items: Vec<Removed> = read(answer["items"].take())?;
        counted(items.len(), seen.len())?;
        items.into_iter().map(|item| item.delete.outcome()).collect()
    }
}

impl OpenSearchHistory {
    /// The whole answer of a search; `None` if nothing was ever written.
    pub(super) async fn look(&self, body: Value) -> Result<Option<Value>, IndexError> {
        let alias = [self.alias.as_str()];
        let search = self.client.search(SearchParts::Index(&alias)).allow_partial_search_results(false);
        match accepted(search.body(body).send().await?).await {
            Ok(answer) => Ok(Some(answer.json().await?)),
            Err(error) if is_without_index(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl RemovedItem {
    fn outcome(self) -> Result<Written, IndexError> {
        match self.status {
            200..=299 => Ok(Written::Done),
            404 | 409 => Ok(Written::Lost),
            429 => Err(IndexError::Throttled),
            status => Err(IndexError::Answered { status, text: self.error.to_string() }),
        }
    }
}

impl From<Hit> for FoundDocument {
    fn from(Hit { id, source, seq_no, primary_term, .. }: Hit) -> Self {
        Self { id, source, seq_no, primary_term }
    }
}

fn is_without_index(error: &IndexError) -> bool {
    error.is(StatusCode::NOT_FOUND, "index_not_found_exception")
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, IndexError> {
    serde_json::from_value(value).map_err(|error| IndexError::Unavailable(error.into()))
}

fn counted(answers: usize, questions: usize) -> Result<(), IndexError> {
    if answers == questions {
        return Ok(());
    }
    let text = format!("{answers} answers to {questions} documents");
    Err(IndexError::Answered { status: StatusCode::OK.as_u16(), text })
}
