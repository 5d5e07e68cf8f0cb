//! What every event store has to do that several can read as a whole.

use std::collections::BTreeMap;

use application::{
    Commit, StreamId,
    ports::{Segment, SegmentedStore},
};

use crate::commits::{commit, stream};

const SEGMENTS: u32 = 3;
const STREAMS: u64 = 20;
/// Fewer than any stream's commits, so that pages end within streams.
const LIMIT: usize = 4;

/// Runs the suite over the store that `$open` gives: an `async fn(test_name: &str) -> impl SegmentedStore`.
#[macro_export]
macro_rules! segmented_store_conformance {
    ($open:path) => {
        $crate::segmented_store_conformance! { $open =>
            an_empty_table_has_empty_segments
            the_segments_together_have_every_commit_once_and_each_stream_in_one_of_them
            a_segment_goes_on_where_a_page_ended
        }
    };
    ($open:path => $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let store = $open(stringify!($name)).await;
                $crate::conformance::segments::$name(&store).await;
            }
        )*
    };
}

/// All of a segment, page by page.
async fn read(store: &impl SegmentedStore, number: u32) -> Vec<Commit> {
    let (mut commits, mut after) = (Vec::new(), None::<String>);
    loop {
        let segment = Segment { number, of: SEGMENTS };
        let page = store.segment(segment, after.as_deref(), LIMIT).await.expect("the segment is read");
        assert!(page.commits.len() <= LIMIT && page.unreadable == 0);
        commits.extend(page.commits);
        after = page.next;
        if after.is_none() {
            return commits;
        }
    }
}

async fn fill(store: &impl SegmentedStore) -> BTreeMap<(StreamId, u64), Commit> {
    let mut all = BTreeMap::new();
    for number in 0..STREAMS {
        let stream = stream(&format!("account-{number}"));
        for version in 1..=5 + number % 3 {
            let commit = commit(&stream, version, "writer");
            store.append(std::slice::from_ref(&commit)).await.expect("the append succeeds");
            all.insert((stream.clone(), version), commit);
        }
    }
    all
}

/// Nothing is no error.
pub async fn an_empty_table_has_empty_segments(store: &impl SegmentedStore) {
    for number in 0..SEGMENTS {
        assert_eq!(read(store, number).await, []);
    }
}

/// What a rebuild rests on.
pub async fn the_segments_together_have_every_commit_once_and_each_stream_in_one_of_them(
    store: &impl SegmentedStore,
) {
    let all = fill(store).await;
    let (mut found, mut home) = (BTreeMap::new(), BTreeMap::<StreamId, u32>::new());
    for number in 0..SEGMENTS {
        for commit in read(store, number).await {
            assert_eq!(*home.entry(commit.stream.clone()).or_insert(number), number, "{}", commit.stream);
            let key = (commit.stream.clone(), commit.version);
            assert_eq!(found.insert(key, commit), None, "a commit came twice");
        }
    }
    assert_eq!(found, all);
}

/// A worker that takes over begins with the last page that was done, and no commit is passed over.
pub async fn a_segment_goes_on_where_a_page_ended(store: &impl SegmentedStore) {
    fill(store).await;
    let segment = Segment { number: 1, of: SEGMENTS };
    let first = store.segment(segment, None, LIMIT).await.expect("the segment is read");
    let again = store.segment(segment, None, LIMIT).await.expect("the segment is read");
    assert_eq!(first, again);
    let after = first.next.expect("a segment has more than one page");
    let second = store.segment(segment, Some(&after), LIMIT).await.expect("the segment is read");
    assert_ne!(second.commits.first(), first.commits.last());
}
