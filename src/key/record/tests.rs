//! The chain and the states, and that each way of spoiling them is found.

use super::*;
use proptest::prelude::{ProptestConfig, any, prop, proptest};

const KEY: &str = "aa00";

fn told(key: &str, event: Event) -> Told {
    let text = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    Told {
        event,
        key: KeyNamed { algorithm: "P-256".into(), sha256: key.into() },
        place: text("token", "病院 \"HSM\""),
        asked: BTreeMap::new(),
        found: text("private CKA_SENSITIVE", "true"),
        user: "root (0)".into(),
        operator: Some("山田".into()),
        witnesses: vec!["佐藤".into(), "line\nbreak".into()],
        note: None,
    }
}

fn written(events: &[(&str, Event)]) -> String {
    let mut text = String::new();
    for (key, event) in events {
        let record = Record::read(text.as_bytes()).unwrap();
        let at = "2026-11-20T00:00:00.25Z".parse().unwrap();
        text.push_str(&record.next(&told(key, *event), at).unwrap());
        text.push('\n');
    }
    text
}

fn three() -> String {
    written(&[(KEY, Event::Generated), (KEY, Event::Requested), (KEY, Event::Certified)])
}

fn broken(text: &str) -> (usize, Why) {
    let broken = Record::read(text.as_bytes()).unwrap_err();
    (broken.line, broken.why)
}

#[test]
fn a_record_is_read_as_it_was_written_and_knows_the_state_of_each_key() {
    let text = written(&[
        (KEY, Event::Generated),
        ("bb11", Event::Attested),
        (KEY, Event::Certified),
        (KEY, Event::Became(State::Suspended)),
        (KEY, Event::Became(State::Active)),
        (KEY, Event::Deleted),
        (KEY, Event::Noted),
    ]);
    let record = Record::read(text.as_bytes()).unwrap();
    assert_eq!(record.state_of(KEY), Some(State::Destroyed));
    assert_eq!(record.state_of("bb11"), None);
    assert_eq!(record.keys().count(), 2);
    assert_eq!(record.entries().len(), 7);
    let last = text.lines().last().unwrap();
    assert_eq!(
        record.head().unwrap(),
        hex(DigestAlgorithm::Sha256.digest(last.as_bytes()).value())
    );
    assert!(record.has_line(&record.head().unwrap().to_uppercase()));
    assert!(!record.has_line(KEY));
    assert!(Record::read(b"").unwrap().head().is_none());
}

#[test]
fn members_of_a_line_stand_in_the_order_of_their_names() {
    let text = three();
    let line = text.lines().next().unwrap();
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let names: Vec<&String> = value.as_object().unwrap().keys().collect();
    let mut sorted = names.clone();
    sorted.sort();
    let in_line = |name: &String| line.find(&format!("\"{name}\":")).unwrap();
    assert!(sorted.windows(2).all(|pair| in_line(pair[0]) < in_line(pair[1])), "{line}");
}

#[test]
fn the_first_line_that_was_changed_left_out_put_in_or_exchanged_is_named() {
    let text = three();
    let lines: Vec<&str> = text.lines().collect();
    let joined =
        |order: &[usize]| order.iter().map(|at| format!("{}\n", lines[*at])).collect::<String>();
    assert_eq!(broken(&text.replacen("山田", "田中", 1)), (2, Why::Chain));
    assert_eq!(broken(&joined(&[0, 2])), (2, Why::Number(3)));
    assert_eq!(broken(&joined(&[1, 2])), (1, Why::Number(2)));
    assert_eq!(broken(&joined(&[0, 0, 1])), (2, Why::Number(1)));
    assert_eq!(broken(&joined(&[0, 2, 1])), (2, Why::Number(3)));
    assert_eq!(broken(&text.replacen("\"event\":", "\"event\": ", 1)), (1, Why::NotCanonical));
    assert_eq!(
        broken(&text.replacen("\"state\":\"pre-activation\"", "\"state\":\"active\"", 1)).0,
        1
    );
    let unknown = text.replacen("\"asked\":{}", "\"asked\":{},\"also\":1", 1);
    assert!(matches!(broken(&unknown), (1, Why::NotAnEntry(_))));
    assert!(matches!(broken("\n"), (1, Why::NotAnEntry(_))));
}

#[test]
fn a_line_torn_by_a_power_loss_is_told_and_what_stands_before_it_holds() {
    let text = three();
    let whole: usize = text.lines().take(2).map(|line| line.len() + 1).sum();
    for length in whole + 1..text.len() {
        assert_eq!(Record::read(&text.as_bytes()[..length]).unwrap_err().line, 3);
        assert_eq!(Record::read(&text.as_bytes()[..length]).unwrap_err().why, Why::Torn);
    }
    assert_eq!(Record::read(&text.as_bytes()[..whole]).unwrap().entries().len(), 2);
}

#[test]
fn nothing_leads_back_into_use_and_nothing_follows_destruction_but_words() {
    let became = Event::Became;
    for (state, event, next) in [
        (State::PreActivation, Event::Certified, Some(State::Active)),
        (State::Active, Event::Certified, Some(State::Active)),
        (State::Active, became(State::Compromised), Some(State::Compromised)),
        (State::Suspended, became(State::Active), Some(State::Active)),
        (State::Compromised, Event::Deleted, Some(State::Destroyed)),
        (State::Deactivated, became(State::Active), None),
        (State::Compromised, became(State::Deactivated), None),
        (State::Compromised, Event::Certified, None),
        (State::Deactivated, Event::Requested, None),
        (State::Active, became(State::Active), None),
        (State::Active, became(State::PreActivation), None),
    ] {
        let expected = next.map(Some).ok_or(NotAllowed::From { from: state, event });
        assert_eq!(after(Some(Some(state)), event), expected, "{state} {event}");
    }
    for state in State::ALL {
        assert!(after(Some(Some(State::Destroyed)), became(state)).is_err());
        assert_eq!(after(Some(Some(state)), Event::Noted), Ok(Some(state)));
        assert_eq!(after(Some(Some(state)), Event::Generated), Err(NotAllowed::MadeBefore));
    }
    for event in [Event::Requested, Event::Certified, Event::Attested, Event::Deleted] {
        assert!(after(Some(Some(State::Destroyed)), event).is_err());
    }
    assert_eq!(after(Some(None), Event::Generated), Err(NotAllowed::MadeBefore));
    assert_eq!(after(Some(None), Event::Deleted), Ok(Some(State::Destroyed)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Flipping any bit of any line but the last is found on that line or the next; in the last line it
    /// is found unless the line is still an entry, which only the noted hash of the line shows.
    #[test]
    fn one_flipped_bit_before_the_last_line_is_always_found(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let text = three();
        let until = text.trim_end().rfind('\n').unwrap();
        let mut bytes = text.into_bytes();
        bytes[at.index(until)] ^= 1 << bit;
        assert!(Record::read(&bytes).is_err());
    }
}
