//! How long commands and queries take, each by itself: nothing in the command path is shared but an account.

use fastrand::Rng;

use crate::{
    agenda::Time,
    latency::{BATCH, Latency, PUT, TRANSACTION},
    usage::Usage,
};

/// API Gateway and the start of a function that is there, there and back: nobody has published it for this form.
const EDGE_MS: Time = 10.0;

/// What a request takes.
#[derive(Debug)]
pub(crate) struct Requests {
    edge: Latency,
    search: Latency,
    work: Time,
    init: (f64, Time),
}

/// When a command was appended, and when it was answered, since it was sent; and how long the function was at work.
pub(crate) struct Answered {
    pub(crate) appended: Time,
    pub(crate) answered: Time,
    pub(crate) function: Time,
}

impl Requests {
    pub(crate) fn new(usage: &Usage) -> Self {
        let share = usage.figure("work", "processor_share");
        Self {
            edge: Latency::with_median(EDGE_MS),
            search: Latency::with_median(usage.figure("latency", "search_ms")),
            work: usage.figure("work", "request_ms") / share,
            init: (usage.figure("work", "init_share"), usage.figure("work", "init_ms")),
        }
    }

    pub(crate) fn deposit(&self, rng: &mut Rng) -> Answered {
        let first = PUT.sample(rng).max(PUT.sample(rng));
        self.answer(first, PUT, rng)
    }

    pub(crate) fn transfer(&self, rng: &mut Rng) -> Answered {
        let first = PUT.sample(rng).max(PUT.sample(rng)).max(PUT.sample(rng));
        // Two commits and the record.
        self.answer(first, TRANSACTION, rng)
    }

    /// A query of an account, from its row.
    pub(crate) fn account(&self, rng: &mut Rng) -> Time {
        self.edge.sample(rng) + self.work + PUT.sample(rng) + self.start(rng)
    }

    /// A page of the history, from the index.
    pub(crate) fn history(&self, rng: &mut Rng) -> Time {
        self.edge.sample(rng) + self.work + self.search.sample(rng).max(BATCH.sample(rng)) + self.start(rng)
    }

    fn answer(&self, first: Time, last: Latency, rng: &mut Rng) -> Answered {
        let (edge, start) = (self.edge.sample(rng), self.start(rng));
        let function = self.work + first + last.sample(rng);
        let appended = edge / 2.0 + start + function;
        Answered { appended, answered: edge + start + function, function }
    }

    /// Some requests start an instance.
    fn start(&self, rng: &mut Rng) -> Time {
        if rng.f64() < self.init.0 { self.init.1 } else { 0.0 }
    }
}
