//! What an evidence record says, before anything is judged.

use super::Opened;
use crate::ades::evidence::ArchiveTimestamp;
use crate::der::cms::SignerIdentifier;
use crate::digest::hex;
use crate::time::Instant;

/// A record to look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// Its name in reports.
    pub id: String,
    /// The hash functions that the data was run through.
    pub algorithms: Vec<String>,
    /// Its archive timestamps, oldest first.
    pub stamps: Vec<StampSheet>,
    /// Parts that cannot be read or do not fit together.
    pub faults: Vec<String>,
}

/// An archive timestamp to look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StampSheet {
    /// The number of its chain, from 0.
    pub chain: usize,
    /// The hash function of its tree.
    pub algorithm: String,
    /// The time that it states.
    pub time: Option<Instant>,
    /// Whose token it claims to be.
    pub tsa: Option<String>,
    /// The lists of its tree.
    pub lists: usize,
    /// The hashes in them.
    pub hashes: usize,
}

impl Opened {
    /// What it says of itself.
    pub fn sheet(&self) -> Sheet {
        let record = self.over(Vec::new());
        Sheet {
            id: record.id,
            algorithms: self.digests_needed().iter().map(ToString::to_string).collect(),
            stamps: record.stamps.iter().map(stamp).collect(),
            faults: record.faults,
        }
    }
}

fn stamp(stamp: &ArchiveTimestamp) -> StampSheet {
    let token = stamp.token.as_ref().ok();
    let signer = token.map(|token| match &token.signature.signer {
        SignerIdentifier::IssuerSerial(issuer, serial) => {
            let own = |c: &crate::der::certificate::Certificate| {
                c.issuer() == issuer && c.serial() == serial.as_ref()
            };
            let certificate = token.certificates().find(own);
            certificate.map_or_else(
                || format!("{issuer}, {}", hex(serial)),
                |certificate| certificate.subject().to_string(),
            )
        }
        SignerIdentifier::KeyId(id) => hex(id),
    });
    StampSheet {
        chain: stamp.chain,
        algorithm: match &stamp.algorithm {
            Ok(algorithm) => algorithm.to_string(),
            Err(name) => name.clone(),
        },
        time: token.map(|token| token.statement.time),
        tsa: signer,
        lists: stamp.tree.len(),
        hashes: stamp.tree.iter().map(Vec::len).sum(),
    }
}
