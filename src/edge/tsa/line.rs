//! The line before one TSA: whose turn it is, and whether the counter is open.

use crate::edge::clock::Stopwatch;
use crate::edge::entropy;
use std::fmt;
use std::time::Duration;

/// Failures in a row after which a TSA is left alone.
pub(super) const FAILURES: u32 = 5;

/// For how long.
const CLOSED: Duration = Duration::from_secs(60);

/// The pause after a first failure is this at most, and twice as much after each further one. Pauses are random
/// below that ("full jitter"), so that the many who were cut off together do not come back together.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Time, and what waits in it.
pub trait Waiter: Send + Sync {
    /// Since some moment that does not change.
    fn elapsed(&self) -> Duration;

    /// Waits, and may say so.
    fn wait(&self, waiting: &Waiting<'_>);

    /// A random time up to this.
    fn at_most(&self, longest: Duration) -> Duration;
}

/// Something to wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting<'a> {
    /// The TSA.
    pub tsa: &'a str,
    /// How long.
    pub time: Duration,
    /// Why.
    pub why: Why<'a>,
}

/// Why one waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why<'a> {
    /// The TSA must not be asked more often than once in this time.
    Limit(Duration),
    /// It failed, and is asked again.
    Failed(&'a str),
}

/// Waits in real time, and tells of it.
pub struct RealTime {
    since: Stopwatch,
    tell: Box<dyn Fn(&Waiting<'_>) + Send + Sync>,
}

impl RealTime {
    /// From now on; each wait is told to this first.
    pub fn telling(tell: impl Fn(&Waiting<'_>) + Send + Sync + 'static) -> Self {
        Self { since: Stopwatch::start(), tell: Box::new(tell) }
    }
}

impl Waiter for RealTime {
    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    fn wait(&self, waiting: &Waiting<'_>) {
        (self.tell)(waiting);
        std::thread::sleep(waiting.time);
    }

    fn at_most(&self, longest: Duration) -> Duration {
        // Without randomness the longest will do: nothing secret depends on it.
        let drawn = entropy::random().map_or(u32::MAX, u32::from_le_bytes);
        let share = longest.as_nanos() * u128::from(drawn) / u128::from(u32::MAX);
        u64::try_from(share).map_or(longest, Duration::from_nanos)
    }
}

impl fmt::Debug for RealTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RealTime")
    }
}

/// The line before one TSA.
#[derive(Debug)]
pub(super) struct Line {
    interval: Duration,
    asked: Option<Duration>,
    failures: u32,
    closed_until: Option<Duration>,
}

impl Line {
    pub(super) const fn new(interval: Duration) -> Self {
        Self { interval, asked: None, failures: 0, closed_until: None }
    }

    /// Waits until the TSA may be asked, and counts that as asked.
    pub(super) fn wait_turn(&mut self, tsa: &str, waiter: &dyn Waiter) {
        let next = self.asked.map_or(Duration::ZERO, |asked| asked.saturating_add(self.interval));
        let time = next.saturating_sub(waiter.elapsed());
        if !time.is_zero() {
            waiter.wait(&Waiting { tsa, time, why: Why::Limit(self.interval) });
        }
        self.asked = Some(waiter.elapsed());
    }

    /// How long it is still left alone, if it is. After that one may try, and one failure closes it again.
    pub(super) fn closed_for(&self, now: Duration) -> Option<Duration> {
        self.closed_until?.checked_sub(now).filter(|left| !left.is_zero())
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.closed_until.is_some()
    }

    pub(super) const fn succeeded(&mut self) {
        self.failures = 0;
        self.closed_until = None;
    }

    pub(super) fn failed(&mut self, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES {
            self.closed_until = Some(now.saturating_add(CLOSED));
        }
    }

    /// The longest pause after so many tries.
    pub(super) fn pause_after(tried: u32) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(tried.saturating_sub(1)));
        doubled.min(LONGEST_PAUSE)
    }
}
