//! What is judged, with what in hand, when, and by whose trust; and the cast: everybody who is as they
//! should be.

use crate::authority::{Holder, at, key, of_ca, of_signer, of_tsa};
use crate::cms::{Cms, Draft};
use inkan::der::{Bytes, write};
use inkan::evidence::want::Offline;
use inkan::evidence::{EvidenceSet, EvidenceSource};
use inkan::judge::Judge;
use inkan::key::software::KeyAlgorithm::{P256, P384, Rsa2048};
use inkan::oid;
use inkan::policy::{PathSettings, Policy, Role, Trust};
use inkan::source::Source;
use inkan::task::verify::{FileReport, Held, Subject, verify};
use std::sync::LazyLock;

pub(crate) const RECORD: &[u8] = b"one tablet a day";

/// The content was stamped, the record signed and stamped, and stamped again for the archive.
pub(crate) const CONTENT: &str = "2026-03-31T09:00:00Z";
pub(crate) const SIGNED: &str = "2026-04-01T09:00:00Z";
pub(crate) const STAMPED: &str = "2026-04-01T09:00:10Z";
pub(crate) const ARCHIVED: &str = "2026-04-10T09:00:00Z";

/// When it is judged, where nothing else is said.
pub(crate) const NOW: &str = "2026-06-01T00:00:00Z";

/// Lists that are in force now, and those that were when the record was stamped for the archive.
const LISTS: [&str; 2] = ["2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z"];
const LISTS_THEN: [&str; 2] = ["2026-04-09T00:00:00Z", "2026-05-09T00:00:00Z"];

/// Everybody who is as they should be.
pub(crate) struct Cast {
    pub(crate) root: Holder,
    pub(crate) ca: Holder,
    pub(crate) signer: Holder,
    pub(crate) rsa_signer: Holder,
    pub(crate) tsa_root: Holder,
    pub(crate) tsa: Holder,
    pub(crate) other_tsa: Holder,
    /// Nobody trusts this one.
    pub(crate) stranger: Holder,
}

pub(crate) static CAST: LazyLock<Cast> = LazyLock::new(|| {
    let long = ["2020-01-01", "2060-01-01"];
    let root = Holder::root("Root", key(P384), long);
    let ca = root.certifies("CA", &key(P256), ["2024-01-01", "2034-01-01"], of_ca());
    let three_years = ["2025-01-01", "2028-01-01"];
    let signer = ca.certifies("Physician", &key(P256), three_years, of_signer());
    let rsa_signer = ca.certifies("Pharmacist", &key(Rsa2048), three_years, of_signer());
    let tsa_root = Holder::root("TSA Root", key(P384), long);
    let eleven_years = ["2025-01-01", "2036-01-01"];
    let tsa = tsa_root.certifies("TSA", &key(P256), eleven_years, of_tsa());
    let other_tsa = tsa_root.certifies("Other TSA", &key(P384), eleven_years, of_tsa());
    let stranger = Holder::root("Stranger", key(P256), long);
    Cast { root, ca, signer, rsa_signer, tsa_root, tsa, other_tsa, stranger }
});

/// A judgement about to be made.
pub(crate) struct Scene {
    pub(crate) file: Vec<u8>,
    /// The content, where it is not inside.
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) at: &'static str,
    pub(crate) evidence: Vec<Vec<u8>>,
    pub(crate) trust: Vec<(Holder, Role)>,
    pub(crate) settings: PathSettings,
}

impl Scene {
    /// A file that is judged now, with the lists of everybody in hand.
    pub(crate) fn of(file: Vec<u8>) -> Self {
        let Cast { root, ca, tsa_root, .. } = &*CAST;
        Self {
            file,
            content: None,
            at: NOW,
            evidence: lists(LISTS),
            trust: vec![(root.clone(), Role::Signer), (tsa_root.clone(), Role::Tsa)],
            settings: PathSettings::default(),
        }
        .with(ca.der())
    }

    pub(crate) fn with(mut self, evidence: Vec<u8>) -> Self {
        self.evidence.push(evidence);
        self
    }

    pub(crate) fn at(self, at: &'static str) -> Self {
        Self { at, ..self }
    }

    pub(crate) fn judged(&self) -> FileReport {
        self.judged_with(&mut Offline)
    }

    /// Judged with what that source can bring.
    pub(crate) fn judged_with(&self, source: &mut dyn EvidenceSource) -> FileReport {
        let mut trust = Trust::default();
        for (holder, role) in &self.trust {
            trust.add(holder.certificate.clone(), &[*role]);
        }
        let policy = Policy { path: self.settings.clone(), ..Policy::standard(trust).unwrap() };
        let mut evidence = EvidenceSet::default();
        for one in &self.evidence {
            evidence.add(&Bytes::from(one.clone())).unwrap();
        }
        let file = Bytes::from(self.file.clone());
        let content = self.content.clone().map(Bytes::from);
        let content: Option<(&str, &dyn Source)> = match &content {
            Some(bytes) => Some(("record", bytes)),
            None => None,
        };
        let subject = Subject { name: "record.p7m", file: &file, content, held: Held::Signature };
        verify(&subject, &Judge::new(policy), at(self.at), &mut evidence, source).unwrap()
    }
}

impl From<Cms> for Scene {
    fn from(cms: Cms) -> Self {
        Self::of(cms.der())
    }
}

/// A list of each authority.
pub(crate) fn lists([made, next]: [&str; 2]) -> Vec<Vec<u8>> {
    let Cast { root, ca, tsa_root, .. } = &*CAST;
    [root, ca, tsa_root].map(|issuer| issuer.list(made, next).der()).to_vec()
}

/// The signature of the physician, before it is made.
pub(crate) fn draft() -> Draft {
    draft_by(&CAST.signer)
}

pub(crate) fn draft_by(signer: &Holder) -> Draft {
    Draft::of(signer, oid::DATA, RECORD).with(oid::SIGNING_TIME, write::time(at(SIGNED)))
}

/// Level B.
pub(crate) fn signed() -> Cms {
    draft().sign()
}

/// Level T.
pub(crate) fn stamped() -> Cms {
    signed().stamped(&CAST.tsa, STAMPED)
}

/// Level LT.
pub(crate) fn with_values() -> Cms {
    let Cast { root, ca, tsa_root, .. } = &*CAST;
    stamped().embedding(&[root, ca, tsa_root], &lists(LISTS_THEN))
}

/// Level LTA.
pub(crate) fn archived() -> Cms {
    with_values().archived(&CAST.other_tsa, ARCHIVED)
}
