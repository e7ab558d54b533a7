//! Opens the key and the certificate that a TSA knows us by.

use crate::cli::Failure;
use crate::cli::options::shown;
use crate::cli::signer::open_file;
use crate::crypto::SignatureScheme;
use crate::der::certificate::Certificate;
use crate::der::pkcs12::Pfx;
use crate::edge::files::read_bounded;
use crate::edge::http::TlsIdentity;
use crate::edge::prompt::{PinSource, StorePasswords};
use crate::edge::trust_store::{StoreError, certificates_in};
use crate::key::pkcs12::{Identity, identity as in_store};
use crate::key::software::SoftwareKey;
use crate::key::{SigningKey as _, pair};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Keys and stores are small.
const MAX_KEY: u64 = 1 << 20;

/// The key in this file with its certificate: in the same file, or in these.
pub(super) fn identity(
    key: &Path,
    certificates: &[PathBuf],
    pin: Option<&PinSource>,
) -> Result<TlsIdentity, Failure> {
    let bytes = Zeroizing::new(read_bounded(key, MAX_KEY)?);
    let Identity { key: opened, certificate, chain } = if Pfx::is_one(&bytes) {
        from_store(key, &bytes, pin)?
    } else {
        from_files(key, certificates, pin)?
    };
    let opened = for_tls(opened)?;
    TlsIdentity::new(Arc::new(opened), &certificate, &chain).map_err(|error| {
        Failure::new(
            format!("{}: {error}", shown(key)),
            "ask the operator for a key of another kind",
        )
    })
}

fn from_store(path: &Path, bytes: &[u8], pin: Option<&PinSource>) -> Result<Identity, Failure> {
    let mut passwords = StorePasswords::new(pin.cloned());
    passwords.asking(Some(format!("Password for {}: ", shown(path))));
    in_store(bytes, &mut passwords)
        .map_err(|error| Failure::new(format!("{}: {error}", shown(path)), error.hint()))
}

fn from_files(
    path: &Path,
    certificates: &[PathBuf],
    pin: Option<&PinSource>,
) -> Result<Identity, Failure> {
    let mut given = Vec::new();
    let beside = [path.to_owned()];
    for file in if certificates.is_empty() { &beside } else { certificates } {
        given.extend(certificates_in(file).map_err(|error| match error {
            StoreError::NoCertificate(file) => Failure::new(
                format!("{}: there is no certificate in this file", shown(&file)),
                "name the client certificate with --tsa-cert, or as client-cert in tsa.toml",
            ),
            other => other.into(),
        })?);
    }
    let key = open_file(path, pin)?;
    let of_key = |c: &Certificate| pair::same_key(c.public_key(), key.public_key());
    let Some(mine) = given.iter().position(of_key) else {
        return Err(Failure::new(
            format!("none of the certificates given is of the key {}", shown(path)),
            "name the client certificate of this key",
        ));
    };
    let certificate = given.remove(mine);
    Ok(Identity { key, certificate, chain: given })
}

/// RSA signs a handshake with PSS.
fn for_tls(key: SoftwareKey) -> Result<SoftwareKey, Failure> {
    match SignatureScheme::named("rsa-pss-sha256", key.public_key()) {
        Some(pss) => Ok(key.with_scheme(pss)?),
        None => Ok(key),
    }
}
