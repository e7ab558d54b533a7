//! `inkan key` against SoftHSM2, against a card that keeps its contract to the letter, and in files.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test has its own files, says when it cannot run, and fails by panicking"
)]

#[path = "keys/ceremony.rs"]
mod ceremony;
#[path = "report/schema.rs"]
mod schema;

use ceremony::{Ceremony, PIN, text};
use serde_json::Value;

const ALGORITHMS: [&str; 6] = ["rsa2048", "rsa3072", "rsa4096", "p256", "p384", "ed25519"];

fn keys_schema() -> Value {
    serde_json::from_str(include_str!("../docs/schema/inkan.keys-1.schema.json")).unwrap()
}

fn described(value: &Value, schema: &str) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    assert_eq!(schema::faults(&schema, value), Vec::<String>::new());
}

#[test]
fn a_key_of_each_algorithm_is_made_safe_on_the_token_and_requests_its_certificate() {
    let Some(c) = Ceremony::on_softhsm() else { return };
    for algorithm in ALGORITHMS {
        let label = format!("key {algorithm}");
        c.ok(&[
            "key",
            "generate",
            "--token",
            "Hospital",
            "--label",
            &label,
            "--algorithm",
            algorithm,
        ]);
        let key = format!("pkcs11:token=Hospital;object=key%20{algorithm}");
        let shown = c.json(&["key", "show", &key, "--format", "json"]);
        described(&shown, include_str!("../docs/schema/inkan.keys-1.schema.json"));
        let says = |name: &str| text(&shown, &format!("/keys/0/attributes/{name}"));
        for name in
            ["CKA_TOKEN", "CKA_PRIVATE", "CKA_SENSITIVE", "CKA_ALWAYS_SENSITIVE", "CKA_SIGN"]
        {
            assert_eq!(says(name), "true", "{algorithm} {name}");
        }
        for name in ["CKA_EXTRACTABLE", "CKA_DECRYPT", "CKA_UNWRAP", "CKA_DERIVE", "CKA_MODIFIABLE"]
        {
            assert_eq!(says(name), "false", "{algorithm} {name}");
        }
        let out = format!("{algorithm}.csr");
        // SoftHSM2's profile does not describe Ed25519 as a way to sign.
        let request = ["key", "csr", "--key", &key, "--subject", "C=JP,CN=x", "--out", &out];
        if c.run(&request).status.success() {
            c.openssl(&["req", "-verify", "-noout", "-in", &out]);
        } else {
            assert_eq!(algorithm, "ed25519");
        }
    }
    let listed = c.json(&["key", "list", "pkcs11:token=Hospital", "--format", "json"]);
    assert_eq!(schema::faults(&keys_schema(), &listed), Vec::<String>::new());
    assert_eq!(listed["keys"].as_array().unwrap().len(), ALGORITHMS.len());
}

#[test]
fn a_label_or_identifier_is_never_used_twice_and_nothing_is_made() {
    let Some(c) = Ceremony::on_softhsm() else { return };
    let generate = |label: &str, id: &str| {
        c.run(&["key", "generate", "--token", "Hospital", "--label", label, "--id", id])
    };
    assert!(generate("a", "17").status.success());
    c.refused(&generate("a", "18"), "with the label 'a' already");
    c.refused(&generate("b", "17"), "with the id=%17 already");
    c.refused(&generate("b", "1"), "--id is no identifier");
    let listed = c.json(&["key", "list", "pkcs11:token=Hospital", "--format", "json"]);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    let unknown =
        ["key", "generate", "--token", "Hospital", "--label", "m", "--algorithm", "ml-dsa-65"];
    c.refused(&c.run(&unknown), "does not let keys of ml-dsa-65 be made");
}

#[test]
fn a_whole_ceremony_is_recorded_and_every_step_that_the_record_forbids_is_refused() {
    let Some(c) = Ceremony::on_softhsm() else { return };
    let key = "pkcs11:token=Hospital;object=sign";
    let recorded = |args: &[&str]| {
        c.run(&[args, &["--record", "record", "--operator", "山田", "--witness", "佐藤"]].concat())
    };
    let done = |args: &[&str]| {
        let ran = recorded(args);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    done(&["key", "generate", "--token", "Hospital", "--label", "sign", "--algorithm", "rsa2048"]);
    let csr = ["key", "csr", "--key", key, "--hpki", "--role", "医師", "--out", "sign.csr"];
    let subject = "C=JP,O=Inkan Hospital,CN=YAMADA TARO,serialNumber=1";
    done(&[&csr, ["--subject", subject].as_slice()].concat());
    c.issue("sign.csr", "sign.crt", 30);
    c.issue("sign.csr", "next.crt", 60);
    let certify = ["key", "import-cert", "--key", key];
    c.refused(&recorded(&[&certify, ["ca.crt"].as_slice()].concat()), "is not of the key");
    done(&[&certify, ["sign.crt"].as_slice()].concat());
    c.refused(&recorded(&[&certify, ["next.crt"].as_slice()].concat()), "another certificate");
    done(&[&certify, ["next.crt", "--replace"].as_slice()].concat());
    let shown = c.json(&["key", "show", key, "--record", "record", "--format", "json"]);
    assert_eq!(text(&shown, "/keys/0/state"), "active");
    assert_eq!(shown["keys"][0]["certificates"].as_array().unwrap().len(), 1);

    done(&["key", "attest", key, "--sign", "--out", "attest.json"]);
    let statement: Value = serde_json::from_slice(&c.read("attest.json")).unwrap();
    described(&statement, include_str!("../docs/schema/inkan.key-attestation-1.schema.json"));
    assert_eq!(statement["software_keys"], true);
    c.openssl(&[
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "attest.json.p7s",
        "-content",
        "attest.json",
        "-CAfile",
        "ca.crt",
        "-purpose",
        "any",
        "-out",
        "back",
    ]);

    let delete = ["key", "delete", key, "--depends", "attest.json.p7s"];
    c.refused(&recorded(&delete), "nobody can be asked");
    c.refused(&recorded(&[&delete, ["--yes", "sig"].as_slice()].concat()), "is not the name");
    let deleted = recorded(&[&delete, ["--yes", "sign"].as_slice()].concat());
    assert!(deleted.status.success());
    let told = String::from_utf8_lossy(&deleted.stderr);
    assert!(told.contains("1 signatures") && told.contains("1 certificates"), "{told}");
    let listed = c.json(&["key", "list", "pkcs11:token=Hospital", "--format", "json"]);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 0);

    ends_with_a_whole_record(&c, &text(&shown, "/keys/0/public_key_sha256"));
}

/// Each line is as its schema says, and nothing but words follows the end of the key.
fn ends_with_a_whole_record(c: &Ceremony, hash: &str) {
    let record = String::from_utf8(c.read("record")).unwrap();
    let line_schema = include_str!("../docs/schema/inkan.key-record-1.schema.json");
    for line in record.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        described(&line, line_schema);
        assert_eq!(line["operator"], "山田");
    }
    assert!(!record.contains(PIN));
    let verified = c.ok(&["key", "record", "verify", "record"]);
    assert!(verified.contains("6 entries") && verified.contains("destroyed"), "{verified}");
    let state = ["key", "record", "add", "record", "--public-key", hash, "--state", "active"];
    c.refused(&c.bare(&state), "is destroyed, so it cannot be active");
    let note =
        ["key", "record", "add", "record", "--public-key", hash, "--note", "a copy was found"];
    assert!(c.bare(&note).status.success());
}

#[test]
fn a_certificate_is_stored_once_and_may_stay_when_its_key_goes() {
    let Some(c) = Ceremony::on_softhsm() else { return };
    let key = "pkcs11:token=Hospital;object=sign";
    c.ok(&["key", "generate", "--token", "Hospital", "--label", "sign"]);
    c.ok(&["key", "csr", "--key", key, "--subject", "C=JP,CN=x", "--out", "sign.csr"]);
    c.issue("sign.csr", "sign.crt", 30);
    c.ok(&["key", "import-cert", "--key", key, "sign.crt"]);
    let again = c.ok(&["key", "import-cert", "--key", key, "sign.crt"]);
    assert!(again.contains("already"), "{again}");
    c.ok(&["key", "delete", key, "--yes", "sign", "--keep-certificate"]);
    c.refused(&c.run(&["key", "show", key]), "no private key");
    let again = c.run(&["key", "generate", "--token", "Hospital", "--label", "sign"]);
    c.refused(&again, "with the label 'sign' already");
}

#[test]
fn a_card_that_keeps_its_contract_is_looked_at_and_changed_by_nobody() {
    let Some(c) = Ceremony::on_strict_card() else { return };
    let key = "pkcs11:token=HPKI%20Application";
    let generate =
        ["key", "generate", "--token", "HPKI Application", "--label", "x", "--algorithm"];
    for algorithm in ["rsa2048", "p256"] {
        c.refused(&c.run(&[&generate, [algorithm].as_slice()].concat()), "does not let keys of");
    }
    for change in [
        &["key", "import-cert", "--key", key, "ee.crt"][..],
        &["key", "delete", key, "--yes", "Private key of HPKI"],
    ] {
        c.refused(&c.run(change), "this card does not let keys be made");
    }
    let shown = c.json(&["key", "show", key, "--format", "json"]);
    assert_eq!(schema::faults(&keys_schema(), &shown), Vec::<String>::new());
    assert_eq!(text(&shown, "/keys/0/attributes/CKA_SENSITIVE"), "not reported");
    assert_eq!(text(&shown, "/keys/0/attributes/CKA_EXTRACTABLE"), "false");
    c.ok(&["key", "csr", "--key", key, "--subject", "C=JP,CN=x", "--out", "card.csr"]);
    c.openssl(&["req", "-verify", "-noout", "-in", "card.csr"]);
    c.ok(&["key", "attest", key, "--sign", "--out", "card.json"]);
    let signature = ["-in", "card.json.p7s", "-content", "card.json", "-out", "back"];
    let verify = ["cms", "-verify", "-binary", "-inform", "DER", "-CAfile", "ca.crt"];
    c.openssl(&[&verify[..], &["-purpose", "any"], &signature].concat());
    let log = String::from_utf8(c.read("card.log")).unwrap();
    let breaches: Vec<&str> = log.lines().filter(|line| line.starts_with("violation")).collect();
    // That a session may not write is learnt by asking: the card has no flag that says so.
    assert!(breaches.iter().all(|line| line.contains("sessions are read-only")), "{breaches:?}");
}

#[test]
fn a_key_in_a_file_goes_the_same_way() {
    let c = Ceremony::without_token();
    let key = "file:own.key";
    c.ok(&["key", "generate", "--out", "own.key", "--record", "record"]);
    let csr = ["key", "csr", "--key", key, "--subject", "C=JP,CN=x", "--out", "own.csr"];
    c.ok(&[&csr, ["--record", "record"].as_slice()].concat());
    c.openssl(&["req", "-verify", "-noout", "-in", "own.csr"]);
    c.issue("own.csr", "own.crt", 30);
    c.issue("own.csr", "next.crt", 60);
    c.refused(&c.run(&["key", "import-cert", "--key", key, "ca.crt"]), "is not of the key");
    c.ok(&["key", "import-cert", "--key", key, "own.crt", "--record", "record"]);
    c.refused(&c.run(&["key", "import-cert", "--key", key, "next.crt"]), "another certificate");
    c.ok(&["key", "import-cert", "--key", key, "next.crt", "--replace"]);
    let shown = c.json(&["key", "show", key, "--record", "record", "--format", "json"]);
    assert_eq!(schema::faults(&keys_schema(), &shown), Vec::<String>::new());
    assert_eq!(text(&shown, "/keys/0/state"), "active");
    assert_eq!(shown["keys"][0]["certificates"].as_array().unwrap().len(), 1);
    assert_eq!(text(&shown, "/keys/0/protection/permissions"), "0600");
    c.refused(&c.run(&["key", "attest", key]), "nobody to attest");
    c.refused(&c.run(&["key", "delete", key, "--yes", "other"]), "is not the name");
    std::os::unix::fs::symlink("own.key", c.path("link.key")).unwrap();
    c.refused(&c.run(&["key", "delete", "file:link.key", "--yes", "link.key"]), "this is a link");
    c.refused(&c.run(&["key", "delete", "file:own.crt", "--yes", "own.crt"]), "no private key");
    let keep =
        ["key", "delete", key, "--yes", "own.key", "--keep-certificate", "--record", "record"];
    let told = c.ok(&keep);
    assert!(told.contains("copies and backups"), "{told}");
    assert!(!c.path("own.key").exists() && c.path("own.key.cert.pem").exists());
    c.ok(&["key", "generate", "--out", "own.key", "--record", "record"]);
    assert!(c.ok(&["key", "record", "verify", "record"]).contains("5 entries"));
}

#[test]
fn a_broken_or_torn_record_is_told_and_nothing_is_done() {
    let c = Ceremony::without_token();
    for name in ["a.key", "b.key", "c.key"] {
        c.ok(&["key", "generate", "--out", name, "--record", "record"]);
    }
    let whole = c.read("record");
    let verified = c.ok(&["key", "record", "verify", "record"]);
    let head = verified.trim_end().rsplit(' ').next().unwrap();
    c.write("record", &whole[..whole.len() - 9]);
    let torn = c.run(&["key", "generate", "--out", "d.key", "--record", "record"]);
    c.refused(&torn, "record: line 3: the line has no end");
    assert!(!c.path("d.key").exists());
    let verify = |more: &[&str]| {
        let ran = c.bare(&[&["key", "record", "verify", "record"], more].concat());
        (ran.status.code(), String::from_utf8(ran.stdout).unwrap())
    };
    let (status, told) = verify(&[]);
    assert!(status == Some(1) && told.contains("BROKEN at line 3"), "{told}");
    let text = String::from_utf8(whole.clone()).unwrap();
    c.write("record", text.replacen("a.key", "x.key", 1).as_bytes());
    let (status, told) = verify(&[]);
    assert!(status == Some(1) && told.contains("BROKEN at line 2"), "{told}");
    let lines: Vec<&str> = text.lines().collect();
    c.write("record", format!("{}\n{}\n", lines[0], lines[1]).as_bytes());
    assert_eq!(verify(&[]).0, Some(0), "what was cut off at the end is not in the chain");
    assert_eq!(verify(&["--head", head]).0, Some(1), "who noted its hash finds out");
    c.write("record", &whole);
    assert_eq!(verify(&["--head", head]).0, Some(0));
}

#[test]
fn processes_that_record_at_once_do_not_break_the_chain() {
    let c = Ceremony::without_token();
    c.ok(&["key", "generate", "--out", "a.key", "--record", "record"]);
    let shown = c.json(&["key", "show", "file:a.key", "--format", "json"]);
    let hash = text(&shown, "/keys/0/public_key_sha256");
    let note = ["key", "record", "add", "record", "--public-key", &hash, "--note", "x"];
    let running: Vec<_> = (0..12).map(|_| c.command(&note).spawn().unwrap()).collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    assert!(c.ok(&["key", "record", "verify", "record"]).contains("13 entries"));
}
