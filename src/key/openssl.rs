//! OpenSSL as an independent second opinion, for tests only.

use crate::der::algorithm::PublicKey;
use crate::digest::DigestAlgorithm;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs `openssl` and returns what it wrote, or what it complained of.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    // It may exit before it has read everything.
    let _ = child.stdin.take().expect("stdin is piped").write_all(input);
    let output = child.wait_with_output().expect("openssl ends");
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Private keys that OpenSSL made, in a directory that goes when this does.
#[derive(Debug)]
pub(crate) struct Keys {
    folder: tempfile::TempDir,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary directory") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An RSA key; returns its file name for the other calls.
    pub(crate) fn rsa(&self, bits: u32) -> String {
        self.generate(&format!("rsa{bits}"), "RSA", &[&format!("rsa_keygen_bits:{bits}")])
    }

    /// An RSA key bound to PSS.
    pub(crate) fn rsa_pss(&self, bits: u32, options: &[&str]) -> String {
        let bits = format!("rsa_keygen_bits:{bits}");
        self.generate("rsa-pss", "RSA-PSS", &[&[bits.as_str()], options].concat())
    }

    /// An EC key on the curve of that name.
    pub(crate) fn ec(&self, curve: &str) -> String {
        let named = format!("ec_paramgen_curve:{curve}");
        self.generate(curve, "EC", &[&named, "ec_param_enc:named_curve"])
    }

    /// An Ed25519 key.
    pub(crate) fn ed25519(&self) -> String {
        self.generate("ed25519", "ED25519", &[])
    }

    /// The public half.
    pub(crate) fn public(&self, name: &str) -> PublicKey {
        let der = run(&["pkey", "-pubout", "-outform", "DER", "-in", &self.file(name)], b"");
        PublicKey::from_der(&der.expect("a public key")).expect("a SubjectPublicKeyInfo")
    }

    /// The private key in PKCS #8 PEM.
    pub(crate) fn private(&self, name: &str) -> Vec<u8> {
        run(&["pkey", "-in", &self.file(name)], b"").expect("a private key")
    }

    /// A signature over the message, hashed as named.
    pub(crate) fn sign(
        &self,
        name: &str,
        digest: DigestAlgorithm,
        options: &[&str],
        message: &[u8],
    ) -> Vec<u8> {
        let hash = format!("-{}", digest.name().replace('-', "").to_lowercase());
        let file = self.file(name);
        let arguments = [&["dgst", &hash, "-sign", &file], options].concat();
        run(&arguments, message).expect("a signature")
    }

    /// A signature by an algorithm that hashes by itself.
    pub(crate) fn sign_raw(&self, name: &str, message: &[u8]) -> Vec<u8> {
        let input = self.keep(message);
        let input = text(input.path());
        let file = self.file(name);
        run(&["pkeyutl", "-sign", "-rawin", "-inkey", &file, "-in", &input], b"").expect("it signs")
    }

    /// These bytes as a file, for the commands that read no pipe.
    pub(crate) fn keep(&self, bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new_in(self.folder.path()).expect("a file");
        file.write_all(bytes).expect("it takes the bytes");
        file
    }

    fn generate(&self, name: &str, algorithm: &str, options: &[&str]) -> String {
        let file = self.file(name);
        let mut arguments = vec!["genpkey", "-algorithm", algorithm, "-out", &file];
        arguments.extend(options.iter().flat_map(|option| ["-pkeyopt", *option]));
        run(&arguments, b"").expect("a key");
        name.to_owned()
    }

    fn file(&self, name: &str) -> String {
        text(&self.path(name))
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("temporary paths are plain").to_owned()
}
