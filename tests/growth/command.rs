//! The levels and what goes with them, by command.

use crate::bench::at;
use crate::table::{SIGNERS, Table};
use inkan::der::cades::signer::{SignerAttributes, SignerLocation};
use inkan::der::cms::SignedData;
use inkan::oid;

#[test]
fn the_command_signs_at_each_level_and_the_result_is_judged_by_what_is_inside() {
    for member in SIGNERS {
        let table = Table::new();
        let tsa = table.bench.lab().tsa_url("tsa-ec");
        let archive = table.bench.lab().tsa_url("tsa-rsa");
        for level in [
            &["LT"][..],
            &["LTA"],
            &["LTA", "--archive-tsa", &archive],
            &["LTA", "--content-timestamp"],
        ] {
            let words = [&["--force", "--tsa", &tsa, "--level"], level].concat();
            let ran = table.bench.sign("record.txt", member, &words);
            assert_eq!(ran.status, 0, "{member} {level:?}: {}", ran.stderr);
            assert_eq!(ran.stderr, "", "{member} {level:?}");
            table.openssl_accepts(&table.bench.read("record.txt.p7s"));
            let verify = ["record.txt.p7s", "--trust", "lab/trust", "--offline"];
            let (status, json) = table.bench.verdict(&verify);
            assert_eq!(status, 0, "{member} {level:?}: {json:#}");
            assert_eq!(at(&json, "/files/0/signatures/0/level"), level[0]);
        }
    }
}

#[test]
fn what_is_claimed_is_signed_and_verified() {
    let table = Table::new();
    let ran = table.bench.sign(
        "record.txt",
        "ec-physician",
        &[
            "--claimed-role",
            "当直医",
            "--location",
            "東京都",
            "--mime-type",
            "text/plain",
            "--commitment",
            "approval",
        ],
    );
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    table.openssl_accepts(&table.bench.read("record.txt.p7s"));
    let data = SignedData::parse(&table.bench.read("record.txt.p7s")).unwrap();
    let signed = data.signers[0].signed_attributes.as_ref().unwrap();
    let value = |kind| signed.of_kind(kind).next().unwrap().values[0].clone();
    let location = SignerLocation::parse(&value(oid::SIGNER_LOCATION)).unwrap();
    assert_eq!(location.locality.as_deref(), Some("東京都"));
    let role = SignerAttributes::parse_v2(&value(oid::SIGNER_ATTRIBUTES_V2)).unwrap();
    assert_eq!(role.attributes[0].texts, ["当直医"]);
    assert!(signed.is_sorted());
    for (wrong, words) in [
        ("the role must have", ["--claimed-role", ""]),
        ("is no MIME type", ["--mime-type", "pdf"]),
    ] {
        let words = [words.as_slice(), &["--force"]].concat();
        let ran = table.bench.sign("record.txt", "ec-physician", &words);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains(wrong), "{}", ran.stderr);
    }
}

#[test]
fn another_signs_beside_and_over_what_is_there() {
    let table = Table::new();
    let bench = &table.bench;
    let tsa = bench.lab().tsa_url("tsa-ec");
    assert_eq!(bench.sign("record.txt", "ec-physician", &["--tsa", &tsa]).status, 0);
    let first = SignedData::parse(&bench.read("record.txt.p7s")).unwrap();

    let ran = bench.sign("record.txt", "ec-organisation", &["--add-to", "record.txt.p7s"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    table.openssl_accepts(&bench.read("record.txt.p7s"));
    let both = SignedData::parse(&bench.read("record.txt.p7s")).unwrap();
    assert_eq!(both.signers.len(), 2);
    assert_eq!(both.signers[0].to_der(), first.signers[0].to_der(), "the first keeps its bytes");

    let over = ["--countersign", "record.txt.p7s"];
    let ran = bench.sign("record.txt", "hpki-physician", &over);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("2 signatures"), "{}", ran.stderr);
    for (number, expected) in [("2", 0), ("3", 2), ("0", 2)] {
        let words = [over.as_slice(), &["--signature", number, "--tsa", &tsa]].concat();
        let ran = bench.sign("record.txt", "hpki-physician", &words);
        assert_eq!(ran.status, expected, "{number}: {}", ran.stderr);
    }
    table.openssl_accepts(&bench.read("record.txt.p7s"));
    let all = SignedData::parse(&bench.read("record.txt.p7s")).unwrap();
    let counted = |place: usize| {
        let unsigned = all.signers[place].unsigned_attributes.iter();
        unsigned.flat_map(|a| a.of_kind(oid::COUNTER_SIGNATURE)).count()
    };
    assert_eq!((counted(0), counted(1)), (0, 1));
    assert_eq!(all.signers[1].fields, both.signers[1].fields);
}

#[test]
fn nothing_is_added_to_what_is_not_good_and_the_file_stays() {
    let table = Table::new();
    let bench = &table.bench;
    assert_eq!(bench.sign("record.txt", "ec-physician", &[]).status, 0);
    let signature = bench.read("record.txt.p7s");
    bench.write("record.txt", b"another record");
    for way in ["--add-to", "--countersign"] {
        let ran = bench.sign("record.txt", "ec-organisation", &[way, "record.txt.p7s"]);
        assert_eq!(ran.status, 2, "{way}");
        assert!(ran.stderr.contains("nothing is added"), "{}", ran.stderr);
        assert_eq!(bench.read("record.txt.p7s"), signature);
    }
}

#[test]
fn a_batch_at_lta_is_resumed_where_it_stopped() {
    let table = Table::new();
    let bench = &table.bench;
    bench.write("second.txt", b"another record");
    let tsa = bench.lab().tsa_url("tsa-ec");
    let lta = ["--tsa", tsa.as_str(), "--level", "LTA"];
    assert_eq!(bench.sign("record.txt", "ec-physician", &lta).status, 0);
    // One at a lower level is no result of this order, and is not overwritten either.
    assert_eq!(bench.sign("second.txt", "ec-physician", &["--tsa", &tsa]).status, 0);
    let words = [lta.as_slice(), &["--resume", "second.txt"]].concat();
    let ran = bench.sign("record.txt", "ec-physician", &words);
    assert_eq!(ran.status, 2);
    assert!(ran.stdout.contains("record.txt"), "{}", ran.stdout);
    assert!(ran.stderr.contains("second.txt.p7s: it exists already"), "{}", ran.stderr);
}
