//! The characters of a document, piece by piece.

use super::tree::{Piece, StartTag};
use crate::der::tlv::{Malformed, Problem};

/// Where reading stands.
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

const fn error<T>(problem: Problem) -> Result<T, Malformed> {
    Err(Malformed::new("XML", problem))
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn until(&mut self, token: &str) -> Result<&'a str, Malformed> {
        match self.rest.split_once(token) {
            Some((text, rest)) => {
                self.rest = rest;
                Ok(text)
            }
            None => error(Problem::Truncated),
        }
    }

    fn blank(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.rest.len() != before
    }

    /// The declaration, comments and nothing else.
    pub(super) fn prolog(&mut self) -> Result<(), Malformed> {
        if self.rest.starts_with("<?xml") {
            let declaration = self.until("?>")?.to_ascii_lowercase();
            let encoding = declaration.split_once("encoding").map(|(_, rest)| rest);
            let known = |rest: &str| rest.contains("\"utf-8\"") || rest.contains("'utf-8'");
            // Another encoding would make other characters of the same bytes.
            if !encoding.is_none_or(known) || declaration.contains("1.1") {
                return error(Problem::Unknown);
            }
        }
        self.comments()
    }

    /// Comments and nothing else, to the end.
    pub(super) fn epilog(&mut self) -> Result<(), Malformed> {
        self.comments()?;
        if self.rest.is_empty() { Ok(()) } else { error(Problem::Trailing) }
    }

    fn comments(&mut self) -> Result<(), Malformed> {
        loop {
            self.blank();
            if !self.take("<!--") {
                return Ok(());
            }
            self.comment()?;
        }
    }

    fn comment(&mut self) -> Result<&'a str, Malformed> {
        let text = self.until("-->")?;
        // XML 1.0 §2.5: no two hyphens inside, and none at its end.
        if text.contains("--") || text.ends_with('-') || !text.chars().all(is_char) {
            return error(Problem::Value);
        }
        Ok(text)
    }

    pub(super) fn piece(&mut self) -> Result<Piece, Malformed> {
        if self.take("<!--") {
            return Ok(Piece::Comment(self.comment()?.to_owned()));
        }
        if self.take("<![CDATA[") {
            let text = self.until("]]>")?;
            let fits = text.chars().all(is_char);
            return if fits { Ok(Piece::Text(text.to_owned())) } else { error(Problem::Value) };
        }
        if self.take("</") {
            let name = self.name()?.to_owned();
            self.blank();
            return if self.take(">") { Ok(Piece::End(name)) } else { error(Problem::Value) };
        }
        // A declaration or an instruction: what it does to the document depends on the reader.
        if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
            return error(Problem::Unknown);
        }
        if self.take("<") {
            return self.start().map(Piece::Start);
        }
        let end = self.rest.find('<').ok_or(Malformed::new("XML", Problem::Truncated))?;
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or(("", ""));
        self.rest = rest;
        if text.contains("]]>") {
            return error(Problem::Value);
        }
        resolved(text).map(Piece::Text)
    }

    fn start(&mut self) -> Result<StartTag, Malformed> {
        let name = self.name()?.to_owned();
        let mut attributes = Vec::new();
        loop {
            let spaced = self.blank();
            if self.take("/>") {
                return Ok(StartTag { name, attributes, is_empty: true });
            }
            if self.take(">") {
                return Ok(StartTag { name, attributes, is_empty: false });
            }
            if !spaced {
                return error(Problem::Value);
            }
            let attribute = self.name()?.to_owned();
            self.blank();
            if !self.take("=") {
                return error(Problem::Value);
            }
            self.blank();
            let value = if self.take("\"") {
                self.until("\"")?
            } else if self.take("'") {
                self.until("'")?
            } else {
                return error(Problem::Value);
            };
            if value.contains('<') {
                return error(Problem::Value);
            }
            // XML 1.0 §3.3.3: white space in an attribute is a space, unless it is written as a reference.
            let value = resolved(&value.replace(['\t', '\n'], " "))?;
            attributes.push((attribute, value));
        }
    }

    /// A name of letters, digits and the signs that names may have. Names in other scripts than Latin occur
    /// in no evidence record.
    fn name(&mut self) -> Result<&'a str, Malformed> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end).unwrap_or(("", ""));
        self.rest = rest;
        let begins = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if begins { Ok(name) } else { error(Problem::Value) }
    }
}

/// The text with its references resolved.
fn resolved(text: &str) -> Result<String, Malformed> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((name, after)) = after.split_once(';') else { return error(Problem::Value) };
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            other => match character(other) {
                Some(c) if is_char(c) => c,
                Some(_) => return error(Problem::Value),
                None => return error(Problem::Unknown),
            },
        });
        rest = after;
    }
    out.push_str(rest);
    if rest.chars().all(is_char) { Ok(out) } else { error(Problem::Value) }
}

/// The character of `#1234` or `#x12ab`.
fn character(reference: &str) -> Option<char> {
    let digits = reference.strip_prefix('#')?;
    let number = match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(number)
}

/// XML 1.0 §2.2.
const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
