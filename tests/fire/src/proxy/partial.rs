//! Batches of which a part is left undone, as a busy table leaves it.

use serde_json::{Map, Value, json};

use super::Asked;

/// What is asked of the table in the place of the whole, and what is left.
pub(crate) struct Halves {
    /// The first half of each table's keys or writes; `None` if that is nothing.
    pub(crate) asked: Option<Asked>,
    left: Value,
    /// The name under which an answer says what is left, and the one of what it has done.
    names: (&'static str, &'static str),
}

impl Halves {
    pub(crate) fn of(batch: &Asked) -> Self {
        let is_get = batch.operation == "BatchGetItem";
        let (mut first, mut left) = (Map::new(), Map::new());
        for (table, wanted) in batch.value["RequestItems"].as_object().into_iter().flatten() {
            let all = if is_get { &wanted["Keys"] } else { wanted };
            let all = all.as_array().cloned().unwrap_or_default();
            let (done, undone) = all.split_at(all.len() / 2);
            let part = |of: &[Value]| {
                if !is_get {
                    return json!(of);
                }
                let mut part = wanted.clone();
                part["Keys"] = json!(of);
                part
            };
            if !done.is_empty() {
                first.insert(table.clone(), part(done));
            }
            left.insert(table.clone(), part(undone));
        }
        let asked = (!first.is_empty()).then(|| {
            let mut asked = batch.clone();
            asked.value["RequestItems"] = Value::Object(first);
            asked
        });
        let names = if is_get {
            ("UnprocessedKeys", "Responses")
        } else {
            ("UnprocessedItems", "ItemCollectionMetrics")
        };
        Self { asked, left: Value::Object(left), names }
    }

    /// The answer of the table with what is left in it.
    pub(crate) fn answer(&self, mut answer: Value) -> Value {
        let (left, done) = self.names;
        if answer.get(done).is_none() {
            answer[done] = json!({});
        }
        answer[left] = self.left.clone();
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_keys_is_asked_for_and_the_other_half_is_left() {
        let value = json!({ "RequestItems": { "events": { "ConsistentRead": true, "Keys": [1, 2, 3] } } });
        let halves = Halves::of(&Asked { operation: "BatchGetItem".to_owned(), value });
        let asked = halves.asked.as_ref().unwrap();
        assert_eq!(asked.value["RequestItems"]["events"], json!({ "ConsistentRead": true, "Keys": [1] }));
        let answer = halves.answer(json!({ "Responses": { "events": ["one"] } }));
        assert_eq!(answer["UnprocessedKeys"]["events"], json!({ "ConsistentRead": true, "Keys": [2, 3] }));
        assert_eq!(answer["Responses"]["events"], json!(["one"]));
    }

    #[test]
    fn of_a_single_write_nothing_is_done() {
        let value = json!({ "RequestItems": { "events": [{ "PutRequest": {} }] } });
        let halves = Halves::of(&Asked { operation: "BatchWriteItem".to_owned(), value });
        assert!(halves.asked.is_none());
        assert_eq!(halves.answer(json!({}))["UnprocessedItems"]["events"], json!([{ "PutRequest": {} }]));
    }
}
