//! Arguments that several commands share, and what they mean.

use super::Failure;
use crate::der::Bytes;
use crate::digest::DigestAlgorithm;
use crate::edge::files::{Existing, Mode};
use crate::edge::prompt::{PinSource, PromptError};
use crate::edge::trust_store::{TrustStore, trust_path};
use crate::edge::tsa::Tsas;
use crate::edge::web::Web;
use crate::edge::{FileError, clock, entropy, files};
use crate::evidence::bundle::{self, Bundle, Judged, Occasion};
use crate::evidence::set::NotEvidence;
use crate::evidence::want::Offline;
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::policy::{Policy, Trust};
use crate::report::Language;
use crate::task::sign::Outside;
use crate::time::Instant;
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// A revocation list of a national CA is tens of megabytes.
pub(super) const MAX_EVIDENCE: u64 = 256 << 20;

/// What a judgement rests on beside the file.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Judging {
    /// Trust these certificates (file, bundle or directory; may be repeated) instead of the trust
    /// store: for every role, unless a trust.toml in the directory says otherwise.
    #[arg(long, value_name = "PATH")]
    trust: Vec<PathBuf>,

    /// Certificates, revocation lists, OCSP responses and bundles of --save-evidence that may help (may
    /// be repeated); none is trusted for it.
    #[arg(long, value_name = "PATH")]
    evidence: Vec<PathBuf>,

    /// Fetch nothing.
    #[arg(long)]
    pub(crate) offline: bool,
}

impl Judging {
    /// The policy with the trusted certificates.
    pub(crate) fn policy(&self) -> Result<Policy, Failure> {
        Ok(Policy::standard(self.trust()?)?)
    }

    /// The trusted certificates.
    pub(crate) fn trust(&self) -> Result<Trust, Failure> {
        if self.trust.is_empty() {
            return Ok(TrustStore::at(trust_directory()).load()?);
        }
        let mut trust = Trust::default();
        for path in &self.trust {
            trust_path(path, &mut trust)?;
        }
        Ok(trust)
    }

    /// The evidence given.
    pub(crate) fn evidence(&self) -> Result<EvidenceSet, Failure> {
        let mut evidence = EvidenceSet::default();
        for path in &self.evidence {
            if path.is_dir() {
                for file in files::list(path)? {
                    // A directory may hold other things too, scans of any size among them.
                    match files::read_bounded(&file, MAX_EVIDENCE) {
                        Ok(bytes) => drop(self.take(&bytes.into(), &mut evidence)),
                        Err(FileError::TooLarge { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                continue;
            }
            let bytes = Bytes::from(files::read_bounded(path, MAX_EVIDENCE)?);
            self.take(&bytes, &mut evidence).map_err(|error| {
                let error = format!("{}: {error}", path.display());
                Failure::new(error, "name certificates, revocation lists or OCSP responses")
            })?;
        }
        Ok(evidence)
    }

    /// With no network, what was in vain when a bundle was saved stays in vain; with one, it is asked
    /// for again.
    fn take(&self, bytes: &Bytes, evidence: &mut EvidenceSet) -> Result<(), NotEvidence> {
        if self.offline && Bundle::is_one(bytes) {
            Bundle::read(bytes)?.replay_into(evidence);
            return Ok(());
        }
        evidence.add(bytes)
    }

    /// Where more evidence comes from.
    pub(crate) fn source(&self) -> Box<dyn EvidenceSource> {
        if self.offline { Box::new(Offline) } else { Box::new(Web::default()) }
    }

    /// The same, with timestamps from these TSAs.
    pub(crate) fn source_with(&self, tsas: &Arc<Tsas>) -> Box<dyn EvidenceSource> {
        if self.offline { Box::new(Offline) } else { Box::new(Web::with_tsas(Arc::clone(tsas))) }
    }
}

/// Where the evidence of a judgement is kept.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Saving {
    /// Write all evidence that was in hand at the end into this file. `--offline --evidence FILE` with
    /// the time and the trusted certificates of this run then judges to the same findings, years later.
    /// `verify` keeps the signatures and the hashes of what they are over in it too (never the content),
    /// for `verify --replay FILE`.
    #[arg(long, value_name = "FILE")]
    save_evidence: Option<PathBuf>,
}

impl Saving {
    /// Whether one was asked for.
    pub(crate) const fn is_asked(&self) -> bool {
        self.save_evidence.is_some()
    }

    /// Writes the file, if one was asked for.
    pub(crate) fn save(
        &self,
        evidence: &EvidenceSet,
        policy: &Policy,
        at: Instant,
        judged: Option<&Judged<'_>>,
    ) -> Result<(), Failure> {
        let Some(path) = &self.save_evidence else { return Ok(()) };
        let anchors = policy.trust.anchors().iter().map(|a| a.certificate.fingerprint());
        let occasion = Occasion::new(at, &policy.name, anchors);
        let text = bundle::write(evidence, &occasion, judged).map_err(|error| {
            Failure::new(error.to_string(), "tell the makers of inkan what was judged")
        })?;
        Ok(files::write(path, text.as_bytes(), Existing::Replace, Mode::Public)?)
    }
}

/// What was typed after `--pin-source`. It is looked at only when it is used: a parse error would be
/// told by the argument parser together with what was typed, which may be the PIN itself.
#[derive(Clone, Debug)]
pub(crate) struct PinArgument(Result<PinSource, PromptError>);

impl FromStr for PinArgument {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.parse()))
    }
}

impl PinArgument {
    /// The source named, if one was given at all.
    pub(crate) fn resolve(given: Option<&Self>) -> Result<Option<&PinSource>, PromptError> {
        given.map(|argument| argument.0.as_ref().map_err(Clone::clone)).transpose()
    }
}

/// The time asked for, or now.
pub(crate) fn time(at: Option<&str>) -> Result<Instant, Failure> {
    match at {
        None => Ok(clock::now()),
        Some(text) => text.parse().map_err(|error: crate::time::BadInstant| {
            Failure::new(error.to_string(), "write the time as RFC 3339")
        }),
    }
}

/// The language asked for, or that of the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`, in that order).
pub(crate) fn language(asked: Option<&str>) -> Result<Language, Failure> {
    if let Some(text) = asked {
        let unknown = |_| {
            Failure::new(
                format!("'{text}' is no language of inkan"),
                "write --lang en or --lang ja",
            )
        };
        return text.parse().map_err(unknown);
    }
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    Ok(Language::from_locale(&set.unwrap_or_default()))
}

/// `INKAN_TRUST`, or `inkan/trust` in the user's configuration directory.
pub(crate) fn trust_directory() -> PathBuf {
    variable("INKAN_TRUST").unwrap_or_else(|| config_directory().join("trust"))
}

/// `inkan` in the user's configuration directory.
pub(crate) fn config_directory() -> PathBuf {
    let config = variable("XDG_CONFIG_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".config")))
        .unwrap_or_else(|| PathBuf::from("."));
    config.join("inkan")
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A path as people see it.
pub(crate) fn shown(path: &Path) -> String {
    super::failure::one_line(&path.display().to_string())
}

/// Hash functions to choose from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl From<Hash> for DigestAlgorithm {
    fn from(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::Sha256,
            Hash::Sha384 => Self::Sha384,
            Hash::Sha512 => Self::Sha512,
        }
    }
}

/// The clock and the randomness of this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World;

impl Outside for World {
    fn now(&self) -> Instant {
        clock::now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        entropy::random().map_err(io::Error::other)
    }
}
