//! The texts of one language. A text that is missing shows its key: a report never fails over a word.

use crate::der::name::is_invisible;
use crate::rule::Phrase;
use crate::time::Instant;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::OnceLock;

/// Japan keeps one offset from UTC all year.
const JST: i64 = 9 * 3600;

/// A language that reports can be written in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Language {
    /// English.
    En,
    /// Japanese.
    Ja,
}

/// A text that names no language inkan speaks.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is not a language of the reports: en or ja")]
pub struct BadLanguage(String);

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The tag in HTML and on the command line.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// The language for a locale such as `ja_JP.UTF-8`: Japanese where it says so, else English.
    pub fn from_locale(locale: &str) -> Self {
        let tag = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if tag.eq_ignore_ascii_case("ja") { Self::Ja } else { Self::En }
    }
}

impl FromStr for Language {
    type Err = BadLanguage;

    fn from_str(text: &str) -> Result<Self, BadLanguage> {
        let known = Self::ALL.into_iter().find(|language| language.tag() == text);
        known.ok_or_else(|| BadLanguage(text.to_owned()))
    }
}

/// All texts of one language: tables of words, the keys of nested tables joined with dots.
#[derive(Debug)]
pub struct Catalogue {
    language: Language,
    tables: BTreeMap<String, BTreeMap<String, String>>,
}

/// How instants inside texts are written.
#[derive(Clone, Copy)]
enum Clock {
    Local,
    Utc,
}

impl Catalogue {
    /// The texts of that language, read once.
    pub fn load(language: Language) -> &'static Self {
        static EN: OnceLock<Catalogue> = OnceLock::new();
        static JA: OnceLock<Catalogue> = OnceLock::new();
        match language {
            Language::En => EN.get_or_init(|| Self::read(language, include_str!("text/en.toml"))),
            Language::Ja => JA.get_or_init(|| Self::read(language, include_str!("text/ja.toml"))),
        }
    }

    fn read(language: Language, text: &str) -> Self {
        // The embedded files are held readable by tests; an unreadable one would show keys.
        let file: toml::Table = toml::from_str(text).unwrap_or_default();
        let mut tables = BTreeMap::new();
        for (name, value) in file {
            let mut words = BTreeMap::new();
            flatten("", value, &mut words);
            tables.insert(name, words);
        }
        Self { language, tables }
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Every table with its words, for those who check that none is missing.
    pub const fn tables(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.tables
    }

    /// A word, or its key.
    pub fn word<'a>(&'a self, table: &str, key: &'a str) -> &'a str {
        self.find(table, key).unwrap_or(key)
    }

    /// A label of the reports.
    pub fn label<'a>(&'a self, key: &'a str) -> &'a str {
        self.word("label", key)
    }

    /// A label with its gaps filled.
    pub fn label_with(&self, key: &str, gaps: &[(&str, &str)]) -> String {
        self.fill(self.label(key), Clock::Local, |name| {
            gaps.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
        })
    }

    /// What a check asks.
    pub fn title(&self, check: &str) -> String {
        self.of_check(check, "title")
    }

    /// What to do when a check is not met.
    pub fn hint(&self, check: &str) -> String {
        self.of_check(check, "hint")
    }

    fn of_check(&self, check: &str, which: &str) -> String {
        let key = format!("{check}.{which}");
        self.word("check", &key).to_owned()
    }

    /// The phrase for people: instants as they read them.
    pub fn say(&self, phrase: &Phrase) -> String {
        self.speak(phrase, Clock::Local)
    }

    /// The phrase for programs: instants stay RFC 3339 in UTC.
    pub fn say_utc(&self, phrase: &Phrase) -> String {
        self.speak(phrase, Clock::Utc)
    }

    fn speak(&self, phrase: &Phrase, clock: Clock) -> String {
        let given = phrase.arguments();
        self.fill(self.word("phrase", phrase.key()), clock, |name| {
            given.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
        })
    }

    /// The text of a phrase in its pieces.
    pub(super) fn pieces<'a>(&'a self, phrase: &Phrase) -> impl Iterator<Item = Piece<'a>> {
        let mut rest = self.word("phrase", phrase.key());
        let mut gap = None;
        std::iter::from_fn(move || {
            if let Some(gap) = gap.take() {
                return Some(gap);
            }
            let (before, after) = match next_gap(rest) {
                Some((before, Gap { whole, name, kind }, after)) => {
                    gap = Some(Piece::Gap { name, kind, whole });
                    (before, after)
                }
                None if rest.is_empty() => return None,
                None => (rest, ""),
            };
            rest = after;
            Some(Piece::Text(before))
        })
    }

    /// Whether what fills a gap of that kind is for programs what it is.
    pub(super) const fn is_literal_utc(kind: Option<&str>) -> bool {
        match kind {
            None => true,
            Some(kind) => matches!(kind.as_bytes(), b"time"),
        }
    }

    /// What fills a gap of that kind, for programs.
    pub(super) fn rendered_utc(&self, value: &str, kind: Option<&str>) -> String {
        self.rendered(value, kind, Clock::Utc)
    }

    /// An instant as people of this language read it: in Japan, Japan's time.
    pub fn time(&self, instant: Instant) -> String {
        match self.language {
            Language::En => instant.to_string(),
            Language::Ja => {
                let shifted = instant.plus_seconds(JST).to_string();
                format!("{} JST", shifted.replace('T', " ").trim_end_matches('Z'))
            }
        }
    }

    fn find(&self, table: &str, key: &str) -> Option<&str> {
        self.tables.get(table)?.get(key).map(String::as_str)
    }

    fn fill<'v>(
        &self,
        text: &str,
        clock: Clock,
        value: impl Fn(&str) -> Option<&'v str>,
    ) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, gap, after)) = next_gap(rest) {
            filled.push_str(before);
            match value(gap.name) {
                Some(value) => filled.push_str(&escaped(&self.rendered(value, gap.kind, clock))),
                None => filled.push_str(gap.whole),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn rendered(&self, value: &str, kind: Option<&str>, clock: Clock) -> String {
        match (kind, clock) {
            (None, _) | (Some("time"), Clock::Utc) => value.to_owned(),
            (Some("time"), Clock::Local) => {
                value.parse().map_or_else(|_| value.to_owned(), |instant| self.time(instant))
            }
            (Some(table), _) => self.find(table, value).unwrap_or(value).to_owned(),
        }
    }
}

fn flatten(prefix: &str, value: toml::Value, words: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let key = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
                flatten(&key, value, words);
            }
        }
        toml::Value::String(text) => {
            words.insert(prefix.to_owned(), text);
        }
        other => {
            words.insert(prefix.to_owned(), other.to_string());
        }
    }
}

/// A piece of a phrase's text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// A gap, as it stands in the text.
    Gap {
        /// What fills it.
        name: &'a str,
        /// The table in which that stands for something else, or `time`.
        kind: Option<&'a str>,
        /// The gap itself.
        whole: &'a str,
    },
}

struct Gap<'a> {
    whole: &'a str,
    name: &'a str,
    kind: Option<&'a str>,
}

fn next_gap(text: &str) -> Option<(&str, Gap<'_>, &str)> {
    let start = text.find('{')?;
    let (before, from) = text.split_at_checked(start)?;
    let end = from.find('}')?;
    let (whole, after) = from.split_at_checked(end + 1)?;
    let inner = whole.trim_start_matches('{').trim_end_matches('}');
    let (name, kind) = match inner.split_once(':') {
        Some((name, kind)) => (name, Some(kind)),
        None => (inner, None),
    };
    Some((before, Gap { whole, name, kind }, after))
}

/// The text with everything escaped that would steer a terminal, break a line or hide: control
/// characters, direction and zero-width marks. File names and certificates are not to be trusted.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_chooses_the_language() {
        for ja in ["ja", "ja_JP.UTF-8", "ja-JP", "JA"] {
            assert_eq!(Language::from_locale(ja), Language::Ja, "{ja}");
        }
        for en in ["", "C", "en_US.UTF-8", "jam_JM", "de_DE"] {
            assert_eq!(Language::from_locale(en), Language::En, "{en}");
        }
        assert_eq!("ja".parse(), Ok(Language::Ja));
        assert!("japanese".parse::<Language>().is_err());
    }

    #[test]
    fn gaps_are_filled_and_times_follow_the_reader() {
        let phrase = Phrase::new("expect.valid-at").with("at", "2026-11-20T09:00:00Z");
        let ja = Catalogue::load(Language::Ja);
        assert_eq!(ja.say(&phrase), "2026-11-20 18:00:00 JST に有効であること");
        assert_eq!(ja.say_utc(&phrase), "2026-11-20T09:00:00Z に有効であること");
        let en = Catalogue::load(Language::En);
        assert_eq!(en.say(&phrase), "valid at 2026-11-20T09:00:00Z");
    }

    #[test]
    fn a_missing_key_shows_itself_and_a_missing_argument_its_gap() {
        let en = Catalogue::load(Language::En);
        assert_eq!(en.say(&Phrase::new("no.such-text")), "no.such-text");
        assert_eq!(en.say(&Phrase::new("seen.hash")), "hash {hash}");
        assert_eq!(en.title("no-such-check"), "no-such-check.title");
    }

    #[test]
    fn an_argument_cannot_steer_a_terminal_nor_open_a_gap() {
        let en = Catalogue::load(Language::En);
        let evil = Phrase::new("seen.hash").with("hash", "\u{1b}[2J\r\n{hash}\u{202e}");
        assert_eq!(en.say(&evil), "hash \\u{1b}[2J\\u{d}\\u{a}{hash}\\u{202e}");
    }
}
