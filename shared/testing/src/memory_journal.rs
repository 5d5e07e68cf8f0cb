//! The journal in memory, with the same semantics as the table.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::{
    StreamId,
    journal::{Block, FIRST_POSITION, Position},
    ports::{Journal, JournalError, StoreError},
};

#[derive(Debug)]
struct Logs {
    blocks: BTreeMap<Position, Block>,
    journaled: BTreeMap<StreamId, u64>,
    handed_on: Position,
}

/// A journal that lives as long as the process. Clones share what is in it.
#[derive(Clone, Debug)]
pub struct MemoryJournal {
    logs: Arc<Mutex<Logs>>,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        let (blocks, journaled, handed_on) = (BTreeMap::new(), BTreeMap::new(), FIRST_POSITION);
        Self { logs: Arc::new(Mutex::new(Logs { blocks, journaled, handed_on })) }
    }
}

impl MemoryJournal {
    /// All blocks, in order.
    #[must_use]
    pub fn all(&self) -> Vec<Block> {
        self.logs().blocks.values().cloned().collect()
    }

    /// Adds a block whatever its streams: what no table does.
    pub fn overwrite(&self, block: &Block) {
        let mut logs = self.logs();
        for (stream, (_, after)) in block.moves() {
            logs.journaled.insert(stream.clone(), after);
        }
        logs.blocks.insert(block.first, block.clone());
    }

    fn logs(&self) -> MutexGuard<'_, Logs> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    async fn next_position(&self) -> Result<Position, StoreError> {
        Ok(self.logs().blocks.values().next_back().map_or(FIRST_POSITION, Block::end))
    }

    async fn journaled(&self, streams: &[StreamId]) -> Result<BTreeMap<StreamId, u64>, StoreError> {
        let logs = self.logs();
        let known = streams.iter().filter_map(|stream| logs.journaled.get_key_value(stream));
        Ok(known.map(|(stream, version)| (stream.clone(), *version)).collect())
    }

    async fn append(&self, block: &Block) -> Result<(), JournalError> {
        let mut logs = self.logs();
        let moves = block.moves();
        let follows = |(stream, (before, _)): (&&StreamId, &(u64, u64))| {
            logs.journaled.get(*stream).copied().unwrap_or_default() == *before
        };
        if logs.blocks.contains_key(&block.first) || !moves.iter().all(follows) {
            return Err(JournalError::Moved);
        }
        logs.journaled.extend(moves.into_iter().map(|(stream, (_, after))| (stream.clone(), after)));
        logs.blocks.insert(block.first, block.clone());
        Ok(())
    }

    async fn blocks(&self, from: Position, limit: usize) -> Result<Vec<Block>, StoreError> {
        let logs = self.logs();
        let blocks = logs.blocks.values().skip_while(|block| block.end() <= from);
        Ok(blocks.take(limit).cloned().collect())
    }

    async fn handed_on(&self) -> Result<Position, StoreError> {
        Ok(self.logs().handed_on)
    }

    async fn set_handed_on(&self, until: Position) -> Result<(), StoreError> {
        let mut logs = self.logs();
        logs.handed_on = logs.handed_on.max(until);
        Ok(())
    }
}
