//! What the source text says about phrases: which keys it uses, and with which arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The text of every file below a folder with one of these endings, without inline test modules.
pub(crate) fn read(folder: &Path, endings: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            texts.extend(read(&path, endings));
        } else if path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending)) {
            let text = fs::read_to_string(&path).unwrap();
            texts.push(text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned());
        }
    }
    texts
}

/// Every string literal that begins with one of these, or is the argument of one of these calls.
pub(crate) fn literals(text: &str, before: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(before) {
        let rest = text[at + before.len()..].trim_start();
        if let Some(rest) = rest.strip_prefix('"') {
            found.push(rest.split('"').next().unwrap_or_default().to_owned());
        }
    }
    found
}

/// The keys of phrases: literals that begin like one, wherever they stand.
pub(crate) fn phrase_keys(text: &str) -> BTreeSet<String> {
    let is_key = |s: &&str| {
        s.split_once('.').is_some_and(|(family, rest)| {
            ["expect", "seen", "strength", "signed", "demo"].contains(&family)
                && !rest.is_empty()
                && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
    };
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split('"').skip(1).step_by(2).filter(is_key))
        .map(str::to_owned)
        .collect()
}

/// A place where a phrase is made: its key, the arguments given at once, and every argument name
/// in the same function, since a chain may go on after a closure or a `let`.
pub(crate) struct Use {
    pub(crate) key: String,
    pub(crate) given: BTreeSet<String>,
    pub(crate) near: BTreeSet<String>,
}

/// All uses in a file.
pub(crate) fn uses(text: &str) -> Vec<Use> {
    let mut found = Vec::new();
    for function in functions(text) {
        let near: BTreeSet<String> = literals(function, ".with(").into_iter().collect();
        for key in phrase_keys(function) {
            for (at, _) in function.match_indices(&format!("\"{key}\"")) {
                let given = chain(&function[at..]);
                found.push(Use { key: key.clone(), given, near: near.clone() });
            }
        }
    }
    found
}

/// The pieces of a file between the beginnings of its functions.
fn functions(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = text.match_indices("fn ").map(|(at, _)| at).collect();
    starts.push(text.len());
    starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// The names in `"key").with("a", …).with("b", …)`.
fn chain(from: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let Some((_, mut rest)) = from.split_once(')') else { return names };
    while let Some(call) = rest.trim_start().strip_prefix(".with(") {
        names.extend(literals(&format!(".with({call}"), ".with(").into_iter().take(1));
        rest = after_closing(call);
    }
    names
}

/// The text behind the parenthesis that closes the one already open; literals may hold others.
fn after_closing(text: &str) -> &str {
    let (mut depth, mut in_text) = (1, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => in_text = !in_text,
            '(' if !in_text => depth += 1,
            ')' if !in_text => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    ""
}

/// The names of the gaps in a text, with the kind where there is one.
pub(crate) fn gaps(text: &str) -> BTreeSet<String> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(gap, _)| gap.to_owned())
        .collect()
}

/// The names of the gaps alone.
pub(crate) fn gap_names(text: &str) -> BTreeSet<String> {
    gaps(text).iter().map(|gap| gap.split(':').next().unwrap_or_default().to_owned()).collect()
}

/// Every key of a catalogue with its gaps.
pub(crate) fn shape(
    tables: &BTreeMap<String, BTreeMap<String, String>>,
) -> BTreeMap<String, BTreeSet<String>> {
    let words = tables.iter().flat_map(|(table, words)| {
        words.iter().map(move |(key, text)| (format!("{table}: {key}"), gaps(text)))
    });
    words.collect()
}
