//! Servers with one queue before them: whoever comes first is served first.

use crate::agenda::Time;

/// So many servers.
#[derive(Debug)]
pub(crate) struct Station {
    /// When each of them is free.
    free: Vec<Time>,
    busy: Time,
}

impl Station {
    pub(crate) fn of(servers: usize) -> Self {
        Self { free: vec![0.0; servers.max(1)], busy: 0.0 }
    }

    /// Serves what comes at this time and takes so long; when that is over. To be called in the order of coming.
    pub(crate) fn serve(&mut self, at: Time, takes: Time) -> Time {
        self.busy += takes;
        let Some(server) = self.free.iter_mut().min_by(|one, other| one.total_cmp(other)) else { return at };
        *server = server.max(at) + takes;
        *server
    }

    /// Which share of its servers' time was asked for until now; above one, it cannot keep up.
    pub(crate) fn utilisation(&self, until: Time) -> f64 {
        self.busy / (until * self.free.len() as f64)
    }
}

/// The laws of queues, which hold for anything that claims to be one.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::latency::exponential;
    use fastrand::Rng;

    const ARRIVALS: usize = 400_000;

    /// The mean time from coming until served, of arrivals at a rate by chance, and services at another.
    fn mean(servers: usize, arrivals: f64, services: f64) -> (Time, f64) {
        let (mut station, mut rng) = (Station::of(servers), Rng::with_seed(7));
        let (mut at, mut sum) = (0.0, 0.0);
        for _ in 0..ARRIVALS {
            at += exponential(arrivals, &mut rng);
            let takes = exponential(services, &mut rng);
            sum += station.serve(at, takes) - at;
        }
        (sum / ARRIVALS as f64, station.utilisation(at))
    }

    #[test]
    fn one_server_by_chance_takes_as_long_as_the_formula_says() {
        for load in [0.3, 0.5, 0.8] {
            let (mean, utilisation) = mean(1, load, 1.0);
            let formula = 1.0 / (1.0 - load);
            assert!((mean / formula - 1.0).abs() < 0.05, "{load}: {mean} for {formula}");
            assert!((utilisation - load).abs() < 0.01, "{load}: {utilisation}");
        }
    }

    #[test]
    fn two_servers_by_chance_take_as_long_as_erlang_says() {
        // M/M/2 with each server loaded by r: 1 / (1 - r²) services.
        for load in [0.4_f64, 0.8] {
            let (mean, _) = mean(2, 2.0 * load, 1.0);
            let formula = 1.0 / (1.0 - load * load);
            assert!((mean / formula - 1.0).abs() < 0.05, "{load}: {mean} for {formula}");
        }
    }

    #[test]
    fn what_comes_in_time_and_takes_less_never_waits() {
        let mut station = Station::of(1);
        for number in 0..1_000 {
            let at = f64::from(number) * 10.0;
            assert!((station.serve(at, 9.0) - at - 9.0).abs() < 1e-6);
        }
        assert!((station.utilisation(10_000.0) - 0.9).abs() < 1e-9);
    }

    #[test]
    fn what_takes_longer_than_it_comes_waits_by_the_difference_more_each_time() {
        let mut station = Station::of(1);
        for number in 0..1_000 {
            let (at, waited) = (f64::from(number) * 10.0, f64::from(number) * 2.0);
            assert!((station.serve(at, 12.0) - at - 12.0 - waited).abs() < 1e-6);
        }
    }
}
