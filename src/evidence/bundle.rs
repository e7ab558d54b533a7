//! `inkan.evidence/1`: all evidence of a judgement in one file, and what was asked for in vain, so
//! that it can be judged again years later, with no network, to the same findings.
//!
//! A bundle proves nothing. What is in it is looked at like any other evidence, and trust never comes
//! from it; the anchors that it names are there for whoever wonders what was trusted at the time.

mod subject;

use super::set::{EvidenceSet, NotEvidence};
use super::want::{Fetch, Unavailable, Want, Wanted};
use crate::der::Bytes;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::crl::Crl;
use crate::der::ocsp::BasicResponse;
use crate::time::Instant;
use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use subject::Subject;

pub use subject::{Beside, Hashed, Held, NotKept, Recorded};

/// The name of this shape; fields may be added, never changed.
pub const SCHEMA: &str = "inkan.evidence/1";

/// What requests are made of; a bundle cannot bring another.
const MEDIA_TYPES: [&str; 2] = ["application/ocsp-request", "application/timestamp-query"];

/// What was judged when, and under what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Occasion {
    /// The time of validation, RFC 3339.
    pub at: String,
    /// The policy.
    pub policy: String,
    /// SHA-256 of the trusted certificates.
    pub anchors: Vec<String>,
}

impl Occasion {
    /// A judgement at that time.
    pub fn new(at: Instant, policy: &str, anchors: impl Iterator<Item = Fingerprint>) -> Self {
        let anchors = anchors.map(|anchor| anchor.to_string()).collect();
        Self { at: at.to_string(), policy: policy.to_owned(), anchors }
    }
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    schema: String,
    #[serde(flatten)]
    occasion: Occasion,
    /// DER in base64, as are the lists and the responses.
    certificates: Vec<String>,
    crls: Vec<String>,
    ocsp: Vec<String>,
    unavailable: Vec<InVain>,
    /// The files that were judged; older bundles have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subjects: Option<Vec<Subject>>,
    /// SHA-256 of what is in the bundle only because one of the files brought it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    brought: Vec<String>,
}

/// Something that was asked for in vain.
#[derive(Debug, Serialize, Deserialize)]
struct InVain {
    wanted: String,
    about: String,
    url: String,
    /// The request, where one was posted.
    media_type: Option<String>,
    body: Option<String>,
    reason: String,
}

/// The files that were judged, and what was in hand for all of them, whatever each brought for itself.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// What was in hand for all.
    pub in_hand: &'a EvidenceSet,
    /// The files.
    pub subjects: Vec<Recorded>,
}

impl Judged<'_> {
    /// What is there only because a file brought it: it speaks for that file alone.
    fn brought(&self, evidence: &EvidenceSet) -> Vec<String> {
        let new = |print: &Fingerprint| !self.in_hand.has(*print);
        prints(evidence).filter(new).map(|print| print.to_string()).collect()
    }
}

fn prints(evidence: &EvidenceSet) -> impl Iterator<Item = Fingerprint> {
    let certificates = evidence.certificates().map(Certificate::fingerprint);
    let crls = evidence.crls().map(|crl| Fingerprint::of(crl.der()));
    certificates.chain(crls).chain(evidence.ocsp().map(|(print, _)| print))
}

/// Writes all that is in hand, and the files that were judged where they are to be kept.
pub fn write(
    evidence: &EvidenceSet,
    occasion: &Occasion,
    judged: Option<&Judged<'_>>,
) -> Result<String, serde_json::Error> {
    let encoded = |der: &Bytes| Base64::encode_string(der);
    let written = Written {
        schema: SCHEMA.to_owned(),
        occasion: occasion.clone(),
        certificates: evidence.certificates().map(|c| encoded(c.der())).collect(),
        crls: evidence.crls().map(|crl| encoded(crl.der())).collect(),
        ocsp: evidence.ocsp().map(|(_, response)| encoded(&response.der)).collect(),
        unavailable: evidence.refusals().filter_map(|(want, why)| InVain::of(want, why)).collect(),
        subjects: judged.map(|judged| judged.subjects.iter().map(Subject::of).collect()),
        brought: judged.map(|judged| judged.brought(evidence)).unwrap_or_default(),
    };
    Ok(serde_json::to_string_pretty(&written)? + "\n")
}

/// What a bundle brings.
#[derive(Clone, Debug)]
pub struct Bundle {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    ocsp: Vec<BasicResponse>,
    in_vain: Vec<(Want, Unavailable)>,
    occasion: Occasion,
    subjects: Option<Vec<Recorded>>,
    brought: BTreeSet<String>,
}

/// What is judged from a bundle alone.
#[derive(Debug)]
pub struct Replay {
    /// When it was judged, and under what.
    pub occasion: Occasion,
    /// What was in hand for every file.
    pub evidence: EvidenceSet,
    /// The files.
    pub subjects: Vec<Recorded>,
}

impl Bundle {
    /// Whether the bytes look like a bundle at all.
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.trim_ascii_start().starts_with(b"{")
    }

    /// Reads a bundle. One damaged piece spoils it: a judgement on the rest would not be the one that
    /// was saved.
    pub fn read(bytes: &[u8]) -> Result<Self, NotEvidence> {
        let written: Written = serde_json::from_slice(bytes).map_err(|_| NotEvidence)?;
        if written.schema != SCHEMA {
            return Err(NotEvidence);
        }
        let crl = |der| Crl::parse(der).ok();
        let in_vain = written.unavailable.into_iter().map(InVain::want);
        let recorded = |all: Vec<Subject>| all.into_iter().map(Subject::recorded).collect();
        let subjects: Option<Option<Vec<Recorded>>> = written.subjects.map(recorded);
        Ok(Self {
            certificates: all(&written.certificates, |der| Certificate::parse(der).ok())?,
            crls: all(&written.crls, crl)?,
            ocsp: all(&written.ocsp, |der| BasicResponse::parse(der).ok())?,
            in_vain: in_vain.collect::<Option<_>>().ok_or(NotEvidence)?,
            occasion: written.occasion,
            subjects: subjects.map(|all| all.ok_or(NotEvidence)).transpose()?,
            brought: written.brought.into_iter().collect(),
        })
    }

    /// Adds what it brings to what is in hand.
    pub fn add_to(self, evidence: &mut EvidenceSet) {
        self.certificates.into_iter().for_each(|c| evidence.add_certificate(c));
        self.crls.into_iter().for_each(|crl| evidence.add_crl(crl));
        self.ocsp.into_iter().for_each(|response| evidence.add_ocsp(response));
    }

    /// Adds it, and what was asked for in vain at the time: for a judgement with no network, which
    /// cannot ask again.
    pub fn replay_into(mut self, evidence: &mut EvidenceSet) {
        for (want, why) in std::mem::take(&mut self.in_vain) {
            evidence.answer(want, Err(why));
        }
        self.add_to(evidence);
    }

    /// What is judged from the bundle alone; nothing, if no files were kept in it. What a file brought
    /// comes with that file again and speaks for no other.
    pub fn alone(mut self) -> Option<Replay> {
        let subjects = self.subjects.take()?;
        let occasion = self.occasion.clone();
        let brought = std::mem::take(&mut self.brought);
        let is_own = |print: Fingerprint| !brought.contains(&print.to_string());
        self.certificates.retain(|c| is_own(c.fingerprint()));
        self.crls.retain(|crl| is_own(Fingerprint::of(crl.der())));
        self.ocsp.retain(|response| is_own(Fingerprint::of(&response.der)));
        let mut evidence = EvidenceSet::default();
        self.replay_into(&mut evidence);
        Some(Replay { occasion, evidence, subjects })
    }
}

fn all<T>(texts: &[String], parse: impl Fn(Bytes) -> Option<T>) -> Result<Vec<T>, NotEvidence> {
    let one = |text: &String| parse(Base64::decode_vec(text).ok()?.into());
    texts.iter().map(one).collect::<Option<_>>().ok_or(NotEvidence)
}

impl InVain {
    fn of(want: &Want, why: &Unavailable) -> Option<Self> {
        let (media_type, body) = match want.fetch.as_ref()? {
            Fetch::Get(_) => (None, None),
            Fetch::Post { media_type, body, .. } => {
                (Some((*media_type).to_owned()), Some(Base64::encode_string(body)))
            }
        };
        Some(Self {
            wanted: want.what.name().to_owned(),
            about: want.about.clone(),
            url: want.fetch.as_ref()?.url().to_owned(),
            media_type,
            body,
            reason: why.0.clone(),
        })
    }

    fn want(self) -> Option<(Want, Unavailable)> {
        let fetch = match (self.media_type, self.body) {
            (None, None) => Fetch::Get(self.url),
            (Some(given), Some(body)) => Fetch::Post {
                url: self.url,
                media_type: MEDIA_TYPES.into_iter().find(|known| *known == given)?,
                body: Base64::decode_vec(&body).ok()?.into(),
            },
            _ => return None,
        };
        let what = Wanted::from_name(&self.wanted)?;
        Some((Want { what, about: self.about, fetch: Some(fetch) }, Unavailable(self.reason)))
    }
}
