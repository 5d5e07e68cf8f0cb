//! The journal in a table of its own: partition key `log`, sort key `position`.
//!
//! Blocks are in the log `journal`, each at the position that it begins with. How far a stream is journaled is in a log
//! of the stream's own, at the position of each block that it is in, and how far the journal was handed on in another, at
//! position 0. That number is the only item which ever changes.

use std::collections::{BTreeMap, HashMap};

use application::{
    StreamId,
    journal::{Block, FIRST_POSITION, Position},
    ports::{Journal, JournalError, StoreError},
};
use aws_sdk_dynamodb::{
    Client,
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, ReturnConsumedCapacity},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{Item, batch, error};
use crate::{
    CapacityMeter,
    journal_item::{block_from_item, item_from_block, item_of_number, number_from_item},
};

const JOURNAL: &str = "journal";
const HANDED_ON: &str = "handed-on";

/// How many streams' ends are read at a time.
const ENDS_AT_ONCE: usize = 32;

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

    /// Items of a log, strongly consistent.
    fn query(&self, log: &str, condition: &str, position: Position) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(format!("#log = :log AND #position {condition} :position"))
            .expression_attribute_names("#log", "log")
            .expression_attribute_names("#position", "position")
            .expression_attribute_values(":log", text(log))
            .expression_attribute_values(":position", number(position))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// The last item of a log, of those that a condition on the position holds for.
    async fn last(&self, log: &str, condition: &str, position: Position) -> Result<Option<Item>, StoreError> {
        let request = self.query(log, condition, position).scan_index_forward(false).limit(1);
        let answer = request.send().await.map_err(error::read)?;
        self.capacity.add_read(answer.consumed_capacity());
        Ok(answer.items.unwrap_or_default().pop())
    }

    async fn last_block(&self, condition: &str, position: Position) -> Result<Option<Block>, StoreError> {
        self.last(JOURNAL, condition, position).await?.map(block_from_item).transpose()
    }
}

impl Journal for DynamoDbJournal {
    async fn next_position(&self) -> Result<Position, StoreError> {
        Ok(self.last_block(">", 0).await?.map_or(FIRST_POSITION, |block| block.end()))
    }

    /// A write unit for each KB of the block.
    async fn append(&self, block: &Block) -> Result<(), JournalError> {
        let item = item_from_block(JOURNAL, block);
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.map_err(|source| JournalError::Unavailable(source.into()))?))
            .condition_expression("attribute_not_exists(#log)")
            .expression_attribute_names("#log", "log")
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let done = request.send().await.map_err(error::journal)?;
        self.capacity.add_write(done.consumed_capacity());
        Ok(())
    }

    async fn blocks(&self, from: Position, limit: usize) -> Result<Vec<Block>, StoreError> {
        let mut blocks = self.following(from, limit).await?;
        if blocks.first().is_none_or(|block| block.first != from) {
            // The position is inside of a block, or there is none yet.
            let before = self.last_block("<", from).await?;
            blocks.splice(..0, before.into_iter().filter(|block| block.end() > from));
            blocks.truncate(limit);
        }
        Ok(blocks)
    }

    async fn following(&self, from: Position, limit: usize) -> Result<Vec<Block>, StoreError> {
        let (mut blocks, mut start) = (Vec::new(), None);
        loop {
            let left = i32::try_from(limit.saturating_sub(blocks.len())).unwrap_or(i32::MAX);
            let request = self.query(JOURNAL, ">=", from).limit(left).set_exclusive_start_key(start);
            let page = request.send().await.map_err(error::read)?;
            self.capacity.add_read(page.consumed_capacity());
            for item in page.items.unwrap_or_default() {
                blocks.push(block_from_item(item)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() || blocks.len() >= limit {
                return Ok(blocks);
            }
        }
    }

    /// A write unit a stream. Nothing is overwritten but by itself, so nobody who is late does harm.
    async fn write_ends(&self, block: &Block) -> Result<(), StoreError> {
        let moves = block.moves();
        let ends = moves.iter().map(|(stream, (_, end))| item_of_number(&log_of(stream), block.first, *end));
        let ends = ends.collect::<Result<Vec<Item>, _>>()?;
        batch::put(&self.client, &self.table, ends, &self.capacity).await
    }

    /// A read unit a stream.
    async fn ends(&self, streams: &[StreamId]) -> Result<BTreeMap<StreamId, u64>, StoreError> {
        let ends = stream::iter(streams.iter().cloned().map(|stream| async move {
            let last = self.last(&log_of(&stream), ">=", 0).await?;
            Ok(last.map(number_from_item).transpose()?.map(|end| (stream, end)))
        }));
        ends.buffer_unordered(ENDS_AT_ONCE).try_filter_map(async |end| Ok(end)).try_collect().await
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
        Ok(until.unwrap_or(FIRST_POSITION))
    }

    async fn set_handed_on(&self, until: Position) -> Result<(), StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item_of_number(HANDED_ON, 0, until)?))
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
