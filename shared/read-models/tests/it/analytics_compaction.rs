//! Whatever is delivered in whatever order and however often, whoever compacts at the same time, and wherever they die:
//! at every moment the view has each event once.

use std::{collections::BTreeMap, sync::Arc};

use application::{
    ports::{Environment as _, Journal as _},
    transactions::transactions,
};
use bytes::Bytes;
use domain::{Decimal, Timestamp};
use proptest::prelude::*;
use read_models::analytics::{Compactions, Limits, Objects as _, Span};

use crate::{
    analytics_rows::{Columns, number, read, sum, texts},
    analytics_world::{End, Events, Moment, QUERY_SECONDS, World, layout},
};

/// What the view takes out of a file.
struct ViewedRow {
    compaction: String,
    position: i64,
    stream: String,
    version: i64,
}

/// Files that were read before, by where they are in memory: nothing is ever freed while a world is.
#[derive(Default)]
struct Files(BTreeMap<*const u8, Arc<Vec<ViewedRow>>>);

impl Files {
    fn read(&mut self, bytes: &Bytes) -> Arc<Vec<ViewedRow>> {
        let viewed = |row: &Columns| ViewedRow {
            compaction: texts(row, "compaction").unwrap(),
            position: number(row, "position"),
            stream: texts(row, "stream").unwrap(),
            version: number(row, "version"),
        };
        let read = || Arc::new(read(bytes.clone()).iter().map(viewed).collect());
        Arc::clone(self.0.entry(bytes.as_ptr()).or_insert_with(read))
    }
}

/// What a query sees that begins at `at`, lists the files as they were at one moment, then reads the list of the
/// compactions as it was at a later one, and the files themselves as they were at a last one. An event that it sees
/// twice is an error.
fn view(files: &mut Files, at: Timestamp, [listing, list, reading]: [&Moment; 3]) -> Result<Events, String> {
    let Some(list) = list.objects.get(&layout().compactions()) else { return Ok(Events::new()) };
    let list = Compactions::read(list.clone()).unwrap();
    let counting: Vec<_> = list.at(at).collect();
    let mut events = Events::new();
    for key in listing.objects.keys().filter(|key| **key != layout().compactions()) {
        let Some(bytes) = reading.objects.get(key) else { continue };
        for ViewedRow { compaction, position, stream, version } in files.read(bytes).iter() {
            let counts = |first: u64| first <= u64::try_from(*position).unwrap();
            for _ in counting.iter().filter(|entry| entry.compaction == *compaction && counts(entry.first)) {
                let event = (*position, stream.clone(), *version);
                if !events.insert(event.clone()) {
                    return Err(format!("{event:?} is there twice"));
                }
            }
        }
    }
    Ok(events)
}

/// Asks at many moments, each question over several of them.
fn check(world: &World, choices: &[usize]) -> Result<(), TestCaseError> {
    let (moments, mut files) = (world.moments.lock().unwrap().clone(), Files::default());
    for (index, choice) in choices.iter().enumerate() {
        let begin = choice % moments.len();
        // A question begins just after a write, or just before the next.
        let next = moments.get(begin + 1).map_or(moments[begin].at, |next| next.at);
        let at = if index % 2 == 0 { moments[begin].at } else { next.max(moments[begin].at) };
        let asked_at = at.plus_seconds(i64::try_from(choice / 997 % 17).unwrap() - 8);
        let until = |from: usize, step: usize| {
            let latest = moments.partition_point(|moment| moment.at < at.plus_seconds(QUERY_SECONDS));
            (from + step).min(latest.max(from + 1) - 1)
        };
        let listing = until(begin, choice / 7 % 3);
        let list = until(listing, choice / 29 % 9);
        let reading = until(list, choice / 211 % 50);
        let seen = view(&mut files, asked_at, [listing, list, reading].map(|moment| &moments[moment]));
        let seen = seen.map_err(TestCaseError::fail)?;
        prop_assert!(seen.is_subset(&world.events(world.blocks.len())), "an event that never was");
        let missing: Vec<_> = world.events(moments[begin].delivered).difference(&seen).cloned().collect();
        prop_assert!(
            missing.is_empty(),
            "missing of a question at {at} over {listing} {list} {reading}: {missing:?}"
        );
    }
    Ok(())
}

#[derive(Clone, Debug)]
enum Action {
    Deliver(usize, Vec<End>),
    HandOn(usize),
    Compact(Vec<End>),
    Later(i64),
    Rebuild(u64, Vec<End>),
}

fn ends() -> impl Strategy<Value = Vec<End>> {
    let end = prop_oneof![
        12 => Just(End::Well),
        1 => Just(End::Lost),
        1 => Just(End::Unheard),
        1 => Just(End::Overtaken(0)),
        1 => Just(End::Overtaken(7_200)),
    ];
    prop::collection::vec(end, 0..20)
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (any::<usize>(), ends()).prop_map(|(block, ends)| Action::Deliver(block, ends)),
        2 => (1_usize..4).prop_map(Action::HandOn),
        3 => ends().prop_map(Action::Compact),
        1 => (1_u64..30, ends()).prop_map(|(from, ends)| Action::Rebuild(from, ends)),
        2 => prop_oneof![1_i64..30, 60_i64..4_000].prop_map(Action::Later),
    ]
}

/// What the rows of a whole view come to, by currency.
fn total(world: &World, at: Timestamp) -> Decimal {
    let moment = world.moments.lock().unwrap().last().unwrap().clone();
    let list = Compactions::read(moment.objects[&layout().compactions()].clone()).unwrap();
    let mut total = Decimal::ZERO;
    for (_, bytes) in moment.objects.iter().filter(|(key, _)| **key != layout().compactions()) {
        for row in read(bytes.clone()) {
            let (compaction, position) = (texts(&row, "compaction").unwrap(), number(&row, "position"));
            let counts = |first: u64| first <= position.try_into().unwrap();
            if list.at(at).any(|entry| entry.compaction == compaction && counts(entry.first)) {
                total += sum(&row, "amount").unwrap();
            }
        }
    }
    total
}

async fn run(world: &World, actions: Vec<Action>) {
    let mut handed_on = 0;
    for action in actions {
        match action {
            // The queue has what was handed on, in any order and again.
            Action::Deliver(block, ends) if handed_on > 0 => world.deliver(block % handed_on, ends).await,
            Action::Deliver(..) => {}
            Action::HandOn(count) => {
                handed_on = (handed_on + count).min(world.blocks.len());
                world.journal.set_handed_on(world.blocks[handed_on - 1].block.end()).await.unwrap();
            }
            Action::Compact(ends) => drop(world.compact(ends).await),
            Action::Rebuild(from, ends) => world.rebuild(from, ends).await,
            Action::Later(seconds) => world.environment.advance(seconds),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn at_every_moment_the_view_has_each_event_once(
        actions in prop::collection::vec(action(), 5..60),
        choices in prop::collection::vec(any::<usize>(), 60),
        batch in 1_usize..7,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new(3, 8, batch).await;
            run(&world, actions).await;
            check(&world, &choices)?;
            // At the end, when all is delivered and compacted, the sums are those of the events.
            world.journal.set_handed_on(world.blocks.last().unwrap().block.end()).await.unwrap();
            for block in 0..world.blocks.len() {
                world.deliver(block, Vec::new()).await;
            }
            world.environment.advance(QUERY_SECONDS);
            world.compact(Vec::new()).await.unwrap();
            world.environment.advance(60);
            world.remember();
            let commits = world.blocks.iter().flat_map(|journaled| &journaled.commits);
            let moved = commits.flat_map(|commit| transactions(commit).unwrap());
            let expected: Decimal = moved.map(|one| one.amount.amount()).sum();
            prop_assert_eq!(total(&world, world.environment.now()), expected);
            check(&world, &choices)
        })?;
    }
}

#[tokio::test]
async fn files_that_count_no_more_go_once_no_query_can_be_reading_them() {
    let world = World::new(2, 9, 1).await;
    world.journal.set_handed_on(world.blocks.last().unwrap().block.end()).await.unwrap();
    for block in 0..world.blocks.len() {
        world.deliver(block, Vec::new()).await;
    }
    // Somebody writes files and dies before they count.
    let lost = world.compact(vec![End::Lost, End::Well, End::Well, End::Well]).await;
    assert!(lost.is_err(), "{lost:?}");
    let keys = |part: &str| world.objects.all().into_keys().filter(|key| key.contains(part)).count();
    let (recent, left) = (keys("/recent/"), keys("/compacted/"));
    assert!(recent == 20 && left > 0, "{recent} {left}");
    let compacted = world.compact(Vec::new()).await.unwrap();
    assert_eq!((compacted.compactions, compacted.positions, compacted.removed), (1, 20, 0));
    world.environment.advance(QUERY_SECONDS + 3_600);
    // There is nothing to compact, but something to take away: all that is recent, and the files of who died.
    let again = world.compact(Vec::new()).await.unwrap();
    assert_eq!((again.compactions, again.removed), (0, recent + left));
    assert_eq!((keys("/recent/"), keys("/compacted/")), (0, compacted.files));
    // A duplicate that comes very late is written, counts for nothing, and goes again.
    world.deliver(3, Vec::new()).await;
    assert_eq!(keys("/recent/"), 1);
    let moment = world.moments.lock().unwrap().last().unwrap().clone();
    assert_eq!(
        view(&mut Files::default(), moment.at, [&moment; 3]).unwrap(),
        world.events(world.blocks.len())
    );
    assert_eq!(world.compact(Vec::new()).await.unwrap().removed, 1);
}

proptest! {
    #[test]
    fn compactions_stay_few_and_none_is_too_large(news in prop::collection::vec(1_u64..400, 1..200)) {
        let limits = Limits { least: 100, most: 5_000 };
        let (mut compactions, mut handed_on, mut written) = (Compactions::none(), 1, 0);
        let mut now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for new in news {
            (handed_on, now) = (handed_on + new, now.plus_seconds(3_600));
            while let Some(span) = limits.next(&compactions, handed_on) {
                prop_assert!(span.len() <= limits.most && !span.is_empty());
                compactions.replace(span, &format!("{}-{}", span.first, span.until), now);
                written += span.len();
            }
            compactions.forget(now, None);
            let spans = compactions.spans();
            let mut next = 1;
            for Span { first, until } in &spans {
                prop_assert_eq!(*first, next);
                next = *until;
            }
            prop_assert!(handed_on - next < limits.least);
            // Those of half the largest size or more, and a logarithm of others.
            let full = usize::try_from(handed_on / (limits.most / 2)).unwrap();
            prop_assert!(spans.len() <= 2 * full + 8, "{} compactions", spans.len());
        }
        prop_assert!(written <= handed_on * 12, "{written} written of {handed_on}");
    }
}

#[tokio::test]
async fn a_rebuild_rights_files_that_are_wrong() {
    let world = World::new(2, 9, 1).await;
    world.journal.set_handed_on(world.blocks.last().unwrap().block.end()).await.unwrap();
    for block in 0..world.blocks.len() {
        world.deliver(block, Vec::new()).await;
    }
    world.compact(Vec::new()).await.unwrap();
    world.environment.advance(60);
    let right = total(&world, world.environment.now());
    let wrong: Vec<String> =
        world.objects.all().into_keys().filter(|key| key.contains("/compacted/")).collect();
    let (one, other) = (&wrong[0], &wrong[1]);
    let bytes = world.objects.all()[one].clone();
    world.objects.put(other, bytes).await.unwrap();
    world.remember();
    assert_ne!(total(&world, world.environment.now()), right, "a file is wrong");
    world.rebuild(1, Vec::new()).await;
    world.environment.advance(60);
    world.remember();
    assert_eq!(total(&world, world.environment.now()), right);
}
