//! PKCS #12 stores as the command tells and judges them: made by OpenSSL, and by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/bench.rs"]
mod bench;
#[cfg(test)]
#[path = "report/schema.rs"]
mod schema;

use bench::{Bench, at};
use inkan::der::{Bytes, pem, write};
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSource as _, Fetch, Want, Wanted};
use inkan::oid::{self, Oid};
use std::sync::LazyLock;

static LAB: LazyLock<Bench> = LazyLock::new(|| {
    let bench = Bench::new();
    bench.write("password.txt", "ひみつ\n".as_bytes());
    bench.write("wrong.txt", b"himitsu\n");
    bench
});

const MEMBER: &str = "hpki-physician-production";

/// A store with the physician's key and certificate and that of the CA, written by OpenSSL.
fn store(name: &str, options: &[&str]) -> String {
    let (key, certificate) = (format!("lab/{MEMBER}.key"), format!("lab/{MEMBER}.crt"));
    let mut words = vec!["pkcs12", "-export", "-inkey", &key, "-passin", "file:lab/password.txt"];
    words.extend([
        "-in",
        &certificate,
        "-certfile",
        "lab/hpki-sign-ca.crt",
        "-name",
        "署名用 花子",
    ]);
    words.extend(["-passout", "file:password.txt", "-out", name]);
    words.extend(options);
    LAB.openssl_ok(&words);
    name.to_owned()
}

fn json(words: &[&str]) -> serde_json::Value {
    let ran = LAB.inkan(&[words, &["--format", "json"]].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

#[test]
fn a_store_is_told_with_its_names_and_the_weakness_of_its_keeping() {
    let name = store("told.p12", &["-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]);
    let open = ["cert", "inspect", &name, "--pin-source", "file:password.txt"];
    let ran = LAB.inkan(&[&open[..], &["--lang", "ja"]].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    for part in [
        "told.p12\n  PKCS #12 ストア\n    完全性: HMAC-SHA-1, PKCS #12 KDF (SHA-1), 反復 2048 回",
        "    証明書・失効リストの保管方法: 3DES-CBC, PKCS #12 KDF (SHA-1), 反復 2048 回; 弱い: ",
        "    秘密鍵 (開いていません) の保管方法: AES-256-CBC, PBKDF2-HMAC-SHA-256, 反復 2048 回; 弱い: ",
        "      表示名 (friendlyName): 署名用 花子\n      鍵の識別子 (localKeyId): ",
        "  主体者: C=JP",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in:\n{}", ran.stdout);
    }
    let value = json(&open);
    let schema = include_str!("../docs/schema/inkan.cert-inspect-1.schema.json");
    let schema = serde_json::from_str(schema).unwrap_or_default();
    assert_eq!(schema::faults(&schema, &value), Vec::<String>::new());
    assert_eq!(at(&value, "/files/0/form"), "pkcs12");
    assert_eq!(at(&value, "/files/0/store/kept/0/weak/0"), "old-cipher");
    assert_eq!(at(&value, "/files/0/certificates/0/friendly_name"), "署名用 花子");
    let mark = at(&value, "/files/0/store/keys/0/local_key_id");
    assert_eq!((at(&value, "/files/0/certificates/0/local_key_id"), mark.len()), (mark, 40));
    assert!(value["files"][0]["certificates"][1]["friendly_name"].is_null());
}

#[test]
fn a_store_without_mac_is_told_as_unproven() {
    let name = store("nomac.p12", &["-nomac", "-certpbe", "NONE"]);
    let ran = LAB.inkan(&["cert", "inspect", &name]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("Integrity: NOT PROVEN: the store has no MAC"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Certificates and lists kept: not encrypted\n"), "{}", ran.stdout);
    let value = json(&["cert", "inspect", &name]);
    assert!(value["files"][0]["store"]["integrity"].is_null());
}

#[test]
fn a_wrong_password_is_one_error_and_gives_nothing() {
    let name = store("locked.p12", &[]);
    for command in ["inspect", "check"] {
        let ran = LAB.inkan(&["cert", command, &name, "--pin-source", "file:wrong.txt"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        let expected = "error: locked.p12: the password does not open this PKCS #12 store, or the \
                        store was altered\nhint: ";
        assert!(ran.stderr.starts_with(expected), "{}", ran.stderr);
        assert!(!ran.stderr.contains("himitsu"), "{}", ran.stderr);
        let ran = LAB.inkan(&["cert", command, &name, "--pin-source", "ひみつ"]);
        assert_eq!(ran.status, 2);
        assert!(!ran.stderr.contains("ひみつ"), "{}", ran.stderr);
    }
}

#[test]
fn the_certificates_of_a_store_are_judged_like_others() {
    let name = store("judged.p12", &[]);
    let open = ["--pin-source", "file:password.txt", "--trust", "lab/trust", "--no-revocation"];
    let value = json(&[&["cert", "check", &name, "--offline"], &open[..]].concat());
    let profiles = [0, 1].map(|n| at(&value, &format!("/certificates/{n}/profile")).to_owned());
    assert_eq!(profiles, ["hpki-sign", "hpki-ca"]);
    assert_eq!(at(&value, "/indication"), "passed");
}

#[test]
fn in_a_directory_a_locked_store_is_passed_over_until_a_password_is_given() {
    std::fs::create_dir(LAB.path("folder")).unwrap();
    std::fs::copy(LAB.path("lab/ec-ca.crt"), LAB.path("folder/ca.crt")).unwrap();
    store("folder/locked.p12", &[]);
    let value = json(&["cert", "inspect", "folder"]);
    assert_eq!(value["files"].as_array().unwrap().len(), 1);
    assert_eq!(at(&value, "/passed_over/0"), "folder/locked.p12");
    let value = json(&["cert", "inspect", "folder", "--pin-source", "file:password.txt"]);
    assert_eq!(value["files"].as_array().unwrap().len(), 2);
    let wrong = LAB.inkan(&["cert", "inspect", "folder", "--pin-source", "file:wrong.txt"]);
    assert_eq!(wrong.status, 2);
}

#[test]
fn a_revocation_list_in_a_store_or_bundle_is_evidence() {
    let list = |name: &str| {
        let want = Want::from(Wanted::Crl, "a test", Fetch::Get(LAB.lab().crl_url(name)));
        Web::default().obtain(&want).unwrap()
    };
    let lists = ["hpki-sign", "hpki-root-rarl", "hpki-root-sarl"].map(list);
    let certificates = [MEMBER, "hpki-sign-ca"]
        .map(|name| LAB.lab().member(name).unwrap().certificate().der().to_vec());
    let judged_with = |name: &str, more: &[&str]| {
        let words = ["cert", "check", name, "--offline", "--trust", "lab/trust"];
        let value = json(&[&words[..], more].concat());
        at(&value, "/certificates/0/sub_indication").to_owned()
    };
    let judged = |name: &str| judged_with(name, &[]);
    LAB.write("without.p12", &by_hand(&certificates, &[]));
    assert_eq!(judged("without.p12"), "TRY_LATER");
    LAB.write("with.p12", &by_hand(&certificates, &lists));
    assert_eq!(judged("with.p12"), "");
    let ran = LAB.inkan(&["cert", "inspect", "with.p12"]);
    assert!(ran.stdout.contains("    Revocation lists: 3\n"), "{}", ran.stdout);
    // OpenSSL puts one list into a bundle; those of the root stand beside it.
    let [own, roots @ ..] = lists.each_ref();
    LAB.write("own.crl", own);
    let roots: String = roots.iter().map(|list| pem::encode("X509 CRL", list)).collect();
    LAB.write("roots.pem", roots.as_bytes());
    let chain = format!("lab/{MEMBER}.crt");
    let words = ["crl2pkcs7", "-inform", "DER", "-in", "own.crl", "-certfile", &chain];
    LAB.openssl_ok(
        &[&words[..], &["-certfile", "lab/hpki-sign-ca.crt", "-out", "list.p7b"]].concat(),
    );
    assert_eq!(judged("list.p7b"), "TRY_LATER");
    assert_eq!(judged_with("list.p7b", &["--evidence", "roots.pem"]), "");
}

#[test]
fn a_store_with_keys_alone_is_told_and_there_is_nothing_to_judge() {
    let key = format!("lab/{MEMBER}.key");
    let words = ["pkcs12", "-export", "-nocerts", "-inkey", &key, "-out", "key.p12"];
    let passwords = ["-passin", "file:lab/password.txt", "-passout", "file:password.txt"];
    LAB.openssl_ok(&[&words[..], &passwords].concat());
    let open = ["key.p12", "--pin-source", "file:password.txt"];
    let value = json(&[&["cert", "inspect"], &open[..]].concat());
    assert_eq!(at(&value, "/files/0/store/keys/0/protection/algorithm"), "AES-256-CBC");
    assert_eq!(value["files"][0]["certificates"].as_array().unwrap().len(), 0);
    let value = json(&[&["cert", "check", "--offline"], &open[..]].concat());
    assert_eq!(at(&value, "/certificates/0/sub_indication"), "FORMAT_FAILURE");
}

/// A store without MAC and encryption.
fn by_hand(certificates: &[Vec<u8>], lists: &[Bytes]) -> Vec<u8> {
    let bag = |kind: &str, id: &str, content: &[u8]| {
        let value = write::explicit(0, &write::octet_string(content));
        let value = write::sequence([write::oid(Oid::new_unwrap(id)), value]);
        write::sequence([write::oid(Oid::new_unwrap(kind)), write::explicit(0, &value)])
    };
    let certificate =
        |der: &Vec<u8>| bag("1.2.840.113549.1.12.10.1.3", "1.2.840.113549.1.9.22.1", der);
    let list = |der: &Bytes| bag("1.2.840.113549.1.12.10.1.4", "1.2.840.113549.1.9.23.1", der);
    let bags = certificates.iter().map(certificate).chain(lists.iter().map(list));
    let data = |content: &[u8]| {
        let content = write::explicit(0, &write::octet_string(content));
        write::sequence([write::oid(oid::DATA), content])
    };
    let safe = data(&write::sequence([data(&write::sequence(bags))]));
    write::sequence([write::integer(3), safe])
}
