//! A secret, in every spelling in which it might be written.

use base64ct::{Base64, Encoding as _};

/// What must not be found.
#[derive(Debug)]
pub(crate) struct Secret {
    octets: Vec<u8>,
}

impl Secret {
    pub(crate) fn text(text: &str) -> Self {
        Self::octets(text.as_bytes())
    }

    pub(crate) fn octets(octets: &[u8]) -> Self {
        assert!(octets.len() >= 12, "shorter ones are found by chance");
        Self { octets: octets.to_vec() }
    }

    /// As it is, in hexadecimal, in Base64 wherever it begins, as Rust prints bytes, and backwards.
    pub(crate) fn spellings(&self) -> Vec<Vec<u8>> {
        let hex = |upper: bool, gap: &str| {
            let digit =
                |octet: &u8| if upper { format!("{octet:02X}") } else { format!("{octet:02x}") };
            self.octets.iter().map(digit).collect::<Vec<_>>().join(gap).into_bytes()
        };
        let numbers: Vec<String> = self.octets.iter().map(u8::to_string).collect();
        let mut spellings = vec![
            self.octets.clone(),
            self.octets.iter().rev().copied().collect(),
            hex(false, ""),
            hex(true, ""),
            hex(false, ":"),
            hex(true, ":"),
            numbers.join(", ").into_bytes(),
            self.octets.escape_ascii().to_string().into_bytes(),
        ];
        // Three octets are four letters: the whole groups within it do not depend on what stands around.
        for skip in 0..3 {
            let groups =
                self.octets[skip..].chunks_exact(3).flatten().copied().collect::<Vec<u8>>();
            spellings.push(Base64::encode_string(&groups).into_bytes());
        }
        spellings
    }

    /// How it is spelt in the text, if it is there.
    pub(crate) fn found_in(&self, text: &[u8]) -> Option<String> {
        let found = |spelling: &Vec<u8>| text.windows(spelling.len()).any(|part| part == spelling);
        self.spellings().iter().position(found).map(|which| format!("spelling {which}"))
    }
}
