//! A small PKI and signatures made with OpenSSL, and reports on them.

use inkan::ades::TimestampKind;
use inkan::der::certificate::Certificate;
use inkan::der::{Bytes, pem};
use inkan::evidence::EvidenceSet;
use inkan::evidence::want::Offline;
use inkan::judge::Judge;
use inkan::policy::{Policy, Role, Trust};
use inkan::rule::Indication;
use inkan::source::Source;
use inkan::task::verify::{FileReport, Held, Subject, VerifyReport, verify};
use inkan::time::Instant;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Later than any clock that runs these tests, within the certificates and the list below.
const AT: &str = "2039-06-01T09:00:00Z";

/// subjectDirectoryAttributes as an HPKI card has them: Medical Doctor.
const DOCTOR: &str = "3034303206062881854200013128312630\
    24A0223120A00C060A2A830886910F01060101A2100C0E4D65646963616C20446F63746F72";

const CONFIG: &str = "
[ca]
default_ca = lab
[lab]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = sha256
policy = any
unique_subject = no
preserve = yes
[any]
countryName = optional
organizationName = optional
commonName = supplied
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
keyUsage = critical,nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
2.5.29.9 = DER:DOCTOR
[stamp]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[req]
distinguished_name = empty
[empty]
[tsa]
default_tsa = clock
[clock]
serial = tsserial
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
signer_digest = sha256
ess_cert_id_alg = sha256
";

/// A directory with a root, a doctor's certificate, a TSA's, an empty revocation list.
pub(crate) struct Lab {
    directory: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let lab = Self { directory: tempfile::tempdir().unwrap() };
        let config = CONFIG.replace("DOCTOR", DOCTOR);
        for (name, text) in [
            ("lab.cnf", config.as_str()),
            ("index.txt", ""),
            ("serial", "01"),
            ("tsserial", "01"),
            ("crlnumber", "01"),
            ("record.txt", "2026-11-20 カルテ 血圧 120/80\n"),
        ] {
            fs::write(lab.path(name), text).unwrap();
        }
        lab.certificate("root", "/C=JP/O=Lab/CN=Lab Root CA", true);
        lab.certificate("signer", "/C=JP/O=Lab Hospital/CN=山田 花子", false);
        lab.certificate("stamp", "/C=JP/O=Lab/CN=Lab TSA", false);
        let list = "ca -config lab.cnf -gencrl -out list.pem -crl_lastupdate 20390501000000Z";
        lab.openssl(&format!("{list} -crl_nextupdate 20390701000000Z"));
        lab
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    fn openssl(&self, arguments: &str) {
        self.openssl_with(arguments, &[]);
    }

    fn openssl_with(&self, arguments: &str, more: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .args(more)
            .current_dir(self.directory.path())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {error}");
    }

    fn certificate(&self, name: &str, subject: &str, is_root: bool) {
        let request = format!(
            "req -config lab.cnf -new -utf8 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
             -keyout {name}.key -out {name}.csr -subj"
        );
        self.openssl_with(&request, &[subject]);
        let own = if is_root { "-selfsign -keyfile root.key" } else { "" };
        self.openssl(&format!(
            "ca -config lab.cnf -batch -notext -utf8 {own} -extensions {name} -in {name}.csr \
             -out {name}.pem -startdate 20240101000000Z -enddate 20400101000000Z"
        ));
    }

    /// The record, signed; the content inside.
    pub(crate) fn signed(&self) -> Vec<u8> {
        self.openssl(
            "cms -sign -cades -binary -nodetach -nosmimecap -md sha256 -signer signer.pem \
             -inkey signer.key -in record.txt -outform DER -out record.p7m",
        );
        fs::read(self.path("record.p7m")).unwrap()
    }

    /// The record, signed, and then altered by one digit.
    pub(crate) fn tampered(&self) -> Vec<u8> {
        let mut bytes = self.signed();
        let at = bytes.windows(6).position(|w| w == b"120/80").unwrap();
        bytes[at] = b'9';
        bytes
    }

    /// The signed record with the list of digest algorithms turned into something else.
    pub(crate) fn broken(&self) -> Vec<u8> {
        let mut bytes = self.signed();
        let at = bytes.windows(4).position(|w| w == [0x02, 0x01, 0x01, 0x31]).unwrap();
        bytes[at + 3] = 0x30;
        bytes
    }

    /// A time-stamp response over the record.
    pub(crate) fn stamped(&self) -> Vec<u8> {
        self.openssl("ts -query -config lab.cnf -data record.txt -sha256 -cert -out record.tsq");
        self.openssl(
            "ts -reply -config lab.cnf -queryfile record.tsq -signer stamp.pem -inkey stamp.key \
             -out record.tsr",
        );
        fs::read(self.path("record.tsr")).unwrap()
    }

    pub(crate) fn record(&self) -> Bytes {
        fs::read(self.path("record.txt")).unwrap().into()
    }

    fn der(&self, name: &str) -> Bytes {
        pem::sections(&fs::read(self.path(name)).unwrap())[0].der.clone()
    }

    /// A report on one file, offline.
    pub(crate) fn report(
        &self,
        name: &str,
        file: Vec<u8>,
        content: bool,
        trust: bool,
    ) -> VerifyReport {
        let mut anchors = Trust::default();
        if trust {
            let root = Certificate::parse(self.der("root.pem")).unwrap();
            anchors.add(root, &[Role::Signer, Role::Tsa]);
        }
        let count = anchors.anchors().len();
        let judge = Judge::new(Policy::standard(anchors).unwrap());
        let mut evidence = EvidenceSet::default();
        evidence.add(&self.der("list.pem")).unwrap();
        let at: Instant = AT.parse().unwrap();
        let (file, record) = (Bytes::from(file), self.record());
        let record: &dyn Source = &record;
        let content = content.then_some(("record.txt", record));
        let held = if name.ends_with(".txt") { Held::Document } else { Held::Signature };
        let subject = Subject { name, file: &file, content, held };
        let file: FileReport = verify(&subject, &judge, at, &mut evidence, &mut Offline).unwrap();
        VerifyReport {
            at,
            policy: judge.policy().name.clone(),
            offline: true,
            anchors: count,
            files: vec![file],
        }
    }

    /// One report for each way that a verification can end.
    pub(crate) fn reports(&self) -> Vec<(&'static str, VerifyReport)> {
        vec![
            ("passed", self.report("record.p7m", self.signed(), false, true)),
            ("failed", self.report("record.p7m", self.tampered(), false, true)),
            ("indeterminate", self.report("record.p7m", self.signed(), false, false)),
            ("indeterminate", self.report("record.txt", self.record().to_vec(), false, true)),
            ("failed", self.report("broken.p7m", self.broken(), false, true)),
            ("passed", self.report("record.tsr", self.stamped(), true, true)),
        ]
    }
}

/// As if the signature had been stamped twice, at once and ten years later.
pub(crate) fn with_tokens(mut report: VerifyReport) -> VerifyReport {
    let signature = &mut report.files[0].signatures[0];
    let soon = signature.signature.claimed_time.unwrap().plus_seconds(40);
    signature.judged.best_signature_time = soon;
    let later = soon.plus_seconds(10 * 365 * 86_400);
    signature.judged.timestamps = vec![
        (TimestampKind::Signature, Some(soon), Indication::Passed),
        (TimestampKind::Archive, Some(later), Indication::Indeterminate),
    ];
    report
}

/// Where samples for the eye go.
pub(crate) fn samples() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
