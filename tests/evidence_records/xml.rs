//! Evidence records in XML (RFC 6283): written here by hand, judged like those in ASN.1.

use crate::archive::{Archive, YEAR};
use crate::skip;
use base64ct::{Base64, Encoding as _};
use inkan::der::Bytes;
use inkan::digest::DigestAlgorithm;
use inkan::evidence::EvidenceSet;
use inkan::rule::SubIndication;
use inkan::source::Source;
use inkan::task::verify::{Held, Subject, verify};
use inkan::xml::Document;
use inkan::xml::c14n::{Method, canonical};
use std::process::Command;

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
const SHA512: DigestAlgorithm = DigestAlgorithm::Sha512;
const NAMESPACE: &str = "urn:ietf:params:xml:ns:ers";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

fn encoded(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// The hash of some hashes, sorted: written out, so that it does not rest on what it tests.
fn node(algorithm: DigestAlgorithm, hashes: &[&[u8]]) -> Vec<u8> {
    let mut hashes = hashes.to_vec();
    hashes.sort_unstable();
    algorithm.digest(&hashes.concat()).value().to_vec()
}

fn tree(lists: &[&[&[u8]]]) -> String {
    let value = |hash: &&[u8]| format!("<DigestValue>{}</DigestValue>", encoded(hash));
    let list = |(number, list): (usize, &&[&[u8]])| {
        let values: String = list.iter().map(value).collect();
        format!("<Sequence Order=\"{number}\">{values}</Sequence>")
    };
    let lists: String = (1..).zip(lists).map(list).collect();
    format!("<HashTree>{lists}</HashTree>")
}

fn time_stamp(token: &[u8]) -> String {
    let token = encoded(token);
    format!("<TimeStamp><TimeStampToken Type=\"RFC3161\">{token}</TimeStampToken></TimeStamp>")
}

fn stamp(order: usize, tree: &str, time_stamp: &str) -> String {
    format!("<ArchiveTimeStamp Order=\"{order}\">{tree}{time_stamp}</ArchiveTimeStamp>")
}

fn chain(order: usize, digest: &str, stamps: &str) -> String {
    format!(
        "<ArchiveTimeStampChain Order=\"{order}\"><DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#{digest}\">\
         </DigestMethod><CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></CanonicalizationMethod>{stamps}\
         </ArchiveTimeStampChain>"
    )
}

fn record(chains: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<EvidenceRecord xmlns=\"{NAMESPACE}\" Version=\"1.0\">\
         <ArchiveTimeStampSequence>{chains}</ArchiveTimeStampSequence></EvidenceRecord>"
    )
}

/// As an exclusive canonical form has an element that stood inside.
fn standing_alone(element: &str) -> Vec<u8> {
    let at = element.find(['>', ' ']).unwrap();
    let (name, rest) = element.split_at(at);
    format!("{name} xmlns=\"{NAMESPACE}\"{rest}").into_bytes()
}

/// Two timestamps of one chain, and a chain of another function.
fn renewed(archive: &mut Archive, document: &[u8]) -> [String; 3] {
    let data = SHA256.digest(document);
    let first = time_stamp(&archive.token(data.clone()));
    archive.clock = YEAR;
    let before = SHA256.digest(&standing_alone(&first));
    let neighbour = SHA256.digest(b"another timestamp");
    let root = node(SHA256, &[before.value(), neighbour.value()]);
    let root = inkan::digest::Digest::claimed(SHA256, &root).unwrap();
    let second = time_stamp(&archive.token(root));
    let lists = tree(&[&[before.value(), neighbour.value()]]);
    let stamps = stamp(1, "", &first) + &stamp(2, &lists, &second);
    let old = chain(1, "sha256", &stamps);
    archive.clock = 2 * YEAR;
    let sequence = format!("<ArchiveTimeStampSequence>{old}</ArchiveTimeStampSequence>");
    let sequence = SHA512.digest(&standing_alone(&sequence));
    let data = SHA512.digest(document);
    let root = node(SHA512, &[data.value(), sequence.value()]);
    let root = inkan::digest::Digest::claimed(SHA512, &root).unwrap();
    let third = time_stamp(&archive.token(root));
    let lists = tree(&[&[data.value(), sequence.value()]]);
    let new = chain(2, "sha512", &stamp(1, &lists, &third));
    [chain(1, "sha256", &stamp(1, "", &first)), old, new]
}

/// The verdict on a record over a document, as `inkan verify` gives it.
fn judged(archive: &Archive, record: &str, document: &[u8]) -> (Option<SubIndication>, String) {
    let file = Bytes::copy_from_slice(record.as_bytes());
    let content = Bytes::copy_from_slice(document);
    let content: Option<(&str, &dyn Source)> = Some(("document", &content));
    let subject = Subject { name: "record.xml", file: &file, content, held: Held::Signature };
    let (judge, mut evidence) = (archive.judge(), EvidenceSet::default());
    let mut source = archive.later();
    let report = verify(&subject, &judge, archive.time(), &mut evidence, &mut source).unwrap();
    let format = report.signatures.first().map_or("", |s| s.signature.format.name());
    (report.sub_indication(), format.to_owned())
}

#[test]
fn a_record_in_xml_is_judged_with_both_kinds_of_renewal() {
    let mut archive = Archive::of(&[]);
    let [single, old, new] = renewed(&mut archive, b"document");
    for chains in [single, old.clone(), old + &new] {
        let passed = (None, "evidence-record".to_owned());
        assert_eq!(judged(&archive, &record(&chains), b"document"), passed, "{chains}");
        let (sub, _) = judged(&archive, &record(&chains), b"altered");
        assert_eq!(sub, Some(SubIndication::HashFailure));
    }
}

#[test]
fn however_it_is_written_its_canonical_form_is_the_same_and_a_changed_one_is_not() {
    let mut archive = Archive::of(&[]);
    let [_, old, new] = renewed(&mut archive, b"document");
    let whole = record(&(old + &new));
    let otherwise = whole
        .replace("></DigestMethod>", "/>")
        .replace("Type=\"RFC3161\"", "Type = 'RFC3161' ")
        .replace("<TimeStamp>", "<TimeStamp><!-- of a TSA -->");
    assert_ne!(whole, otherwise);
    assert_eq!(judged(&archive, &otherwise, b"document").0, None);
    // White space between elements belongs to the form.
    let spaced = whole.replace("<TimeStamp><TimeStampToken", "<TimeStamp> <TimeStampToken");
    assert_eq!(judged(&archive, &spaced, b"document").0, Some(SubIndication::HashFailure));
    let swapped = whole
        .replace("<ArchiveTimeStampChain Order=\"1\"", "<ArchiveTimeStampChain Order=\"9\"")
        .replace("<ArchiveTimeStampChain Order=\"2\"", "<ArchiveTimeStampChain Order=\"1\"");
    assert_eq!(judged(&archive, &swapped, b"document").0, Some(SubIndication::FormatFailure));
    let unknown = whole.replace(EXCLUSIVE, "http://www.w3.org/2010/xml-c14n2");
    let no_poe = Some(SubIndication::CryptoConstraintsFailureNoPoe);
    assert_eq!(judged(&archive, &unknown, b"document").0, no_poe, "not known is not wrong");
    let entity = whole.replace("?>\n", "?>\n<!DOCTYPE x [<!ENTITY e 'x'>]>");
    assert_eq!(judged(&archive, &entity, b"document").0, Some(SubIndication::FormatFailure));
}

#[test]
fn a_document_in_xml_was_stamped_in_its_canonical_form_or_as_it_is() {
    let archive = Archive::of(&[]);
    let document = b"<?xml version='1.0'?>\n<p:prescription xmlns:p='urn:p' b='2' a='1'/>";
    let canonical: &[u8] = b"<p:prescription xmlns:p=\"urn:p\" a=\"1\" b=\"2\"></p:prescription>";
    for stamped in [canonical, document] {
        let token = archive.token(SHA256.digest(stamped));
        let record = record(&chain(1, "sha256", &stamp(1, "", &time_stamp(&token))));
        assert_eq!(judged(&archive, &record, document).0, None);
        assert_eq!(judged(&archive, &record, b"<other/>").0, Some(SubIndication::HashFailure));
    }
}

/// Documents whose inner element has namespaces, attributes, comments and references of all kinds.
const DOCUMENTS: [&str; 5] = [
    "<a xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q'><p:b x='1'><c q:y='2'/><p:c xmlns:p='urn:r'/></p:b></a>",
    "<a xmlns='urn:d' xmlns:p='urn:p'>\r\n<b xmlns='' p:z='1' y='&#9;&#10;&#13; \t'><c xmlns='urn:d'/>x&#13;\r\n</b></a>",
    "<p:a xmlns:p='urn:p'><!-- out --><b>&lt;&amp;&gt;&quot;'\"<!-- in --><![CDATA[<x>&]]></b></p:a>",
    "<a xmlns:z='urn:a' xmlns:y='urn:b'><b y:a='1' z:b='2' z:a='3' c='4' a='5'><z:c xmlns:z='urn:a'/></b></a>",
    "<a xmlns='urn:d'><b xmlns:p='urn:p'><c xmlns:p='urn:p'><p:d/><d xmlns=''/></c></b></a>",
];

#[test]
fn the_jdk_makes_the_same_canonical_forms() {
    let java = |words: &[&str]| Command::new("java").args(words).output();
    if !java(&["--list-modules"]).is_ok_and(|ran| {
        let modules = String::from_utf8_lossy(&ran.stdout).into_owned();
        modules.contains("jdk.compiler") && modules.contains("java.xml.crypto")
    }) {
        skip::say("evidence_records: skipped: no JDK to compare canonical forms with");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/evidence_records/Canonical.java");
    let export = |package: &str| {
        format!("java.xml.crypto/com.sun.org.apache.xml.internal.security{package}=ALL-UNNAMED")
    };
    let (base, c14n) = (export(""), export(".c14n"));
    let methods = [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11#WithComments",
        EXCLUSIVE,
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    ];
    let mut words = vec!["--add-exports", &base, "--add-exports", &c14n, program];
    let paths: Vec<String> = (0..DOCUMENTS.len())
        .map(|number| folder.path().join(format!("{number}.xml")).display().to_string())
        .collect();
    let mut own = Vec::new();
    for (path, document) in paths.iter().zip(DOCUMENTS) {
        std::fs::write(path, document).unwrap();
        let read = Document::parse(document.as_bytes()).unwrap();
        let apex = read.children(read.root()).next().unwrap().0;
        for uri in methods {
            words.extend([path.as_str(), uri]);
            own.push(canonical(&read, apex, Method::from_uri(uri).unwrap(), &[]).unwrap());
        }
    }
    let ran = java(&words).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let theirs: Vec<&[u8]> = ran.stdout.split(|byte| *byte == 0).collect();
    assert_eq!(own.len() + 1, theirs.len(), "a zero octet follows each");
    for (own, theirs) in own.iter().zip(theirs) {
        assert_eq!(String::from_utf8_lossy(own), String::from_utf8_lossy(theirs));
    }
}
