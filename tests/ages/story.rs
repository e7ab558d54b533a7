//! Thirty years of a record: signed in 2026, renewed every nine years by authorities that come and go and
//! with algorithms that get stronger, and still proven in 2056, by nothing but what it carries. And what
//! becomes of it when one renewal is missed, or comes too late, or the record is altered.

use crate::authority::at;
use crate::cms::{Cms, Draft, Index};
use crate::life::{Life, RECORD, SIGNED, Told, assert_passed, assert_told, judged};
use crate::years::PEOPLE;
use SubIndication::{
    CryptoConstraintsFailureNoPoe, HashFailure, OutOfBoundsNoPoe, SigConstraintsFailure,
    SigCryptoFailure,
};
use inkan::der::cms::SignedData;
use inkan::der::{Bytes, write};
use inkan::oid;
use inkan::rule::{Indication, SubIndication};
use inkan::seal::Unproven;
use inkan::task::sign::SignError;

/// When it is renewed, the TSA of which year does it, and when the one before has just ended.
const RENEWALS: [(&str, usize, &str); 3] = [
    ("2035-04-01T09:00:00Z", 1, "2037-01-01T00:00:00Z"),
    ("2044-04-01T09:00:00Z", 2, "2046-01-01T00:00:00Z"),
    ("2053-04-01T09:00:00Z", 3, "2055-01-01T00:00:00Z"),
];

const AT_LAST: &str = "2056-04-01T09:00:00Z";

/// The TSA of that place has ended, and nothing proves its token to be older.
fn ended(tsa: usize) -> Told {
    ("valid-at", OutOfBoundsNoPoe, format!("CN=TSA of {}", PEOPLE.generations[tsa].year))
}

#[test]
fn a_record_of_2026_that_was_renewed_every_nine_years_is_proven_in_2056() {
    let people = &*PEOPLE;
    for signer in &people.signers {
        let mut record = Life::begins_with(signer, &people.generations[0]);
        assert_passed(&record.by_itself(SIGNED));
        // With lists of today in hand too, though those of later days could be had then.
        assert_eq!(record.outlook(SIGNED), (at(RENEWALS[0].2), ended(0)));
        for (day, tsa, end) in RENEWALS {
            // The calendar says when it must be renewed at the latest, and why.
            assert_eq!(record.outlook(day), (at(end), ended(tsa - 1)));
            let before = record.clone();
            record.renew(day, &people.generations[tsa]);
            assert_passed(&record.by_itself(day));
            assert_passed(&before.by_itself(day));
            assert_told(&before.by_itself(end), OutOfBoundsNoPoe, &ended(tsa - 1));
            assert_passed(&record.by_itself(end));
        }
        let report = record.by_itself(AT_LAST);
        assert_passed(&report);
        let stamps = &report.signatures[0].judged.timestamps;
        assert!(stamps.iter().all(|(_, _, indication)| *indication == Indication::Passed));
        assert_eq!(stamps.len(), 5, "one of the signature, one of the archive, three renewals");
        let end = "2064-01-01T00:00:00Z";
        assert_eq!(record.outlook(AT_LAST), (at(end), ended(3)));
        assert_passed(&record.by_itself("2063-12-31T23:59:59Z"));
        assert_told(&record.by_itself(end), OutOfBoundsNoPoe, &ended(3));
    }
}

/// The reason why a file was not taken up for renewal.
fn refusal(error: &SignError) -> Option<SubIndication> {
    match error {
        SignError::NotTakenUp(Unproven::NotPassed(judged)) => judged.verdict.sub_indication(),
        other => panic!("{other}"),
    }
}

#[test]
fn whichever_renewal_is_missed_the_record_is_not_proven_any_more_and_no_later_one_mends_it() {
    for missed in 0..RENEWALS.len() {
        let mut record = Life::begins_with(&PEOPLE.signers[0], &PEOPLE.generations[0]);
        for (place, (day, tsa, _)) in RENEWALS.into_iter().enumerate() {
            if place < missed {
                record.renew(day, &PEOPLE.generations[tsa]);
            } else if place > missed {
                let refused = record.renewed(day, &PEOPLE.generations[tsa]).unwrap_err();
                assert_eq!(refusal(&refused), Some(OutOfBoundsNoPoe), "{day}");
            }
        }
        assert_told(&record.by_itself(AT_LAST), OutOfBoundsNoPoe, &ended(missed));
    }
}

/// The same record, put together by hand and renewed on these occasions, provable or not.
fn by_hand(occasions: &[usize]) -> Bytes {
    let people = &*PEOPLE;
    let draft = Draft::of(&people.signers[0], oid::DATA, RECORD);
    let cms = draft.with(oid::SIGNING_TIME, write::time(at(SIGNED))).sign();
    let tsa = |place: usize| &people.generations[place].tsa;
    let mut cms = cms.stamped(tsa(0), SIGNED).embedding(&people.above(), &people.lists(SIGNED));
    cms = cms.archived(tsa(0), SIGNED);
    for (day, place, _) in occasions.iter().map(|occasion| RENEWALS[*occasion]) {
        cms = cms.embedding(&[], &people.lists(day)).archived(tsa(place), day);
    }
    with_last_lists(cms)
}

/// With what the newest token is judged by.
fn with_last_lists(cms: Cms) -> Bytes {
    cms.embedding(&[], &PEOPLE.lists("2053-05-01T09:00:00Z")).der().into()
}

#[test]
fn a_chain_that_somebody_else_made_with_a_gap_is_no_chain() {
    assert_passed(&judged(&by_hand(&[0, 1, 2]), AT_LAST));
    for (missed, others) in [[1, 2], [0, 2]].iter().enumerate() {
        assert_told(&judged(&by_hand(others), AT_LAST), OutOfBoundsNoPoe, &ended(missed));
    }
    assert_told(&judged(&by_hand(&[0, 1]), AT_LAST), OutOfBoundsNoPoe, &ended(2));
}

#[test]
fn an_algorithm_that_ended_before_the_renewal_has_proven_nothing() {
    let tsa = &PEOPLE.outlasting;
    let record = Life::begins_with(&PEOPLE.signers[0], tsa);
    // P-256 and SHA-256 end with 2050, the certificate of the TSA ten years later.
    let (end, because) = record.outlook("2050-12-01");
    assert_eq!(end, at("2051-01-01"));
    assert_eq!(because.1, CryptoConstraintsFailureNoPoe);
    assert_eq!(because.2, "CN=TSA of outlasting");
    let newer = &PEOPLE.generations[2];
    let mut late = record.clone();
    let refused = late.renewed("2051-01-01T00:00:00Z", newer).unwrap_err();
    // Without that proof the signer of 2026 has merely expired; that the algorithm ended is why.
    assert_eq!(refusal(&refused), Some(OutOfBoundsNoPoe));
    let strength = ("algorithm-strength", CryptoConstraintsFailureNoPoe, because.2);
    assert_told(&late.by_itself("2052-01-01"), OutOfBoundsNoPoe, &strength);
    let mut in_time = record;
    in_time.renew("2050-12-31T23:59:59Z", newer);
    assert_passed(&in_time.by_itself("2052-01-01"));
}

#[test]
fn what_no_renewal_covers_is_known_by_a_hash_that_has_ended() {
    // The first is of 2026 and SHA-256, the second of 2044 and SHA-512, and leaves the signature timestamp
    // out of its index: from 2051 on another could be put in its place.
    let people = &*PEOPLE;
    let (old, new) = (&people.outlasting.tsa, &people.generations[2].tsa);
    let renewal = "2044-04-01T09:00:00Z";
    let renewed = |change: fn(&mut Index)| {
        let draft = Draft::of(&people.signers[0], oid::DATA, RECORD).sign();
        let cms = draft.stamped(&people.generations[0].tsa, SIGNED);
        let cms = cms.embedding(&people.above(), &people.lists(SIGNED)).archived(old, SIGNED);
        let cms = cms.embedding(&[], &people.lists(renewal));
        let cms = cms.archived_with(new, renewal, change);
        Bytes::from(cms.embedding(&[], &people.lists("2044-05-01T09:00:00Z")).der())
    };
    let (whole, partly) = (renewed(|_| {}), renewed(|index| drop(index.attributes.remove(0))));
    for day in ["2050-12-31T23:59:59Z", "2051-01-01T00:00:00Z"] {
        assert_passed(&judged(&whole, day));
    }
    assert_passed(&judged(&partly, "2050-12-31T23:59:59Z"));
    assert_told(&judged(&partly, "2051-01-01T00:00:00Z"), OutOfBoundsNoPoe, &ended(0));
}

/// The file with one octet of that part of it changed: the last, which nothing's form depends on.
fn altered(file: &[u8], part: &[u8]) -> Vec<u8> {
    let place = file.windows(part.len()).position(|window| window == part).unwrap();
    let mut altered = file.to_vec();
    altered[place + part.len() - 1] ^= 1;
    altered
}

/// What is in a file beside its content: certificates, lists, and the values of unsigned attributes.
fn parts(file: &[u8]) -> Vec<Bytes> {
    let data = SignedData::parse(file).unwrap();
    let unsigned = data.signers[0].unsigned_attributes.as_ref().unwrap();
    let values = unsigned.list().iter().flat_map(|attribute| attribute.values.clone());
    data.certificates.iter().chain(&data.revocation).cloned().chain(values).collect()
}

#[test]
fn whatever_is_altered_at_whatever_time_is_found_and_never_renewed() {
    let people = &*PEOPLE;
    let mut record = Life::begins_with(&people.signers[0], &people.generations[0]);
    for (day, tsa, _) in RENEWALS {
        let before = parts(&record.file);
        record.renew(day, &people.generations[tsa]);
        let value = SignedData::parse(&record.file).unwrap().signers[0].signature.clone();
        let with = |part: &[u8]| Life { file: altered(&record.file, part), ..record.clone() };
        for (part, sub) in [(RECORD, HashFailure), (&value, SigCryptoFailure)] {
            let mut other = with(part);
            assert_eq!(other.by_itself(day).sub_indication(), Some(sub));
            let refused = other.renewed(day, &people.generations[tsa]).unwrap_err();
            assert_eq!(refusal(&refused), Some(sub));
        }
        // All that was there before is named by the index of the newest archive timestamp.
        for part in before {
            let report = with(&part).by_itself(day);
            assert_ne!(report.indication(), Indication::Passed);
            let all = crate::table::against(&report);
            let index = |f: &&inkan::rule::Finding| f.rule.check == "archive-index";
            let index = all.into_iter().find(index).unwrap();
            assert_eq!(index.sub_indication(), Some(SigConstraintsFailure));
        }
    }
}
