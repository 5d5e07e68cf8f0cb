//! What was said over HTTP, for the checks: the status and the body, as they came.

use application::Refusal;
use domain::AccountId;
use http_api::refusal_body;
use serde_json::Value;
use testing::check::{Told, ToldOfAccount};

const CREATED: u16 = 201;

/// An answer that stays.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Said {
    /// The request that it was said to first, if it tells.
    pub(crate) fn request_id(&self) -> String {
        self.body["request_id"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.status == CREATED
    }
}

impl Told for Said {
    fn receipts(&self) -> Option<Vec<ToldOfAccount>> {
        if !self.is_done() {
            return None;
        }
        let legs = match self.body["from"].is_object() {
            true => vec![&self.body["from"], &self.body["to"]],
            false => vec![&self.body],
        };
        Some(legs.into_iter().filter_map(receipt).collect())
    }

    fn is(&self, refusal: &Refusal) -> bool {
        let path = self.body["instance"].as_str().unwrap_or_default();
        let expected = refusal_body(refusal.clone(), path, &self.request_id());
        serde_json::to_value(expected).is_ok_and(|expected| expected == self.body)
    }
}

fn receipt(leg: &Value) -> Option<ToldOfAccount> {
    Some(ToldOfAccount {
        account_id: leg["account_id"].as_str()?.parse::<AccountId>().ok()?,
        version: leg["version"].as_u64()?,
        balance: leg["balance"].as_str().and_then(|balance| balance.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_transfer_tells_of_both_accounts_and_of_one_balance() {
        let body = json!({
            "from": { "account_id": "a", "version": 3, "balance": "1.50" },
            "to": { "account_id": "b", "version": 9 },
        });
        let receipts = Said { status: CREATED, body }.receipts().unwrap();
        let told: Vec<_> =
            receipts.iter().map(|one| (one.account_id.as_str(), one.version, one.balance)).collect();
        assert_eq!(told, [("a", 3, Some("1.50".parse().unwrap())), ("b", 9, None)]);
    }

    #[test]
    fn a_refusal_is_the_one_that_the_api_would_say_so() {
        let refusal = |id: &str| Refusal::AccountNotFound(id.parse().unwrap());
        let body = serde_json::to_value(refusal_body(refusal("a"), "/v1/x", "r-1")).unwrap();
        let said = Said { status: 404, body };
        assert!(said.is(&refusal("a")) && !said.is(&refusal("b")));
        assert_eq!((said.request_id().as_str(), said.receipts().is_none()), ("r-1", true));
    }
}
