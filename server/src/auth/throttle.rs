//! Clients that fail to log in again and again have to wait.
//!
//! Counted are requests with credentials that were not good, by the address they came from (of IPv6, its network), for a minute
//! from the first. What is remembered is bounded: where very many addresses fail, those that failed longest ago are forgotten.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

/// How long failures count.
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are remembered.
const REMEMBERED: usize = 20_000;

/// Failures by address.
pub struct Throttle {
    /// None where there is no limit.
    most: Option<u32>,
    failures: Cache<IpAddr, Failures>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    since: Instant,
}

impl Throttle {
    /// Lets an address fail `most` times a minute; 0 is no limit.
    pub fn new(most: u32) -> Self {
        Self { most: (most > 0).then_some(most), failures: Cache::new(REMEMBERED) }
    }

    /// How long an address has to wait before its credentials are looked at.
    pub fn wait(&self, address: Option<IpAddr>) -> Option<Duration> {
        let failures = self.failures.get(&client(address?))?;
        let rest = WINDOW.checked_sub(failures.since.elapsed())?;
        (failures.count >= self.most?).then_some(rest)
    }

    /// Notes that credentials from an address were not good.
    pub fn failed(&self, address: Option<IpAddr>) {
        let (Some(address), Some(_)) = (address.map(client), self.most) else { return };
        let known = self.failures.get(&address).filter(|failures| failures.since.elapsed() < WINDOW);
        let failures = known.unwrap_or(Failures { count: 0, since: Instant::now() });
        self.failures.insert(address, Failures { count: failures.count.saturating_add(1), ..failures });
    }
}

/// Everybody has a whole network of IPv6 addresses.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        IpAddr::V4(address) => IpAddr::V4(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_too_often_waits() {
        let throttle = Throttle::new(3);
        let [one, neighbour, other] =
            ["2001:db8::1", "2001:db8::2", "192.0.2.1"].map(|text| Some(text.parse().unwrap()));
        for address in [one, neighbour] {
            assert_eq!(throttle.wait(address), None);
            throttle.failed(address);
        }
        assert_eq!(throttle.wait(one), None);
        throttle.failed(one);
        for address in [one, neighbour] {
            assert!(throttle.wait(address).is_some_and(|rest| rest <= WINDOW), "{address:?}");
        }
        assert_eq!(throttle.wait(other), None);
        assert_eq!(throttle.wait(None), None);
    }

    #[test]
    fn memory_is_bounded_and_there_may_be_no_limit() {
        let throttle = Throttle::new(1);
        (0..200_000).for_each(|number| throttle.failed(Some(IpAddr::V4(number.into()))));
        assert!(throttle.failures.len() <= REMEMBERED);
        let open = Throttle::new(0);
        let address = Some(IpAddr::V4(7.into()));
        (0..100).for_each(|_| open.failed(address));
        assert_eq!(open.wait(address), None);
    }
}
