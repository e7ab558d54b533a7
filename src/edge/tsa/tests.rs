//! TSAs that fail as told, in a time that does not pass by itself.

use super::*;
use crate::digest::DigestAlgorithm;
use std::sync::Arc;

/// Time that passes only by waiting; what was waited for is written down.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<(Duration, Waits)>>);

/// Seconds, and why.
type Waits = Vec<(u64, String)>;

impl Book {
    fn waits(&self) -> Waits {
        self.0.lock().unwrap().1.clone()
    }

    fn pass(&self, seconds: u64) {
        self.0.lock().unwrap().0 += Duration::from_secs(seconds);
    }
}

impl Waiter for Book {
    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().0
    }

    fn wait(&self, waiting: &Waiting<'_>) {
        let mut book = self.0.lock().unwrap();
        book.0 += waiting.time;
        let why = match waiting.why {
            Why::Limit(_) => "limit".to_owned(),
            Why::Failed(why) => why.to_owned(),
        };
        book.1.push((waiting.time.as_secs(), why));
    }

    fn at_most(&self, longest: Duration) -> Duration {
        longest
    }
}

const URL: &str = "http://tsa.example/";

/// TSAs with these intervals; each takes the next of its answers, and the last of them for ever.
fn tsas(
    intervals: &[u64],
    answers: &[Result<(u64, u32), HttpCause>],
) -> (Tsas, Book, Arc<Mutex<usize>>) {
    let (book, asked) = (Book::default(), Arc::new(Mutex::new(0)));
    let way = |(index, interval): (usize, &u64)| {
        let (answers, asked) = (answers.to_vec(), Arc::clone(&asked));
        let mut url = URL.to_owned();
        if index > 0 {
            url.push_str(&index.to_string());
        }
        let exchange: Exchange = Box::new(move |url, _| {
            let mut asked = asked.lock().unwrap();
            let next = answers.get(*asked).or(answers.last()).unwrap().clone();
            *asked += 1;
            next.map(|(status, failure)| answer(status, failure))
                .map_err(|c| HttpError::new(url, c))
        });
        (url, None, Duration::from_secs(*interval), exchange)
    };
    let ways = intervals.iter().enumerate().map(way).collect();
    (Tsas::through(ways, Box::new(book.clone())), book, asked)
}

/// A response of this status with these failure bits and no token.
fn answer(status: u64, failure: u32) -> Answer {
    use crate::der::write;
    let info = [write::integer(status), write::named_bits(failure)];
    let body = write::sequence([write::sequence(info)]);
    Answer { body, media_type: Some(REPLY.to_owned()), as_expected: true }
}

fn request() -> Vec<u8> {
    tsp::request(&DigestAlgorithm::Sha256.digest(b"x"), &[1; 16])
}

#[test]
fn a_tsa_is_asked_no_more_often_than_it_allows() {
    let (tsas, book, _) = tsas(&[15], &[Ok((0, 0))]);
    for _ in 0..3 {
        tsas.ask(URL, &request()).unwrap();
    }
    book.pass(10);
    tsas.ask(URL, &request()).unwrap();
    book.pass(60);
    tsas.ask(URL, &request()).unwrap();
    let limit = |seconds| (seconds, "limit".to_owned());
    assert_eq!(book.waits(), [limit(15), limit(15), limit(5)]);
}

#[test]
fn what_fails_in_passing_is_tried_again_after_longer_and_longer_pauses() {
    let busy = Err(HttpCause::Status(503));
    let (tsas, book, asked) = tsas(&[0], &[busy.clone(), busy.clone(), busy, Ok((0, 0))]);
    assert!(tsas.ask(URL, &request()).is_ok());
    let waits: Vec<u64> = book.waits().into_iter().map(|(seconds, _)| seconds).collect();
    assert_eq!((waits, *asked.lock().unwrap()), (vec![1, 2, 4], 4));
}

#[test]
fn what_will_not_pass_is_not_tried_again() {
    for cause in [
        HttpCause::PasswordRefused,
        HttpCause::CertificateWanted,
        HttpCause::NotFound,
        HttpCause::NotTrusted("x".to_owned()),
    ] {
        let (tsas, book, asked) = tsas(&[0], &[Err(cause.clone())]);
        let error = tsas.ask(URL, &request()).unwrap_err();
        assert_eq!(error.0, format!("{URL}: {cause}"));
        assert_eq!(tsas.hint(), Some(HttpError::new(URL, cause).hint()));
        assert_eq!((book.waits().len(), *asked.lock().unwrap()), (0, 1));
    }
}

#[test]
fn a_tsa_that_asks_to_come_back_is_asked_again_and_one_that_refuses_is_not() {
    let (time_not_available, bad_request) = (1 << 14, 1 << 2);
    let (tsas_, book, asked) = tsas(&[0], &[Ok((2, time_not_available)), Ok((0, 0))]);
    assert!(TimeStampResponse::parse(&tsas_.ask(URL, &request()).unwrap()).unwrap().granted());
    assert_eq!((book.waits().len(), *asked.lock().unwrap()), (1, 2));
    let (tsas_, book, _) = tsas(&[0], &[Ok((2, bad_request)), Ok((0, 0))]);
    assert!(!TimeStampResponse::parse(&tsas_.ask(URL, &request()).unwrap()).unwrap().granted());
    assert_eq!(book.waits().len(), 0);
    // Its last refusal is handed on, so that the user hears its reasons.
    let (tsas_, _, asked) = tsas(&[0], &[Ok((2, time_not_available))]);
    let last = TimeStampResponse::parse(&tsas_.ask(URL, &request()).unwrap()).unwrap();
    assert_eq!((last.failure_names(), *asked.lock().unwrap()), (vec!["timeNotAvailable"], 4));
}

#[test]
fn whoever_has_another_tsa_waits_less_for_the_first() {
    let (tsas, _, asked) = tsas(&[0, 0], &[Err(HttpCause::Refused)]);
    assert!(tsas.ask(URL, &request()).is_err());
    assert_eq!(*asked.lock().unwrap(), 2);
    assert!(tsas.ask(&format!("{URL}1"), &request()).is_err());
    assert_eq!(*asked.lock().unwrap(), 6);
    assert!(tsas.knows(URL) && !tsas.knows("http://other.example/"));
    assert!(tsas.ask("http://other.example/", &request()).is_err());
}

#[test]
fn a_tsa_that_keeps_failing_is_left_alone_for_a_minute_and_closed_again_by_one_failure() {
    let (tsas, book, asked) = tsas(&[0], &[Err(HttpCause::TimedOut)]);
    assert!(tsas.ask(URL, &request()).is_err());
    assert!(tsas.ask(URL, &request()).is_err());
    assert_eq!(*asked.lock().unwrap(), 5, "the fifth failure in a row ends it");
    let error = tsas.ask(URL, &request()).unwrap_err();
    assert!(error.0.contains("failed 5 times in a row"), "{error}");
    assert_eq!(*asked.lock().unwrap(), 5);
    book.pass(61);
    assert!(tsas.ask(URL, &request()).is_err());
    assert!(tsas.ask(URL, &request()).is_err());
    assert_eq!(*asked.lock().unwrap(), 6);
}

#[test]
fn one_success_opens_the_line_again() {
    let refused = || Err(HttpCause::Refused);
    let answers =
        [refused(), refused(), refused(), Ok((0, 0)), refused(), refused(), refused(), Ok((0, 0))];
    let (tsas, _, asked) = tsas(&[0], &answers);
    for _ in 0..2 {
        assert!(tsas.ask(URL, &request()).is_ok());
    }
    assert_eq!(*asked.lock().unwrap(), 8);
}

#[test]
fn an_answer_of_another_type_that_is_none_is_named_and_one_that_is_one_is_taken() {
    let ways = |body: Vec<u8>| {
        let exchange: Exchange = Box::new(move |_, _| {
            let media_type = Some("text/html".to_owned());
            Ok(Answer { body: body.clone(), media_type, as_expected: false })
        });
        vec![(URL.to_owned(), None, Duration::ZERO, exchange)]
    };
    let ask = |body| Tsas::through(ways(body), Box::new(Book::default())).ask(URL, &request());
    let error = ask(b"<html>".to_vec()).unwrap_err();
    assert!(error.0.contains("text/html"), "{error}");
    assert!(ask(answer(0, 0).body).is_ok());
}

#[test]
fn threads_stand_in_one_line() {
    let (tsas, book, _) = tsas(&[1], &[Ok((0, 0))]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| tsas.ask(URL, &request()).unwrap());
        }
    });
    assert_eq!(book.waits().len(), 3);
}
