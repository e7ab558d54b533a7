//! Has files stamped: hashes them, asks the TSAs in their order, judges the token, and hands on only what
//! passed.

pub mod inspect;

use super::sign::{Desk, Outside, StampFailure, answered};
use crate::der::Bytes;
use crate::digest::DigestAlgorithm;
use crate::evidence::want::without_credentials;
use crate::judge::{JudgedTimestamp, VerifiedTimestamp};
use crate::seal::StampRequest;
use crate::source::{self, Source};
use std::collections::BTreeSet;
use std::io;

/// What is wanted of each file, and of whom.
#[derive(Clone, Debug)]
pub struct Panel<'a> {
    urls: &'a [String],
    digest: DigestAlgorithm,
    /// TSAs whose token could not be relied on. They would make no better one of the next file, and
    /// count what they make.
    failed: BTreeSet<String>,
}

/// A timestamp that passed.
#[derive(Clone, Debug)]
pub struct StampedFile {
    /// The proof.
    pub verified: VerifiedTimestamp,
    /// The whole answer of the TSA.
    pub response: Bytes,
    /// The address of the TSA.
    pub url: String,
    /// What it calls itself in its certificate.
    pub tsa: String,
}

/// Why a file has no timestamp. Nothing is written in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum TimestampError {
    /// No TSA gave a timestamp that can be relied on: one reason for each.
    #[error("no timestamp was had: {}", .0.iter().map(|(url, why)| format!("{url}: {why}")).collect::<Vec<_>>().join("; "))]
    NoTimestamp(Vec<(String, StampFailure)>),
    /// No TSA is left that could be asked.
    #[error("no TSA is left to ask: the token of each could not be relied on")]
    NobodyLeft,
    /// Somebody wrote to the file while it was being hashed.
    #[error("the file was changed while it was being stamped")]
    Changed,
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl<'a> Panel<'a> {
    /// These TSAs, asked for timestamps over this hash.
    pub const fn new(urls: &'a [String], digest: DigestAlgorithm) -> Self {
        Self { urls, digest, failed: BTreeSet::new() }
    }

    /// Whether a TSA is left to be asked for a further file.
    pub fn has_anybody(&self) -> bool {
        self.urls.iter().any(|url| !self.failed.contains(url))
    }

    /// Has a file stamped by the first TSA that can. A TSA whose token fails is not asked again in
    /// this run; one that cannot be reached is, for the next file.
    pub fn stamp(
        &mut self,
        file: &dyn Source,
        outside: &dyn Outside,
        desk: &mut Desk<'_>,
    ) -> Result<StampedFile, TimestampError> {
        let digests = source::digest_all(file, &[self.digest])?;
        let digest = digests.into_iter().next().ok_or_else(|| io::Error::other("no digest"))?;
        if !file.is_unchanged()? {
            return Err(TimestampError::Changed);
        }
        let mut failures = Vec::new();
        for url in self.urls {
            if self.failed.contains(url) {
                continue;
            }
            let request = StampRequest::of(digest.clone(), outside.nonce()?);
            match ask(url, &request, outside, desk) {
                Ok(stamped) => return Ok(stamped),
                Err(failure) => {
                    match &failure {
                        // Neither the nonce nor the imprint nor the signature was right: RFC 3161 §2.2
                        // has such a token rejected.
                        StampFailure::Untrusted(_) => drop(self.failed.insert(url.clone())),
                        StampFailure::Answer(error) if error.is_of_the_token() => {
                            self.failed.insert(url.clone());
                        }
                        StampFailure::Answer(_) | StampFailure::Unavailable(_) => {}
                    }
                    failures.push((without_credentials(url), failure));
                }
            }
        }
        match failures.is_empty() {
            true => Err(TimestampError::NobodyLeft),
            false => Err(TimestampError::NoTimestamp(failures)),
        }
    }
}

fn ask(
    url: &str,
    request: &StampRequest,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<StampedFile, StampFailure> {
    let (response, judged) = answered(url, request, outside, desk)?;
    let JudgedTimestamp { verdict, verified, tsa } = judged;
    let untrusted = || StampFailure::Untrusted(Box::new(verdict));
    let verified = verified.ok_or_else(untrusted)?;
    let tsa = tsa.map_or_else(String::new, |tsa| tsa.subject().to_string());
    Ok(StampedFile { verified, response, url: without_credentials(url), tsa })
}
