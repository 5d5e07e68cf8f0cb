//! What every journal has to do.

use application::{
    journal::{BLOCK_COMMITS_MAX, Block, Entry, FIRST_POSITION},
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
            a_block_reads_back_as_it_was_written
            a_block_whose_position_is_taken_is_not_added
            of_many_blocks_for_one_position_exactly_one_is_added
            blocks_are_read_from_any_position
            blocks_that_follow_are_those_that_begin_there_or_later
            blocks_of_more_than_a_page_are_read_in_one_call
            the_newest_block_says_where_a_stream_ends
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
    matches!(result, Err(JournalError::Moved))
}

/// Nothing is no error.
pub async fn an_empty_journal_begins_with_the_first_position(journal: &impl Journal) {
    assert_eq!(journal.next_position().await.unwrap(), FIRST_POSITION);
    assert_eq!(journal.handed_on().await.unwrap(), FIRST_POSITION);
    assert_eq!(journal.ends(&[stream("a")]).await.unwrap(), [].into());
    assert_eq!(journal.following(FIRST_POSITION, 10).await.unwrap(), []);
    assert_eq!(journal.blocks(FIRST_POSITION, 10).await.unwrap(), []);
}

/// Also one with several commits of one stream.
pub async fn a_block_reads_back_as_it_was_written(journal: &impl Journal) {
    let one = block(1, &[("a", 1, 1), ("b", 1, 3), ("a", 2, 2)]);
    journal.append(&one).await.unwrap();
    assert_eq!(journal.next_position().await.unwrap(), 4);
    assert_eq!(journal.blocks(1, 10).await.unwrap(), [one]);
}

/// The same or another.
pub async fn a_block_whose_position_is_taken_is_not_added(journal: &impl Journal) {
    let first = block(1, &[("a", 1, 1)]);
    journal.append(&first).await.unwrap();
    assert!(has_moved(&journal.append(&first).await), "the same again");
    assert!(has_moved(&journal.append(&block(1, &[("b", 1, 1)])).await), "its position is taken");
    assert_eq!(journal.blocks(1, 10).await.unwrap(), [first]);
    journal.append(&block(2, &[("b", 1, 1)])).await.unwrap();
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

/// And none that holds the position only.
pub async fn blocks_that_follow_are_those_that_begin_there_or_later(journal: &impl Journal) {
    let blocks = [block(1, &[("a", 1, 1), ("b", 1, 1)]), block(3, &[("a", 2, 2)]), block(4, &[("a", 3, 3)])];
    for block in &blocks {
        journal.append(block).await.unwrap();
    }
    for (from, first) in [(1, 0), (2, 1), (3, 1), (4, 2), (5, 3)] {
        assert_eq!(journal.following(from, 10).await.unwrap(), blocks[first..], "from {from}");
    }
    assert_eq!(journal.following(1, 2).await.unwrap(), blocks[..2]);
}

/// Of a megabyte and more.
pub async fn blocks_of_more_than_a_page_are_read_in_one_call(journal: &impl Journal) {
    let names: Vec<String> = (0..BLOCK_COMMITS_MAX).map(|number| format!("{number:0>64}")).collect();
    let entries: Vec<(&str, u64, u64)> = names.iter().map(|name| (name.as_str(), 1, 1)).collect();
    let firsts = (0..14).map(|number| 1 + number * u64::try_from(BLOCK_COMMITS_MAX).unwrap());
    let blocks: Vec<Block> = firsts.map(|first| block(first, &entries)).collect();
    for block in &blocks {
        journal.append(block).await.unwrap();
    }
    assert!(journal.following(1, 100).await.unwrap() == blocks);
    assert!(journal.following(1, 13).await.unwrap() == blocks[..13]);
    assert!(journal.blocks(2, 100).await.unwrap() == blocks);
}

/// Whoever is slow, or comes twice, does not undo what others have written since.
pub async fn the_newest_block_says_where_a_stream_ends(journal: &impl Journal) {
    let blocks = [
        block(1, &[("a", 1, 1), ("b", 1, 3), ("a", 2, 2)]),
        block(4, &[("a", 3, 3)]),
        block(5, &[("a", 4, 6), ("c", 1, 1)]),
    ];
    for at in [0, 2, 1, 0] {
        journal.write_ends(&blocks[at]).await.unwrap();
    }
    let ends = journal.ends(&["a", "b", "c", "nobody"].map(stream)).await.unwrap();
    assert_eq!(ends, [(stream("a"), 6), (stream("b"), 3), (stream("c"), 1)].into());
}

/// The most that a block may have, with the longest ids.
pub async fn a_block_may_have_as_many_streams_as_fit(journal: &impl Journal) {
    let names: Vec<String> = (0..BLOCK_COMMITS_MAX).map(|number| format!("{number:0>64}")).collect();
    let entries: Vec<(&str, u64, u64)> =
        names.iter().map(|name| (name.as_str(), 999_999_999, 999_999_999)).collect();
    let written = block(1, &entries);
    journal.append(&written).await.unwrap();
    journal.write_ends(&written).await.unwrap();
    assert_eq!(journal.blocks(1, 1).await.unwrap(), [written]);
    let streams: Vec<_> = names.iter().map(|name| stream(name)).collect();
    assert_eq!(journal.ends(&streams).await.unwrap().len(), BLOCK_COMMITS_MAX);
}

/// Whoever is slow must not undo what others have done.
pub async fn how_far_it_was_handed_on_never_goes_back(journal: &impl Journal) {
    for until in [5, 3, 9, 9] {
        journal.set_handed_on(until).await.unwrap();
    }
    assert_eq!(journal.handed_on().await.unwrap(), 9);
}
