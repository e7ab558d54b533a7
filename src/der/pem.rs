//! PEM (RFC 7468), read leniently: text around the sections is passed over.

use super::Bytes;
use super::tlv::{Malformed, Problem};
use base64ct::{Base64, Encoding};

/// One section: its label and the bytes inside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// `CERTIFICATE`, `CMS`, …
    pub label: String,
    /// The decoded bytes.
    pub der: Bytes,
}

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// A section that begins and cannot be had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Damaged {
    /// What it would have been.
    pub label: String,
    /// What is wrong with it.
    pub error: Malformed,
}

/// All sections that decode, in order; none if this is not PEM.
pub fn sections(bytes: &[u8]) -> Vec<Section> {
    pieces(bytes).into_iter().filter_map(Result::ok).collect()
}

/// All sections in order, those too that are cut off or do not decode; none if this is not PEM.
pub fn pieces(bytes: &[u8]) -> Vec<Result<Section, Damaged>> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    // What begins before this one ended was cut off.
    let begun = text.split(BEGIN).skip(1).filter_map(|piece| piece.split_once(DASHES));
    begun.map(|(label, rest)| section(label.to_owned(), rest)).collect()
}

fn section(label: String, rest: &str) -> Result<Section, Damaged> {
    let end = format!("-----END {label}-----");
    let problem = match rest.split_once(end.as_str()).map(|(body, _)| decode(body)) {
        Some(Some(der)) => return Ok(Section { label, der }),
        Some(None) => Problem::Value,
        None => Problem::Truncated,
    };
    Err(Damaged { label, error: Malformed::new("PEM", problem) })
}

/// The base64 of a body; header lines (`Proc-Type: …`) belong to encrypted keys, which are not read here.
fn decode(body: &str) -> Option<Bytes> {
    let packed: String = body.split_ascii_whitespace().collect();
    Base64::decode_vec(&packed).ok().map(Bytes::from)
}

/// Writes one section with lines of 64 characters.
pub fn encode(label: &str, der: &[u8]) -> String {
    let packed = Base64::encode_string(der);
    let mut text = format!("{BEGIN}{label}{DASHES}\n");
    let mut rest = packed.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}{DASHES}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_among_other_text_and_written_back() {
        let text = format!(
            "Subject: x\n{}noise\r\n{}",
            encode("CERTIFICATE", &[1; 100]),
            encode("CMS", b"ab")
        );
        let found = sections(text.replace('\n', "\r\n").as_bytes());
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].der.as_ref(), [1; 100]);
        assert_eq!(found[1].label, "CMS");
    }

    #[test]
    fn what_is_cut_off_or_no_text_is_no_section() {
        assert!(sections(b"-----BEGIN CERTIFICATE-----\nAAAA").is_empty());
        assert!(sections(&[0x30, 0x82, 0xff]).is_empty());
    }

    #[test]
    fn a_section_that_is_damaged_or_cut_off_is_named_and_hides_none_after_it() {
        let whole = encode("CMS", b"ab");
        let damaged = "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        for (broken, problem) in [(damaged, Problem::Value), (cut, Problem::Truncated)] {
            let found = pieces(format!("{broken}{whole}{broken}").as_bytes());
            let labels: Vec<_> = found
                .iter()
                .map(|piece| match piece {
                    Ok(section) => (section.label.as_str(), None),
                    Err(damaged) => (damaged.label.as_str(), Some(damaged.error.problem())),
                })
                .collect();
            assert_eq!(
                labels,
                [("CERTIFICATE", Some(problem)), ("CMS", None), ("CERTIFICATE", Some(problem))]
            );
        }
    }
}
