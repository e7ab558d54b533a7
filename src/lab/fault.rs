//! The ways in which a service of the lab can be told to fail.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One way to fail, asked for in the path: `/fault/slow,wrong-nonce/tsa/tsa-ec`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// `slow` (three seconds) or `slow=MILLIS`: the answer takes its time.
    Slow(Duration),
    /// `500`: the server says that it is broken.
    ServerError,
    /// `busy=TIMES`: so often it says that it is busy (503), and then it answers.
    Busy(u32),
    /// `forbid`: the server does not allow this (403).
    Forbid,
    /// `redirect`: the server sends elsewhere.
    Redirect,
    /// `stale-crl`: nextUpdate of the list has passed.
    StaleCrl,
    /// `stale-ocsp`: nextUpdate of the status has passed.
    StaleOcsp,
    /// `wrong-nonce`: the answer carries another nonce than the question.
    WrongNonce,
    /// `no-nonce`: the answer carries none.
    NoNonce,
    /// `wrong-imprint`: the token is about another document.
    WrongImprint,
    /// `clock-ahead=SECONDS` and `clock-behind=SECONDS`.
    Clock(i64),
    /// `garbage`: random bytes of the right content type.
    Garbage,
    /// `truncate`: half of the announced body, then the end.
    Truncate,
    /// `reject`: a well-formed refusal.
    Reject,
    /// `wrong-signer`: signed with the key of somebody else.
    WrongSigner,
    /// `wrong-content-type`: the right bytes under `text/html`.
    WrongContentType,
    /// `close`: the connection ends without a byte.
    Close,
}

/// `slow` without a number.
const SLOW: Duration = Duration::from_secs(3);
/// No test waits longer than a minute.
const LONGEST: u64 = 60_000;

/// A text that names no fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "'{0}' is no fault: use slow, slow=MILLIS (up to 60000), 500, busy=TIMES, forbid, redirect, stale-crl, stale-ocsp, wrong-nonce, no-nonce, \
     wrong-imprint, clock-ahead=SECONDS, clock-behind=SECONDS, garbage, truncate, reject, wrong-signer, \
     wrong-content-type or close"
)]
pub struct UnknownFault(String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let number = value.and_then(|v| v.parse::<u32>().ok());
        let found = match (name, value, number) {
            ("slow", None, _) => Some(Self::Slow(SLOW)),
            ("slow", _, Some(n)) if u64::from(n) <= LONGEST => {
                Some(Self::Slow(Duration::from_millis(u64::from(n))))
            }
            ("clock-ahead", _, Some(n)) => Some(Self::Clock(i64::from(n))),
            ("clock-behind", _, Some(n)) => Some(Self::Clock(-i64::from(n))),
            ("500", None, _) => Some(Self::ServerError),
            ("busy", _, Some(times)) => Some(Self::Busy(times)),
            ("forbid", None, _) => Some(Self::Forbid),
            ("redirect", None, _) => Some(Self::Redirect),
            ("stale-crl", None, _) => Some(Self::StaleCrl),
            ("stale-ocsp", None, _) => Some(Self::StaleOcsp),
            ("wrong-nonce", None, _) => Some(Self::WrongNonce),
            ("no-nonce", None, _) => Some(Self::NoNonce),
            ("wrong-imprint", None, _) => Some(Self::WrongImprint),
            ("garbage", None, _) => Some(Self::Garbage),
            ("truncate", None, _) => Some(Self::Truncate),
            ("reject", None, _) => Some(Self::Reject),
            ("wrong-signer", None, _) => Some(Self::WrongSigner),
            ("wrong-content-type", None, _) => Some(Self::WrongContentType),
            ("close", None, _) => Some(Self::Close),
            _ => None,
        };
        found.ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

/// All the faults of one request.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Whether this one was asked for.
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// How long the answer takes.
    pub(super) fn delay(&self) -> Duration {
        let delay =
            |fault: &Fault| if let Fault::Slow(delay) = fault { Some(*delay) } else { None };
        self.0.iter().filter_map(delay).max().unwrap_or_default()
    }

    /// Whether a server that was asked for this so often before is still busy.
    pub(super) fn is_busy(&self, asked: u32) -> bool {
        self.0.iter().any(|fault| matches!(fault, Fault::Busy(times) if asked < *times))
    }

    /// How far the clock is off, in seconds.
    pub(super) fn clock_shift(&self) -> i64 {
        let shift =
            |fault: &Fault| if let Fault::Clock(shift) = fault { Some(*shift) } else { None };
        self.0.iter().filter_map(shift).sum()
    }
}

impl FromStr for Faults {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow(delay) => write!(f, "slow={}", delay.as_millis()),
            Self::ServerError => f.write_str("500"),
            Self::Busy(times) => write!(f, "busy={times}"),
            Self::Forbid => f.write_str("forbid"),
            Self::Redirect => f.write_str("redirect"),
            Self::StaleCrl => f.write_str("stale-crl"),
            Self::StaleOcsp => f.write_str("stale-ocsp"),
            Self::WrongNonce => f.write_str("wrong-nonce"),
            Self::NoNonce => f.write_str("no-nonce"),
            Self::WrongImprint => f.write_str("wrong-imprint"),
            Self::Clock(shift) if *shift < 0 => write!(f, "clock-behind={}", shift.unsigned_abs()),
            Self::Clock(shift) => write!(f, "clock-ahead={shift}"),
            Self::Garbage => f.write_str("garbage"),
            Self::Truncate => f.write_str("truncate"),
            Self::Reject => f.write_str("reject"),
            Self::WrongSigner => f.write_str("wrong-signer"),
            Self::WrongContentType => f.write_str("wrong-content-type"),
            Self::Close => f.write_str("close"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_read_as_it_is_written() {
        let text = "slow=200,500,busy=2,forbid,redirect,stale-crl,stale-ocsp,wrong-nonce,no-nonce,wrong-imprint,clock-ahead=5,\
                    clock-behind=7,garbage,truncate,reject,wrong-signer,wrong-content-type,close";
        let faults: Faults = text.parse().unwrap();
        let written: Vec<_> = faults.0.iter().map(ToString::to_string).collect();
        assert_eq!(written.join(","), text);
        assert_eq!(faults.clock_shift(), -2);
        assert_eq!(faults.delay(), Duration::from_millis(200));
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for bad in ["", "slow=", "slow=x", "slow=60001", "close=1", "clock-ahead", "fast"] {
            assert!(bad.parse::<Faults>().is_err(), "{bad}");
        }
    }
}
