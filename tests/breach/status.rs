//! What revocation data is taken to prove, and whose it is.

use crate::authority::{
    DIGITAL_SIGNATURE, Holder, List, Reason, extension, key, listed_at, of_ca, of_responder,
    of_signer, point, purposes, usage,
};
use crate::scene::{ARCHIVED, CAST, STAMPED, Scene, draft_by, signed, stamped};
use crate::{is_told, passes};
use inkan::der::{Bytes, write};
use inkan::evidence::{EvidenceSource, Fetch, Unavailable, Want};
use inkan::key::software::KeyAlgorithm::{P256, Rsa2048};
use inkan::oid;
use inkan::rule::{Outcome, SubIndication};
use inkan::task::verify::FileReport;

fn scene_without_list_of_ca(file: Vec<u8>) -> Scene {
    let mut scene = Scene::of(file);
    scene.evidence.remove(1);
    scene
}

/// A responder that ended with April says in June, with a date of April on it, what became of the signer.
fn late_word(since: Option<&str>, judged: &'static str) -> FileReport {
    let validity = ["2025-01-01", "2026-04-30T23:59:59Z"];
    let delegate = CAST.ca.certifies("Responder", &key(P256), validity, of_responder());
    let (signer, ca) = (&CAST.signer.certificate, &CAST.ca.certificate);
    let answer = delegate.answer(signer, ca, "2026-04-20T00:00:00Z", "2026-07-20T00:00:00Z");
    let answer = match since {
        Some(since) => answer.revoked(since),
        None => answer,
    };
    scene_without_list_of_ca(stamped().der()).with(answer.der()).at(judged).judged()
}

#[test]
fn who_has_ended_cannot_say_that_a_certificate_was_good_until_some_day() {
    let (then, now) = ("2026-04-30T23:59:59Z", "2026-06-01T00:00:00Z");
    passes(&late_word(None, then));
    is_told(&late_word(None, now), SubIndication::RevocationOutOfBoundsNoPoe);
    passes(&late_word(Some("2026-04-10T00:00:00Z"), then));
    is_told(
        &late_word(Some("2026-04-10T00:00:00Z"), now),
        SubIndication::RevocationOutOfBoundsNoPoe,
    );
    // That it was revoked before is heard from whoever says it.
    is_told(&late_word(Some("2026-03-10T00:00:00Z"), now), SubIndication::RevokedNoPoe);
}

/// A list that speaks of compromised keys alone (RFC 5280 §5.2.5).
fn of_compromise_alone(made: &str, next: &str) -> Vec<u8> {
    let alone = write::sequence([write::implicit(3, &write::named_bits(1 << 1))]);
    let scope = extension(oid::ISSUING_DISTRIBUTION_POINT, true, &alone);
    CAST.ca.list(made, next).with(scope).der()
}

#[test]
fn a_list_that_does_not_speak_of_holds_releases_nobody() {
    let held = CAST.ca.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z");
    let held = held.revoking(&CAST.signer, "2026-05-01", Reason::Hold).der();
    let on_hold = || scene_without_list_of_ca(signed().der()).with(held.clone());
    let newer = ("2026-05-25T00:00:00Z", "2026-06-25T00:00:00Z");
    is_told(
        &on_hold().with(of_compromise_alone(newer.0, newer.1)).judged(),
        SubIndication::TryLater,
    );
    passes(&on_hold().with(CAST.ca.list(newer.0, newer.1).der()).judged());
}

/// Whether the report warns that the status of somebody is old.
fn warns_of_old_status(report: &FileReport) -> bool {
    let all = report.signatures.iter().flat_map(|s| s.judged.verdict.all_findings());
    let mut asked = all.filter(|f| f.rule.check == "status-current");
    asked.any(|f| matches!(f.outcome, Outcome::Violated(_)))
}

#[test]
fn a_hold_that_was_lifted_makes_no_list_newer_than_it_is() {
    let released = || CAST.tsa_root.list("2026-04-15T00:00:00Z", "2026-05-15T00:00:00Z").der();
    let held = CAST.tsa_root.list("2026-04-05T00:00:00Z", "2026-05-05T00:00:00Z");
    let held = held.revoking(&CAST.tsa, "2026-04-02T00:00:00Z", Reason::Hold).der();
    let mut scene = Scene::from(stamped());
    scene.evidence[2] = released();
    let report = scene.judged();
    passes(&report);
    assert!(warns_of_old_status(&report));
    let report = scene.with(held).judged();
    passes(&report);
    assert!(warns_of_old_status(&report));
}

/// The complete list says this, and the list of changes that it is off again.
fn taken_off(reason: Reason, changed: &str, signer: &Holder) -> FileReport {
    let complete = CAST.ca.list("2026-05-10T00:00:00Z", "2026-06-10T00:00:00Z");
    let complete = complete.revoking(signer, "2026-03-01T00:00:00Z", reason).der();
    let changes = CAST.ca.list(changed, "2026-06-20T00:00:00Z").changing(7);
    let changes = changes.revoking(signer, "2026-03-01T00:00:00Z", Reason::Removed).der();
    let file = draft_by(signer).sign().stamped(&CAST.tsa, STAMPED).der();
    scene_without_list_of_ca(file).with(complete).with(changes).judged()
}

#[test]
fn only_a_hold_ends_by_being_taken_off_a_list() {
    let day = "2026-05-20T00:00:00Z";
    passes(&taken_off(Reason::Hold, day, &CAST.signer));
    is_told(&taken_off(Reason::KeyCompromise, day, &CAST.signer), SubIndication::RevokedNoPoe);
    // Of one that has ended nobody knows why it is off.
    let brief = ["2025-01-01", "2026-05-15T00:00:00Z"];
    let brief = CAST.ca.certifies("Physician", &key(P256), brief, of_signer());
    is_told(&taken_off(Reason::Hold, day, &brief), SubIndication::TryLater);
    is_told(&taken_off(Reason::KeyCompromise, day, &brief), SubIndication::RevokedNoPoe);
}

/// Brings one list, from the one place that it is at.
#[derive(Debug)]
struct Shelf(&'static str, Vec<u8>);

impl EvidenceSource for Shelf {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        match &want.fetch {
            Some(Fetch::Get(url)) if url == self.0 => Ok(Bytes::from(self.1.clone())),
            _ => Err(Unavailable("gone".to_owned())),
        }
    }
}

#[test]
fn whoever_answers_for_the_ca_is_asked_after_as_of_today() {
    const URL: &str = "http://ca.example/responders.crl";
    let extensions =
        vec![usage(DIGITAL_SIGNATURE), purposes(false, &[oid::KP_OCSP_SIGNING]), listed_at(URL)];
    let years = ["2025-01-01", "2028-01-01"];
    let delegate = CAST.ca.certifies("Responder", &key(P256), years, extensions);
    let scope = write::sequence([point(URL)]);
    let scope = extension(oid::ISSUING_DISTRIBUTION_POINT, true, &scope);
    // In force when the signature was stamped, and long out of force now.
    let old = CAST.ca.list("2026-03-20T00:00:00Z", "2026-04-20T00:00:00Z").with(scope.clone());
    let new = CAST.ca.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z").with(scope);
    let (signer, ca) = (&CAST.signer.certificate, &CAST.ca.certificate);
    let answer = delegate.answer(signer, ca, "2026-05-25T00:00:00Z", "2026-06-25T00:00:00Z");
    let scene = scene_without_list_of_ca(stamped().der()).with(answer.der()).with(old.der());
    let mut sound = Shelf(URL, new.der());
    let report = scene.judged_with(&mut sound);
    passes(&report);
    assert!(!warns_of_old_status(&report));
    let fallen = new.revoking(&delegate, "2026-05-01T00:00:00Z", Reason::KeyCompromise);
    is_told(&scene.judged_with(&mut Shelf(URL, fallen.der())), SubIndication::TryLater);
    // Where nothing newer can be had, the reader is told.
    let report = scene.judged();
    passes(&report);
    assert!(warns_of_old_status(&report));
}

/// An LTA record below a CA with a key that ends with 2030, and a later list of that CA.
fn long_after(list: impl for<'a> FnOnce(List<'a>, &'a Holder) -> List<'a>) -> FileReport {
    let years = ["2024-01-01", "2034-01-01"];
    let ca = CAST.root.certifies("RSA CA", &key(Rsa2048), years, of_ca());
    let signer = ca.certifies("Physician", &key(P256), ["2025-01-01", "2028-01-01"], of_signer());
    let then = [&CAST.root, &ca, &CAST.tsa_root]
        .map(|by| by.list("2026-04-09T00:00:00Z", "2026-05-09T00:00:00Z").der());
    let record = draft_by(&signer).sign().stamped(&CAST.tsa, STAMPED);
    let record = record.embedding(&[&CAST.root, &ca, &CAST.tsa_root], &then);
    let record = record.archived(&CAST.other_tsa, ARCHIVED);
    let list = list(ca.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z"), &signer).der();
    let mut scene = Scene::of(record.der()).at("2031-06-01T00:00:00Z");
    scene.evidence = vec![list];
    scene.judged()
}

#[test]
fn that_it_was_revoked_is_heard_even_when_the_algorithm_of_the_list_has_ended() {
    passes(&long_after(|list, _| list));
    let revoked = |since: &'static str| {
        long_after(move |list, signer| list.revoking(signer, since, Reason::KeyCompromise))
    };
    passes(&revoked("2026-05-01T00:00:00Z"));
    is_told(&revoked("2026-03-01T00:00:00Z"), SubIndication::RevokedNoPoe);
}
