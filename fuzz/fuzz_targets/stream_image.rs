//! A commit as the table's stream delivers it: any JSON in the place of an image is no commit, or one that comes back
//! as the same.

#![no_main]

use event_store::{commit_from_image, item_from_commit};
use libfuzzer_sys::fuzz_target;
use serde_dynamo::Item;

fuzz_target!(|input: &[u8]| {
    let Ok(image) = serde_json::from_slice::<Item>(input) else { return };
    let Ok(commit) = commit_from_image(image.clone()) else { return };
    let item = item_from_commit(&commit).expect("what was an item can be one");
    assert_eq!(item.inner().len(), ATTRIBUTES, "an item has every attribute of a commit and no other");
    for name in AS_THEY_ARE {
        assert_eq!(item.get(name), image.get(name), "{name}");
    }
    // By way of JSON, as the stream has it.
    let image = serde_json::to_vec(&item).expect("an item is JSON");
    let image = serde_json::from_slice(&image).expect("an item is JSON");
    let again = commit_from_image(image).expect("an item is a commit");
    assert_eq!(again, commit);
    assert_eq!(again.chain_hash(None), commit.chain_hash(None));
});

/// The texts of a commit, which nobody reads between table and projection.
const AS_THEY_ARE: [&str; 4] = ["stream", "events", "state", "metadata"];

/// How many attributes a commit has (docs/ARCHITECTURE.md).
const ATTRIBUTES: usize = 7;
