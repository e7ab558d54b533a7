//! Reads a certificate out loud: everything a person wants to know of it, and nothing judged.

pub mod extension;

use super::bundle::store::StoreSheet;
use super::bundle::{Bundle, Form};
use crate::crypto::SignatureScheme;
use crate::der::algorithm::{KeyKind, PssParameters};
use crate::der::certificate::Certificate;
use crate::der::extension::CertificatePolicies;
use crate::der::hcrole::{self, HcActor};
use crate::der::tlv::Malformed;
use crate::digest::{Digest, DigestAlgorithm};
use crate::oid::{self, Oid};
use crate::policy::algorithms::{Row, Strength};
use crate::policy::known::{self, KnownPolicy, PolicyUse};
use crate::policy::trust::{KnownRoot, Recognition, known_roots, recognise};
use crate::policy::{AlgorithmTable, PolicyError};
use crate::time::Instant;
pub use extension::{Fact, FactKind};

/// What was found in all files of one call.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The time that "time left" is counted from.
    pub at: Instant,
    /// One for each file with certificates.
    pub files: Vec<InspectedFile>,
    /// Files of a directory without a certificate in them.
    pub passed_over: Vec<String>,
}

/// What was found in a file.
#[derive(Clone, Debug)]
pub struct InspectedFile {
    /// What it is called.
    pub path: String,
    /// How it holds its certificates.
    pub form: Form,
    /// The certificates.
    pub sheets: Vec<Sheet>,
    /// How many revocation lists stand beside them.
    pub crls: usize,
    /// What is told of the store, if the file is one.
    pub store: Option<StoreSheet>,
    /// What cannot be read.
    pub unreadable: Vec<Malformed>,
}

/// What is known of a certificate.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The certificate.
    pub certificate: Certificate,
    /// Whether its validity has begun and not ended.
    pub state: State,
    /// Whole days: until its end, since its end, or until its begin.
    pub days: i64,
    /// How long its key holds.
    pub key: Endurance,
    /// The algorithm that signed it, and how long the hash in it holds.
    pub signed_with: (String, Endurance),
    /// SHA-1 of the whole, which old systems show.
    pub sha1: Digest,
    /// SHA-256 of the public key: the same in every certificate for one key.
    pub key_sha256: Digest,
    /// Whether it is a publicly known root.
    pub known: Recognition,
    /// Its healthcare roles.
    pub roles: Vec<HcActor>,
    /// Those of its policies that are known by name.
    pub policies: Vec<KnownPolicy>,
    /// Its extensions in order.
    pub extensions: Vec<Decoded>,
}

/// Where a time stands to a validity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Inside.
    Valid,
    /// After its end.
    Expired,
    /// Before its begin.
    NotYetValid,
}

impl State {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
        }
    }
}

/// How long something holds, and who says so.
#[derive(Clone, Debug)]
pub struct Endurance {
    /// At the time of inspection.
    pub strength: Strength,
    /// The row of the algorithm table; nothing if it has none.
    pub row: Option<Row>,
}

/// An extension.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// Which.
    pub oid: Oid,
    /// Whether whoever does not process it must refuse.
    pub critical: bool,
    /// What it says.
    pub facts: Result<Vec<Fact>, Malformed>,
}

/// The tables that certificates are read with.
#[derive(Clone, Debug)]
pub struct Knowledge {
    algorithms: AlgorithmTable,
    roots: Vec<KnownRoot>,
    policies: Vec<KnownPolicy>,
}

impl Knowledge {
    /// The tables that come with inkan.
    pub fn embedded() -> Result<Self, PolicyError> {
        Ok(Self {
            algorithms: AlgorithmTable::embedded()?,
            roots: known_roots()?,
            policies: known::policies()?,
        })
    }

    /// Everything in a file.
    pub fn inspect(&self, path: &str, bundle: Bundle, at: Instant) -> InspectedFile {
        InspectedFile {
            path: path.to_owned(),
            form: bundle.form,
            crls: bundle.crls.len(),
            store: bundle.store,
            sheets: bundle.certificates.into_iter().map(|c| self.sheet(c, at)).collect(),
            unreadable: bundle.unreadable,
        }
    }

    /// Everything about a certificate.
    pub fn sheet(&self, certificate: Certificate, at: Instant) -> Sheet {
        let (state, days) = time_left(&certificate, at);
        let extensions = certificate.extensions().iter().map(|extension| Decoded {
            oid: extension.oid,
            critical: extension.critical,
            facts: extension::facts(extension, certificate.issuer()),
        });
        let policies = certificate.value::<CertificatePolicies>(oid::CERTIFICATE_POLICIES);
        let policies = policies.ok().flatten().map(|policies| policies.0).unwrap_or_default();
        let known = policies.iter().filter_map(|(oid, _)| known::find(&self.policies, *oid));
        Sheet {
            state,
            days,
            key: self.key(certificate.public_key().kind(), at),
            signed_with: self.signed_with(&certificate, at),
            sha1: DigestAlgorithm::Sha1.digest(certificate.der()),
            key_sha256: DigestAlgorithm::Sha256.digest(certificate.public_key().der()),
            known: recognise(&certificate, &self.roots),
            roles: hcrole::roles(&certificate).unwrap_or_default(),
            policies: known.cloned().collect(),
            extensions: extensions.collect(),
            certificate,
        }
    }

    fn signed_with(&self, certificate: &Certificate, at: Instant) -> (String, Endurance) {
        match SignatureScheme::from_identifier(certificate.algorithm(), None) {
            Ok(scheme) => (scheme.to_string(), self.scheme(scheme, at)),
            Err(unsupported) => {
                (unsupported.0, Endurance { strength: Strength::Unknown, row: None })
            }
        }
    }

    /// How long a scheme holds whatever the key: as long as its hash, or as itself where it fixes its own.
    fn scheme(&self, scheme: SignatureScheme, at: Instant) -> Endurance {
        match scheme {
            SignatureScheme::RsaPkcs1(digest)
            | SignatureScheme::Ecdsa(digest)
            | SignatureScheme::RsaPss(PssParameters { digest, .. }) => Endurance {
                strength: self.algorithms.digest(digest, at),
                row: self.algorithms.row_for_digest(digest).cloned(),
            },
            SignatureScheme::Ed25519 => self.key(KeyKind::Ed25519, at),
            SignatureScheme::MlDsa(set) => self.key(KeyKind::MlDsa(set), at),
        }
    }

    fn key(&self, key: KeyKind, at: Instant) -> Endurance {
        Endurance {
            strength: self.algorithms.key(key, at),
            row: self.algorithms.row_for_key(key).cloned(),
        }
    }
}

impl Sheet {
    /// Whether one of its policies is for trials only.
    pub fn is_test(&self) -> bool {
        self.policies.iter().any(|policy| policy.purpose == PolicyUse::Test)
    }
}

fn time_left(certificate: &Certificate, at: Instant) -> (State, i64) {
    const DAY: i64 = 86_400;
    let days = |from: Instant, to: Instant| (to.unix() - from.unix()).div_euclid(DAY);
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    if at < begin {
        (State::NotYetValid, days(at, begin))
    } else if end < at {
        (State::Expired, days(end, at))
    } else {
        (State::Valid, days(at, end))
    }
}
