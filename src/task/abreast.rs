//! Does many things side by side and hands over what came of them in their order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// Results that may wait for the one whose turn it is: what is done ahead stays in memory.
const AHEAD: usize = 64;

/// Things taken up at a time: what takes a tenth of a millisecond is not worth waking anybody for.
const AT_ONCE: usize = 8;

/// How many hands there are.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Does `count` things on so many threads, each with tools of its own, and hands over the results in
/// order. With one thread all of it happens on the calling one.
pub fn abreast<Tools, Done: Send>(
    count: usize,
    threads: usize,
    tools: impl Fn() -> Tools + Sync,
    work: impl Fn(&mut Tools, usize) -> Done + Sync,
    hand_over: &mut dyn FnMut(usize, Done),
) {
    if threads.min(count) < 2 {
        let mut tools = tools();
        (0..count).for_each(|number| hand_over(number, work(&mut tools, number)));
        return;
    }
    let next = AtomicUsize::new(0);
    let turn = Turn::default();
    let (done, results) = mpsc::channel::<(usize, Vec<Done>)>();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            let (next, turn, done, tools, work) = (&next, &turn, done.clone(), &tools, &work);
            scope.spawn(move || {
                let mut tools = tools();
                loop {
                    let first = next.fetch_add(AT_ONCE, Ordering::Relaxed);
                    if first >= count {
                        return;
                    }
                    turn.comes_near(first);
                    let numbers = first..first.saturating_add(AT_ONCE).min(count);
                    let some = numbers.map(|number| work(&mut tools, number)).collect();
                    if done.send((first, some)).is_err() {
                        return;
                    }
                }
            });
        }
        // The threads have their own; the channel ends with its last sender.
        drop(done);
        let mut waiting: BTreeMap<usize, Vec<Done>> = BTreeMap::new();
        let mut now = 0;
        for (first, some) in results {
            waiting.insert(first, some);
            let before = now;
            while let Some(some) = waiting.remove(&now) {
                for one in some {
                    hand_over(now, one);
                    now += 1;
                }
            }
            if now > before {
                turn.is(now);
            }
        }
    });
}

/// Whose turn it is to be handed over.
#[derive(Debug, Default)]
struct Turn {
    now: Mutex<usize>,
    moved: Condvar,
}

impl Turn {
    fn comes_near(&self, number: usize) {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.moved.wait_while(now, |now| number >= now.saturating_add(AHEAD)));
    }

    fn is(&self, number: usize) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = number;
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_done_side_by_side_is_handed_over_in_order_and_once() {
        for threads in [1, 2, 7] {
            for count in [0, 1, 5, 300] {
                let mut seen = Vec::new();
                // The first of every ten is slow: the others must wait for it.
                let work = |(): &mut (), number: usize| {
                    if number.is_multiple_of(10) {
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    number * 2
                };
                let mut hand_over = |number, done| seen.push((number, done));
                abreast(count, threads, || (), work, &mut hand_over);
                assert_eq!(seen, (0..count).map(|n| (n, n * 2)).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn nobody_runs_far_ahead_of_the_one_whose_turn_it_is() {
        let furthest = AtomicUsize::new(0);
        let work = |(): &mut (), number: usize| {
            if number == 0 {
                std::thread::sleep(Duration::from_millis(50));
                return furthest.load(Ordering::SeqCst);
            }
            furthest.fetch_max(number, Ordering::SeqCst)
        };
        let mut when_first_was_done = 0;
        let mut hand_over = |number, furthest| {
            if number == 0 {
                when_first_was_done = furthest;
            }
        };
        abreast(1000, 4, || (), work, &mut hand_over);
        assert!(when_first_was_done < AHEAD + AT_ONCE, "{when_first_was_done}");
    }
}
