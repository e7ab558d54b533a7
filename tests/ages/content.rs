//! The content of a signature is bound by its hash alone: a timestamp over the signature does not outlive
//! that hash for it, one over the content does.

use crate::authority::{Holder, at, key, of_signer};
use crate::cms::{Cms, Draft};
use crate::scene::{ARCHIVED, CAST, NOW, RECORD, STAMPED};
use inkan::der::Bytes;
use inkan::evidence::EvidenceSet;
use inkan::evidence::want::Offline;
use inkan::judge::Judge;
use inkan::key::software::KeyAlgorithm::P256;
use inkan::oid;
use inkan::policy::{AlgorithmTable, Policy, Role, Trust};
use inkan::rule::SubIndication::{self, CryptoConstraintsFailureNoPoe};
use inkan::task::verify::{Held, Subject, verify};

/// All but SHA-256 outlast the test.
fn table(sha_256_until: &str) -> AlgorithmTable {
    let row = |name: &str, until: &str| {
        format!(
            "[[algorithm]]\nalgorithm = '{name}'\nuntil = '{until}'\nsource = 'a test'\nconfirmed = true\n"
        )
    };
    let lasting = ["EC", "SHA-384", "SHA-512"].map(|name| row(name, "2060-12-31")).concat();
    AlgorithmTable::parse("test", &(lasting + &row("SHA-256", sha_256_until))).unwrap()
}

fn sub_indication(cms: Cms, sha_256_until: &str) -> Option<SubIndication> {
    let mut trust = Trust::default();
    trust.add(CAST.root.certificate.clone(), &[Role::Signer]);
    trust.add(CAST.tsa_root.certificate.clone(), &[Role::Tsa]);
    let algorithms = table(sha_256_until);
    let judge = Judge::new(Policy { algorithms, ..Policy::standard(trust).unwrap() });
    let mut evidence = EvidenceSet::default();
    for authority in [&CAST.root, &CAST.tsa_root] {
        let list = authority.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z").der();
        evidence.add(&Bytes::from(list)).unwrap();
    }
    let file = Bytes::from(cms.der());
    let subject = Subject { name: "record.p7m", file: &file, content: None, held: Held::Signature };
    verify(&subject, &judge, at(NOW), &mut evidence, &mut Offline).unwrap().sub_indication()
}

#[test]
fn a_content_is_known_by_its_hash_until_something_else_covers_it() {
    let years = ["2025-01-01", "2028-01-01"];
    let signer: Holder = CAST.root.certifies("Doctor", &key(P256), years, of_signer());
    let stamped = || Draft::of(&signer, oid::DATA, RECORD).sign().stamped(&CAST.other_tsa, STAMPED);
    let (ended, lasting) = ("2026-04-30", "2026-12-31");
    assert_eq!(sub_indication(stamped(), lasting), None);
    assert_eq!(sub_indication(stamped(), ended), Some(CryptoConstraintsFailureNoPoe));
    // Stamped with SHA-384 while SHA-256 still held, over the content as well.
    let archived = || stamped().archived(&CAST.other_tsa, ARCHIVED);
    assert_eq!(sub_indication(archived(), ended), None);
    assert_eq!(sub_indication(archived(), "2026-04-05"), Some(CryptoConstraintsFailureNoPoe));
}
