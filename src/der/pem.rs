//! PEM (RFC 7468), read leniently: text around the sections is passed over.

use super::Bytes;
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

/// All sections that decode, in order; none if this is not PEM.
pub fn sections(bytes: &[u8]) -> Vec<Section> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let Some((label, body)) = after.split_once(DASHES) else { break };
        let end = format!("-----END {label}-----");
        let Some((body, after)) = body.split_once(end.as_str()) else { break };
        if let Some(der) = decode(body) {
            found.push(Section { label: label.to_owned(), der });
        }
        rest = after;
    }
    found
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
}
