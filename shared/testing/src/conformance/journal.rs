//! What every journal has to do.

use application::{
    journal::{Block, Entry, FIRST_POSITION},
    ports::{Journal, JournalError},
};
use domain::Timestamp;
use futures::future::join_all;

use crate::commits::stream;

/// Runs the suite over the journal that `$open` gives: an `async fn(test_name: &str) -> impl Journal`.
#[macro_export]
macro_rules! journal_conformance {
    ($open:path) => {
        $crate::journal_conformance! { $open =>
            an_empty_journal_begins_with_the_first_position
            a_block_reads_back_as_it_was_written_and_moves_its_streams
            a_block_that_does_not_follow_is_not_added
            of_many_blocks_for_one_position_exactly_one_is_added
            blocks_are_read_from_any_position
            a_block_may_have_as_many_streams_as_fit
            how_far_it_was_handed_on_never_goes_back
        }
    };
    ($open:path => $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let journal = $open(stringify!($name)).await;
                $crate::conformance::journal::$name(&journal).await;
            }
        )*
    };
}

/// A block at this position, of commits of accounts: which, from which version to which.
fn block(first: u64, entries: &[(&str, u64, u64)]) -> Block {
    let entry = |(account, version, last_version): &(&str, u64, u64)| Entry {
        stream: stream(account),
        version: *version,
        last_version: *last_version,
    };
    let journaled_at = Timestamp::from_micros(1_767_225_600_123_456).unwrap();
    Block { first, entries: entries.iter().map(entry).collect(), journaled_at }
}

fn has_moved(result: &Result<(), JournalError>) -> bool {
    matches!(result, Err(JournalError::Moved | JournalError::Contended))
}

/// Nothing is no error.
pub async fn an_empty_journal_begins_with_the_first_position(journal: &impl Journal) {
    assert_eq!(journal.next_position().await.unwrap(), FIRST_POSITION);
    assert_eq!(journal.handed_on().await.unwrap(), FIRST_POSITION);
    assert_eq!(journal.journaled(&[stream("a")]).await.unwrap(), [].into());
    assert_eq!(journal.blocks(FIRST_POSITION, 10).await.unwrap(), []);
}

/// Several commits of one stream are one move.
pub async fn a_block_reads_back_as_it_was_written_and_moves_its_streams(journal: &impl Journal) {
    let one = block(1, &[("a", 1, 1), ("b", 1, 3), ("a", 2, 2)]);
    journal.append(&one).await.unwrap();
    assert_eq!(journal.next_position().await.unwrap(), 4);
    let streams = ["a", "b", "nobody"].map(stream);
    let journaled = journal.journaled(&streams).await.unwrap();
    assert_eq!(journaled, [(stream("a"), 2), (stream("b"), 3)].into());
    assert_eq!(journal.blocks(1, 10).await.unwrap(), [one]);
}

/// Nothing of it: neither its places nor its moves.
pub async fn a_block_that_does_not_follow_is_not_added(journal: &impl Journal) {
    let first = block(1, &[("a", 1, 1)]);
    journal.append(&first).await.unwrap();
    assert!(has_moved(&journal.append(&first).await), "the same again");
    assert!(has_moved(&journal.append(&block(1, &[("b", 1, 1)])).await), "its position is taken");
    assert!(
        has_moved(&journal.append(&block(2, &[("b", 1, 1), ("a", 3, 3)])).await),
        "a version is left out"
    );
    assert!(has_moved(&journal.append(&block(2, &[("b", 1, 1), ("a", 1, 1)])).await), "a version twice");
    assert_eq!(journal.blocks(1, 10).await.unwrap(), [first]);
    assert_eq!(journal.journaled(&[stream("b")]).await.unwrap(), [].into());
    journal.append(&block(2, &[("b", 1, 1), ("a", 2, 2)])).await.unwrap();
}

/// As of several relays at once.
pub async fn of_many_blocks_for_one_position_exactly_one_is_added(journal: &impl Journal) {
    let names: Vec<String> = (0..8).map(|number| format!("account-{number}")).collect();
    let blocks: Vec<Block> = names.iter().map(|name| block(1, &[(name, 1, 1)])).collect();
    let results = join_all(blocks.iter().map(|block| journal.append(block))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(journal.blocks(1, 10).await.unwrap().len(), 1);
}

/// Also from one inside of a block.
pub async fn blocks_are_read_from_any_position(journal: &impl Journal) {
    let blocks = [
        block(1, &[("a", 1, 1), ("b", 1, 1), ("c", 1, 1)]),
        block(4, &[("a", 2, 2)]),
        block(5, &[("a", 3, 3), ("b", 2, 2)]),
    ];
    for block in &blocks {
        journal.append(block).await.unwrap();
    }
    for (from, first) in [(1, 0), (2, 0), (3, 0), (4, 1), (5, 2), (6, 2), (7, 3), (100, 3)] {
        assert_eq!(journal.blocks(from, 10).await.unwrap(), blocks[first..], "from {from}");
    }
    assert_eq!(journal.blocks(2, 2).await.unwrap(), blocks[..2]);
}

/// The most that one transaction takes.
pub async fn a_block_may_have_as_many_streams_as_fit(journal: &impl Journal) {
    let names: Vec<String> = (0..99).map(|number| format!("{number:0>64}")).collect();
    let entries: Vec<(&str, u64, u64)> = names.iter().map(|name| (name.as_str(), 1, 1)).collect();
    let written = block(1, &entries);
    journal.append(&written).await.unwrap();
    assert_eq!(journal.blocks(1, 1).await.unwrap(), [written]);
    let streams: Vec<_> = names.iter().map(|name| stream(name)).collect();
    assert_eq!(journal.journaled(&streams).await.unwrap().len(), 99);
}

/// Whoever is slow must not undo what others have done.
pub async fn how_far_it_was_handed_on_never_goes_back(journal: &impl Journal) {
    for until in [5, 3, 9, 9] {
        journal.set_handed_on(until).await.unwrap();
    }
    assert_eq!(journal.handed_on().await.unwrap(), 9);
}
