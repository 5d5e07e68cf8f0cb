//! What may go wrong in one run, and how often. Each seed has its own mixture, so that a rare fault also happens
//! without the others that would hide what it does.

use std::time::Duration;

use fastrand::Rng;

/// How often each fault happens, in a million requests.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    /// The table takes no more.
    pub throttled: u32,
    /// A request never arrives.
    pub request_lost: u32,
    /// A request has its effect, and its answer never arrives.
    pub answer_lost: u32,
    /// A request arrives long after whoever sent it has given it up.
    pub late: u32,
    /// The SDK sends a request twice, and hears the answer to the second.
    pub sent_twice: u32,
    /// Another transaction is under way on the same items.
    pub contended: u32,
    /// An eventually consistent read does not see what was written a moment ago.
    pub stale: u32,
    /// A function dies when it would go on after waiting.
    pub crash: u32,
    /// The most that a function's clock is off, either way.
    pub skew: Duration,
    /// A usual latency; some take a hundred times as long.
    pub latency: Duration,
}

/// How often something happens that happens: now and then, often, and very often.
const RATES: [u32; 6] = [0, 0, 0, 10_000, 50_000, 150_000];

impl Faults {
    /// The faults of a run.
    #[must_use]
    pub fn draw(rng: &mut Rng) -> Self {
        let mut rate = || RATES[rng.usize(..RATES.len())];
        Self {
            throttled: rate(),
            request_lost: rate(),
            answer_lost: rate(),
            late: rate(),
            sent_twice: rate(),
            contended: rate(),
            stale: rate(),
            crash: rate(),
            skew: Duration::from_millis([0, 100, 2_490][rng.usize(..3)]),
            latency: Duration::from_millis([1, 5, 40][rng.usize(..3)]),
        }
    }

    /// None at all.
    #[must_use]
    pub fn none() -> Self {
        Self {
            throttled: 0,
            request_lost: 0,
            answer_lost: 0,
            late: 0,
            sent_twice: 0,
            contended: 0,
            stale: 0,
            crash: 0,
            skew: Duration::ZERO,
            latency: Duration::from_millis(1),
        }
    }
}
