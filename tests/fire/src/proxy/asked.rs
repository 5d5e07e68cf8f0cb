//! What a request to DynamoDB asks for, as far as a fault has to know.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use application::StreamId;
use hyper::{HeaderMap, body::Bytes};
use serde_json::Value;

/// The header that names the operation: `DynamoDB_20120810.PutItem`.
const TARGET: &str = "x-amz-target";

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `PutItem`.
    pub(crate) operation: String,
    /// What it says.
    pub(crate) value: Value,
}

impl Asked {
    /// Reads what an SDK has sent; what is none of its operations has an empty name.
    pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Self {
        let target = headers.get(TARGET).and_then(|target| target.to_str().ok()).unwrap_or_default();
        Self {
            operation: target.rsplit('.').next().unwrap_or_default().to_owned(),
            value: serde_json::from_slice(body).unwrap_or_default(),
        }
    }

    /// Its body.
    pub(crate) fn body(&self) -> Bytes {
        self.value.to_string().into()
    }

    /// The same of a request and of each of its repetitions by an SDK.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.operation.hash(&mut hasher);
        self.value.to_string().hash(&mut hasher);
        hasher.finish()
    }

    /// Whether it may change something.
    pub(crate) fn is_write(&self) -> bool {
        matches!(
            self.operation.as_str(),
            "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "BatchWriteItem"
        )
    }

    /// Whether it asks for many items one by one, of which some may be left.
    pub(crate) fn is_batch(&self) -> bool {
        self.operation.starts_with("Batch")
    }

    /// Each put: a request, or a part of a transaction, with its table and its item.
    pub(crate) fn puts(&self) -> Vec<&Value> {
        match self.operation.as_str() {
            "PutItem" => vec![&self.value],
            "TransactWriteItems" => {
                let parts = self.value["TransactItems"].as_array().into_iter().flatten();
                parts.map(|part| &part["Put"]).filter(|put| put.is_object()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The names of the tables that it is about.
    pub(crate) fn tables(&self) -> Vec<&str> {
        if let Some(tables) = self.value["RequestItems"].as_object() {
            return tables.keys().map(String::as_str).collect();
        }
        let own = self.value["TableName"].as_str();
        own.into_iter().chain(self.puts().into_iter().filter_map(|put| put["TableName"].as_str())).collect()
    }

    /// The commits that it would append to this table.
    pub(crate) fn commits(&self, events_table: &str) -> Vec<(StreamId, u64)> {
        let of_table = self.puts().into_iter().filter(|put| put["TableName"] == events_table);
        of_table.filter_map(|put| place(&put["Item"])).collect()
    }
}

/// Where an item of the events table stands.
pub(crate) fn place(item: &Value) -> Option<(StreamId, u64)> {
    let stream = item["stream"]["S"].as_str()?.to_owned();
    Some((StreamId::stored(stream), item["version"]["N"].as_str()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(operation: &str, value: &Value) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(TARGET, format!("DynamoDB_20120810.{operation}").parse().unwrap());
        Asked::read(&headers, &value.to_string().into())
    }

    #[test]
    fn the_commits_of_a_put_and_of_a_transaction_are_known() {
        let put = |stream: &str, table: &str| json!({ "TableName": table, "Item": { "stream": { "S": stream }, "version": { "N": "7" } } });
        let one = asked("PutItem", &put("account-a", "events"));
        assert_eq!(one.commits("events"), [(StreamId::stored("account-a".to_owned()), 7)]);
        assert_eq!(one.commits("journal"), []);
        let parts = json!({ "TransactItems": [
            { "Put": put("account-a", "events") }, { "Put": put("x", "commands") }, { "Delete": {} },
        ] });
        let both = asked("TransactWriteItems", &parts);
        assert_eq!(both.commits("events").len(), 1);
        assert_eq!(both.tables(), ["events", "commands"]);
        assert!(both.is_write() && !both.is_batch());
    }

    #[test]
    fn a_repetition_is_known_again() {
        let value = json!({ "TableName": "events" });
        assert_eq!(asked("Query", &value).digest(), asked("Query", &value).digest());
        assert_ne!(asked("Query", &value).digest(), asked("Scan", &value).digest());
    }
}
