//! What goes wrong between the functions and DynamoDB, and how often. Each schedule has a mixture of its own, so that a
//! rare fault also happens without the others that would hide what it does.

use std::time::Duration;

use fastrand::Rng;
use serde::Serialize;

use super::Asked;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// The request has its effect, and the connection is cut off before the answer.
    AnswerLost,
    /// The connection is cut off before anything is done.
    RequestLost,
    /// The request is held up for a while in which its sender still waits.
    Delayed,
    /// The request is done after its sender has given it up.
    Late,
    /// The table takes no more.
    Throttled,
    /// Another transaction is said to be under way on the same items.
    Contended,
    /// An internal error, and nothing is done.
    Failed,
    /// An internal error, though it is done.
    DoneAndFailed,
    /// Of a batch only a part is done.
    Partial,
}

impl Fault {
    pub(crate) const ALL: [Self; 9] = [
        Self::AnswerLost,
        Self::RequestLost,
        Self::Delayed,
        Self::Late,
        Self::Throttled,
        Self::Contended,
        Self::Failed,
        Self::DoneAndFailed,
        Self::Partial,
    ];

    /// Whether it can happen to this request.
    fn can_meet(self, asked: &Asked) -> bool {
        match self {
            Self::Contended => matches!(asked.operation.as_str(), "PutItem" | "TransactWriteItems"),
            Self::Partial => asked.is_batch(),
            Self::Late | Self::DoneAndFailed => asked.is_write(),
            Self::AnswerLost | Self::RequestLost | Self::Delayed | Self::Throttled | Self::Failed => true,
        }
    }

    /// Whether it may meet the repetitions of a request too: an SDK repeats each twice, and would hide the fault.
    pub(crate) fn can_last(self) -> bool {
        !matches!(self, Self::Delayed | Self::Late | Self::Partial)
    }

    /// What meets the repetitions of a request that this has met: the same, or another. That a table is busy after it
    /// has done what was asked, and has not said so, is what an SDK cannot tell from a table that is busy.
    pub(crate) fn next(self, rng: &mut Rng, asked: &Asked) -> Self {
        let next = [self, self, self, Self::Throttled, Self::Throttled, Self::Contended][rng.usize(..6)];
        if next.can_meet(asked) { next } else { self }
    }

    /// For how long it holds a request up. An SDK waits 1.5 s for one answer (`lambda-kit`).
    pub(crate) fn hold(self, rng: &mut Rng) -> Duration {
        match self {
            Self::Delayed => Duration::from_millis(rng.u64(20..900)),
            Self::Late => Duration::from_millis(rng.u64(1_600..6_000)),
            _ => Duration::ZERO,
        }
    }
}

/// How often something happens that happens, of a million requests: now and then, often, and very often.
const RATES: [u32; 6] = [0, 0, 0, 5_000, 20_000, 80_000];

/// So much more often a batch is done in part.
const BATCHES_MORE: u32 = 10;

/// How often each fault happens, of a million requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weather {
    rates: [u32; Fault::ALL.len()],
    /// Only requests to this table; `None`: all.
    only: Option<String>,
}

impl Weather {
    /// The weather of a schedule, over one of these tables or over all.
    pub(crate) fn draw(rng: &mut Rng, tables: &[&str]) -> Self {
        let rates = std::array::from_fn(|_| RATES[rng.usize(..RATES.len())]);
        let only = (rng.u32(..4) == 0).then(|| tables[rng.usize(..tables.len())].to_owned());
        Self { rates, only }
    }

    /// Something of everything.
    pub(crate) fn mixed() -> Self {
        Self { rates: [10_000; Fault::ALL.len()], only: None }
    }

    /// What happens to this request.
    pub(crate) fn strike(&self, rng: &mut Rng, asked: &Asked) -> Option<Fault> {
        if let Some(only) = &self.only
            && !asked.tables().contains(&only.as_str())
        {
            return None;
        }
        // Batches are few.
        if asked.is_batch() && rng.u32(..1_000_000) < self.rates[Fault::Partial as usize] * BATCHES_MORE {
            return Some(Fault::Partial);
        }
        let mut lot = rng.u32(..1_000_000);
        for (fault, rate) in Fault::ALL.into_iter().zip(self.rates) {
            if lot < rate {
                return Some(fault).filter(|fault| fault.can_meet(asked));
            }
            lot -= rate;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_fault_meets_what_it_can_meet_and_nothing_else() {
        let (mut rng, weather) = (Rng::with_seed(1), Weather::mixed());
        let mut struck = |operation: &str| {
            let asked = Asked { operation: operation.to_owned(), value: json!({ "TableName": "t" }) };
            let mut faults: Vec<Fault> =
                (0..10_000).filter_map(|_| weather.strike(&mut rng, &asked)).collect();
            faults.sort();
            faults.dedup();
            faults
        };
        assert_eq!(struck("PutItem").len(), 8, "all but what takes a batch");
        assert_eq!(struck("BatchWriteItem").len(), 8, "all but conflicts");
        let of_a_query =
            [Fault::AnswerLost, Fault::RequestLost, Fault::Delayed, Fault::Throttled, Fault::Failed];
        assert_eq!(struck("Query"), of_a_query);
    }

    #[test]
    fn weather_over_one_table_leaves_the_others_alone() {
        let (mut rng, weather) =
            (Rng::with_seed(1), Weather { only: Some("events".to_owned()), ..Weather::mixed() });
        let asked = Asked { operation: "PutItem".to_owned(), value: json!({ "TableName": "journal" }) };
        assert!((0..10_000).all(|_| weather.strike(&mut rng, &asked).is_none()));
    }
}
