//! Writes certificate revocation lists (RFC 5280 §5).

use super::certificate::signed;
use super::extension::extension;
use super::name::{directory_name, full_name};
use crate::der::{Tag, write};
use crate::key::{KeyError, SigningKey};
use crate::oid;
use crate::time::Instant;

/// A list before it is signed. Names are DER.
#[derive(Clone, Debug)]
pub(super) struct CrlDraft<'a> {
    /// Who issues it.
    pub issuer: &'a [u8],
    /// The issuer's key identifier.
    pub issuer_key_id: &'a [u8],
    /// When it was issued.
    pub this_update: Instant,
    /// When the next is out at the latest.
    pub next_update: Instant,
    /// Its number.
    pub number: u64,
    /// It holds CA certificates only.
    pub only_ca: bool,
    /// The distribution point that it is for.
    pub point: Option<Vec<u8>>,
    /// What is revoked.
    pub entries: Vec<Revoked<'a>>,
}

/// A revoked certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revoked<'a> {
    /// Content octets of the serial number.
    pub serial: &'a [u8],
    /// Since when.
    pub at: Instant,
    /// RFC 5280 §5.3.1.
    pub reason: u8,
}

impl CrlDraft<'_> {
    /// Signs it.
    pub(super) fn sign(&self, issuer: &dyn SigningKey) -> Result<Vec<u8>, KeyError> {
        let entries: Vec<_> = self.entries.iter().map(|entry| entry.to_der()).collect();
        // RFC 5280 §5.1.2.6: without entries the list itself is absent.
        let entries = if entries.is_empty() { Vec::new() } else { write::sequence(entries) };
        let tbs = write::sequence([
            write::integer(1).as_slice(),
            &issuer.scheme().identifier().to_der(),
            self.issuer,
            &write::time(self.this_update),
            &write::time(self.next_update),
            &entries,
            &write::explicit(0, &write::sequence(self.extensions())),
        ]);
        signed(&tbs, issuer)
    }

    fn extensions(&self) -> Vec<Vec<u8>> {
        let key_id = write::implicit(0, &write::octet_string(self.issuer_key_id));
        let mut extensions = vec![
            extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &write::sequence([key_id])),
            extension(oid::CRL_NUMBER, false, &write::integer(self.number)),
        ];
        if self.only_ca || self.point.is_some() {
            extensions.push(self.issuing_distribution_point());
        }
        extensions
    }

    /// RFC 5280 §5.2.5, critical always.
    fn issuing_distribution_point(&self) -> Vec<u8> {
        let point = self.point.as_ref().map(|name| full_name(&[directory_name(name)]));
        let only_ca = self.only_ca.then(|| write::implicit(2, &write::boolean(true)));
        let value = write::sequence([point.unwrap_or_default(), only_ca.unwrap_or_default()]);
        extension(oid::ISSUING_DISTRIBUTION_POINT, true, &value)
    }
}

impl Revoked<'_> {
    fn to_der(self) -> Vec<u8> {
        // RFC 5280 §5.3.1: "unspecified" is said by saying nothing.
        let extensions = if self.reason == 0 {
            Vec::new()
        } else {
            let reason = extension(oid::CRL_REASON, false, &write::enumerated(self.reason));
            write::sequence([reason])
        };
        let serial = write::element(Tag::INTEGER, self.serial);
        write::sequence([serial, write::time(self.at), extensions])
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::TRIAL;
    use crate::der::crl::Crl;

    #[test]
    fn openssl_verifies_every_list() {
        for (list, issuer) in [
            ("hpki-root-sarl", "hpki-root"),
            ("hpki-sign", "hpki-sign-ca"),
            ("ec-root", "ec-root"),
            ("ec-ca", "ec-ca"),
            ("tsa-ca", "tsa-ca"),
        ] {
            let said =
                TRIAL.openssl_ok(&format!("crl -in crl/{list}.crl -CAfile {issuer}.crt -noout"));
            assert!(said.contains("verify OK"), "{list}: {said}");
        }
    }

    #[test]
    fn the_root_list_is_for_ca_certificates_and_says_so_critically() {
        let text = TRIAL.openssl_ok("crl -in crl/hpki-root-sarl.crl -noout -text");
        for line in ["Issuing Distribution Point: critical", "CN = SARL", "Only CA Certificates"] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
    }

    #[test]
    fn what_is_revoked_is_on_the_list_with_reason_and_date() {
        let text = TRIAL.openssl_ok("crl -in crl/ec-ca.crl -noout -text");
        assert!(text.contains("Key Compromise") && text.contains("Superseded"), "{text}");
        assert!(
            TRIAL
                .openssl_ok("crl -in crl/ec-root.crl -noout -text")
                .contains("Cessation Of Operation")
        );
        assert!(
            TRIAL
                .openssl_ok("crl -in crl/hpki-jv.crl -noout -text")
                .contains("No Revoked Certificates")
        );
    }

    #[test]
    fn openssl_checks_whole_paths_against_the_lists() {
        for (name, lists, complaint) in [
            ("hpki-physician", &["hpki-sign", "hpki-root-sarl", "hpki-root-rarl"][..], None),
            (
                "hpki-physician-revoked",
                &["hpki-sign", "hpki-root-sarl", "hpki-root-rarl"],
                Some("certificate revoked"),
            ),
            ("ec-physician", &["ec-ca", "ec-root"], None),
            ("revoked-superseded", &["ec-ca", "ec-root"], Some("certificate revoked")),
            ("below-revoked-ca", &["revoked-ca", "ec-root"], Some("certificate revoked")),
            ("tsa-revoked", &["tsa-ca", "tsa-root"], Some("certificate revoked")),
        ] {
            let files: String =
                lists.iter().map(|list| format!("-CRLfile crl/{list}.crl ")).collect();
            let (accepted, said) = TRIAL.openssl(&format!(
                "verify -crl_check_all -CAfile roots.pem {files} -untrusted {name}.chain.pem {name}.crt"
            ));
            assert_eq!(accepted, complaint.is_none(), "{name}: {said}");
            assert!(said.contains(complaint.unwrap_or("OK")), "{name}: {said}");
        }
    }

    #[test]
    fn a_list_fetched_is_fresh_and_a_stale_one_is_not() {
        let fetch = |url: &str| {
            let response = TRIAL.get(url).unwrap();
            assert_eq!(
                (response.status, response.content_type.as_str()),
                (200, "application/pkix-crl")
            );
            Crl::parse(response.body).unwrap()
        };
        let now = crate::edge::clock::now();
        let url = TRIAL.lab().crl_url("hpki-sign");
        let fresh = fetch(&url);
        let next_update = fresh.next_update().unwrap();
        assert!(fresh.this_update() < now && now < next_update);
        assert_eq!(next_update.unix() - fresh.this_update().unix(), 96 * 3600);
        let stale = fetch(&TRIAL.faulty("stale-crl", &url));
        assert!(stale.next_update().unwrap() < now);
        // Before the revocation nothing is revoked.
        let earlier = fetch(&TRIAL.faulty("clock-behind=1728000", &url));
        assert_eq!((earlier.entries().count(), fresh.entries().count()), (0, 1));
    }
}
