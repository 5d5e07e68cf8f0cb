//! The journal in a table of its own: partition key `log`, sort key `position`.
//!
//! Blocks are in the log `journal`, each at the position that it begins with. How far a stream is journaled is in a log
//! of the stream's own, and how far the journal was handed on in another; both at position 0.

use std::collections::{BTreeMap, HashMap};

use application::{
    StreamId,
    journal::{BLOCK_STREAMS_MAX, Block, FIRST_POSITION, Position},
    ports::{Journal, JournalError, StoreError},
};
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Put, ReturnConsumedCapacity, TransactWriteItem},
};

use super::{
    Item,
    attempts::Attempts,
    batch::{self, BATCH_KEYS_MAX},
    error,
};
use crate::{
    CapacityMeter,
    journal_item::{block_from_item, item_from_block, item_of_number, number_from_item},
};

const JOURNAL: &str = "journal";
const HANDED_ON: &str = "handed-on";
const IS_FREE: &str = "attribute_not_exists(#log)";

const _: () = assert!(BLOCK_STREAMS_MAX < BATCH_KEYS_MAX, "a block and its streams are one transaction");

/// The journal over one `DynamoDB` table.
#[derive(Clone, Debug)]
pub struct DynamoDbJournal {
    client: Client,
    table: String,
    capacity: CapacityMeter,
}

impl DynamoDbJournal {
    /// The journal over this table.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, capacity: CapacityMeter::default() }
    }

    /// What the table has charged to this journal and its clones.
    #[must_use]
    pub fn capacity(&self) -> &CapacityMeter {
        &self.capacity
    }

    /// Blocks from a range of positions.
    async fn query(
        &self,
        condition: &'static str,
        position: Position,
        is_ascending: bool,
        limit: usize,
    ) -> Result<Vec<Block>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_names("#log", "log")
            .expression_attribute_names("#position", "position")
            .expression_attribute_values(":log", text(JOURNAL))
            .expression_attribute_values(":position", number(position))
            .scan_index_forward(is_ascending)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let page = request.send().await.map_err(error::read)?;
        self.capacity.add_read(page.consumed_capacity());
        page.items.unwrap_or_default().into_iter().map(block_from_item).collect()
    }

    /// How far these logs are, of those that are at all.
    async fn batch(&self, logs: Vec<String>) -> Result<BTreeMap<String, u64>, StoreError> {
        let keys = logs.iter().map(|log| key(log)).collect();
        let items = batch::get(&self.client, &self.table, keys, false, &self.capacity).await?;
        items.into_iter().map(number_from_item).collect()
    }

    /// A put of the transaction, on a condition that may compare with a number.
    fn put(
        &self,
        item: Item,
        condition: &str,
        expected: Option<u64>,
    ) -> Result<TransactWriteItem, JournalError> {
        let mut put =
            Put::builder().table_name(&self.table).set_item(Some(item)).condition_expression(condition);
        put = match expected {
            None => put.expression_attribute_names("#log", "log"),
            Some(expected) => put
                .expression_attribute_names("#number", "number")
                .expression_attribute_values(":expected", number(expected)),
        };
        let put = put.build().map_err(|source| JournalError::Unavailable(source.into()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

impl Journal for DynamoDbJournal {
    async fn next_position(&self) -> Result<Position, StoreError> {
        let condition = "#log = :log AND #position > :position";
        let last = self.query(condition, 0, false, 1).await?.pop();
        Ok(last.map_or(FIRST_POSITION, |block| block.end()))
    }

    /// Half a read unit a stream.
    async fn journaled(&self, streams: &[StreamId]) -> Result<BTreeMap<StreamId, u64>, StoreError> {
        let by_log: BTreeMap<String, &StreamId> =
            streams.iter().map(|stream| (log_of(stream), stream)).collect();
        let logs: Vec<String> = by_log.keys().cloned().collect();
        let mut journaled = BTreeMap::new();
        for logs in logs.chunks(BATCH_KEYS_MAX) {
            for (log, version) in self.batch(logs.to_vec()).await? {
                journaled.extend(by_log.get(&log).map(|stream| ((*stream).clone(), version)));
            }
        }
        Ok(journaled)
    }

    /// Two write units for each KB of the block, and two for each stream in it.
    async fn append(&self, block: &Block) -> Result<(), JournalError> {
        let unavailable = |source: StoreError| JournalError::Unavailable(source.into());
        let mut puts =
            vec![self.put(item_from_block(JOURNAL, block).map_err(unavailable)?, IS_FREE, None)?];
        for (stream, (before, after)) in block.moves() {
            let item = item_of_number(&log_of(stream), after).map_err(unavailable)?;
            puts.push(match before {
                0 => self.put(item, IS_FREE, None)?,
                before => self.put(item, "#number = :expected", Some(before))?,
            });
        }
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(puts))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let attempts = Attempts::default();
        let sent = request.customize().interceptor(attempts.clone()).send().await;
        let done = sent.map_err(|refused| attempts.journal_error(error::journal(refused)))?;
        self.capacity.add_write(done.consumed_capacity());
        Ok(())
    }

    async fn blocks(&self, from: Position, limit: usize) -> Result<Vec<Block>, StoreError> {
        let mut blocks = self.query("#log = :log AND #position >= :position", from, true, limit).await?;
        if blocks.first().is_none_or(|block| block.first != from) {
            // The position is inside of a block, or there is none yet.
            let before = self.query("#log = :log AND #position < :position", from, false, 1).await?;
            blocks.splice(..0, before.into_iter().filter(|block| block.end() > from));
            blocks.truncate(limit);
        }
        Ok(blocks)
    }

    async fn handed_on(&self) -> Result<Position, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(HANDED_ON)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await.map_err(error::get)?;
        self.capacity.add_read(answer.consumed_capacity());
        let until = answer.item.map(number_from_item).transpose()?;
        Ok(until.map_or(FIRST_POSITION, |(_, until)| until))
    }

    async fn set_handed_on(&self, until: Position) -> Result<(), StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item_of_number(HANDED_ON, until)?))
            .condition_expression("attribute_not_exists(#number) OR #number < :until")
            .expression_attribute_names("#number", "number")
            .expression_attribute_values(":until", number(until))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match request.send().await {
            Ok(put) => self.capacity.add_write(put.consumed_capacity()),
            Err(refused) => error::unless_condition_failed(refused)?,
        }
        Ok(())
    }
}

fn log_of(stream: &StreamId) -> String {
    format!("stream:{stream}")
}

fn key(log: &str) -> Item {
    HashMap::from([("log".to_owned(), text(log)), ("position".to_owned(), number(0))])
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
