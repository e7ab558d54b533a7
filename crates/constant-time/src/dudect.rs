//! Measures times in the manner of dudect (Reparaz, Balasch, Verbauwhede 2017): a fixed secret and random
//! ones in random order, and Welch's t between the two classes.
//!
//! It sees what valgrind does not (operands of a division, caches, instructions that valgrind hides)
//! and only what is larger than the noise: a large t is a leak, a small one is no proof. So it is run by
//! hand and judges nothing but its own control.

mod subjects;
mod welch;

use crate::Outcome;
use std::time::{Duration, Instant};
use subjects::Subject;
use welch::Welch;

/// Reparaz et al. take 4.5; with some ten tests of each subject a little more is chance.
const THRESHOLD: f64 = 5.0;
const SECONDS: u64 = 20;
/// Shares of the quickest samples that are looked at apart: interrupts make long tails.
const CROPS: [f64; 6] = [0.3, 0.5, 0.7, 0.9, 0.99, 1.0];

/// Measures every subject for so many seconds.
pub(crate) fn run(words: &[&str]) -> Outcome {
    let seconds = match words {
        [] => SECONDS,
        [text] => text.parse()?,
        _ => return Err("write: constant-time dudect [SECONDS]".into()),
    };
    println!("{:<22} {:>9} {:>9}", "subject", "samples", "max |t|");
    for subject in subjects::all()? {
        let samples = measure(&subject, Duration::from_secs(seconds))?;
        let t = largest(&samples);
        println!("{:<22} {:>9} {:>9.1} {}", subject.name, samples.len(), t, reading(t));
        if subject.leaks && t < THRESHOLD {
            return Err("the control that leaks was not seen: measure longer".into());
        }
    }
    Ok(())
}

const fn reading(t: f64) -> &'static str {
    if t < THRESHOLD { "nothing seen" } else { "DEPENDS ON THE SECRET" }
}

/// A time in nanoseconds and whether the secret was the fixed one.
type Sample = (f64, bool);

fn measure(subject: &Subject, time: Duration) -> Result<Vec<Sample>, Box<dyn std::error::Error>> {
    let started = Instant::now();
    let mut samples = Vec::new();
    while started.elapsed() < time {
        let mut coins = [0];
        aws_lc_rs::rand::fill(&mut coins)?;
        let fixed = coins[0] & 1 == 0;
        let work = (subject.prepare)(fixed)?;
        let before = Instant::now();
        work();
        samples.push((before.elapsed().as_secs_f64() * 1e9, fixed));
    }
    Ok(samples)
}

/// The largest |t| over all crops.
fn largest(samples: &[Sample]) -> f64 {
    let mut times: Vec<f64> = samples.iter().map(|(time, _)| *time).collect();
    times.sort_by(f64::total_cmp);
    let limit = |share: f64| {
        let limits = times.iter().zip(1_u32..);
        let count = f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX)) * share;
        limits.take_while(|(_, at)| f64::from(*at) <= count).last().map_or(0.0, |(time, _)| *time)
    };
    let of = |share| {
        let (limit, mut welch) = (limit(share), Welch::default());
        samples.iter().filter(|(time, _)| *time <= limit).for_each(|sample| welch.take(*sample));
        welch.t().abs()
    };
    CROPS.into_iter().map(of).fold(0.0, f64::max)
}
