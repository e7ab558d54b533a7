//! Asks time-stamping authorities: as often as each allows, again when it failed in passing, and not
//! again when it keeps failing.
//!
//! A TSA is asked by one thread at a time, whoever has work for it: its limit is on all of us. What comes
//! back is bytes; whether the token in them can be relied on is judged elsewhere, and a TSA whose
//! token could not is not asked for the same thing again: whoever asks goes on to the next.

mod line;
pub mod settings;
#[cfg(test)]
mod tests;

pub use line::{RealTime, Waiter, Waiting, Why};

use super::http::{Access, Answer, HttpCause, HttpClient, HttpError, HttpLimits};
use crate::ades::cades;
use crate::der::Bytes;
use crate::der::tsp::{self, TimeStampResponse};
use crate::evidence::Unavailable;
use crate::evidence::want::without_credentials;
use crate::oid::Oid;
use line::Line;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// How often the last of several TSAs is asked for one timestamp. Another one behind it saves waiting.
const TRIES_OF_LAST: u32 = 4;
const TRIES_OF_OTHERS: u32 = 2;

/// Nobody waits longer for another try.
const PATIENCE: Duration = Duration::from_secs(120);

/// A TSA, as the user described it.
#[derive(Debug)]
pub struct Tsa {
    /// Its address.
    pub url: String,
    /// The policy that is asked for, if any.
    pub policy: Option<Oid>,
    /// The time from one request to the next.
    pub interval: Duration,
    /// Whom its server is believed by, and who we are to it.
    pub access: Access,
}

/// Sends a request to an address.
type Exchange = Box<dyn Fn(&str, &[u8]) -> Result<Answer, HttpError> + Send + Sync>;

/// The TSAs of one run, in their order.
pub struct Tsas {
    counters: Vec<Counter>,
    waiter: Box<dyn Waiter>,
    hint: Mutex<Option<&'static str>>,
}

/// Where one TSA is asked.
struct Counter {
    url: String,
    policy: Option<Oid>,
    tries: u32,
    exchange: Exchange,
    line: Mutex<Line>,
}

/// What came of one request.
enum Reply {
    /// An answer to be looked at.
    Taken(Bytes),
    /// A refusal for a reason that passes.
    Later(Bytes),
}

impl Tsas {
    /// These, in this order.
    pub fn new(tsas: Vec<Tsa>, waiter: Box<dyn Waiter>) -> Self {
        let over_http = |tsa: Tsa| {
            let client = HttpClient::with(HttpLimits::default(), tsa.access);
            let exchange: Exchange =
                Box::new(move |url, request| client.post(url, QUERY, request, REPLY));
            (tsa.url, tsa.policy, tsa.interval, exchange)
        };
        Self::through(tsas.into_iter().map(over_http).collect(), waiter)
    }

    fn through(
        ways: Vec<(String, Option<Oid>, Duration, Exchange)>,
        waiter: Box<dyn Waiter>,
    ) -> Self {
        let last = ways.len().saturating_sub(1);
        let counter = |(index, (url, policy, interval, exchange))| {
            let tries = if index == last { TRIES_OF_LAST } else { TRIES_OF_OTHERS };
            Counter { url, policy, tries, exchange, line: Mutex::new(Line::new(interval)) }
        };
        let counters = ways.into_iter().enumerate().map(counter).collect();
        Self { counters, waiter, hint: Mutex::new(None) }
    }

    /// Whether a TSA at this address is one of these.
    pub fn knows(&self, url: &str) -> bool {
        self.counters.iter().any(|counter| counter.url == url)
    }

    /// Asks the TSA at this address.
    pub fn ask(&self, url: &str, request: &[u8]) -> Result<Bytes, Unavailable> {
        let Some(counter) = self.counters.iter().find(|counter| counter.url == url) else {
            return Err(Unavailable("this TSA was not named".to_owned()));
        };
        let request = match counter.policy {
            Some(policy) => tsp::with_policy(request, policy),
            None => Ok(request.to_vec()),
        };
        let request = request.map_err(|_| Unavailable("no request to send".to_owned()))?;
        let asked = counter.ask(&request, self.waiter.as_ref());
        asked.map_err(|failure| {
            *self.hint.lock().unwrap_or_else(PoisonError::into_inner) = failure.hint;
            failure.why
        })
    }

    /// What to do about the last failure.
    pub fn hint(&self) -> Option<&'static str> {
        *self.hint.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tsas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.counters.iter().map(|counter| without_credentials(&counter.url));
        f.debug_list().entries(shown).finish()
    }
}

/// Why a TSA gave nothing.
struct Failure {
    why: Unavailable,
    hint: Option<&'static str>,
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self { why: Unavailable(error.to_string()), hint: Some(error.hint()) }
    }
}

impl Counter {
    fn ask(&self, request: &[u8], waiter: &dyn Waiter) -> Result<Bytes, Failure> {
        // Held while waiting and asking: whoever comes next stands in the same line.
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = without_credentials(&self.url);
        if let Some(left) = line.closed_for(waiter.elapsed()) {
            return Err(Failure::closed(&shown, left));
        }
        let deadline = waiter.elapsed().saturating_add(PATIENCE);
        let mut tried = 0;
        loop {
            line.wait_turn(&shown, waiter);
            tried += 1;
            let reply = (self.exchange)(&self.url, request);
            let reply = reply.and_then(|answer| self.looked_at(&shown, answer));
            let (failure, may_pass) = match reply {
                Ok(Reply::Taken(answer)) => {
                    line.succeeded();
                    return Ok(answer);
                }
                Ok(Reply::Later(answer)) => (Ok(answer), true),
                Err(error) => {
                    let may_pass = error.cause().is_passing();
                    (Err(error), may_pass)
                }
            };
            line.failed(waiter.elapsed());
            let pause = waiter.at_most(Line::pause_after(tried));
            let has_time = waiter.elapsed().saturating_add(pause) < deadline;
            if !may_pass || tried >= self.tries || line.is_closed() || !has_time {
                return failure.map_err(Failure::from);
            }
            let why = match &failure {
                Ok(_) => "the TSA asks to come back later".to_owned(),
                Err(error) => error.cause().to_string(),
            };
            waiter.wait(&Waiting { tsa: &shown, time: pause, why: Why::Failed(&why) });
        }
    }

    /// What an answer is, as far as it concerns whether to ask again. An answer that cannot be read is for
    /// the one who asked to complain of, unless it does not even claim to be one.
    fn looked_at(&self, shown: &str, answer: Answer) -> Result<Reply, HttpError> {
        let body = Bytes::from(answer.body);
        let Ok(response) = TimeStampResponse::parse(&body) else {
            if answer.as_expected {
                return Ok(Reply::Taken(body));
            }
            let given = answer.media_type.unwrap_or_else(|| "unknown".to_owned());
            return Err(HttpError::new(shown, HttpCause::WrongType(given)));
        };
        // RFC 3161 §2.4.2: of the reasons for a refusal, these two pass.
        let passes = |name: &str| ["timeNotAvailable", "systemFailure"].contains(&name);
        if !response.granted() && response.failure_names().into_iter().any(passes) {
            return Ok(Reply::Later(body));
        }
        let token = response.token.as_ref().and_then(|token| cades::token(token).ok());
        match (self.policy, token) {
            // RFC 3161 §2.4.2: policy "MUST be the same" as the one asked for.
            (Some(asked), Some(token)) if token.statement.policy != asked => {
                let given = token.statement.policy;
                Err(HttpError::new(shown, HttpCause::OtherPolicy { asked, given }))
            }
            (Some(_) | None, Some(_) | None) => Ok(Reply::Taken(body)),
        }
    }
}

impl Failure {
    fn closed(shown: &str, left: Duration) -> Self {
        let seconds = left.as_secs().saturating_add(1);
        let failures = line::FAILURES;
        Self {
            why: Unavailable(format!(
                "{shown}: not asked: it failed {failures} times in a row, and is left alone for {seconds} s"
            )),
            hint: Some("go on with --resume later, or name a second TSA"),
        }
    }
}
