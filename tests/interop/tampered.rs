//! Signatures of level LTA in which one octet was changed: neither accepts them, whoever made them, and what each
//! says of them is written down.

use crate::bench::{Bench, at};
use crate::peer::{Job, Peer};
use crate::{records, tsa};
use inkan::der::Bytes;
use inkan::der::certificate::Certificate;
use inkan::der::cms::{SignedData, SignerIdentifier};
use inkan::oid::{self, Oid};

const MEMBER: &str = "ec-physician";

struct Case {
    what: &'static str,
    /// The octets of which the last is changed.
    octets: fn(&SignedData) -> Option<Vec<u8>>,
    ours: &'static str,
    theirs: &'static str,
}

// Of a broken timestamp inside DSS makes a broken signature. EN 319 102-1 §5.5.4 has it ignored unless a
// constraint mandates it; inkan's policy does, and nothing says yet that the signature itself is forged.
const CASES: &[Case] = &[
    Case {
        what: "signature value",
        octets: |data| Some(data.signers[0].signature.to_vec()),
        ours: "SIG_CRYPTO_FAILURE",
        theirs: "SIG_CRYPTO_FAILURE",
    },
    Case {
        what: "signature of the signature timestamp",
        octets: |data| signature_of(&token(data, oid::SIGNATURE_TIME_STAMP, 0)?),
        ours: "SIG_CONSTRAINTS_FAILURE",
        theirs: "FORMAT_FAILURE",
    },
    Case {
        what: "signature of the first archive timestamp",
        octets: |data| signature_of(&token(data, oid::ARCHIVE_TIME_STAMP_V3, 0)?),
        ours: "SIG_CONSTRAINTS_FAILURE",
        theirs: "FORMAT_FAILURE or SIG_CRYPTO_FAILURE, as another covers it or not",
    },
    Case {
        what: "signature of the second archive timestamp",
        octets: |data| signature_of(&token(data, oid::ARCHIVE_TIME_STAMP_V3, 1)?),
        ours: "SIG_CONSTRAINTS_FAILURE",
        theirs: "SIG_CRYPTO_FAILURE",
    },
    Case {
        what: "index of the first archive timestamp",
        octets: |data| index_of(&token(data, oid::ARCHIVE_TIME_STAMP_V3, 0)?),
        ours: "SIG_CONSTRAINTS_FAILURE",
        theirs: "FORMAT_FAILURE",
    },
    Case {
        what: "index of the second archive timestamp",
        octets: |data| index_of(&token(data, oid::ARCHIVE_TIME_STAMP_V3, 1)?),
        ours: "SIG_CONSTRAINTS_FAILURE",
        theirs: "FORMAT_FAILURE",
    },
    Case {
        what: "certificate of the CA",
        octets: issuer,
        ours: "NO_CERTIFICATE_CHAIN_FOUND",
        theirs: "NO_CERTIFICATE_CHAIN_FOUND",
    },
    Case {
        what: "revocation data",
        octets: |data| Some(data.revocation.last()?.to_vec()),
        ours: "TRY_LATER, or SIG_CONSTRAINTS_FAILURE where an archive timestamp covers it",
        // The same in its own words: "No revocation data found for the certificate!" Where the octet is of a
        // signature that cannot be read then, it gives up the timestamp.
        theirs: "CERTIFICATE_CHAIN_GENERAL_FAILURE or FORMAT_FAILURE",
    },
];

/// A timestamp in the first signature, if there are so many.
fn token(data: &SignedData, kind: Oid, number: usize) -> Option<SignedData> {
    let unsigned = data.signers[0].unsigned_attributes.as_ref()?;
    let mut tokens = unsigned.of_kind(kind).flat_map(|attribute| &attribute.values);
    tokens.nth(number).map(|der| SignedData::parse(der).unwrap())
}

fn signature_of(token: &SignedData) -> Option<Vec<u8>> {
    Some(token.signers[0].signature.to_vec())
}

fn index_of(token: &SignedData) -> Option<Vec<u8>> {
    let unsigned = token.signers[0].unsigned_attributes.as_ref()?;
    let index = unsigned.of_kind(oid::ATS_HASH_INDEX_V3).next()?;
    Some(index.values[0].to_vec())
}

/// The certificate that the signer's was issued with.
fn issuer(data: &SignedData) -> Option<Vec<u8>> {
    let SignerIdentifier::IssuerSerial(issuer, _) = &data.signers[0].signer else { return None };
    let is_it = |der: &&Bytes| Certificate::parse((*der).clone()).unwrap().subject() == issuer;
    data.certificates.iter().find(is_it).map(|der| der.to_vec())
}

/// The file with one octet changed, in the first place where the octets stand.
fn spoiled(sound: &[u8], case: &Case) -> Option<Vec<u8>> {
    let octets = (case.octets)(&SignedData::parse(sound).unwrap())?;
    let place = sound.windows(octets.len()).position(|window| window == octets).unwrap();
    let mut spoiled = sound.to_vec();
    spoiled[place + octets.len() - 1] ^= 1;
    Some(spoiled)
}

/// One archive timestamp by inkan, and two by DSS.
fn archived(bench: &Bench, peer: &Peer) -> [&'static str; 2] {
    records(bench);
    let url = tsa(bench, MEMBER);
    let ran = bench.sign("record.txt", MEMBER, &["--level", "LTA", "--tsa", &url]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let first = Job::make(bench, MEMBER, "LTA", "first.p7s").tsa(&url);
    let second = Job::extend(bench, "first.p7s", "LTA", "second.p7s").content("record.txt");
    peer.make(bench, &[first, second.tsa(&url)]);
    ["record.txt.p7s", "second.p7s"]
}

#[test]
fn neither_dss_nor_inkan_accepts_an_lta_with_one_octet_changed() {
    let Some(peer) = Peer::dss() else { return };
    let bench = Bench::new();
    let mut files = Vec::new();
    for sound in archived(&bench, &peer) {
        for case in CASES {
            if let Some(bytes) = spoiled(&bench.read(sound), case) {
                let name = format!("{}-{sound}", case.what);
                bench.write(&name, &bytes);
                files.push((case, name));
            }
        }
    }
    let judge = |name: &str| Job::judge(&bench, name).content("record.txt").with_nothing_else();
    let jobs: Vec<Job> = files.iter().map(|(_, name)| judge(name)).collect();
    for ((case, name), theirs) in files.iter().zip(peer.verdicts(&bench, &jobs)) {
        assert_ne!(theirs.indication, "PASSED", "{name}");
        assert!(case.theirs.contains(&theirs.sub_indication), "{name}: {theirs:?}");
        let words = [name, "--content", "record.txt", "--trust", "lab/trust", "--offline"];
        let (status, ours) = bench.verdict(&words);
        assert_ne!(status, 0, "{name}");
        let sub = at(&ours, "/files/0/sub_indication");
        assert!(!sub.is_empty() && case.ours.contains(sub), "{name}: {ours:#}");
    }
}
