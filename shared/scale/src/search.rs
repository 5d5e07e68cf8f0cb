//! The history behind its queue: receives, the projector, the index and its refresh.

use fastrand::Rng;

use crate::{
    agenda::Time,
    design::COMMIT_WORK_MS,
    latency::{Latency, PUT},
    station::Station,
    usage::Usage,
};

/// OpenSearch shows what is new once a second.
const REFRESH_MS: Time = 1_000.0;

#[derive(Debug)]
pub(crate) struct Search {
    queue: Latency,
    index: Latency,
    batch_work: Time,
    commit_work: Time,
    document: Time,
    processors: Station,
    /// Time in which functions of the projector were at work.
    pub(crate) function_time: Time,
}

impl Search {
    pub(crate) fn new(usage: &Usage, processors: usize, documents_per_processor: f64) -> Self {
        let share = usage.figure("work", "processor_share");
        Self {
            queue: Latency::with_median(usage.figure("latency", "queue_ms")),
            index: Latency::with_median(usage.figure("latency", "search_ms")),
            batch_work: usage.figure("work", "batch_ms") / share,
            commit_work: COMMIT_WORK_MS / share,
            document: 1_000.0 / documents_per_processor,
            processors: Station::of(processors),
            function_time: 0.0,
        }
    }

    /// When a message that was sent now comes to the index.
    pub(crate) fn received(&mut self, at: Time, commits: usize, rng: &mut Rng) -> Time {
        let received = at + self.queue.sample(rng);
        let done = received + PUT.sample(rng) + self.batch_work + self.commit_work * commits as f64;
        self.function_time += done - received;
        done
    }

    /// When documents that come to the index now are found.
    pub(crate) fn indexed(&mut self, at: Time, documents: usize, rng: &mut Rng) -> Time {
        let done = self.processors.serve(at, self.document * documents as f64) + self.index.sample(rng);
        self.function_time += done - at;
        done + rng.f64() * REFRESH_MS
    }

    pub(crate) fn utilisation(&self, until: Time) -> f64 {
        self.processors.utilisation(until)
    }
}
