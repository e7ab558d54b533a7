//! A key is read from a file and signs; inkan verifies what it signed before it gives it away.

use crate::keys::{self, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87, P256, P384, RSA_2048, RSA_3072};
use crate::{Outcome, valgrind};
use inkan::crypto::SignatureScheme;
use inkan::crypto::verify;
use inkan::der::algorithm::PssParameters;
use inkan::digest::DigestAlgorithm::Sha256;
use inkan::key::SigningKey as _;
use inkan::key::software::SoftwareKey;

const MESSAGE: &[u8] = b"signed attributes";
const PSS: SignatureScheme =
    SignatureScheme::RsaPss(PssParameters { digest: Sha256, mask_digest: Sha256, salt_length: 32 });

pub(super) fn p256() -> Outcome {
    sign(&keys::open(P256)?)
}

pub(super) fn p384() -> Outcome {
    sign(&keys::open(P384)?)
}

pub(super) fn ed25519() -> Outcome {
    sign(&keys::open(ED25519)?)
}

pub(super) fn rsa_2048_pkcs1() -> Outcome {
    sign(&keys::open(RSA_2048)?)
}

pub(super) fn rsa_2048_pss() -> Outcome {
    sign(&keys::open(RSA_2048)?.with_scheme(PSS)?)
}

pub(super) fn rsa_3072_pkcs1() -> Outcome {
    sign(&keys::open(RSA_3072)?)
}

pub(super) fn rsa_3072_pss() -> Outcome {
    sign(&keys::open(RSA_3072)?.with_scheme(PSS)?)
}

pub(super) fn ml_dsa_44() -> Outcome {
    sign(&keys::open(ML_DSA_44)?)
}

pub(super) fn ml_dsa_65() -> Outcome {
    sign(&keys::open(ML_DSA_65)?)
}

pub(super) fn ml_dsa_87() -> Outcome {
    sign(&keys::open(ML_DSA_87)?)
}

/// Twice: what is set up at the first use, such as blinding, is used at the second.
fn sign(key: &SoftwareKey) -> Outcome {
    let opened = valgrind::reports();
    for _ in 0..2 {
        let signature = key.sign(MESSAGE)?;
        valgrind::public(&signature);
        verify::verify(key.scheme(), key.public_key(), MESSAGE, &signature)
            .map_err(|error| format!("the signature does not verify: {error:?}"))?;
    }
    println!("of these while the key was read: {opened}");
    Ok(())
}
