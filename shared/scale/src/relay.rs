//! The relays, one for each shard of the stream (and journal, if there are several): what `application::journal` and
//! `read_models::relay` do, request by request.

use std::{cmp::Ordering, collections::VecDeque};

use fastrand::Rng;

use crate::{
    agenda::Time,
    design::{COMMIT_WORK_MS, Design},
    journal::{Block, Journal},
    latency::{BATCH, Latency, PUT},
    station::Station,
    usage::Usage,
};

/// As `application::journal` has it: tries, the longest wait before each but the first, and blocks read at a time that
/// others have left.
const ATTEMPTS_MAX: u32 = 20;
const PAUSE_MS_MAX: Time = 50.0;
const LEFT_BLOCKS: usize = 5;

/// As `event_store` has it: streams' ends that are read at a time, written in one request, and requests at a time; commits
/// that are read in one, and requests at a time.
const ENDS_AT_ONCE: usize = 32;
const BATCH_PUTS_MAX: usize = 25;
const BATCH_PUTS_AT_ONCE: usize = 8;
const BATCH_KEYS_MAX: usize = 100;
const BATCHES_AT_ONCE: usize = 4;

/// How long a relay that hands on in turn waits for its own, with the same pauses.
const TURN_MS_MAX: Time = 2_000.0;
const TURN_PAUSE_MS_MAX: Time = 100.0;

/// The work of a commit is before the journal is looked at, between that and the block, and before the queues: in equal
/// parts, which is a guess.
const PARTS_OF_WORK: f64 = 3.0;

/// What a relay does next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Looks for records.
    Poll,
    /// The question for what others have added comes to the table.
    Look,
    /// The block comes to the table, and the answer is so long on its way.
    Put { rest: Time },
    /// Somebody else was quicker.
    Lost,
    /// The question for how far the journal was handed on comes to the table.
    Find { rest: Time },
    /// Hands on what comes at this position.
    Hand { next: usize },
    /// The question for what others have left comes to the table.
    Left { next: usize },
    /// The mark comes to the table, behind its own block or others that it has handed on.
    Mark { until: usize, rest: Time },
}

/// What comes of a step.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The same relay goes on.
    Go(Time, Step),
    /// A part of the block at a position is sent to the queue of the history.
    Send(Time, usize, usize),
}

/// One relay.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    /// When the commits were appended that the stream has for it.
    pub(crate) waiting: VecDeque<Time>,
    /// Parts of a batch that failed, each of which comes again by itself.
    again: Vec<Vec<Time>>,
    batch: Vec<Time>,
    /// Where the journal ends, as far as it knows.
    end: usize,
    attempts: u32,
    /// Since when its block is handed on, and waits for its turn.
    handed: Time,
    begun: Time,
    pub(crate) busy: Time,
    pub(crate) failures: usize,
    pub(crate) batches: u64,
}

/// What all relays have in common.
#[derive(Debug)]
pub(crate) struct Rules {
    batch: usize,
    window_ms: Time,
    pub(crate) poll_ms: Time,
    queue: Latency,
    batch_work: Time,
    commit_work: Time,
    request_work: Time,
}

impl Rules {
    pub(crate) fn new(design: &Design, usage: &Usage) -> Self {
        let share = design.relay_processor;
        Self {
            batch: design.relay_batch,
            window_ms: design.relay_window_ms,
            poll_ms: 1_000.0 / usage.figure("stream", "polls_a_second"),
            queue: Latency::with_median(usage.figure("latency", "queue_ms")),
            batch_work: usage.figure("work", "batch_ms") / share,
            commit_work: COMMIT_WORK_MS / share,
            request_work: design.request_work_ms / share,
        }
    }

    /// One of the parts of the work of so many commits.
    fn work(&self, commits: usize) -> Time {
        self.commit_work * commits as f64 / PARTS_OF_WORK
    }

    /// How long so many requests take, if so many are under way at a time, and one of them has the processor.
    fn requests(&self, count: usize, at_once: usize, latency: Latency, rng: &mut Rng) -> Time {
        let mut under_way = Station::of(at_once);
        let done = |number| under_way.serve(number as f64 * self.request_work, latency.sample(rng));
        (1..=count).map(done).fold(0.0, Time::max)
    }

    /// How long it takes to read where so many streams end: nobody remembers one account in a million.
    fn ends(&self, streams: usize, rng: &mut Rng) -> Time {
        self.requests(streams, ENDS_AT_ONCE, PUT, rng)
    }

    /// Sends a block part by part, to both queues at once, and writes the ends of its streams meanwhile; when that is done.
    fn deliver(
        &self,
        at: Time,
        (position, block): (usize, &Block),
        effects: &mut Vec<Effect>,
        rng: &mut Rng,
    ) -> Time {
        let (mut sent, mut work) = (at, 0.0);
        for (part, commits) in block.messages().enumerate() {
            let for_part = self.work(commits) + 2.0 * self.request_work;
            let takes = (self.queue.sample(rng), self.queue.sample(rng));
            effects.push(Effect::Send(sent + for_part + takes.0, position, part));
            sent += for_part + takes.0.max(takes.1);
            work += for_part;
        }
        let batches = block.commits.div_ceil(BATCH_PUTS_MAX);
        let written = at + self.requests(batches, BATCH_PUTS_AT_ONCE, BATCH, rng);
        // Both want the same processor.
        sent.max(written).max(at + work + batches as f64 * self.request_work)
    }
}

impl Relay {
    /// Does a step, and says what comes of it.
    pub(crate) fn step(
        &mut self,
        (at, step): (Time, Step),
        rules: &Rules,
        journal: &mut Journal,
        rng: &mut Rng,
    ) -> Vec<Effect> {
        match step {
            Step::Poll => vec![self.poll(at, rules, rng)],
            Step::Look => vec![self.look(at, rules, journal, rng)],
            Step::Put { rest } => {
                let is_added = journal.put(self.end, &self.batch);
                match is_added {
                    true => self.added(at + rest, rules, journal, rng),
                    false => vec![Effect::Go(at + rest, Step::Lost)],
                }
            }
            Step::Lost => vec![self.lost(at, rng)],
            Step::Find { rest } => self.find(at + rest, journal, rng),
            Step::Hand { next } => self.hand(at, next, rng),
            Step::Left { next } => self.left(at, next, rules, journal, rng),
            Step::Mark { until, rest } => {
                journal.handed_on = journal.handed_on.max(until);
                match until < self.end {
                    true => vec![Effect::Go(at + rest, Step::Hand { next: journal.handed_on })],
                    false => vec![self.done(at + rest)],
                }
            }
        }
    }

    fn poll(&mut self, at: Time, rules: &Rules, rng: &mut Rng) -> Effect {
        let oldest = self.waiting.front().copied().unwrap_or(at);
        if self.again.is_empty() && self.waiting.len() < rules.batch && at - oldest < rules.window_ms {
            return Effect::Go(at + rules.poll_ms, Step::Poll);
        }
        let batch = self.again.pop().unwrap_or_else(|| {
            let count = self.waiting.len().min(rules.batch);
            self.waiting.drain(..count).collect()
        });
        if batch.is_empty() {
            return Effect::Go(at + rules.poll_ms, Step::Poll);
        }
        self.begun = at;
        self.batches += 1;
        self.attempts = 0;
        let received = at + PUT.sample(rng) + rules.batch_work + rules.work(batch.len());
        let ready = received + rules.ends(batch.len(), rng);
        self.batch = batch;
        Effect::Go(ready + PUT.sample(rng) / 2.0, Step::Look)
    }

    fn look(&mut self, at: Time, rules: &Rules, journal: &mut Journal, rng: &mut Rng) -> Effect {
        // The last one that it knows, and what comes after it.
        let known = self.end.saturating_sub(1);
        let added = journal.look(known, usize::MAX) - (self.end - known);
        self.end += added;
        let rest = if added == 0 { PUT.sample(rng) } else { BATCH.sample(rng) } / 2.0;
        // It is planned once: whoever loses puts the same block after what was added.
        let planned = if self.attempts == 0 { rules.work(self.batch.len()) } else { 0.0 };
        let takes = if self.batch.len() <= BATCH_PUTS_MAX { PUT } else { BATCH }.sample(rng);
        Effect::Go(at + rest + planned + takes / 2.0, Step::Put { rest: takes / 2.0 })
    }

    fn lost(&mut self, at: Time, rng: &mut Rng) -> Effect {
        self.attempts += 1;
        if self.attempts < ATTEMPTS_MAX {
            let pause = rng.f64() * PAUSE_MS_MAX;
            return Effect::Go(at + pause + PUT.sample(rng) / 2.0, Step::Look);
        }
        // The batch fails and is bisected.
        self.failures += 1;
        let (one, other) = self.batch.split_at(self.batch.len().div_ceil(2));
        self.again.extend([other, one].into_iter().filter(|half| !half.is_empty()).map(<[Time]>::to_vec));
        self.done(at)
    }

    /// Its block is in the journal, at the end that it knew.
    fn added(&mut self, at: Time, rules: &Rules, journal: &Journal, rng: &mut Rng) -> Vec<Effect> {
        let own = self.end;
        self.end += 1;
        let mut effects = Vec::new();
        let at = rules.deliver(at, (own, &journal.blocks[own]), &mut effects, rng);
        self.handed = at;
        effects.push(find(at, rng));
        effects
    }

    /// How far the journal was handed on.
    fn find(&mut self, at: Time, journal: &Journal, rng: &mut Rng) -> Vec<Effect> {
        let (own, next) = (self.end - 1, journal.handed_on);
        vec![match next.cmp(&own) {
            // Somebody else has handed it on.
            Ordering::Greater => self.done(at),
            Ordering::Equal => mark(at, self.end, rng),
            Ordering::Less if at - self.handed < TURN_MS_MAX => find(at + rng.f64() * TURN_PAUSE_MS_MAX, rng),
            Ordering::Less => Effect::Go(at, Step::Hand { next }),
        }]
    }

    /// Others' blocks before its own, or the mark behind its own, if nobody else has come so far.
    fn hand(&mut self, at: Time, next: usize, rng: &mut Rng) -> Vec<Effect> {
        let own = self.end - 1;
        vec![match next.cmp(&own) {
            Ordering::Greater => self.done(at),
            Ordering::Equal => mark(at, self.end, rng),
            Ordering::Less => Effect::Go(at + BATCH.sample(rng) / 2.0, Step::Left { next }),
        }]
    }

    /// Reads blocks and their commits, and hands them on, all at once.
    fn left(
        &self,
        at: Time,
        next: usize,
        rules: &Rules,
        journal: &mut Journal,
        rng: &mut Rng,
    ) -> Vec<Effect> {
        let until = (next + journal.look(next, LEFT_BLOCKS)).min(self.end);
        let (at, mut effects) = (at + BATCH.sample(rng) / 2.0, Vec::new());
        let (mut handed, mut work) = (at, 0.0);
        for position in next..until.min(self.end - 1) {
            let block = &journal.blocks[position];
            let reads = block.commits.div_ceil(BATCH_KEYS_MAX);
            work += rules.work(block.commits);
            let read = at + work + rules.requests(reads, BATCHES_AT_ONCE, BATCH, rng);
            handed = handed.max(rules.deliver(read, (position, block), &mut effects, rng));
        }
        effects.push(mark(handed, until, rng));
        effects
    }

    fn done(&mut self, at: Time) -> Effect {
        self.busy += at - self.begun;
        Effect::Go(at, Step::Poll)
    }
}

fn find(at: Time, rng: &mut Rng) -> Effect {
    let takes = PUT.sample(rng);
    Effect::Go(at + takes / 2.0, Step::Find { rest: takes / 2.0 })
}

fn mark(at: Time, until: usize, rng: &mut Rng) -> Effect {
    let takes = PUT.sample(rng);
    Effect::Go(at + takes / 2.0, Step::Mark { until, rest: takes / 2.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_take_as_many_rounds_as_there_are_or_as_the_processor_takes() {
        let rules = |request_work_ms| {
            let design = Design { request_work_ms, relay_processor: 1.0, ..Design::as_built(100.0) };
            Rules::new(&design, &Usage::read())
        };
        let time = |rules: Rules, count| {
            let mut rng = Rng::with_seed(3);
            (0..200).map(|_| rules.requests(count, 32, PUT, &mut rng)).sum::<Time>() / 200.0
        };
        // 8.4 ms on average, and the last of 32 takes longer.
        assert!((8.2..8.7).contains(&time(rules(0.0), 1)));
        assert!((264.0..284.0).contains(&time(rules(0.0), 1_000)));
        assert!((1_000.0..1_015.0).contains(&time(rules(1.0), 1_000)));
    }
}
