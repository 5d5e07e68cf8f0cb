//! What keeps a cache that fails out of the way: after a failure nobody tries for a while, and then one does.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

/// How long nobody tries after a failure.
pub(super) const PAUSE_SECONDS: i64 = 5;

/// Closed while all is well; a failure opens it.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When it was opened, or when somebody was last let through to find out.
    opened_at: Option<Timestamp>,
    /// How often something failed.
    failures: u64,
}

/// The permission to try. It lapses with the next failure, whosever that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admission {
    failures: u64,
}

impl Circuit {
    /// Lets through everybody while closed, nobody during the pause, and after each pause one.
    pub(super) fn admit(&self, now: Timestamp) -> Option<Admission> {
        let mut state = self.state();
        if let Some(opened_at) = state.opened_at {
            // A clock that was set back ends the pause, so that it cannot last for hours.
            if (opened_at..opened_at.plus_seconds(PAUSE_SECONDS)).contains(&now) {
                return None;
            }
            state.opened_at = Some(now);
        }
        Some(Admission { failures: state.failures })
    }

    /// Whether nothing has failed since.
    pub(super) fn holds(&self, admission: Admission) -> bool {
        self.state().failures == admission.failures
    }

    /// Something failed. Returns whether all was well before.
    pub(super) fn open(&self, now: Timestamp) -> bool {
        let mut state = self.state();
        state.failures = state.failures.wrapping_add(1);
        state.opened_at.replace(now).is_none()
    }

    /// Somebody who was let through succeeded. Returns whether it was open before.
    pub(super) fn close(&self, admission: Admission) -> bool {
        let mut state = self.state();
        state.failures == admission.failures && state.opened_at.take().is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_767_225_600_000_000).unwrap().plus_seconds(seconds)
    }

    #[test]
    fn lets_everybody_through_while_all_is_well() {
        let circuit = Circuit::default();
        for second in 0..3 {
            let admission = circuit.admit(at(second)).unwrap();
            assert!(!circuit.close(admission), "it was never open");
        }
    }

    #[test]
    fn lets_nobody_through_for_five_seconds_after_a_failure() {
        let circuit = Circuit::default();
        assert!(circuit.open(at(0)), "all was well");
        assert!(!circuit.open(at(0)), "and is not any more");
        for second in 0..5 {
            assert_eq!(circuit.admit(at(second)), None, "after {second} s");
        }
        assert!(circuit.admit(at(5)).is_some());
    }

    #[test]
    fn lets_one_through_after_each_pause_until_that_one_succeeds() {
        let circuit = Circuit::default();
        circuit.open(at(0));
        assert!(circuit.admit(at(5)).is_some());
        assert_eq!(circuit.admit(at(5)), None, "one is enough to find out");
        assert_eq!(circuit.admit(at(9)), None);
        let second = circuit.admit(at(10)).expect("the first was never heard of again");
        assert!(circuit.close(second));
        assert!(circuit.admit(at(10)).is_some() && circuit.admit(at(10)).is_some());
    }

    #[test]
    fn a_failure_ends_the_permission_of_all_who_were_let_through_before() {
        let circuit = Circuit::default();
        let (one, other) = (circuit.admit(at(0)).unwrap(), circuit.admit(at(0)).unwrap());
        assert!(circuit.holds(one) && circuit.holds(other));
        circuit.open(at(0));
        assert!(!circuit.holds(one) && !circuit.holds(other));
        assert!(!circuit.close(other), "a success that began before the failure says nothing");
        assert_eq!(circuit.admit(at(1)), None);
    }

    #[test]
    fn a_clock_that_is_set_back_ends_the_pause() {
        let circuit = Circuit::default();
        circuit.open(at(3_600));
        assert!(circuit.admit(at(0)).is_some());
    }
}
