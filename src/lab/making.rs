//! Makes the keys and certificates of a declaration.

use super::certificate::{Draft, key_id, random_serial};
use super::declaration::{Declaration, Entity, OldSignature};
use super::extension::Surroundings;
use super::sha1::Sha1Key;
use super::value::KeyChoice;
use super::{KeyCell, LabError, Member};
use crate::der::Bytes;
use crate::der::algorithm::PublicKey;
use crate::der::certificate::Certificate;
use crate::key::software::{KeyAlgorithm, SoftwareKey};
use crate::key::{KeyError, SigningKey};
use crate::time::Instant;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A key just made.
struct NewKey {
    cell: Arc<KeyCell>,
    old: Option<Sha1Key>,
}

/// Everybody, each with a certificate.
pub(super) fn members(
    declaration: &Declaration,
    base_url: &str,
    now: Instant,
) -> Result<Vec<Member>, LabError> {
    let keys = new_keys(declaration)?;
    let mut members: Vec<Member> = Vec::new();
    for entity in &declaration.entities {
        let issuer = entity.issuer.as_deref();
        let issuer = issuer.and_then(|name| members.iter().find(|m| m.entity.name == name));
        let (public_key, key) = own_key(entity, &keys, &members)?;
        let issuing = Issuing { base_url, now, entity, issuer, public_key: &public_key };
        let signer = issuing.signer(&keys, key.as_deref())?;
        let der = issuing.sign(signer).map_err(|e| e.of(&entity.name))?;
        let certificate = Certificate::parse(der)
            .map_err(|source| LabError::Certificate { name: entity.name.clone(), source })?;
        members.push(Member { entity: entity.clone(), certificate, key });
    }
    Ok(members)
}

/// Does the work on all items, on as many threads as the machine has, in the order of the items.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let results = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        results.flatten().collect::<Vec<_>>()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn new_keys(declaration: &Declaration) -> Result<BTreeMap<&str, NewKey>, LabError> {
    let signs_with_sha1 = |name: &str| {
        declaration.entities.iter().any(|entity| {
            entity.signature == Some(OldSignature::EcdsaSha1)
                && entity.issuer.as_deref() == Some(name)
        })
    };
    let wanted: Vec<_> = declaration
        .entities
        .iter()
        .filter_map(|entity| Some((entity.name.as_str(), algorithm(&entity.key)?)))
        .collect();
    let made = in_parallel(&wanted, |(name, algorithm)| {
        let failed = |source| LabError::Key { name: (*name).to_owned(), source };
        let (old, key) = if *algorithm == KeyAlgorithm::P256 && signs_with_sha1(name) {
            let (old, key) = Sha1Key::generate().map_err(failed)?;
            (Some(old), key)
        } else {
            (None, SoftwareKey::generate(*algorithm).map_err(failed)?)
        };
        let cell = KeyCell { opened: OnceLock::from(key), file: PathBuf::new() };
        Ok((*name, NewKey { cell: Arc::new(cell), old }))
    });
    made.into_iter().collect()
}

const fn algorithm(choice: &KeyChoice) -> Option<KeyAlgorithm> {
    match choice {
        KeyChoice::New(algorithm) => Some(*algorithm),
        KeyChoice::SameAs(_) | KeyChoice::Public(_) => None,
    }
}

/// The public key of an entity, and the private one where somebody has it.
fn own_key(
    entity: &Entity,
    keys: &BTreeMap<&str, NewKey>,
    members: &[Member],
) -> Result<(PublicKey, Option<Arc<KeyCell>>), LabError> {
    let cell = match &entity.key {
        KeyChoice::Public(key) => return Ok((key.clone(), None)),
        KeyChoice::SameAs(twin) => {
            let twin = members.iter().find(|member| member.entity.name == *twin);
            twin.and_then(|member| member.key.clone())
        }
        KeyChoice::New(_) => keys.get(entity.name.as_str()).map(|key| Arc::clone(&key.cell)),
    };
    let public =
        cell.as_ref().and_then(|cell| cell.opened.get()).map(|key| key.public_key().clone());
    let missing = || KeyError::Unsupported("it shares a key that nobody has".to_owned());
    public.map(|public| (public, cell)).ok_or_else(|| Failed(missing()).of(&entity.name))
}

fn signing(key: &impl SigningKey) -> &dyn SigningKey {
    key
}

/// One certificate about to be issued.
struct Issuing<'a> {
    base_url: &'a str,
    now: Instant,
    entity: &'a Entity,
    /// None: it issues itself.
    issuer: Option<&'a Member>,
    public_key: &'a PublicKey,
}

/// A failure that does not know yet whose.
struct Failed(KeyError);

impl Failed {
    fn of(self, name: &str) -> LabError {
        LabError::Key { name: name.to_owned(), source: self.0 }
    }
}

impl<'a> Issuing<'a> {
    /// The key that signs: the issuer's, or its own.
    fn signer(
        &self,
        keys: &'a BTreeMap<&str, NewKey>,
        own: Option<&'a KeyCell>,
    ) -> Result<&'a dyn SigningKey, LabError> {
        let issuer_name = self.issuer.map_or(self.entity.name.as_str(), |m| m.entity.name.as_str());
        if self.entity.signature == Some(OldSignature::EcdsaSha1) {
            let old = keys.get(issuer_name).and_then(|key| key.old.as_ref());
            let none =
                || KeyError::Unsupported("ECDSA with SHA-1 needs a P-256 key of its own".into());
            return old.map(signing).ok_or_else(|| Failed(none()).of(issuer_name));
        }
        let cell = self.issuer.map_or(own, |issuer| issuer.key.as_deref());
        let none = || KeyError::Unsupported("nobody has the private half".to_owned());
        let key = cell.and_then(|cell| cell.opened.get());
        key.map(signing).ok_or_else(|| Failed(none()).of(issuer_name))
    }

    fn sign(&self, signer: &dyn SigningKey) -> Result<Bytes, Failed> {
        let serial = match &self.entity.serial {
            Some(serial) => serial.0.clone(),
            None => random_serial().map_err(|e| Failed(KeyError::Failed(e.to_string())))?,
        };
        let subject = self.entity.subject.to_der();
        let issuer = match (&self.entity.issuer_name, self.issuer) {
            (Some(name), _) => name.to_der(),
            (None, Some(issuer)) => issuer.certificate.subject().der().to_vec(),
            (None, None) => subject.clone(),
        };
        let draft = Draft {
            serial: &serial,
            issuer: &issuer,
            from: self.entity.from.from(self.now),
            until: self.entity.until.from(self.now),
            subject: &subject,
            public_key: self.public_key,
            extensions: &self.extensions(),
        };
        draft.sign(signer).map(Bytes::from).map_err(Failed)
    }

    fn extensions(&self) -> Vec<Vec<u8>> {
        let issuer = self.issuer.map(|member| &member.certificate);
        let issuer_key_id = issuer.map(|certificate| key_id(certificate.public_key()));
        self.entity.extensions.to_der(&Surroundings {
            base_url: self.base_url,
            issuer_entity: self.entity.issuer.as_deref().unwrap_or(&self.entity.name),
            subject_key_id: &key_id(self.public_key),
            issuer_key_id: issuer_key_id.as_deref(),
            issuer_certificate: issuer.map(|c| (c.issuer().der().as_ref(), c.serial())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::TRIAL;
    use crate::der::extension::KeyUsage;
    use crate::der::hcrole;
    use crate::key::SigningKey as _;
    use crate::oid;

    fn verify(options: &str, name: &str) -> (bool, String) {
        // OpenSSL takes an empty file for a broken one; what stands right below a root has no chain.
        let has_chain = !TRIAL.lab().chain(TRIAL.member(name)).is_empty();
        let untrusted =
            if has_chain { format!("-untrusted {name}.chain.pem") } else { String::new() };
        TRIAL.openssl(&format!("verify -CAfile roots.pem {options} {untrusted} {name}.crt"))
    }

    #[test]
    fn openssl_accepts_every_sound_certificate() {
        for member in TRIAL.lab().members().iter().filter(|member| member.defect().is_none()) {
            let name = member.name();
            let said = verify("-x509_strict", name);
            assert!(said.0, "{name}: {}", said.1);
        }
    }

    #[test]
    fn openssl_finds_the_defect_of_each_bad_path() {
        for (name, options, complaint) in [
            ("expired", "", "certificate has expired"),
            ("not-yet-valid", "", "certificate is not yet valid"),
            ("unknown-critical-extension", "", "unhandled critical extension"),
            ("below-not-a-ca", "", "invalid CA certificate"),
            ("below-deep-ca", "", "path length constraint exceeded"),
            ("below-impostor", "", "unable to get local issuer certificate"),
            ("broken-name-chain", "", "unable to get local issuer certificate"),
            ("weak-key", "-auth_level 2", "EE certificate key too weak"),
            ("tsa-expired", "", "certificate has expired"),
            ("tsa-without-purpose", "-purpose timestampsign", "unsuitable certificate purpose"),
            (
                "tsa-purpose-not-critical",
                "-purpose timestampsign",
                "unsuitable certificate purpose",
            ),
            ("tsa-purpose-not-alone", "-purpose timestampsign", "unsuitable certificate purpose"),
        ] {
            let (accepted, said) = verify(options, name);
            assert!(!accepted && said.contains(complaint), "{name}: {said}");
        }
        let (accepted, said) = TRIAL.openssl("verify -CAfile roots.pem impostor-root.crt");
        assert!(!accepted && said.contains("self-signed certificate"), "{said}");
    }

    #[test]
    fn the_test_policy_is_not_in_the_set_of_the_hpki_ca() {
        const PRODUCTION: &str = "1.2.392.100495.1.5.1.1.3.1";
        const TEST: &str = "1.2.392.100495.1.5.1.1.0.1";
        let under = |policy, name| verify(&format!("-explicit_policy -policy {policy}"), name);
        for policy in [PRODUCTION, TEST] {
            let (accepted, said) = under(policy, "hpki-physician");
            assert!(!accepted && said.contains("no explicit policy"), "{said}");
        }
        for (policy, name) in [(PRODUCTION, "hpki-physician-production"), (TEST, "ec-physician")] {
            let (accepted, said) = under(policy, name);
            assert!(accepted, "{name}: {said}");
        }
    }

    #[test]
    fn specimens_differ_from_their_model_as_they_say() {
        let certificate = |name: &str| TRIAL.member(name).certificate().clone();
        let usage = |name: &str| certificate(name).key_usage().unwrap().unwrap();
        assert_eq!(usage("ec-physician"), KeyUsage::NON_REPUDIATION);
        assert_eq!(usage("encipherment-only"), KeyUsage::KEY_ENCIPHERMENT);
        assert_eq!(usage("authentication-only"), KeyUsage::DIGITAL_SIGNATURE);
        let roles = |name: &str| {
            let actors = hcrole::roles(&certificate(name)).unwrap();
            format!("{actors:?}")
        };
        assert!(roles("hpki-physician").contains("Medical Doctor"));
        assert!(roles("ec-nurse").contains("General Nurse"));
        assert!(roles("unknown-role").contains("Wizard of Medicine"));
        assert_eq!(roles("without-role"), "[]");
        assert_eq!(certificate("negative-serial").serial()[0], 0xf1);
        assert_eq!(certificate("oversized-serial").serial().len(), 24);
        assert_eq!(certificate("sha1-signed").algorithm().oid, oid::ECDSA_SHA1);
        assert_eq!(certificate("weak-key").public_key().kind().to_string(), "RSA-1024");
        assert!(!TRIAL.member("weak-key").has_key());
        for (twin, name) in [("other-key", "ec-physician"), ("impostor-root", "ec-root")] {
            assert_eq!(certificate(twin).subject(), certificate(name).subject());
            assert_ne!(certificate(twin).public_key(), certificate(name).public_key());
        }
        assert!(certificate("hpki-physician").access_urls(oid::AD_OCSP).is_empty());
        assert_eq!(
            certificate("ec-physician").access_urls(oid::AD_OCSP),
            [TRIAL.lab().ocsp_url("ec-ocsp")]
        );
    }

    #[test]
    fn the_sha1_signature_is_a_right_one() {
        let said = TRIAL.openssl_ok(
            "verify -auth_level 0 -CAfile roots.pem -untrusted sha1-signed.chain.pem sha1-signed.crt",
        );
        assert!(said.contains("sha1-signed.crt: OK"), "{said}");
    }

    #[test]
    fn an_hpki_certificate_reads_as_the_real_ones_do() {
        let text = TRIAL.openssl_ok("x509 -in hpki-physician.crt -noout -text");
        for line in [
            "Signature Algorithm: sha256WithRSAEncryption",
            "Subject: C = JP, O = Inkan Test Hospital, CN = TESUTO TARO, serialNumber = T00001-lab",
            "Public-Key: (2048 bit)",
            "X509v3 Key Usage: critical",
            "Non Repudiation",
            "X509v3 Certificate Policies: critical",
            "Policy: 1.2.392.100495.1.5.1.1.0.1",
            "DirName:/C=JP/O=Inkan Test Laboratory/OU=Director-General for Make-Believe/OU=Test HPKI Root CA V2",
            "serial:04",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        assert!(!text.contains("Authority Information Access"));
    }

    #[test]
    fn every_key_belongs_to_its_certificate() {
        for member in TRIAL.lab().members().iter().filter(|member| member.has_key()) {
            let key = member.key(TRIAL.lab()).unwrap();
            assert_eq!(key.public_key(), member.certificate().public_key(), "{}", member.name());
        }
    }
}
