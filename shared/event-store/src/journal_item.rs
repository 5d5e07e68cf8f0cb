//! Blocks of the journal as items, and the numbers beside them.

use std::collections::HashMap;

use application::{
    StreamId,
    journal::{Block, Entry},
    ports::StoreError,
};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

type Item = HashMap<String, AttributeValue>;

/// The attributes of a block, by their names in the table.
#[derive(Serialize, Deserialize)]
struct BlockItem {
    log: String,
    position: u64,
    /// JSON: a list of stream, first version and last version. Short, for each KB costs a write unit of the one key that all
    /// blocks have.
    ///
    /// It was called `entries` as long as the ends of streams were numbers that changed: who knows that name alone cannot
    /// read a block, and so does not add one.
    #[serde(alias = "entries")]
    places: String,
    journaled_at: String,
}

/// The attributes of a number.
#[derive(Serialize, Deserialize)]
struct NumberItem {
    log: String,
    position: u64,
    number: u64,
}

pub(crate) fn item_from_block(log: &str, block: &Block) -> Result<Item, StoreError> {
    let entries: Vec<(&str, u64, u64)> = block
        .entries
        .iter()
        .map(|Entry { stream, version, last_version }| (stream.as_str(), *version, *last_version))
        .collect();
    let item = BlockItem {
        log: log.to_owned(),
        position: block.first,
        places: serde_json::to_string(&entries).map_err(unreadable)?,
        journaled_at: block.journaled_at.to_string(),
    };
    Ok(serde_dynamo::to_item::<_, serde_dynamo::Item>(item).map_err(unreadable)?.into())
}

pub(crate) fn block_from_item(item: Item) -> Result<Block, StoreError> {
    let item: BlockItem = serde_dynamo::from_item(serde_dynamo::Item::from(item)).map_err(unreadable)?;
    let entries: Vec<(String, u64, u64)> = serde_json::from_str(&item.places).map_err(unreadable)?;
    let entry =
        |(stream, version, last_version)| Entry { stream: StreamId::stored(stream), version, last_version };
    Ok(Block {
        first: item.position,
        entries: entries.into_iter().map(entry).collect(),
        journaled_at: item.journaled_at.parse().map_err(unreadable)?,
    })
}

pub(crate) fn item_of_number(log: &str, position: u64, number: u64) -> Result<Item, StoreError> {
    let item = NumberItem { log: log.to_owned(), position, number };
    Ok(serde_dynamo::to_item::<_, serde_dynamo::Item>(item).map_err(unreadable)?.into())
}

pub(crate) fn number_from_item(item: Item) -> Result<u64, StoreError> {
    let item: NumberItem = serde_dynamo::from_item(serde_dynamo::Item::from(item)).map_err(unreadable)?;
    Ok(item.number)
}

fn unreadable(source: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unreadable(source.into())
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn a_block_has_a_name_for_its_places_that_builds_of_before_do_not_know_and_theirs_are_read() {
        let entry = Entry { stream: StreamId::stored("account-a".into()), version: 1, last_version: 3 };
        let block =
            Block { first: 7, entries: vec![entry], journaled_at: Timestamp::from_micros(1_000).unwrap() };
        let mut item = item_from_block("journal", &block).unwrap();
        assert!(item.contains_key("places") && !item.contains_key("entries"));
        assert_eq!(block_from_item(item.clone()).unwrap(), block);
        let places = item.remove("places").unwrap();
        item.insert("entries".to_owned(), places);
        assert_eq!(block_from_item(item).unwrap(), block);
    }
}
