//! Instants in UTC, and nothing else of time.
//!
//! No clock is read here: an instant comes in as an argument everywhere, so that a verdict
//! is a function of its inputs and can be asked for any moment, past or future.

use std::fmt;
use std::str::FromStr;

/// Seconds in a day; X.509 and RFC 3161 know no leap seconds.
const DAY: i64 = 86_400;

/// A point in UTC, counted from 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant {
    seconds: i64,
    nanos: u32,
}

/// An instant as a calendar shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// Year of the proleptic Gregorian calendar.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// Fraction of the second.
    pub nanos: u32,
}

impl Instant {
    /// The instant `seconds` after (or before) the Unix epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }

    /// Like [`Instant::from_unix`], with a fraction of a second (RFC 3161 genTime has one).
    pub const fn from_unix_nanos(seconds: i64, nanos: u32) -> Self {
        Self { seconds, nanos }
    }

    /// Whole seconds since the Unix epoch.
    pub const fn unix(self) -> i64 {
        self.seconds
    }

    /// The fraction of the second.
    pub const fn nanos(self) -> u32 {
        self.nanos
    }

    /// The instant that many seconds later; saturates at the ends of time.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self { seconds: self.seconds.saturating_add(seconds), nanos: self.nanos }
    }

    /// The instant that a calendar shows so, or nothing if no calendar does.
    pub fn from_civil(c: Civil) -> Option<Self> {
        let in_month = (1..=12).contains(&c.month)
            && (1..=days_in_month(c.year, c.month)).contains(&c.day)
            && (0..=9999).contains(&c.year);
        let in_day = c.hour < 24 && c.minute < 60 && c.second < 60 && c.nanos < 1_000_000_000;
        (in_month && in_day).then(|| {
            let of_day = i64::from(c.hour) * 3600 + i64::from(c.minute) * 60 + i64::from(c.second);
            Self { seconds: days_from_civil(c.year, c.month, c.day) * DAY + of_day, nanos: c.nanos }
        })
    }

    /// This instant as a calendar shows it, in UTC.
    pub fn civil(self) -> Civil {
        let days = self.seconds.div_euclid(DAY);
        let of_day = self.seconds.rem_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        let part = |n: i64| u32::try_from(n).unwrap_or(0);
        Civil {
            year,
            month,
            day,
            hour: part(of_day / 3600),
            minute: part(of_day / 60 % 60),
            second: part(of_day % 60),
            nanos: self.nanos,
        }
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC; the fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil();
        let mut line = Line::default();
        match u32::try_from(c.year) {
            Ok(year @ 0..=9999) => line.number(year, 4),
            // No certificate and no token has such a year; what is computed may.
            Ok(_) | Err(_) => write!(f, "{:04}", c.year)?,
        }
        for (mark, number) in
            [(b'-', c.month), (b'-', c.day), (b'T', c.hour), (b':', c.minute), (b':', c.second)]
        {
            line.mark(mark);
            line.number(number, 2);
        }
        if c.nanos != 0 {
            let (mut fraction, mut digits) = (c.nanos, 9);
            while fraction.is_multiple_of(10) {
                (fraction, digits) = (fraction / 10, digits - 1);
            }
            line.mark(b'.');
            line.number(fraction, digits);
        }
        line.mark(b'Z');
        f.write_str(line.text())
    }
}

/// An instant being written, in one piece: reports are full of them.
#[derive(Default)]
struct Line {
    octets: [u8; "0000-00-00T00:00:00.000000000Z".len()],
    used: usize,
}

impl Line {
    fn mark(&mut self, mark: u8) {
        if let Some(place) = self.octets.get_mut(self.used) {
            *place = mark;
            self.used += 1;
        }
    }

    fn number(&mut self, number: u32, digits: u32) {
        for power in (0..digits).rev() {
            let digit = number / 10_u32.pow(power) % 10;
            self.mark(b'0' + u8::try_from(digit).unwrap_or(0));
        }
    }

    fn text(&self) -> &str {
        self.octets.get(..self.used).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }
}

/// A text that is no RFC 3339 instant.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is not a time: write 2026-11-20T09:30:00+09:00, or 2026-11-20 for midnight UTC")]
pub struct BadInstant(String);

impl FromStr for Instant {
    type Err = BadInstant;

    /// Reads RFC 3339 with any offset, or a bare date, which means its midnight in UTC.
    fn from_str(text: &str) -> Result<Self, BadInstant> {
        parse_rfc3339(text).ok_or_else(|| BadInstant(text.to_owned()))
    }
}

fn parse_rfc3339(text: &str) -> Option<Instant> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let mut c = Civil {
        year: i64::from(digits(fields.next()?, 4)?),
        month: digits(fields.next()?, 2)?,
        day: digits(fields.next()?, 2)?,
        hour: 0,
        minute: 0,
        second: 0,
        nanos: 0,
    };
    if fields.next().is_some() {
        return None;
    }
    let Some(time) = time else { return Instant::from_civil(c) };
    let (clock, offset) = split_offset(time)?;
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let mut fields = clock.split(':');
    c.hour = digits(fields.next()?, 2)?;
    c.minute = digits(fields.next()?, 2)?;
    c.second = digits(fields.next()?, 2)?;
    c.nanos = fraction.map_or(Some(0), nanos_of_fraction)?;
    if fields.next().is_some() {
        return None;
    }
    Some(Instant::from_civil(c)?.plus_seconds(-offset))
}

/// Splits `09:30:00+09:00` into the clock and the offset in seconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = time.rfind(['+', '-'])?;
    let (clock, offset) = time.split_at_checked(at)?;
    let (sign, offset) = match offset.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, offset.strip_prefix('+')?),
    };
    let (hours, minutes) = offset.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60)
        .then(|| (clock, sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60)))
}

/// The nanoseconds that a decimal fraction means; digits beyond nine are cut, not rounded.
pub(crate) fn nanos_of_fraction(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut nine: String = fraction.chars().take(9).collect();
    while nine.len() < 9 {
        nine.push('0');
    }
    nine.parse().ok()
}

/// Exactly `count` decimal digits.
pub(crate) fn digits(text: &str, count: usize) -> Option<u32> {
    let right = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01; the year is counted from March so that the leap day comes last.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_and_the_seconds_agree_both_ways() {
        for (text, unix) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1950-01-01T00:00:00Z", -631_152_000),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-20T00:00:00Z", 1_795_132_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            let instant: Instant = text.parse().unwrap();
            assert_eq!(instant.unix(), unix, "{text}");
            assert_eq!(instant.to_string(), text);
        }
    }

    #[test]
    fn an_offset_is_taken_off() {
        let jst: Instant = "2026-11-20T09:00:00+09:00".parse().unwrap();
        assert_eq!(jst, "2026-11-20".parse().unwrap());
        let west: Instant = "2026-11-19T19:00:00.250-05:00".parse().unwrap();
        assert_eq!(west.to_string(), "2026-11-20T00:00:00.25Z");
    }

    #[test]
    fn what_no_calendar_shows_is_refused() {
        for text in
            ["2026-02-29", "2026-13-01", "2026-11-20T24:00:00Z", "2026-11-20T09:00", "", "20261120"]
        {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
    }
}
