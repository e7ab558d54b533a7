//! A TSA that was waited for: its token is judged by the clock as it stands when the answer is there.

use inkan::der::Bytes;
use inkan::digest::DigestAlgorithm;
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSet, EvidenceSource, Unavailable, Want, Wanted};
use inkan::judge::Judge;
use inkan::lab::{Declaration, Lab, LabServer};
use inkan::policy::{Policy, Trust};
use inkan::task::sign::{Desk, Outside};
use inkan::task::timestamp::Panel;
use inkan::time::Instant;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that stands still until somebody waits.
#[derive(Clone)]
struct Clock(Instant, Arc<AtomicI64>);

impl Outside for Clock {
    fn now(&self) -> Instant {
        self.0.plus_seconds(self.1.load(Ordering::SeqCst))
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        Ok([7; 16])
    }
}

/// Ten minutes pass before a TSA is asked.
struct Slow(Clock, Web);

impl EvidenceSource for Slow {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        if want.what == Wanted::Timestamp {
            self.0.1.fetch_add(600, Ordering::SeqCst);
        }
        self.1.obtain(want)
    }
}

#[test]
fn a_token_that_was_waited_for_is_not_of_the_future() {
    let port = LabServer::bind().unwrap();
    let clock = Clock(inkan::edge::clock::now(), Arc::default());
    let lab = Lab::build(Declaration::standard().unwrap(), port.base_url(), clock.now()).unwrap();
    let of_lab = clock.clone();
    let server = port.serve(lab, move || of_lab.now()).unwrap();
    let mut trust = Trust::default();
    for (member, roles) in server.lab().anchors() {
        trust.add(member.certificate().clone(), roles);
    }
    let (judge, mut evidence) =
        (Judge::new(Policy::standard(trust).unwrap()), EvidenceSet::default());
    let mut source = Slow(clock.clone(), Web::default());
    let now = clock.now();
    let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: &mut source };
    let urls = [server.lab().tsa_url("tsa-ec")];
    let mut panel = Panel::new(&urls, DigestAlgorithm::Sha256);
    let stamped = panel.stamp(&Bytes::from_static(b"a chart"), &clock, &mut desk).unwrap();
    assert!(stamped.verified.time() > now.plus_seconds(500));
}
