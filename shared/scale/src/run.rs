//! A bank at a rate, from the clients' commands to what they see in rows, feed and history.

use std::collections::VecDeque;

use fastrand::Rng;

use crate::{
    agenda::{Agenda, Time},
    commands::Requests,
    design::Design,
    figures::{Percentiles, Times},
    journal::{Bytes, Journal},
    latency::{PUT, exponential},
    outcome::Outcome,
    relay::{Effect, Relay, Rules, Step},
    search::Search,
    usage::Usage,
};

/// From a commit until the stream has it: not published.
const STREAM_MS: Time = 20.0;

/// Accounts of a batch under way at once (`read_models::summary`).
const ACCOUNTS_AT_ONCE: usize = 10;

/// The beginning, which is not measured, as a share of what is.
const WARM_UP: f64 = 0.5;

#[derive(Clone, Copy)]
enum Event {
    Command,
    /// The stream shows a commit.
    Shown(Time),
    Rows(usize),
    Relay(usize, Step),
    /// A message comes to the queue of the history.
    Sent(Message),
    /// Its documents come to the index.
    Documents(Message),
}

/// A part of a block of a journal.
#[derive(Clone, Copy)]
struct Message {
    journal: usize,
    position: usize,
    part: usize,
    commits: usize,
}

struct Rows {
    waiting: VecDeque<Time>,
    busy: Time,
    batches: u64,
}

/// What has come until now: appended, in rows, in the journal, in the history.
#[derive(Clone, Copy, Default)]
struct Counts([u64; 4]);

struct World {
    design: Design,
    rng: Rng,
    agenda: Agenda<Event>,
    usage: Usage,
    requests: Requests,
    rules: Rules,
    relays: Vec<Relay>,
    rows: Vec<Rows>,
    journals: Vec<Journal>,
    search: Search,
    begin: Time,
    counts: Counts,
    sent: u64,
    sent_commits: usize,
    functions: Times,
    times: [Times; 5],
}

const DEPOSIT: usize = 0;
const TRANSFER: usize = 1;
const ROW: usize = 2;
const FEED: usize = 3;
const FOUND: usize = 4;

/// Runs a design; the same seed is the same outcome.
#[must_use]
pub fn run(design: &Design) -> Outcome {
    let mut world = World::new(*design);
    let (begin, end) = (world.begin, world.begin + design.seconds * 1_000.0);
    let mut before = None;
    while let Some((at, event)) = world.agenda.next() {
        if at >= begin && before.is_none() {
            before = Some(world.counts);
        }
        if at >= end {
            break;
        }
        world.happen(at, event);
    }
    world.outcome(before.unwrap_or_default(), end)
}

impl World {
    fn new(design: Design) -> Self {
        let usage = Usage::read();
        let lanes = design.relays * design.journals;
        let of = |name| usage.figure("relay", name);
        let bytes = Bytes { block: of("block_bytes"), entry: of("entry_bytes") };
        let mut world = Self {
            rng: Rng::with_seed(design.seed),
            agenda: Agenda::new(),
            requests: Requests::new(&usage),
            rules: Rules::new(&design, &usage),
            relays: (0..lanes).map(|_| Relay::default()).collect(),
            rows: (0..design.shards * design.summary_factor)
                .map(|_| Rows { waiting: VecDeque::new(), busy: 0.0, batches: 0 })
                .collect(),
            journals: (0..design.journals).map(|_| Journal::new(bytes)).collect(),
            search: Search::new(&usage, design.search_processors(), design.documents_per_processor),
            begin: design.seconds * 1_000.0 * WARM_UP,
            counts: Counts::default(),
            sent: 0,
            sent_commits: 0,
            functions: Times::default(),
            times: Default::default(),
            usage,
            design,
        };
        world.agenda.plan(0.0, Event::Command);
        let poll = world.rules.poll_ms;
        for lane in 0..world.rows.len() {
            let at = world.rng.f64() * poll;
            world.agenda.plan(at, Event::Rows(lane));
        }
        for lane in 0..lanes {
            let at = world.rng.f64() * poll;
            world.agenda.plan(at, Event::Relay(lane, Step::Poll));
        }
        world
    }

    fn happen(&mut self, at: Time, event: Event) {
        match event {
            Event::Command => self.command(at),
            Event::Shown(appended) => {
                let (row, relay) = (self.rng.usize(..self.rows.len()), self.rng.usize(..self.relays.len()));
                self.rows[row].waiting.push_back(appended);
                self.relays[relay].waiting.push_back(appended);
                self.counts.0[0] += 1;
            }
            Event::Rows(lane) => self.project(at, lane),
            Event::Relay(lane, step) => self.relay(at, lane, step),
            Event::Sent(message) => {
                self.sent += 1;
                self.sent_commits += message.commits;
                let arrives = self.search.received(at, message.commits, &mut self.rng);
                self.agenda.plan(arrives, Event::Documents(message));
            }
            Event::Documents(message) => {
                let found = self.search.indexed(at, message.commits, &mut self.rng);
                let block = &mut self.journals[message.journal].blocks[message.position];
                let appended = std::mem::take(&mut block.parts[message.part]);
                self.counts.0[3] += appended.len() as u64;
                for appended in appended.into_iter().filter(|appended| *appended >= self.begin) {
                    self.times[FOUND].add(found - appended);
                }
            }
        }
    }

    fn command(&mut self, at: Time) {
        let next = at + exponential(self.design.rate / 1_000.0, &mut self.rng);
        self.agenda.plan(next, Event::Command);
        let is_transfer = self.rng.f64() < self.design.transfers;
        let (kind, commits, answered) = if is_transfer {
            (TRANSFER, 2, self.requests.transfer(&mut self.rng))
        } else {
            (DEPOSIT, 1, self.requests.deposit(&mut self.rng))
        };
        if at >= self.begin {
            self.times[kind].add(answered.answered);
            self.functions.add(answered.function);
        }
        let appended = at + answered.appended;
        for _ in 0..commits {
            self.agenda.plan(appended + STREAM_MS, Event::Shown(appended));
        }
    }

    /// A batch of the summaries: one read of which generations there are, then a read and a write for each account.
    fn project(&mut self, at: Time, lane: usize) {
        let rows = &mut self.rows[lane];
        let count = rows.waiting.len().min(self.design.summary_batch);
        let oldest = rows.waiting.front().copied().unwrap_or(at);
        let gathers = count < self.design.summary_batch && at - oldest < self.design.summary_window_ms;
        if count == 0 || gathers {
            self.agenda.plan(at + self.rules.poll_ms, Event::Rows(lane));
            return;
        }
        let work =
            self.usage.figure("work", "batch_ms") + self.usage.figure("work", "commit_ms") * count as f64;
        let begun = at
            + PUT.sample(&mut self.rng)
            + PUT.sample(&mut self.rng)
            + work / self.usage.figure("work", "processor_share");
        let mut accounts = [begun; ACCOUNTS_AT_ONCE];
        for appended in rows.waiting.drain(..count) {
            accounts.sort_by(f64::total_cmp);
            accounts[0] += PUT.sample(&mut self.rng) + PUT.sample(&mut self.rng);
            if appended >= self.begin {
                self.times[ROW].add(accounts[0] - appended);
            }
        }
        self.counts.0[1] += count as u64;
        let done = accounts.into_iter().fold(begun, f64::max);
        rows.busy += done - at;
        rows.batches += 1;
        self.agenda.plan(done, Event::Rows(lane));
    }

    fn relay(&mut self, at: Time, lane: usize, step: Step) {
        let number = lane % self.journals.len();
        let journal = &mut self.journals[number];
        let before = journal.blocks.len();
        let effects = self.relays[lane].step((at, step), &self.rules, journal, &mut self.rng);
        for block in &journal.blocks[before..] {
            self.counts.0[2] += block.commits as u64;
            for appended in block.parts.iter().flatten().filter(|appended| **appended >= self.begin) {
                self.times[FEED].add(at - appended);
            }
        }
        for effect in effects {
            match effect {
                Effect::Go(at, step) => self.agenda.plan(at, Event::Relay(lane, step)),
                Effect::Send(at, position, part) => {
                    let commits = self.journals[number].blocks[position].messages().nth(part).unwrap_or(0);
                    let message = Message { journal: number, position, part, commits };
                    self.agenda.plan(at, Event::Sent(message));
                }
            }
        }
    }

    fn queries(&mut self) -> (Percentiles, Percentiles) {
        let (mut account, mut history) = (Times::default(), Times::default());
        for _ in 0..100_000 {
            account.add(self.requests.account(&mut self.rng));
            history.add(self.requests.history(&mut self.rng));
        }
        (account.percentiles(), history.percentiles())
    }

    fn outcome(mut self, before: Counts, end: Time) -> Outcome {
        let (account, history) = self.queries();
        let Self { design, times, counts, .. } = self;
        let came = |place: usize| (counts.0[place] - before.0[place]) as f64;
        let blocks: usize = self.journals.iter().map(|journal| journal.blocks.len()).sum();
        let sum = |of: fn(&Journal) -> f64| self.journals.iter().map(of).sum::<f64>();
        let share = |busy: Time, of: usize| busy / end / of as f64;
        let (rows, relays) = (
            share(self.rows.iter().map(|lane| lane.busy).sum(), self.rows.len()),
            share(self.relays.iter().map(|lane| lane.busy).sum(), self.relays.len()),
        );
        let batches: u64 = self.rows.iter().map(|lane| lane.batches).sum();
        let [deposit, transfer, row, feed, found] = times.map(Times::percentiles);
        Outcome {
            rate: design.rate,
            shards: design.shards,
            deposit,
            transfer,
            account,
            history,
            row,
            feed,
            found,
            kept: [1, 2, 3].map(|place| came(place) / came(0).max(1.0)),
            full: [
                counts.0[1] as f64 / (batches as f64).max(1.0) / design.summary_batch as f64,
                counts.0[2] as f64
                    / (self.relays.iter().map(|relay| relay.batches).sum::<u64>() as f64).max(1.0)
                    / design.relay_batch as f64,
            ],
            index: self.search.utilisation(end),
            functions: [
                design.rate * self.functions.percentiles().mean / 1_000.0,
                rows * self.rows.len() as f64,
                relays * self.relays.len() as f64,
                self.search.function_time / end,
            ],
            attempts: sum(|journal| journal.attempts as f64) / (blocks as f64).max(1.0),
            copies: self.sent_commits as f64 / (counts.0[2] as f64).max(1.0),
            block: counts.0[2] as f64 / (blocks as f64).max(1.0),
            generation_units: (batches + self.sent) as f64 / (end / 1_000.0),
            journal_units: sum(|journal| journal.written) / (end / 1_000.0) / design.journals as f64,
            journal_reads: sum(|journal| journal.read) / (end / 1_000.0) / design.journals as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{design::COMMIT_WORK_MS, saturation::saturation};

    fn small(rate: f64) -> Design {
        Design { seconds: 20.0, ..Design::as_built(rate) }
    }

    #[test]
    fn the_same_seed_is_the_same_run_and_another_is_another() {
        let one = run(&small(100.0));
        assert_eq!(one, run(&small(100.0)));
        assert_ne!(one, run(&Design { seed: 2, ..small(100.0) }));
    }

    #[test]
    fn a_commit_that_comes_alone_waits_half_a_poll_and_for_its_own_requests() {
        let outcome = run(&Design { seconds: 2_000.0, transfers: 0.0, ..Design::as_built(1.0) });
        // Records, generations, the row read and written: 8.2 ms on average each. Two milliseconds of work and 0.2.
        let formula = STREAM_MS + 125.0 + 4.0 * 8.2 + 2.2 / 0.29;
        assert!((outcome.row.mean / formula - 1.0).abs() < 0.05, "{} for {formula}", outcome.row.mean);
    }

    #[test]
    fn what_is_at_work_is_what_comes_times_how_long_it_takes() {
        let outcome = run(&small(200.0));
        // A transfer takes a transaction more than a deposit; both the longer of their reads, and seven milliseconds.
        let (deposit, transfer) = (9.6 + 6.9 + 8.2, 10.4 + 6.9 + 28.6);
        let formula = 200.0 * (0.7 * deposit + 0.3 * transfer) / 1_000.0;
        assert!(
            (outcome.functions[0] / formula - 1.0).abs() < 0.05,
            "{} for {formula}",
            outcome.functions[0]
        );
    }

    #[test]
    fn a_commit_that_comes_alone_is_in_the_journal_after_half_a_poll_and_four_requests() {
        let outcome = run(&Design { seconds: 2_000.0, transfers: 0.0, relays: 1, ..Design::as_built(1.0) });
        // Records, the stream's end, the journal's end, and half of the block. Two milliseconds of work, 0.1 and 0.04.
        let formula = STREAM_MS + 125.0 + 3.5 * 8.2 + 2.14 / 0.29;
        assert!((outcome.feed.mean / formula - 1.0).abs() < 0.05, "{} for {formula}", outcome.feed.mean);
    }

    #[test]
    fn one_relay_is_as_quick_as_its_requests_and_its_processor() {
        let design = |rate| Design { relays: 1, ..Design::as_built(rate) };
        let rate = saturation(design, Outcome::journal_keeps_up);
        // A thousand commits with their ends, a part of each hundred, forty batches of ends, and what is once in a batch.
        let work = 2.0 + 1_000.0 * (COMMIT_WORK_MS + 0.1) + 20.0 * 0.1;
        let formula = 1_000.0 * 1_000.0 / (work / 0.29 + 10.0 * 13.0 + 5.0 * 8.2 + 12.0) / 1.3;
        assert!((rate / formula - 1.0).abs() < 0.1, "{rate} for {formula}");
    }

    #[test]
    fn one_relay_meets_no_conflict_and_sends_each_commit_once() {
        let outcome = run(&Design { relays: 1, ..small(50.0) });
        assert!((outcome.attempts - 1.0).abs() < 0.01, "{}", outcome.attempts);
        assert!((outcome.copies - 1.0).abs() < 0.05, "{}", outcome.copies);
    }

    #[test]
    fn relays_hand_each_commit_on_once_though_they_race() {
        let outcome = run(&small(500.0));
        assert!(outcome.journal_keeps_up(), "{outcome:?}");
        assert!(outcome.attempts > 1.0, "{}", outcome.attempts);
        assert!((outcome.copies - 1.0).abs() < 0.05, "{}", outcome.copies);
    }

    #[test]
    fn beyond_what_the_relays_can_do_the_journal_falls_behind_and_the_answers_do_not() {
        let (slow, quick) = (run(&small(100.0)), run(&small(20_000.0)));
        assert!(!quick.journal_keeps_up(), "{quick:?}");
        assert!((quick.deposit.p50 / slow.deposit.p50 - 1.0).abs() < 0.05);
    }
}
