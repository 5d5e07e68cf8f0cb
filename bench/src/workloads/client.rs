//! One client of a workload: what it does next, and what has become of that.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use application::{
    Commit, Stream, StreamId,
    ports::{AppendError, EventStore as _},
};
use event_store::DynamoDbEventStore;
use fastrand::Rng;

use super::{
    catalogue::{OWN_LENGTH, Streams, Workload},
    payload::{Payload, Payloads},
};
use crate::{
    measure::{RETRIES_MAX, pause},
    variants::next,
};

/// One of the shared streams.
pub fn stream_id(place: usize) -> StreamId {
    StreamId::stored(format!("stream-{place}"))
}

/// Which of the shared streams is next, by chance.
pub enum Choice {
    Uniform(usize),
    /// The sums of the weights up to each.
    Weighted(Vec<f64>),
}

impl Choice {
    pub fn new(streams: Streams) -> Self {
        match streams {
            Streams::Own => Self::Uniform(0),
            Streams::Uniform(count) => Self::Uniform(count),
            Streams::Zipf(count) => {
                let sums = (1..=count).scan(0.0, |sum, rank| {
                    *sum += 1.0 / rank as f64;
                    Some(*sum)
                });
                Self::Weighted(sums.collect())
            }
        }
    }

    fn next(&self, chance: &mut Rng) -> usize {
        match self {
            Self::Uniform(count) => chance.usize(..*count),
            Self::Weighted(sums) => {
                let wanted = chance.f64() * sums.last().copied().unwrap_or_default();
                sums.partition_point(|sum| *sum <= wanted).min(sums.len() - 1)
            }
        }
    }
}

/// What came of operations of one kind.
#[derive(Default)]
pub struct Counts {
    pub times_ms: Vec<f64>,
    pub events: usize,
    pub conflicts: u32,
    /// Appends that met others as often as there are retries: nothing was added.
    pub given_up: u32,
}

impl Counts {
    pub fn add(&mut self, other: Self) {
        self.times_ms.extend(other.times_ms);
        self.events += other.events;
        self.conflicts += other.conflicts;
        self.given_up += other.given_up;
    }
}

/// A writer or a reader.
pub struct Client {
    /// Stores over the same table, each with a meter of its own.
    pub appends: DynamoDbEventStore,
    pub reads: DynamoDbEventStore,
    pub workload: Arc<Workload>,
    pub choice: Arc<Choice>,
    pub chance: Rng,
    /// Its number among all.
    pub number: usize,
    /// The stream that it has for itself, and how many it had before.
    pub own: Option<Stream<Payloads>>,
    pub turns: usize,
    /// Every commit that the store has said it has.
    pub acknowledged: Vec<Commit>,
}

impl Client {
    /// Goes on until the time is over.
    pub async fn run(&mut self, window: Duration) -> Result<[Counts; 2]> {
        let (start, is_writer) = (Instant::now(), self.number < self.workload.writers);
        let [mut appends, mut reads] = [Counts::default(), Counts::default()];
        while start.elapsed() < window {
            if is_writer && self.chance.f64() < self.workload.append_share {
                self.append(&mut appends).await?;
            } else {
                self.read(&mut reads).await?;
            }
        }
        Ok([appends, reads])
    }

    async fn append(&mut self, counts: &mut Counts) -> Result<()> {
        let began = Instant::now();
        let mut stream = match self.workload.streams {
            Streams::Own => self.own_stream(),
            _ => {
                let id = stream_id(self.choice.next(&mut self.chance));
                Stream::load(&self.appends, id).await?
            }
        };
        for tried in 0..RETRIES_MAX {
            let commit = next(&stream, &Payload(self.workload.event_bytes))?;
            match self.appends.append(std::slice::from_ref(&commit)).await {
                Ok(()) => {
                    counts.times_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
                    counts.events += 1;
                    self.acknowledged.push(commit.clone());
                    if self.workload.streams == Streams::Own {
                        self.own = Some(Stream::at(&self.appends, commit).await?);
                    }
                    return Ok(());
                }
                // As the bank's commands do: whoever is behind by one commit has it; by more, and it would stay behind by
                // following.
                Err(AppendError::Conflict { winners }) => {
                    counts.conflicts += 1;
                    pause(tried).await;
                    let winner = winners.into_iter().next().context("a conflict with nobody")?;
                    stream = match tried {
                        0 => Stream::at(&self.appends, winner).await?,
                        _ => Stream::load(&self.appends, winner.stream).await?,
                    };
                }
                Err(error) => return Err(error).context("nobody knows what became of an append"),
            }
        }
        counts.given_up += 1;
        Ok(())
    }

    /// Goes on with its own stream, as far as that is to go. Nobody else writes there, so nothing has to be read.
    fn own_stream(&mut self) -> Stream<Payloads> {
        if let Some(stream) = self.own.take().filter(|stream| stream.version < OWN_LENGTH) {
            return stream;
        }
        self.turns += 1;
        let id = StreamId::stored(format!("stream-w{}-{}", self.number, self.turns));
        Stream { id, version: 0, state: None, newest: None }
    }

    /// A page of a stream, from a place that has a whole page after it: the beginning of a short one.
    async fn read(&mut self, counts: &mut Counts) -> Result<()> {
        let Workload { batch, length, .. } = *self.workload;
        let id = stream_id(self.choice.next(&mut self.chance));
        let page = u64::try_from(batch)?.min(length);
        let from = self.chance.u64(1..=length - page + 1);
        let began = Instant::now();
        let commits = self.reads.read(&id, from, batch).await?;
        counts.times_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
        counts.events += commits.len();
        let follow = commits.iter().zip(from..).all(|(commit, version)| commit.version == version);
        ensure!(follow && u64::try_from(commits.len())? >= page, "{id} was read with a gap after {from}");
        Ok(())
    }
}
