//! Places the instants that matter on one line.

use super::catalogue::Catalogue;
use crate::task::verify::SignatureReport;
use crate::time::Instant;
use serde::Serialize;

/// The width of the drawing, in its own units.
const WIDTH: i64 = 680;

/// Room at both ends for the outermost marks.
const MARGIN: i64 = 24;

/// Marks nearer than this are put on different rows.
const NEAR: i64 = 26;

/// The distance of two rows.
const ROW: i64 = 26;

/// A drawing of the signature's time, and the legend of its numbers.
#[derive(Debug, Serialize)]
pub(super) struct Timeline {
    width: i64,
    height: i64,
    /// Where the axis runs.
    axis: i64,
    left: i64,
    right: i64,
    bar: Bar,
    marks: Vec<Mark>,
}

/// The validity of the certificate.
#[derive(Debug, Serialize)]
struct Bar {
    x: i64,
    width: i64,
    label: String,
    from: String,
    to: String,
}

/// One instant.
#[derive(Debug, Serialize)]
struct Mark {
    number: usize,
    /// `claimed`, `stamp` or `validated`: for classes, never shown.
    kind: &'static str,
    x: i64,
    y: i64,
    label: String,
    time: String,
}

impl Timeline {
    /// The timeline of a signature; nothing without a certificate to draw.
    pub(super) fn of(report: &SignatureReport, at: Instant, c: &Catalogue) -> Option<Self> {
        let certificate = report.judged.signer.as_ref()?;
        let (from, to) = (certificate.not_before(), certificate.not_after());
        let events = events(report, at, c);
        let scale = Scale::over(events.iter().map(|event| event.time).chain([from, to]))?;
        let x = scale.place(from);
        let bar = Bar {
            x,
            width: (scale.place(to) - x).max(2),
            label: c.label("timeline-certificate").to_owned(),
            from: c.time(from),
            to: c.time(to),
        };
        let mut marks = marks(events, &scale, c);
        let rows = marks.iter().map(|mark| mark.y).max().unwrap_or(0) + 1;
        let axis = rows * ROW + 6;
        for mark in &mut marks {
            // Row 0 stands next to the axis, the others above it.
            mark.y = axis - 20 - mark.y * ROW;
        }
        let right = WIDTH - MARGIN;
        Some(Self { width: WIDTH, height: axis + 34, axis, left: MARGIN, right, bar, marks })
    }
}

struct Event {
    kind: &'static str,
    label: String,
    time: Instant,
}

fn events(report: &SignatureReport, at: Instant, c: &Catalogue) -> Vec<Event> {
    let label = |key| c.label(key).to_owned();
    let claimed = report.signature.claimed_time.map(|time| Event {
        kind: "claimed",
        label: label("timeline-claimed"),
        time,
    });
    let stamps = report.judged.timestamps.iter().filter_map(|(kind, time, indication)| {
        let word = c.word("indication", indication.name());
        let label = format!("{} ({word})", c.word("stamp", kind.name()));
        time.map(|time| Event { kind: "stamp", label, time })
    });
    let validated = Event { kind: "validated", label: label("timeline-validated"), time: at };
    let mut events: Vec<Event> = claimed.into_iter().chain(stamps).chain([validated]).collect();
    events.sort_by_key(|event| event.time);
    events
}

/// Numbers the events in their order; `y` is the row still.
fn marks(events: Vec<Event>, scale: &Scale, c: &Catalogue) -> Vec<Mark> {
    let mut ends: Vec<i64> = Vec::new();
    let mut marks = Vec::new();
    for (number, event) in (1..).zip(events) {
        let x = scale.place(event.time);
        let free = ends.iter().position(|end| x - end >= NEAR).unwrap_or(ends.len());
        match ends.get_mut(free) {
            Some(end) => *end = x,
            None => ends.push(x),
        }
        let y = i64::try_from(free).unwrap_or(0);
        let time = c.time(event.time);
        marks.push(Mark { number, kind: event.kind, x, y, label: event.label, time });
    }
    marks
}

/// From seconds to units of the drawing.
struct Scale {
    first: i64,
    span: i64,
}

impl Scale {
    fn over(times: impl Iterator<Item = Instant> + Clone) -> Option<Self> {
        let first = times.clone().min()?.unix();
        let last = times.max()?.unix();
        Some(Self { first, span: last.saturating_sub(first).max(1) })
    }

    fn place(&self, time: Instant) -> i64 {
        let room = i128::from(WIDTH - 2 * MARGIN);
        let along = i128::from(time.unix()) - i128::from(self.first);
        i64::try_from(along * room / i128::from(self.span)).unwrap_or(0) + MARGIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Language;

    fn event(text: &str) -> Event {
        Event { kind: "stamp", label: String::new(), time: text.parse().unwrap() }
    }

    #[test]
    fn marks_of_one_moment_stand_above_each_other() {
        let times = ["2026-11-20T09:00:00Z", "2026-11-20T09:00:01Z", "2030-01-01T00:00:00Z"];
        let scale = Scale::over(times.iter().map(|t| t.parse().unwrap())).unwrap();
        let all = times.iter().map(|t| event(t)).collect();
        let marks = marks(all, &scale, Catalogue::load(Language::En));
        let rows: Vec<i64> = marks.iter().map(|m| m.y).collect();
        assert_eq!(rows, [0, 1, 0]);
        assert_eq!((marks[0].x, marks[2].x), (MARGIN, WIDTH - MARGIN));
    }

    #[test]
    fn one_single_moment_is_no_division_by_zero() {
        let at: Instant = "2026-11-20".parse().unwrap();
        let scale = Scale::over([at].into_iter()).unwrap();
        assert_eq!(scale.place(at), MARGIN);
    }
}
