//! What happens next, in virtual time.

use std::{cmp::Ordering, collections::BinaryHeap};

/// Milliseconds since the beginning.
pub(crate) type Time = f64;

struct Entry<E> {
    at: Time,
    /// What was planned first happens first, if both are due at once.
    number: u64,
    event: E,
}

/// Events in the order in which they are due.
pub(crate) struct Agenda<E> {
    entries: BinaryHeap<Entry<E>>,
    planned: u64,
}

impl<E> Agenda<E> {
    pub(crate) fn new() -> Self {
        Self { entries: BinaryHeap::new(), planned: 0 }
    }

    pub(crate) fn plan(&mut self, at: Time, event: E) {
        self.planned += 1;
        self.entries.push(Entry { at, number: self.planned, event });
    }

    pub(crate) fn next(&mut self) -> Option<(Time, E)> {
        self.entries.pop().map(|entry| (entry.at, entry.event))
    }
}

// The heap gives its greatest first: the earliest has to be that.
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.number.cmp(&self.number))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<E> Eq for Entry<E> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_of_two_at_once_the_one_that_was_planned_first() {
        let mut agenda = Agenda::new();
        for (at, event) in [(3.0, 'd'), (1.0, 'b'), (1.0, 'c'), (0.5, 'a')] {
            agenda.plan(at, event);
        }
        let order: Vec<char> = std::iter::from_fn(|| agenda.next()).map(|(_, event)| event).collect();
        assert_eq!(order, ['a', 'b', 'c', 'd']);
    }
}
