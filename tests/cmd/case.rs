//! The form of a case file.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// One file of `tests/cmd`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What the case shows, as a sentence.
    #[expect(dead_code, reason = "for the reader of the case; asked for by its presence")]
    about: String,
    /// The clause that demands it.
    #[serde(default)]
    #[expect(dead_code, reason = "for the reader of the case")]
    clause: Option<String>,
    /// What lies in the directory before the first step.
    #[serde(default)]
    pub(crate) given: BTreeMap<String, Given>,
    /// Whether the lab's servers run beside the case.
    #[serde(default)]
    pub(crate) lab: bool,
    /// A directory in which only 64 KiB can be written.
    pub(crate) tiny_disk: Option<String>,
    /// What is run, in order.
    pub(crate) steps: Vec<Step>,
}

/// A file or directory.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    text: Option<String>,
    hex: Option<String>,
    copy: Option<String>,
    size: Option<u64>,
    #[serde(default)]
    dir: bool,
    /// Unix permissions in octal.
    pub(crate) mode: Option<String>,
}

/// What a given path is made of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    CopyOf(String),
    Zeros(u64),
    Directory,
}

/// One run of the command.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) args: Vec<String>,
    #[serde(default)]
    pub(crate) stdin: String,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// The exit status.
    pub(crate) status: i32,
    pub(crate) stdout: Option<String>,
    pub(crate) stderr: Option<String>,
    /// Values of standard output read as JSON, by JSON pointer.
    #[serde(default)]
    pub(crate) json: BTreeMap<String, serde_json::Value>,
    /// Files that must be there afterwards.
    #[serde(default)]
    pub(crate) leaves: Vec<String>,
    /// Files that must not be there afterwards.
    #[serde(default)]
    pub(crate) absent: Vec<String>,
}

impl Case {
    /// Reads a case file.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
        Self::parse(&text)
    }

    /// Reads the text of a case.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let case: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        if case.steps.is_empty() {
            return Err("a case without steps shows nothing".to_owned());
        }
        Ok(case)
    }
}

impl Given {
    /// What is to be made; an empty file if nothing is said but its mode.
    pub(crate) fn content(&self) -> Result<Content, String> {
        let said = [
            self.text.as_ref().map(|text| Ok(Content::Bytes(text.clone().into_bytes()))),
            self.hex.as_ref().map(|hex| unhex(hex).map(Content::Bytes)),
            self.copy.as_ref().map(|from| Ok(Content::CopyOf(from.clone()))),
            self.size.map(|size| Ok(Content::Zeros(size))),
            self.dir.then_some(Ok(Content::Directory)),
        ];
        let mut said = said.into_iter().flatten();
        match (said.next(), said.next()) {
            (Some(content), None) => content,
            (None, _) => Ok(Content::Bytes(Vec::new())),
            (Some(_), Some(_)) => Err("one of text, hex, copy, size, dir".to_owned()),
        }
    }
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |pair: &[char; 2]| u8::from_str_radix(&String::from_iter(pair), 16);
    let bytes: Result<Vec<u8>, _> = pairs.iter().map(byte).collect();
    bytes.ok().filter(|_| rest.is_empty()).ok_or_else(|| format!("not hexadecimal: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_case_is_read() {
        let case = Case::parse(
            include_str!("README.md").split("```").nth(1).unwrap().trim_start_matches("toml"),
        );
        assert_eq!(case.unwrap().steps.len(), 2, "the example of the README");
    }

    #[test]
    fn what_is_misspelt_or_missing_is_refused() {
        for text in [
            "about = 'x'\nsteps = []",
            "about = 'x'\n[[steps]]\nargs = []",
            "[[steps]]\nargs = []\nstatus = 0",
            "about = 'x'\n[[steps]]\nargs = []\nstatus = 0\nstdour = ''",
            "about = 'x'\ngiven = { a = { txt = '' } }\n[[steps]]\nargs = []\nstatus = 0",
        ] {
            assert!(Case::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_given_is_one_thing() {
        let given = |text: &str| toml::from_str::<Given>(text).unwrap().content();
        assert_eq!(given("hex = '00 ff'"), Ok(Content::Bytes(vec![0, 255])));
        assert_eq!(given("mode = '000'"), Ok(Content::Bytes(vec![])));
        assert_eq!(given("dir = true\nmode = '555'"), Ok(Content::Directory));
        assert!(given("text = 'x'\nsize = 3").is_err());
        assert!(given("hex = '0'").is_err());
        assert!(given("hex = '0x'").is_err());
    }
}
