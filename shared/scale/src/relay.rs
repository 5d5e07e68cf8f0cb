//! The relays, one for each shard of the stream (and journal, if there are several): what `application::journal` and
//! `read_models::relay` do, request by request.

use std::collections::VecDeque;

use fastrand::Rng;

use crate::{
    agenda::Time,
    design::{COMMIT_WORK_MS, Design, HandOn, Writing},
    journal::{Block, COMMITTED, Journal, PREPARED},
    latency::{BATCH, Latency, PUT, transaction},
    usage::Usage,
};

/// As `application::journal` has it: tries, the longest wait before each but the first, and blocks read at a time that
/// others have left.
const ATTEMPTS_MAX: u32 = 20;
const PAUSE_MS_MAX: Time = 50.0;
const LEFT_BLOCKS: usize = 10;

/// What one message may have (`BLOCK_BYTES_MAX`).
const MESSAGE_BYTES_MAX: f64 = 190_000.0;

/// Ends of streams that are written at once, if that is not a part of the transaction.
const ENDS_AT_ONCE: usize = 50;

/// What a relay does next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Looks for records.
    Poll,
    /// Adds its next block.
    Append,
    /// The journal's end was read, and the answer is so long on its way.
    Looked { rest: Time },
    /// The write comes to the table.
    Prepare { position: usize, began: Time, takes: Time },
    /// Others see the block.
    Committed { position: usize, began: Time, takes: Time },
    /// It is known to be there.
    Won { position: usize },
    /// Somebody else was quicker.
    Lost,
    /// How far the journal was handed on has been read.
    Found { rest: Time },
    /// Hands on what comes at this position.
    Hand { next: usize },
    /// What others have left was read.
    Left { next: usize, rest: Time },
    /// The mark comes to the table.
    Mark { until: usize, rest: Time },
}

/// What comes of a step.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The same relay goes on.
    Go(Time, Step),
    /// A block is sent to the queue of the history.
    Send(Time, usize),
}

/// One relay.
#[derive(Debug)]
pub(crate) struct Relay {
    number: usize,
    /// When the commits were appended that the stream has for it.
    pub(crate) waiting: VecDeque<Time>,
    /// Parts of a batch that failed, each of which comes again by itself.
    again: Vec<Vec<Time>>,
    blocks: VecDeque<Vec<Time>>,
    own: Vec<usize>,
    remembered: Option<usize>,
    attempts: u32,
    begun: Time,
    pub(crate) busy: Time,
    pub(crate) failures: usize,
    pub(crate) batches: u64,
}

/// What all relays have in common.
#[derive(Debug)]
pub(crate) struct Rules {
    writing: Writing,
    hand_on: HandOn,
    batch: usize,
    block_streams: usize,
    transaction_factor: f64,
    window_ms: Time,
    pub(crate) poll_ms: Time,
    queue: Latency,
    batch_work: Time,
    commit_work: Time,
    block_bytes: f64,
    entry_bytes: f64,
    commit_bytes: f64,
}

impl Rules {
    pub(crate) fn new(design: &Design, usage: &Usage) -> Self {
        let share = design.relay_processor;
        Self {
            writing: design.writing,
            hand_on: design.hand_on,
            batch: design.relay_batch,
            block_streams: design.block_streams,
            transaction_factor: design.transaction_factor,
            window_ms: design.relay_window_ms,
            poll_ms: 1_000.0 / usage.figure("stream", "polls_a_second"),
            queue: Latency::with_median(usage.figure("latency", "queue_ms")),
            batch_work: usage.figure("work", "batch_ms") / share,
            commit_work: COMMIT_WORK_MS / share,
            block_bytes: usage.figure("relay", "block_bytes"),
            entry_bytes: usage.figure("relay", "entry_bytes"),
            commit_bytes: usage.figure("relay", "message_commit_bytes"),
        }
    }

    /// Half of the work of a batch: the one before the journal, the other before the queues.
    fn half(&self, commits: usize) -> Time {
        (self.batch_work + self.commit_work * commits as f64) / 2.0
    }

    /// How long a block's write takes, and its units on the key of all blocks.
    fn write(&self, commits: usize, rng: &mut Rng) -> (Time, f64) {
        let units = ((self.block_bytes + self.entry_bytes * commits as f64) / 1_024.0).ceil();
        match self.writing {
            Writing::Transaction => {
                let latency = transaction(commits + 1).times(self.transaction_factor);
                (latency.sample(rng), 2.0 * units)
            }
            Writing::BlockFirst => (PUT.sample(rng), units),
        }
    }

    /// How long it takes to send a block to a queue: as one message, or as several.
    fn send(&self, commits: usize, rng: &mut Rng) -> Time {
        let messages = (self.commit_bytes * commits as f64 / MESSAGE_BYTES_MAX).ceil().max(1.0) as usize;
        (0..messages).map(|_| self.queue.sample(rng)).sum()
    }

    /// When a write takes the position, and when others see it, as shares of the time that it takes.
    fn moments(&self) -> (f64, f64) {
        match self.writing {
            Writing::Transaction => (PREPARED, COMMITTED),
            Writing::BlockFirst => (0.5, 0.5),
        }
    }
}

impl Relay {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            number,
            waiting: VecDeque::new(),
            again: Vec::new(),
            blocks: VecDeque::new(),
            own: Vec::new(),
            remembered: None,
            attempts: 0,
            begun: 0.0,
            busy: 0.0,
            failures: 0,
            batches: 0,
        }
    }

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
            Step::Append => vec![self.append(at, rules, rng)],
            Step::Looked { rest } => {
                let position = journal.blocks.len();
                let planned = match rules.writing {
                    Writing::Transaction => 0.0,
                    // Ends are read after the journal's end: nothing can have moved if that has not.
                    Writing::BlockFirst => BATCH.sample(rng),
                };
                vec![self.write(at + rest + planned, position, rules, rng)]
            }
            Step::Prepare { position, began, takes } => {
                let (_, units) = rules.write(self.blocks.front().map_or(0, Vec::len), rng);
                journal.units += units;
                let next = if journal.take(self.number, position, at) {
                    Effect::Go(began + takes * rules.moments().1, Step::Committed { position, began, takes })
                } else {
                    Effect::Go(began + takes, Step::Lost)
                };
                vec![next]
            }
            Step::Committed { position, began, takes } => {
                let appended = self.blocks.pop_front().unwrap_or_default();
                journal.add(Block { commits: appended.len(), appended }, at);
                vec![Effect::Go(began + takes, Step::Won { position })]
            }
            Step::Won { position } => vec![self.won(at, position, rules, journal, rng)],
            Step::Lost => vec![self.lost(at, rng)],
            Step::Found { rest } => self.found(at + rest, rules, journal, rng),
            Step::Hand { next } => self.hand(at, next, rules, journal, rng),
            Step::Left { next, rest } => self.left(at + rest, next, rules, journal, rng),
            Step::Mark { until, rest } => {
                journal.marks += 1;
                journal.handed_on = journal.handed_on.max(until);
                self.own.clear();
                self.busy += at + rest - self.begun;
                vec![Effect::Go(at + rest, Step::Poll)]
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
        // The records, the work, and how far their streams are, which nobody remembers of one account in a million.
        let mut ready = at + PUT.sample(rng) + rules.half(batch.len());
        if rules.writing == Writing::Transaction {
            ready += BATCH.sample(rng);
        }
        self.blocks = batch.chunks(rules.block_streams).map(<[Time]>::to_vec).collect();
        Effect::Go(ready, Step::Append)
    }

    fn append(&mut self, at: Time, rules: &Rules, rng: &mut Rng) -> Effect {
        match self.remembered {
            Some(position) if rules.writing == Writing::Transaction => self.write(at, position, rules, rng),
            _ => {
                let takes = PUT.sample(rng);
                Effect::Go(at + takes / 2.0, Step::Looked { rest: takes / 2.0 })
            }
        }
    }

    fn write(&self, began: Time, position: usize, rules: &Rules, rng: &mut Rng) -> Effect {
        let (takes, _) = rules.write(self.blocks.front().map_or(0, Vec::len), rng);
        Effect::Go(began + takes * rules.moments().0, Step::Prepare { position, began, takes })
    }

    fn won(&mut self, at: Time, position: usize, rules: &Rules, journal: &Journal, rng: &mut Rng) -> Effect {
        self.remembered = Some(position + 1);
        self.attempts = 0;
        self.own.push(position);
        let mut at = at;
        if rules.writing == Writing::BlockFirst {
            let commits = journal.blocks[position].commits;
            at += (0..commits.div_ceil(ENDS_AT_ONCE)).map(|_| PUT.sample(rng)).sum::<Time>();
        }
        if !self.blocks.is_empty() {
            return Effect::Go(at, Step::Append);
        }
        let commits = self.own.iter().map(|position| journal.blocks[*position].commits).sum();
        let takes = PUT.sample(rng);
        Effect::Go(at + rules.half(commits) + takes / 2.0, Step::Found { rest: takes / 2.0 })
    }

    fn lost(&mut self, at: Time, rng: &mut Rng) -> Effect {
        self.remembered = None;
        self.attempts += 1;
        if self.attempts < ATTEMPTS_MAX {
            return Effect::Go(at + BATCH.sample(rng) + rng.f64() * PAUSE_MS_MAX, Step::Append);
        }
        // The batch fails and is bisected. What of it is in the journal already is handed on by the next.
        self.failures += 1;
        self.own.clear();
        let rest: Vec<Time> = self.blocks.drain(..).flatten().collect();
        let (one, other) = rest.split_at(rest.len().div_ceil(2));
        self.again.extend([other, one].into_iter().filter(|half| !half.is_empty()).map(<[Time]>::to_vec));
        self.busy += at - self.begun;
        Effect::Go(at, Step::Poll)
    }

    fn found(&mut self, at: Time, rules: &Rules, journal: &Journal, rng: &mut Rng) -> Vec<Effect> {
        if rules.hand_on == HandOn::Everything {
            return vec![Effect::Go(at, Step::Hand { next: journal.handed_on })];
        }
        let mut effects = Vec::new();
        let mut sent = at;
        for position in &self.own {
            let commits = journal.blocks[*position].commits;
            let arrives = at + rules.send(commits, rng);
            effects.push(Effect::Send(arrives, *position));
            sent = sent.max(arrives).max(at + rules.send(commits, rng));
        }
        let until = self.own.last().map_or(0, |last| last + 1);
        effects.push(mark(sent, until, rng));
        effects
    }

    fn hand(&self, at: Time, next: usize, rules: &Rules, journal: &Journal, rng: &mut Rng) -> Vec<Effect> {
        let enough = self.own.last().map_or(0, |last| last + 1);
        if next >= enough {
            return vec![mark(at, next, rng)];
        }
        if !self.own.contains(&next) {
            let takes = PUT.sample(rng);
            return vec![Effect::Go(at + takes / 2.0, Step::Left { next, rest: takes / 2.0 })];
        }
        // One queue after the other.
        let commits = journal.blocks[next].commits;
        let first = at + rules.send(commits, rng);
        let second = first + rules.send(commits, rng);
        vec![Effect::Send(first, next), Effect::Go(second, Step::Hand { next: next + 1 })]
    }

    fn left(&self, at: Time, next: usize, rules: &Rules, journal: &Journal, rng: &mut Rng) -> Vec<Effect> {
        let until = journal.blocks.len().min(next + LEFT_BLOCKS);
        let (mut at, mut effects) = (at, Vec::new());
        at += (next..until).map(|_| BATCH.sample(rng)).sum::<Time>();
        for position in next..until {
            let commits = journal.blocks[position].commits;
            at += rules.send(commits, rng);
            effects.push(Effect::Send(at, position));
            at += rules.send(commits, rng);
        }
        effects.push(Effect::Go(at, Step::Hand { next: until }));
        effects
    }
}

fn mark(at: Time, until: usize, rng: &mut Rng) -> Effect {
    let takes = PUT.sample(rng);
    Effect::Go(at + takes / 2.0, Step::Mark { until, rest: takes / 2.0 })
}
