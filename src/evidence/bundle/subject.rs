//! The files that were judged, as far as a judgement looks at them: their signatures, and the hashes of
//! what was signed. The content itself is never in a bundle, for it tells of patients.

use crate::der::Bytes;
use crate::digest::{Digest, DigestAlgorithm, hex};
use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

/// What a file is held to be before it is read. It decides what is said of one that is no signature:
/// a letter has none, a signature file that cannot be read is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Held {
    /// A file that is all signature: its name says so, or its content was named beside it.
    Signature,
    /// Any file, which may or may not hold a signature.
    Document,
}

/// A file that was judged, as it is kept.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// What it is called.
    pub name: String,
    /// What it was held to be.
    pub held: Held,
    /// The signature, token or record without the content; empty if there was none in the file.
    pub signature: Result<Bytes, NotKept>,
    /// What was signed; several are a group under one evidence record.
    pub contents: Vec<Hashed>,
    /// The evidence records beside it.
    pub beside: Beside,
}

/// The evidence records beside a signature file.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Each with its name.
    pub records: Vec<(String, Bytes)>,
    /// The hashes of the file, where what is kept of it is not all of it.
    pub file: Vec<Digest>,
}

/// Why the signature in a file is not in the bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotKept {
    /// What cannot be read may be anything, a record of a patient too.
    #[error("it could not be read when the bundle was saved, and is not in it")]
    Unreadable,
    /// The hashes run over the content together with the signature around it.
    #[error("an evidence record of it is over the content too, which is never in a bundle")]
    RecordOverContent,
    /// As for what is unreadable itself.
    #[error(
        "what stands beside it in place of its evidence record could not be read, and is not in it"
    )]
    UnreadableBeside,
}

/// A content by its hashes.
#[derive(Clone, Debug)]
pub struct Hashed {
    /// What it is called.
    pub name: String,
    /// Those that were taken, one for each function.
    pub digests: Vec<Digest>,
}

/// A [`Recorded`] as it is written.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Subject {
    name: String,
    held: Held,
    /// Base64.
    signature: Option<String>,
    not_kept: Option<NotKept>,
    contents: Vec<Content>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    records_beside: Vec<RecordBeside>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    file_digests: Vec<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RecordBeside {
    name: String,
    /// Base64.
    record: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    name: String,
    digests: Vec<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Value {
    algorithm: String,
    value: String,
}

impl Subject {
    pub(super) fn of(recorded: &Recorded) -> Self {
        Self {
            name: recorded.name.clone(),
            held: recorded.held,
            signature: recorded.signature.as_ref().ok().map(|der| Base64::encode_string(der)),
            not_kept: recorded.signature.as_ref().err().copied(),
            contents: recorded.contents.iter().map(Content::of).collect(),
            records_beside: recorded.beside.records.iter().map(RecordBeside::of).collect(),
            file_digests: recorded.beside.file.iter().map(Value::of).collect(),
        }
    }

    /// Nothing if it is damaged.
    pub(super) fn recorded(self) -> Option<Recorded> {
        let signature = match (self.signature, self.not_kept) {
            (Some(text), None) => Ok(Base64::decode_vec(&text).ok()?.into()),
            (None, Some(why)) => Err(why),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        let contents = self.contents.into_iter().map(Content::hashed).collect::<Option<_>>()?;
        let records = self.records_beside.into_iter().map(RecordBeside::read);
        let beside =
            Beside { records: records.collect::<Option<_>>()?, file: digests(self.file_digests)? };
        Some(Recorded { name: self.name, held: self.held, signature, contents, beside })
    }
}

impl RecordBeside {
    fn of((name, record): &(String, Bytes)) -> Self {
        Self { name: name.clone(), record: Base64::encode_string(record) }
    }

    fn read(self) -> Option<(String, Bytes)> {
        Some((self.name, Base64::decode_vec(&self.record).ok()?.into()))
    }
}

impl Content {
    fn of(hashed: &Hashed) -> Self {
        let digests = hashed.digests.iter().map(Value::of).collect();
        Self { name: hashed.name.clone(), digests }
    }

    fn hashed(self) -> Option<Hashed> {
        Some(Hashed { name: self.name, digests: digests(self.digests)? })
    }
}

/// Of each function there is one value: of two, whoever is asked could choose.
fn digests(values: Vec<Value>) -> Option<Vec<Digest>> {
    let mut digests: Vec<Digest> = Vec::new();
    for value in values {
        let digest = value.digest()?;
        if digests.iter().any(|known| known.algorithm() == digest.algorithm()) {
            return None;
        }
        digests.push(digest);
    }
    Some(digests)
}

impl Value {
    fn of(digest: &Digest) -> Self {
        Self { algorithm: digest.algorithm().name().to_owned(), value: hex(digest.value()) }
    }

    fn digest(&self) -> Option<Digest> {
        let algorithm = DigestAlgorithm::ALL.into_iter().find(|a| a.name() == self.algorithm)?;
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let octet = |pair: &[u8]| match pair {
            [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
            [..] => None,
        };
        let octets: Vec<u8> = self.value.as_bytes().chunks(2).map(octet).collect::<Option<_>>()?;
        Digest::claimed(algorithm, &octets)
    }
}
