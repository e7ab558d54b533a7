//! The two spellings of time in ASN.1.

use crate::time::{Civil, Instant, digits, nanos_of_fraction};

/// RFC 5280 §4.1.2.5.1: two-digit years from 50 on are of the twentieth century.
pub(super) fn utc_time(text: &str) -> Option<Instant> {
    let year = i64::from(digits(text.get(0..2)?, 2)?);
    let century = if year >= 50 { 1900 } else { 2000 };
    fields_after_year(text.get(2..)?, century + year, false)
}

/// RFC 5280 §4.1.2.5.2 without a fraction; RFC 3161 §2.4.2 allows one.
pub(super) fn generalized_time(text: &str) -> Option<Instant> {
    let year = i64::from(digits(text.get(0..4)?, 4)?);
    fields_after_year(text.get(4..)?, year, true)
}

fn fields_after_year(rest: &str, year: i64, fraction_allowed: bool) -> Option<Instant> {
    let two = |at: usize| digits(rest.get(at..at + 2)?, 2);
    let zone = rest.get(10..)?.strip_suffix('Z')?;
    let nanos = match zone.strip_prefix(['.', ',']) {
        Some(fraction) if fraction_allowed => nanos_of_fraction(fraction)?,
        None if zone.is_empty() => 0,
        _ => return None,
    };
    Instant::from_civil(Civil {
        year,
        month: two(0)?,
        day: two(2)?,
        hour: two(4)?,
        minute: two(6)?,
        second: two(8)?,
        nanos,
    })
}
