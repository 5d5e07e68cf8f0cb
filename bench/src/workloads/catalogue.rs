//! The workloads, by the names and with the parameters of pyeventsourcing/eventstore-benchmarks at commit 8d0b432
//! (`configs/*.yaml`), and two that it speaks of but does not have. docs/benchmarks.md says where they differ and why.

use serde::Serialize;

/// The events of a stream that a writer has for itself. Theirs: `stream_len`.
pub const OWN_LENGTH: u64 = 10;

/// The size of an event where theirs names none.
const EVENT_BYTES: usize = 256;

/// A sweep over the number of clients. Theirs: `configs/scaling`.
const CLIENTS: [usize; 6] = [1, 2, 4, 8, 16, 32];

/// Sweeps of which theirs has the comment alone, or nothing.
const SIZES: [usize; 5] = [128, 256, 512, 1_024, 4_096];
const RACERS: [usize; 2] = [4, 16];
const LENGTHS: [u64; 4] = [10, 100, 1_000, 10_000];

/// How far a quick run goes down with what is there before.
const QUICK_DIVISOR: usize = 10;

/// One run of a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Workload {
    pub name: String,
    pub writers: usize,
    pub readers: usize,
    /// How much of what a writer does is an append; the rest is a read.
    pub append_share: f64,
    pub event_bytes: usize,
    /// The most events that one read asks for.
    pub batch: usize,
    /// Where appends and reads go.
    pub streams: Streams,
    /// How many events each of the shared streams has before.
    pub length: u64,
}

/// Which stream is next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Streams {
    /// Each writer has streams for itself, one after the other.
    Own,
    /// Any of so many.
    Uniform(usize),
    /// One of so many, the second half as often as the first, the third a third as often, and so on.
    Zipf(usize),
}

impl Streams {
    /// How many there are for all.
    pub fn shared(self) -> usize {
        match self {
            Self::Own => 0,
            Self::Uniform(count) | Self::Zipf(count) => count,
        }
    }

    fn fewer(self) -> Self {
        let fewer = |count: usize| count.div_ceil(QUICK_DIVISOR);
        match self {
            Self::Own => Self::Own,
            Self::Uniform(count) => Self::Uniform(fewer(count)),
            Self::Zipf(count) => Self::Zipf(fewer(count)),
        }
    }
}

/// What is run first and not reported: connections, and a database that has compiled its code.
pub fn warm_up() -> Workload {
    mixed("warm-up", (8, 8), 0.5, EVENT_BYTES, (Streams::Uniform(500), 10))
}

/// All of them; for a quick run the ends of each sweep, over fewer streams.
pub fn all(quick: bool) -> Vec<Workload> {
    let workloads = writes(quick).chain(reads(quick)).chain(mixes(quick));
    let fewer = |workload: Workload| {
        // One stream, or a handful, is what the workload is about.
        let is_many = workload.streams.shared() >= 100;
        let streams = if is_many { workload.streams.fewer() } else { workload.streams };
        Workload { streams, ..workload }
    };
    workloads.map(|workload| if quick { fewer(workload) } else { workload }).collect()
}

fn writes(quick: bool) -> impl Iterator<Item = Workload> {
    let own = |name: &str, writers, event_bytes| write(name, writers, event_bytes, Streams::Own);
    let fixed = [
        own("baseline-writes-w1", 1, EVENT_BYTES),
        own("concurrent-writers-w4", 4, EVENT_BYTES),
        own("baseline-writes-w16", 16, EVENT_BYTES),
        own("scenario-audit-log", 16, EVENT_BYTES),
        own("scenario-high-throughput-ingestion", 32, 128),
        own("scenario-microservices-aggregate", 8, 512),
        write("heavy-writes-zipf-w4", 4, EVENT_BYTES, Streams::Zipf(10_000)),
    ];
    let scaled = ends(&CLIENTS, quick)
        .map(move |writers| own(&format!("scaling-writers-w{writers}-r0"), writers, EVENT_BYTES));
    let sizes = ends(&SIZES, quick).map(move |bytes| own(&format!("scaling-event-size-{bytes}"), 4, bytes));
    let racers = ends(&RACERS, quick).map(|writers| {
        write(&format!("optimistic_concurrency-w{writers}-r0"), writers, EVENT_BYTES, Streams::Uniform(1))
    });
    fixed.into_iter().chain(scaled).chain(sizes).chain(racers)
}

fn reads(quick: bool) -> impl Iterator<Item = Workload> {
    let fixed = [
        read("concurrent-readers-r4", 4, Streams::Uniform(1_000)),
        read("baseline-reads-r16", 16, Streams::Uniform(1_000)),
        read("heavy-reads-zipf-r16", 16, Streams::Zipf(5_000)),
    ];
    let scaled = ends(&CLIENTS, quick)
        .map(|readers| read(&format!("scaling-readers-w0-r{readers}"), readers, Streams::Uniform(500)));
    fixed.into_iter().chain(scaled)
}

/// Lengths are theirs: `prepopulate_events` by `prepopulate_streams`, rounded up.
fn mixes(quick: bool) -> impl Iterator<Item = Workload> {
    let streams = Streams::Uniform;
    let fixed = [
        mixed("mixed-balanced-50-50", (8, 8), 0.5, EVENT_BYTES, (streams(5_000), 2)),
        mixed("mixed-read-heavy-70-30", (4, 12), 0.3, EVENT_BYTES, (streams(5_000), 4)),
        mixed("mixed-write-heavy-30-70", (12, 4), 0.7, EVENT_BYTES, (streams(2_000), 3)),
        mixed("scenario-cqrs-read-model", (4, 24), 0.15, 384, (streams(8_000), 4)),
    ];
    let large = ends(&LENGTHS, quick).map(move |length| {
        let name = format!("large-streams-{length}");
        Workload { batch: 100, ..mixed(&name, (1, 1), 1.0, EVENT_BYTES, (streams(4), length)) }
    });
    fixed.into_iter().chain(large)
}

fn write(name: &str, writers: usize, event_bytes: usize, streams: Streams) -> Workload {
    Workload { batch: 0, ..mixed(name, (writers, 0), 1.0, event_bytes, (streams, 0)) }
}

fn read(name: &str, readers: usize, streams: Streams) -> Workload {
    Workload { batch: 100, ..mixed(name, (0, readers), 0.0, EVENT_BYTES, (streams, 10)) }
}

fn mixed(
    name: &str,
    (writers, readers): (usize, usize),
    append_share: f64,
    event_bytes: usize,
    (streams, length): (Streams, u64),
) -> Workload {
    Workload {
        name: name.to_owned(),
        writers,
        readers,
        append_share,
        event_bytes,
        batch: 50,
        streams,
        length,
    }
}

/// A sweep, or its ends.
fn ends<T: Copy>(sweep: &[T], quick: bool) -> impl Iterator<Item = T> + use<T> {
    let last = sweep.len() - 1;
    let taken = sweep.iter().enumerate().filter(|(place, _)| !quick || *place == 0 || *place == last);
    taken.map(|(_, one)| *one).collect::<Vec<T>>().into_iter()
}
