//! What is asked of servers, and which answers are taken.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/bench.rs"]
mod bench;

use bench::Bench;
use inkan::der::Bytes;
use inkan::der::ocsp::{CertId, CertStatus, OcspResponse, request};
use inkan::digest::DigestAlgorithm;
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSource as _, Fetch, Unavailable, Want, Wanted};

/// Asks for the status of a physician, of a responder with these faults.
fn ask(bench: &Bench, faults: &[&str]) -> Result<Bytes, Unavailable> {
    let lab = bench.lab();
    let certificate = |name: &str| lab.member(name).unwrap().certificate().clone();
    let issuer = certificate("ec-ca");
    let id = CertId::new(DigestAlgorithm::Sha1, &certificate("ec-physician"), &issuer);
    let faults: Vec<_> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let url = match lab.ocsp_url("ec-ocsp") {
        sound if faults.is_empty() => sound,
        sound => lab.faulty(&faults, &sound),
    };
    let body = request(&id).into();
    let fetch = Fetch::Post { url, media_type: "application/ocsp-request", body };
    Web::default().obtain(&Want::from(Wanted::Ocsp, "a physician", fetch))
}

#[test]
fn a_status_is_asked_for_with_a_nonce_and_another_nonce_is_another_answer() {
    let bench = Bench::new();
    let basic = |answer: Bytes| match OcspResponse::parse(&answer).unwrap() {
        OcspResponse::Basic(basic) => basic,
        OcspResponse::Refused(status) => panic!("refused: {status}"),
    };
    let first = basic(ask(&bench, &[]).unwrap());
    let second = basic(ask(&bench, &[]).unwrap());
    assert_eq!(first.responses[0].status, CertStatus::Good);
    assert_eq!(first.nonce().unwrap().len(), 32);
    assert_ne!(first.nonce(), second.nonce());
    // Signed ahead: no nonce, and as good as its times.
    let ahead = basic(ask(&bench, &["no-nonce"]).unwrap());
    assert_eq!((ahead.nonce(), ahead.responses[0].status), (None, CertStatus::Good));
    let other = ask(&bench, &["wrong-nonce"]).unwrap_err();
    assert!(other.0.contains("nonce"), "{other}");
    let refused = ask(&bench, &["reject"]).unwrap_err();
    assert!(refused.0.contains("tryLater"), "{refused}");
}
