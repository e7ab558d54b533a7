//! Files that are there already, whoever made them.

use crate::table::{RECORD, Table};
use inkan::ades::cades::Content;
use inkan::der::Bytes;
use inkan::der::cms::SignedData;
use inkan::der::cms::outline::outline;
use inkan::digest::DigestAlgorithm;
use inkan::edge::FileSource;
use inkan::edge::clock::now;
use inkan::edge::files::{AtomicFile, Existing, Mode};
use inkan::seal::{Proven, StampRequest, Standing, Unproven};
use inkan::source::Draft;
use inkan::task::sign::{SignError, TakenUp, support, take_up};
use inkan::task::verify::{Held, Subject};

/// OpenSSL signs the record, with the content inside, in pieces of BER.
fn streamed(table: &Table, member: &str) {
    let path = |end: &str| format!("lab/{member}.{end}");
    table.bench.openssl_ok(&[
        "cms",
        "-sign",
        "-cades",
        "-binary",
        "-in",
        "record.txt",
        "-signer",
        &path("crt"),
        "-inkey",
        &path("key"),
        "-certfile",
        &path("chain.pem"),
        "-passin",
        "file:lab/password.txt",
        "-outform",
        "DER",
        "-md",
        "sha256",
        "-nodetach",
        "-stream",
        "-out",
        "made.p7m",
    ]);
}

fn taken(table: &mut Table, file: &FileSource) -> Result<TakenUp, SignError> {
    let subject = Subject { name: "made.p7m", file, content: None, held: Held::Signature };
    take_up(&subject, &[DigestAlgorithm::Sha512], &mut table.desk())
}

/// What stands there in its outline: the signers' fixed fields.
fn fields(bytes: Vec<u8>) -> Vec<Bytes> {
    let data = SignedData::parse(&outline(&Bytes::from(bytes)).unwrap().shell).unwrap();
    data.signers.into_iter().map(|signer| signer.fields).collect()
}

#[test]
fn what_openssl_streamed_grows_to_lta_with_another_hash_and_stays_what_was_signed() {
    let mut table = Table::new();
    streamed(&table, "ec-physician");
    let file = FileSource::open(table.bench.path("made.p7m")).unwrap();
    let found = taken(&mut table, &file).unwrap();
    let Some(Standing::B(b)) = found.proven.clone().take(0) else { panic!() };
    let t = table.t(b);
    let lt = table.lt(t);
    let request = lt.archive_request(DigestAlgorithm::Sha512, [5; 16]).unwrap();
    let verified = table.stamp(&request, "tsa-ec");
    let lta = lt.archive(&verified).unwrap();
    let supported = support(&lta, &mut table.desk()).unwrap();
    let grown = Proven::from(lta.supported(&supported).unwrap());

    let out = table.bench.path("grown.p7m");
    let mut draft = AtomicFile::create(&out, Existing::Keep, Mode::Public).unwrap();
    found.write(&grown, &file, &mut draft).unwrap();
    Draft::publish(Box::new(draft)).unwrap();
    table.bench.openssl_ok(&[
        "cms",
        "-verify",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "grown.p7m",
        "-CAfile",
        "roots.pem",
        "-purpose",
        "any",
        "-out",
        "back",
    ]);
    assert_eq!(table.bench.read("back"), RECORD);
    let bench = &table.bench;
    assert_eq!(fields(bench.read("grown.p7m")), fields(bench.read("made.p7m")));
    let announced = SignedData::parse(&bench.read("grown.p7m")).unwrap().digest_algorithms;
    let announced: Vec<_> = announced.iter().filter_map(|a| a.digest()).collect();
    assert_eq!(announced, [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512]);
}

#[test]
fn what_is_not_good_is_not_taken_up() {
    let mut table = Table::new();
    streamed(&table, "ec-physician");
    let mut forged = table.bench.read("made.p7m");
    let place = forged.windows(RECORD.len()).position(|w| w == RECORD).unwrap();
    forged[place] ^= 1;
    table.bench.write("forged.p7m", &forged);
    let file = FileSource::open(table.bench.path("forged.p7m")).unwrap();
    let refused = taken(&mut table, &file).unwrap_err();
    assert!(matches!(refused, SignError::NotTakenUp(Unproven::NotPassed(_))), "{refused}");

    streamed(&table, "hpki-physician-revoked");
    let file = FileSource::open(table.bench.path("made.p7m")).unwrap();
    let refused = taken(&mut table, &file).unwrap_err();
    assert!(matches!(refused, SignError::NotTakenUp(Unproven::NotPassed(_))), "{refused}");

    let data = table.b("ec-physician").signed_data();
    let content = Content { name: "record".to_owned(), digests: None };
    let refused = Proven::new(data, &content, &table.judge, &table.evidence, now()).unwrap_err();
    assert!(matches!(refused, Unproven::NoContent), "{refused}");
}

#[test]
fn one_of_two_grows_and_goes_back_and_then_the_other() {
    let mut table = Table::new();
    streamed(&table, "ec-physician");
    let certificate = "lab/ec-organisation.crt";
    table.bench.openssl_ok(&[
        "cms",
        "-resign",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "made.p7m",
        "-signer",
        certificate,
        "-inkey",
        "lab/ec-organisation.key",
        "-passin",
        "file:lab/password.txt",
        "-certfile",
        "lab/ec-organisation.chain.pem",
        "-nodetach",
        "-outform",
        "DER",
        "-md",
        "sha256",
        "-out",
        "two.p7m",
    ]);
    let file = FileSource::open(table.bench.path("two.p7m")).unwrap();
    let mut proven = taken(&mut table, &file).unwrap().proven;
    let before: Vec<_> = proven.signed_data().signers.iter().map(|s| s.fields.clone()).collect();
    assert_eq!(before.len(), 2);
    for place in 0..2 {
        let Some(Standing::B(sealed)) = proven.take(place) else { panic!() };
        let request =
            StampRequest::over(sealed.signature_value(), DigestAlgorithm::Sha256, [3; 16]);
        let verified = table.stamp(&request, "tsa-ec");
        proven = sealed.stamp(&verified).unwrap().into();
    }
    let after: Vec<_> = proven.signed_data().signers.iter().map(|s| s.fields.clone()).collect();
    assert_eq!(after, before);
    assert!(proven.levels().all(|level| level == inkan::seal::Level::T));
    assert!(proven.take(2).is_none());
}
