//! An admin who follows the feed while everything dies around it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{clients::Acknowledged, sender::Sender};

/// What the feed has said.
#[derive(Default)]
pub(crate) struct Follower {
    after: u64,
    /// The position of each account's versions, and the event there.
    events: BTreeMap<(String, u64), String>,
}

impl Follower {
    /// Reads on to the end that the feed has now; each position follows on the one before.
    pub(crate) async fn follow(&mut self, admin: &Sender<'_>) {
        loop {
            let page = admin.read(&format!("/v1/events?after={}&limit=500", self.after)).await.body;
            for event in page["events"].as_array().unwrap() {
                self.take(event);
            }
            assert_eq!(page["next_after"].as_u64(), Some(self.after));
            if page["has_more"] == json!(false) {
                return;
            }
        }
    }

    fn take(&mut self, event: &Value) {
        let position = event["position"].as_u64().unwrap();
        // A commit has one position, and may have more than one event.
        let follows = position == self.after || position == self.after + 1;
        assert!(follows, "{position} comes after {}", self.after);
        self.after = position;
        let (stream, id) = (event["stream"].as_str().unwrap(), event["event_id"].as_str().unwrap());
        let place = (stream.to_owned(), event["version"].as_u64().unwrap());
        let other = self.events.insert(place, id.to_owned());
        assert_eq!(other, None, "an event is there twice: {event}");
    }

    /// How many of the acknowledged events the feed has; each has to be the one that was acknowledged.
    pub(crate) fn has(&self, acknowledged: &Acknowledged) -> usize {
        let of = |((account, version), id): (&(String, u64), &String)| {
            let fed = self.events.get(&(format!("account-{account}"), *version));
            assert!(fed.is_none_or(|fed| fed == id), "version {version} of {account} is {fed:?}, not {id}");
            usize::from(fed.is_some())
        };
        acknowledged.events.iter().map(of).sum()
    }
}
