//! A table to sign at: the lab, a judge, and what is in hand.

use crate::bench::Bench;
use inkan::der::Bytes;
use inkan::digest::DigestAlgorithm;
use inkan::edge::clock::now;
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSet, EvidenceSource, Fetch, Want, Wanted};
use inkan::judge::{Judge, VerifiedTimestamp, settle};
use inkan::key::SigningKey as _;
use inkan::policy::{Policy, Trust};
use inkan::seal::{B, Lt, Lta, Prepared, Sealed, StampRequest, T};
use inkan::task::sign::{Desk, support};

pub(crate) const RECORD: &[u8] = b"a record of this patient";
pub(crate) const SIGNERS: [&str; 2] = ["hpki-physician", "ec-physician"];

pub(crate) struct Table {
    pub(crate) bench: Bench,
    pub(crate) judge: Judge,
    pub(crate) evidence: EvidenceSet,
    source: Web,
}

impl Table {
    /// A table in a lab of its own, on which the record lies as `record.txt`.
    pub(crate) fn new() -> Self {
        let bench = Bench::new();
        bench.write("record.txt", RECORD);
        let roots = ["hpki-root", "ec-root", "tsa-root"];
        let roots = roots.map(|name| bench.read(&format!("lab/{name}.crt")));
        bench.write("roots.pem", &roots.concat());
        let mut trust = Trust::default();
        for (member, roles) in bench.lab().anchors() {
            trust.add(member.certificate().clone(), roles);
        }
        let judge = Judge::new(Policy::standard(trust).unwrap());
        Self { bench, judge, evidence: EvidenceSet::default(), source: Web::default() }
    }

    pub(crate) fn desk(&mut self) -> Desk<'_> {
        let (judge, evidence) = (&self.judge, &mut self.evidence);
        Desk { judge, now: now(), evidence, source: &mut self.source }
    }

    /// Signed as anybody in the lab.
    pub(crate) fn b(&self, name: &str) -> Sealed<B> {
        let lab = self.bench.lab();
        let member = lab.member(name).unwrap();
        let key = member.key(lab).unwrap();
        let chain = lab.chain(member).into_iter().map(|m| m.certificate().clone()).collect();
        let digest = key.scheme().digest().digest(RECORD);
        Prepared::new(member.certificate().clone(), chain, digest, now()).seal(key).unwrap()
    }

    /// A verified answer of a TSA.
    pub(crate) fn stamp(&mut self, request: &StampRequest, tsa: &str) -> VerifiedTimestamp {
        let url = self.bench.lab().tsa_url(tsa);
        let body = Bytes::from(request.to_der());
        let fetch =
            Fetch::Post { url: url.clone(), media_type: "application/timestamp-query", body };
        let answer = self.source.obtain(&Want::from(Wanted::Timestamp, &url, fetch)).unwrap();
        let token = request.token_of(&answer).unwrap();
        let stamped = request.stamped();
        let desk = self.desk();
        let judged = settle(
            desk.evidence,
            desk.source,
            |evidence| desk.judge.timestamp(&token, &stamped, evidence, now()),
            |judged| &judged.verdict,
        );
        judged.verified.unwrap_or_else(|| panic!("{:#?}", judged.verdict))
    }

    pub(crate) fn t(&mut self, sealed: Sealed<B>) -> Sealed<T> {
        let value = sealed.signature_value();
        let request = StampRequest::over(value, DigestAlgorithm::Sha256, [3; 16]);
        let verified = self.stamp(&request, "tsa-rsa");
        sealed.stamp(&verified).unwrap()
    }

    pub(crate) fn lt(&mut self, sealed: Sealed<T>) -> Sealed<Lt> {
        let support = support(&sealed, &mut self.desk()).unwrap();
        sealed.embed(&support).unwrap()
    }

    pub(crate) fn lta(&mut self, sealed: Sealed<Lt>, tsa: &str) -> Sealed<Lta> {
        let algorithm = sealed.content_digests()[0].algorithm();
        let request = sealed.archive_request(algorithm, [5; 16]).unwrap();
        let verified = self.stamp(&request, tsa);
        sealed.archive(&verified).unwrap()
    }

    /// The next archive timestamp over all that is there.
    pub(crate) fn again(&mut self, sealed: Sealed<Lta>, tsa: &str) -> Sealed<Lta> {
        let support = support(&sealed, &mut self.desk()).unwrap();
        self.lta(sealed.embed(&support).unwrap(), tsa)
    }

    /// OpenSSL verifies a detached signature over the record, and finds no fault in its structure.
    pub(crate) fn openssl_accepts(&self, signature: &[u8]) {
        self.bench.write("record.p7s", signature);
        let file = ["-inform", "DER", "-in", "record.p7s"];
        let verify = ["cms", "-verify", "-cades", "-binary", "-content", "record.txt"];
        let trust = ["-CAfile", "roots.pem", "-purpose", "any", "-out", "back"];
        self.bench.openssl_ok(&[&verify, file.as_slice(), &trust].concat());
        assert_eq!(self.bench.read("back"), RECORD);
        self.bench.openssl_ok(&[&["cms", "-cmsout", "-print", "-noout"], file.as_slice()].concat());
        self.bench.openssl_ok(&[&["asn1parse", "-noout"], file.as_slice()].concat());
    }
}
