//! Signatures and time-stamp tokens put together by hand, piece by piece, so that each piece can be wrong
//! (RFC 5652, RFC 3161, EN 319 122-1). Nothing here is shared with what inkan writes itself.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::authority::{Holder, at};
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::certificate::Certificate;
use inkan::der::{Tag, ess, write};
use inkan::digest::DigestAlgorithm;
use inkan::key::SigningKey as _;
use inkan::oid::{self, Oid};

/// An attribute: its type and its values.
pub(crate) type Attribute = (Oid, Vec<Vec<u8>>);

fn attribute((kind, values): &Attribute) -> Vec<u8> {
    write::sequence([write::oid(*kind), write::set(values)])
}

fn hash(algorithm: DigestAlgorithm, bytes: &[u8]) -> Vec<u8> {
    algorithm.digest(bytes).value().to_vec()
}

/// A signature that nobody made yet.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) kind: Oid,
    pub(crate) content: Vec<u8>,
    pub(crate) by: Holder,
    /// Whom it names as its signer.
    pub(crate) named: Certificate,
    pub(crate) digest: Oid,
    pub(crate) announced: Vec<Oid>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) form: Form,
    pub(crate) algorithm: Vec<u8>,
    /// The signature value, where it is not made from all this.
    pub(crate) value: Option<Vec<u8>>,
}

/// How the signed attributes stand in the signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    Sorted,
    AsGiven,
    Absent,
}

impl Draft {
    /// A sound signature over that content, but for what is changed before it is made.
    pub(crate) fn of(by: &Holder, kind: Oid, content: &[u8]) -> Self {
        let digest = by.key.scheme().digest();
        let attributes = vec![
            (oid::CONTENT_TYPE, vec![write::oid(kind)]),
            (oid::MESSAGE_DIGEST, vec![write::octet_string(&hash(digest, content))]),
            (oid::SIGNING_CERTIFICATE_V2, vec![ess::write_v2(&by.certificate, digest)]),
        ];
        Self {
            kind,
            content: content.to_vec(),
            by: by.clone(),
            named: by.certificate.clone(),
            digest: digest.oid(),
            announced: vec![digest.oid()],
            attributes,
            form: Form::Sorted,
            algorithm: by.key.scheme().identifier().to_der(),
            value: None,
        }
    }

    pub(crate) fn with(mut self, kind: Oid, value: Vec<u8>) -> Self {
        self.attributes.push((kind, vec![value]));
        self
    }

    pub(crate) fn without(mut self, kind: Oid) -> Self {
        self.attributes.retain(|(known, _)| *known != kind);
        self
    }

    pub(crate) fn replacing(self, kind: Oid, values: Vec<Vec<u8>>) -> Self {
        let mut draft = self.without(kind);
        draft.attributes.push((kind, values));
        draft
    }

    /// What the signature value is over: the attributes as a SET, or the content where there are none.
    pub(crate) fn message(&self) -> Vec<u8> {
        let attributes = self.attributes.iter().map(attribute);
        match self.form {
            Form::Sorted => write::set_of(attributes.collect()),
            Form::AsGiven => write::set(attributes),
            Form::Absent => self.content.clone(),
        }
    }

    pub(crate) fn sign(self) -> Cms {
        let value =
            self.value.clone().unwrap_or_else(|| self.by.key.sign(&self.message()).unwrap());
        let attributes = match self.form {
            Form::Absent => Vec::new(),
            Form::Sorted | Form::AsGiven => write::implicit(0, &self.message()),
        };
        let core = [
            write::integer(1),
            write::sequence([
                self.named.issuer().der().to_vec(),
                write::element(Tag::INTEGER, self.named.serial()),
            ]),
            AlgorithmIdentifier::bare(self.digest).to_der(),
            attributes,
            self.algorithm.clone(),
            write::octet_string(&value),
        ];
        Cms {
            kind: self.kind,
            content: Some(self.content),
            announced: self.announced,
            core: core.concat(),
            value,
            unsigned: Vec::new(),
            bag: vec![self.by.der()],
            revocation: Vec::new(),
            others: Vec::new(),
        }
    }
}

/// A signature that was made, and what was added to it since.
#[derive(Clone)]
pub(crate) struct Cms {
    pub(crate) kind: Oid,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) announced: Vec<Oid>,
    /// From the version to the signature value: the part that nobody can change any more.
    pub(crate) core: Vec<u8>,
    pub(crate) value: Vec<u8>,
    pub(crate) unsigned: Vec<Attribute>,
    pub(crate) bag: Vec<Vec<u8>>,
    pub(crate) revocation: Vec<Vec<u8>>,
    /// The parts of further signers.
    pub(crate) others: Vec<Vec<u8>>,
}

impl Cms {
    pub(crate) fn adding(mut self, kind: Oid, value: Vec<u8>) -> Self {
        self.unsigned.push((kind, vec![value]));
        self
    }

    /// Puts certificates and revocation data into the bags.
    pub(crate) fn embedding(mut self, certificates: &[&Holder], revocation: &[Vec<u8>]) -> Self {
        let certificates = certificates.iter().map(|holder| holder.der());
        for (bag, new) in
            [(&mut self.bag, certificates.collect()), (&mut self.revocation, revocation.to_vec())]
        {
            let new: Vec<Vec<u8>> = new;
            new.into_iter().for_each(|one| {
                if !bag.contains(&one) {
                    bag.push(one);
                }
            });
        }
        self
    }

    pub(crate) fn signer_info(&self) -> Vec<u8> {
        let unsigned: Vec<Vec<u8>> = self.unsigned.iter().map(attribute).collect();
        let unsigned = match unsigned.as_slice() {
            [] => Vec::new(),
            some => write::implicit(1, &write::set(some)),
        };
        write::sequence([self.core.clone(), unsigned])
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let content = self.content.as_ref().map(|c| write::explicit(0, &write::octet_string(c)));
        let revocation = match self.revocation.as_slice() {
            [] => Vec::new(),
            some => write::implicit(1, &write::set(some)),
        };
        let announced = self.announced.iter().map(|oid| AlgorithmIdentifier::bare(*oid).to_der());
        let version = if self.kind == oid::DATA { 1 } else { 3 };
        let data = write::sequence([
            write::integer(version),
            write::set(announced),
            write::sequence([write::oid(self.kind), content.unwrap_or_default()]),
            write::implicit(0, &write::set(&self.bag)),
            revocation,
            write::set([vec![self.signer_info()], self.others.clone()].concat()),
        ]);
        write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)])
    }

    /// Adds a timestamp over the signature value.
    pub(crate) fn stamped(self, tsa: &Holder, time: &str) -> Self {
        let token = Stamp::over(tsa, time, &self.value).token();
        self.adding(oid::SIGNATURE_TIME_STAMP, token.der())
    }

    /// Adds an archive timestamp over all that is there.
    pub(crate) fn archived(self, tsa: &Holder, time: &str) -> Self {
        self.archived_with(tsa, time, |_| {})
    }

    /// The same, the index being changed before it is stamped.
    pub(crate) fn archived_with(
        self,
        tsa: &Holder,
        time: &str,
        change: impl FnOnce(&mut Index),
    ) -> Self {
        let token = self.archive_token(tsa, time, change);
        self.adding(oid::ARCHIVE_TIME_STAMP_V3, token.der())
    }

    /// The token of an archive timestamp over all that is there.
    pub(crate) fn archive_token(
        &self,
        tsa: &Holder,
        time: &str,
        change: impl FnOnce(&mut Index),
    ) -> Self {
        let mut index = Index::of(self, tsa.key.scheme().digest());
        change(&mut index);
        let imprint = self.imprint(&index, tsa.key.scheme().digest());
        Stamp::of(tsa, time, imprint).token().adding(index.kind, index.der())
    }

    /// EN 319 122-1 §5.5.3: over the content type, the hash of the content, the signer's part up to the
    /// value, and the index.
    pub(crate) fn imprint(&self, index: &Index, algorithm: DigestAlgorithm) -> Imprint {
        let content = hash(algorithm, self.content.as_deref().unwrap_or_default());
        let message = [write::oid(self.kind), content, self.core.clone(), index.der()].concat();
        (algorithm.oid(), hash(algorithm, &message))
    }
}

/// The hash function and the hash that a TSA is given.
pub(crate) type Imprint = (Oid, Vec<u8>);

/// The index of an archive timestamp (EN 319 122-1 §5.5.2).
#[derive(Clone)]
pub(crate) struct Index {
    pub(crate) kind: Oid,
    pub(crate) algorithm: Oid,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) revocation: Vec<Vec<u8>>,
    pub(crate) attributes: Vec<Vec<u8>>,
}

impl Index {
    pub(crate) fn of(cms: &Cms, algorithm: DigestAlgorithm) -> Self {
        let hashes = |all: &[Vec<u8>]| all.iter().map(|one| hash(algorithm, one)).collect();
        let values = cms.unsigned.iter().flat_map(|(kind, values)| {
            values.iter().map(|value| hash(algorithm, &[write::oid(*kind), value.clone()].concat()))
        });
        Self {
            kind: oid::ATS_HASH_INDEX_V3,
            algorithm: algorithm.oid(),
            certificates: hashes(&cms.bag),
            revocation: hashes(&cms.revocation),
            attributes: values.collect(),
        }
    }

    /// The index as TS 101 733 had it: one hash for each whole attribute.
    pub(crate) fn of_version_1(cms: &Cms, algorithm: DigestAlgorithm) -> Self {
        let whole = cms.unsigned.iter().map(|one| hash(algorithm, &attribute(one)));
        let (kind, attributes) = (oid::ATS_HASH_INDEX, whole.collect());
        Self { kind, attributes, ..Self::of(cms, algorithm) }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let list = |all: &[Vec<u8>]| write::sequence(all.iter().map(|h| write::octet_string(h)));
        write::sequence([
            AlgorithmIdentifier::bare(self.algorithm).to_der(),
            list(&self.certificates),
            list(&self.revocation),
            list(&self.attributes),
        ])
    }
}

/// A statement of a TSA that nobody signed yet.
#[derive(Clone)]
pub(crate) struct Stamp {
    pub(crate) tsa: Holder,
    pub(crate) version: u64,
    pub(crate) imprint: Imprint,
    pub(crate) time: Vec<u8>,
    /// As it was asked for, or nothing.
    pub(crate) nonce: Vec<u8>,
    /// `[1] Extensions`, or nothing.
    pub(crate) extensions: Vec<u8>,
}

impl Stamp {
    pub(crate) fn of(tsa: &Holder, time: &str, imprint: Imprint) -> Self {
        let time = write::generalized_time(at(time));
        let (nonce, extensions) = (Vec::new(), Vec::new());
        Self { tsa: tsa.clone(), version: 1, imprint, time, nonce, extensions }
    }

    pub(crate) fn over(tsa: &Holder, time: &str, bytes: &[u8]) -> Self {
        let algorithm = tsa.key.scheme().digest();
        Self::of(tsa, time, (algorithm.oid(), hash(algorithm, bytes)))
    }

    /// The statement as content of a signature, to be changed before it is signed.
    pub(crate) fn draft(&self) -> Draft {
        let (algorithm, imprint) = &self.imprint;
        let algorithm = AlgorithmIdentifier::bare(*algorithm).to_der();
        let statement = write::sequence([
            write::integer(self.version),
            write::oid(Oid::new_unwrap("1.3.6.1.4.1.99999.1")),
            write::sequence([algorithm, write::octet_string(imprint)]),
            write::integer(42),
            self.time.clone(),
            write::sequence([write::integer(1)]),
            self.nonce.clone(),
            self.extensions.clone(),
        ]);
        Draft::of(&self.tsa, oid::TST_INFO, &statement)
    }

    pub(crate) fn token(&self) -> Cms {
        self.draft().sign()
    }
}
