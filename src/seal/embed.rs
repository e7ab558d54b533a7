//! Raises level T to LT: puts inside whatever the judgement rests on (EN 319 122-1 §5.4 and §6.3).

use super::prepare::SealError;
use super::{Lt, Lta, Sealed, T, Whole};
use crate::ades::cades::archive::{HashIndex, NoIndex};
use crate::check::Times;
use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::der::cms::values::{TIME_STAMPS, write_ocsp};
use crate::der::cms::{Attributes, SignedData, SignerIdentifier, SignerInfo};
use crate::der::ess::{self, CertificateReference};
use crate::der::tlv::{Malformed, Problem};
use crate::evidence::EvidenceSet;
use crate::judge::{Support, Supported};
use crate::oid;
use crate::policy::Role;
use crate::time::Instant;

/// Signers, TSAs and counter-signers of one signature: as many as it may have tokens, and as many again.
const MAX_PARTIES: usize = 128;

/// Somebody whose signature stands in the file and is not under an archive timestamp yet.
#[derive(Clone, Debug)]
pub struct Party {
    /// What their certificate is for.
    pub role: Role,
    /// The earliest time at which their signature is proven to have existed, where anything proves one.
    pub proven: Option<Instant>,
    signer: SignerIdentifier,
    references: Vec<CertificateReference>,
}

impl Sealed<T> {
    /// Takes in what the judgement on signer and TSAs rests on. Whoever it does not prove is told.
    pub fn embed(mut self, support: &Support) -> Result<Sealed<Lt>, SealError> {
        self.whole.embed(support)?;
        Ok(Sealed::of(self.whole))
    }
}

impl Sealed<Lta> {
    /// Takes in what the judgement on the last archive timestamp, and on whatever came after it, rests
    /// on: before the next one, all of that must be inside (EN 319 122-1 §5.5.3).
    pub fn embed(mut self, support: &Support) -> Result<Sealed<Lt>, SealError> {
        self.whole.embed(support)?;
        Ok(Sealed::of(self.whole))
    }
}

impl<L> Sealed<L> {
    /// The same, and leaves it at that for now: the next archive timestamp is years away, or an evidence
    /// record over all of the file comes in its place, and until then the file is to be judged by itself.
    pub fn supported(mut self, support: &Support) -> Result<Self, SealError> {
        self.whole.embed(support)?;
        Ok(self)
    }

    /// Whose certificates must be supported before an archive timestamp may come.
    pub fn parties(&self) -> Result<Vec<Party>, Malformed> {
        self.whole.parties()
    }
}

impl Whole {
    fn embed(&mut self, support: &Support) -> Result<(), SealError> {
        let certificates: Vec<Certificate> = self.known_certificates(support);
        for party in self.parties()? {
            let mut answering = certificates.iter().filter(|c| party.is(c));
            if !answering.any(|c| support.proves(party.role, c)) {
                return Err(SealError::Unsupported(party.name()));
            }
        }
        support.certificates().iter().for_each(|c| self.data.take_certificate(c.clone()));
        support.crls().iter().for_each(|crl| self.data.take_revocation(crl.clone()));
        let responses = support.ocsp().iter().map(|response| write_ocsp(response).into());
        responses.for_each(|response| self.data.take_revocation(response));
        Ok(())
    }

    fn known_certificates(&self, support: &Support) -> Vec<Certificate> {
        let known =
            support.certificates().iter().filter_map(|c| Certificate::parse(c.clone()).ok());
        known.chain([self.certificate.clone()]).collect()
    }

    /// The signer, unless an archive timestamp is there already; and whoever signed a token or a
    /// counter-signature that no archive timestamp covers.
    fn parties(&self) -> Result<Vec<Party>, Malformed> {
        let covered = self.covered()?;
        let mut parties = Vec::new();
        let mut open: Vec<(Role, SignerInfo)> = Vec::new();
        if covered.is_none() {
            let mut party = Party::of(Role::Signer, &self.signer)?;
            party.proven = self.proven;
            parties.push(party);
            inner(self.signer.signed_attributes.as_ref(), |_| true, &mut open)?;
        }
        let covered = covered.unwrap_or_default();
        let is_open = |value: &Bytes| !covered.contains(value);
        inner(self.signer.unsigned_attributes.as_ref(), is_open, &mut open)?;
        while let Some((role, signer)) = open.pop() {
            if parties.len() == MAX_PARTIES {
                return Err(Malformed::new("SignerInfo", Problem::TooLarge));
            }
            parties.push(Party::of(role, &signer)?);
            inner(signer.unsigned_attributes.as_ref(), |_| true, &mut open)?;
        }
        Ok(parties)
    }

    /// The values of unsigned attributes that archive timestamps cover; nothing if there are none of
    /// these.
    fn covered(&self) -> Result<Option<Vec<Bytes>>, Malformed> {
        let unsigned = self.signer.unsigned_attributes.iter();
        let archives = unsigned.flat_map(|a| a.of_kind(oid::ARCHIVE_TIME_STAMP_V3));
        let mut covered = None;
        for token in archives.flat_map(|a| &a.values) {
            let data = SignedData::parse(token)?;
            let all: &mut Vec<Bytes> = covered.get_or_insert_default();
            let index = match data.signers.first().map(HashIndex::of_token) {
                Some(Ok(index)) => index,
                Some(Err(NoIndex::Malformed(error))) => return Err(error),
                Some(Err(NoIndex::Missing | NoIndex::Several)) | None => continue,
            };
            let coverage = index.coverage(&self.data, &self.signer);
            let values = coverage.iter().flat_map(|coverage| &coverage.attributes);
            all.extend(values.map(|(_, value)| (*value).clone()));
        }
        Ok(covered)
    }
}

/// Those who signed the tokens and counter-signatures among these attributes.
fn inner(
    attributes: Option<&Attributes>,
    is_open: impl Fn(&Bytes) -> bool,
    open: &mut Vec<(Role, SignerInfo)>,
) -> Result<(), Malformed> {
    for attribute in attributes.into_iter().flat_map(Attributes::list) {
        for value in attribute.values.iter().filter(|value| is_open(value)) {
            if TIME_STAMPS.contains(&attribute.oid) {
                let nobody = || Malformed::new("TimeStampToken", Problem::Unknown);
                let signer = SignedData::parse(value)?.signers.into_iter().next();
                open.push((Role::Tsa, signer.ok_or_else(nobody)?));
            } else if attribute.oid == oid::COUNTER_SIGNATURE {
                open.push((Role::Signer, SignerInfo::from_der(value)?));
            }
        }
    }
    Ok(())
}

impl Party {
    fn of(role: Role, signer: &SignerInfo) -> Result<Self, Malformed> {
        let signed = signer.signed_attributes.iter();
        let values =
            |kind| signed.clone().flat_map(move |a| a.of_kind(kind)).flat_map(|a| &a.values);
        let mut references = Vec::new();
        for value in values(oid::SIGNING_CERTIFICATE) {
            references.extend(ess::parse_v1(value)?.into_iter().take(1));
        }
        for value in values(oid::SIGNING_CERTIFICATE_V2) {
            references.extend(ess::parse_v2(value)?.into_iter().take(1));
        }
        Ok(Self { role, proven: None, signer: signer.signer.clone(), references })
    }

    /// Whether that certificate is the one that the signature names and refers to.
    pub fn is(&self, certificate: &Certificate) -> bool {
        let named = match &self.signer {
            SignerIdentifier::IssuerSerial(issuer, serial) => {
                certificate.issuer() == issuer && certificate.serial() == serial.as_ref()
            }
            SignerIdentifier::KeyId(id) => certificate.subject_key_id().as_ref() == Some(id),
        };
        named && self.references.iter().all(|r| r.refers_to(certificate) == Some(true))
    }

    /// Their certificate, if it is in hand.
    pub fn find<'a>(&self, evidence: &'a EvidenceSet) -> Option<&'a Certificate> {
        evidence.certificates().find(|certificate| self.is(certificate))
    }

    /// Them, with that certificate, as they are to be judged at that time.
    pub fn judged_by<'a>(&self, certificate: &'a Certificate, at: Instant) -> Supported<'a> {
        let proven = self.proven.unwrap_or(at).min(at);
        Supported { certificate, role: self.role, times: Times::proven(at, proven) }
    }

    /// What they are called, as far as the signature says.
    pub fn name(&self) -> String {
        match &self.signer {
            SignerIdentifier::IssuerSerial(issuer, serial) => {
                format!("{issuer}, {}", crate::digest::hex(serial))
            }
            SignerIdentifier::KeyId(id) => crate::digest::hex(id),
        }
    }
}
