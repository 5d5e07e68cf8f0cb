//! The journal in memory, with the same semantics as the table.

use std::{
    collections::{BTreeMap, btree_map::Entry},
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
    ends: BTreeMap<StreamId, u64>,
    handed_on: Position,
}

/// A journal that lives as long as the process. Clones share what is in it.
#[derive(Clone, Debug)]
pub struct MemoryJournal {
    logs: Arc<Mutex<Logs>>,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        let (blocks, ends, handed_on) = (BTreeMap::new(), BTreeMap::new(), FIRST_POSITION);
        Self { logs: Arc::new(Mutex::new(Logs { blocks, ends, handed_on })) }
    }
}

impl MemoryJournal {
    /// All blocks, in order.
    #[must_use]
    pub fn all(&self) -> Vec<Block> {
        self.logs().blocks.values().cloned().collect()
    }

    /// Adds a block in the place of any other: what no table does.
    pub fn overwrite(&self, block: &Block) {
        self.logs().blocks.insert(block.first, block.clone());
    }

    /// Takes the blocks away that begin at a position or later: what an administrator's hand can do.
    pub fn cut(&self, from: Position) {
        self.logs().blocks.split_off(&from);
    }

    fn logs(&self) -> MutexGuard<'_, Logs> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    async fn next_position(&self) -> Result<Position, StoreError> {
        Ok(self.logs().blocks.values().next_back().map_or(FIRST_POSITION, Block::end))
    }

    async fn append(&self, block: &Block) -> Result<(), JournalError> {
        match self.logs().blocks.entry(block.first) {
            Entry::Occupied(_) => Err(JournalError::Moved),
            Entry::Vacant(free) => {
                free.insert(block.clone());
                Ok(())
            }
        }
    }

    async fn blocks(&self, from: Position, limit: usize) -> Result<Vec<Block>, StoreError> {
        let logs = self.logs();
        let blocks = logs.blocks.values().skip_while(|block| block.end() <= from);
        Ok(blocks.take(limit).cloned().collect())
    }

    async fn following(&self, from: Position, limit: usize) -> Result<Vec<Block>, StoreError> {
        Ok(self.logs().blocks.range(from..).map(|(_, block)| block).take(limit).cloned().collect())
    }

    async fn write_ends(&self, block: &Block) -> Result<(), StoreError> {
        let mut logs = self.logs();
        for (stream, (_, after)) in block.moves() {
            let end = logs.ends.entry(stream.clone()).or_default();
            *end = after.max(*end);
        }
        Ok(())
    }

    async fn ends(&self, streams: &[StreamId]) -> Result<BTreeMap<StreamId, u64>, StoreError> {
        let logs = self.logs();
        let known = streams.iter().filter_map(|stream| logs.ends.get_key_value(stream));
        Ok(known.map(|(stream, version)| (stream.clone(), *version)).collect())
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
