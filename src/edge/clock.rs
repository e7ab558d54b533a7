//! The only clock that inkan reads.

use crate::time::Instant;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The present moment to the millisecond, as this machine believes it to be; no more of it is known.
pub fn now() -> Instant {
    from_system(SystemTime::now())
}

fn from_system(time: SystemTime) -> Instant {
    let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => Instant::from_unix_nanos(seconds(after), after.subsec_millis() * 1_000_000),
        // A clock that was never set may stand before 1970; the fraction is of no interest then.
        Err(before) => Instant::from_unix(-seconds(before.duration())),
    }
}

/// Measures how long something takes; it does not jump when the clock is set.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Begins to measure.
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_time_is_taken_over_with_its_fraction_and_before_1970() {
        let later = UNIX_EPOCH + Duration::new(1_795_132_800, 250_000_000);
        assert_eq!(from_system(later).to_string(), "2026-11-20T00:00:00.25Z");
        let earlier = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(from_system(earlier), Instant::from_unix(-1));
    }

    #[test]
    fn this_program_runs_after_it_was_written() {
        assert!(now() > "2025-01-01".parse().unwrap());
        assert!(Stopwatch::start().elapsed() < Duration::from_secs(60));
    }
}
