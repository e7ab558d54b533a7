//! Timestamps end to end: made by the lab and by OpenSSL, verified by both, over every kind of connection.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test has its own files")]

#[path = "support/bench.rs"]
mod bench;
#[path = "timestamps/late.rs"]
mod late;
#[path = "timestamps/real.rs"]
mod real;
#[path = "report/schema.rs"]
mod schema;
#[path = "support/skip.rs"]
mod skip;

use bench::{Bench, Ran, at};
use inkan::edge::clock::now;
use inkan::lab::{Clients, Declaration, Fault, Lab, LabServer};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Has files stamped by the lab, with more arguments.
fn stamp(bench: &Bench, words: &[&str]) -> Ran {
    bench.inkan(&[&["timestamp", "create", "--trust", "lab/trust"], words].concat())
}

fn faulty(bench: &Bench, fault: &str) -> String {
    let fault: Fault = fault.parse().unwrap();
    bench.lab().faulty(&[fault], &bench.lab().tsa_url("tsa-ec"))
}

fn inspected(bench: &Bench, file: &str) -> Value {
    let ran = bench.inkan(&["timestamp", "inspect", file, "--format", "json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let described = include_str!("../docs/schema/inkan.timestamp-inspect-1.schema.json");
    let faults = schema::faults(&serde_json::from_str(described).unwrap(), &report);
    assert_eq!(faults, [""; 0], "{file}");
    report["files"][0].clone()
}

#[test]
fn what_inkan_has_stamped_openssl_verifies() {
    let bench = Bench::new();
    bench.write("record.pdf", b"record");
    let roots = bench.read("lab/tsa-root.crt");
    bench.write("roots.pem", &roots);
    for (hash, tsa) in [("sha256", "tsa-ec"), ("sha384", "tsa-rsa"), ("sha512", "tsa-ec")] {
        let url = bench.lab().tsa_url(tsa);
        for (form, extra) in [("tst", Some("-token_in")), ("tsr", None)] {
            let out = format!("{hash}.{form}");
            let more = ["--digest", hash, "--form", form, "--out", &out, "--tsa", &url];
            let ran = stamp(&bench, &[&["record.pdf"], &more[..]].concat());
            assert_eq!(ran.status, 0, "{}", ran.stderr);
            assert!(ran.stdout.starts_with("stamped: record.pdf → "), "{}", ran.stdout);
            let words =
                ["ts", "-verify", "-data", "record.pdf", "-CAfile", "roots.pem", "-in", &out];
            let chain = format!("lab/{tsa}.chain.pem");
            let more: Vec<&str> = ["-untrusted", &chain].into_iter().chain(extra).collect();
            bench.openssl_ok(&[&words[..], &more].concat());
            bench.write("other.pdf", b"other");
            let other = [&["ts", "-verify", "-data", "other.pdf"], &words[4..], &more].concat();
            assert_ne!(bench.openssl(&other).status, 0);
            let verify = ["timestamp", "verify", &out, "--trust", "lab/trust", "--content"];
            assert_eq!(bench.inkan(&[&verify[..], &["record.pdf"]].concat()).status, 0);
            assert_eq!(bench.inkan(&[&verify[..], &["other.pdf"]].concat()).status, 1);
            let said = inspected(&bench, &out);
            assert_eq!(at(&said, "/token/imprint/algorithm"), hash.replace("sha", "SHA-"));
            assert!(said["token"]["nonce"]["hex"].as_str().unwrap().len() >= 16);
            assert_eq!(said["token"]["certificates"].as_array().unwrap().len(), 2);
        }
    }
}

/// A configuration for `openssl ts -reply` as that member of the lab.
fn authority(bench: &Bench, member: &str) {
    let text = format!(
        "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_cert = lab/{member}.crt\nsigner_key = key.pem\n\
         certs = lab/{member}.chain.pem\nsigner_digest = sha256\ndefault_policy = 1.3.6.1.4.1.32473.1.1\n\
         other_policies = 1.3.6.1.4.1.32473.1.2\ndigests = sha256, sha384, sha512\naccuracy = secs:0, millisecs:500\n\
         ordering = yes\ntsa_name = yes\ness_cert_id_chain = yes\ness_cert_id_alg = sha1\n"
    );
    bench.write("tsa.cnf", text.as_bytes());
    bench.write("serial", b"01");
    let key = format!("lab/{member}.key");
    bench.openssl_ok(&["pkey", "-in", &key, "-passin", "pass:inkan-lab", "-out", "key.pem"]);
}

#[test]
fn what_openssl_asks_and_answers_inkan_reads_and_verifies() {
    let bench = Bench::new();
    bench.write("record.pdf", b"record");
    authority(&bench, "tsa-rsa");
    let query = ["ts", "-query", "-data", "record.pdf", "-sha384", "-cert", "-out", "record.tsq"];
    bench.openssl_ok(&[&query[..], &["-tspolicy", "1.3.6.1.4.1.32473.1.2"]].concat());
    let asked = inspected(&bench, "record.tsq");
    assert_eq!(
        (at(&asked, "/form"), at(&asked, "/request/imprint/algorithm")),
        ("request", "SHA-384")
    );
    assert_eq!(asked["request"]["certificate_wanted"], true);
    assert_eq!(at(&asked, "/request/policy/oid"), "1.3.6.1.4.1.32473.1.2");
    let reply = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "record.tsq"];
    bench.openssl_ok(&[&reply[..], &["-out", "record.pdf.tsr"]].concat());
    bench.openssl_ok(&[&reply[..], &["-token_out", "-out", "record.pdf.tst"]].concat());
    bench.openssl_ok(&["pkcs7", "-inform", "DER", "-in", "record.pdf.tst", "-out", "token.pem"]);
    for file in ["record.pdf.tsr", "record.pdf.tst", "token.pem"] {
        let words =
            ["timestamp", "verify", file, "--trust", "lab/trust", "--content", "record.pdf"];
        let ran = bench.inkan(&words);
        assert_eq!(ran.status, 0, "{file}: {}", ran.stdout);
        let said = inspected(&bench, file);
        assert_eq!(said["token"]["accuracy_micros"], 500_000);
        assert_eq!(
            (said["token"]["ordering"].as_bool(), at(&said, "/token/policy/oid")),
            (Some(true), "1.3.6.1.4.1.32473.1.2")
        );
        let references = said["token"]["signers"][0]["references"].as_array().unwrap();
        assert_eq!(references[0]["version"], 1, "OpenSSL writes version 1 for SHA-1");
        assert!(at(&references[0], "/of").contains("RSA-01"));
    }
    // A refusal is read too.
    let bad = ["ts", "-query", "-data", "record.pdf", "-sha1", "-out", "bad.tsq"];
    bench.openssl_ok(&bad);
    bench.openssl(&[
        "ts",
        "-reply",
        "-config",
        "tsa.cnf",
        "-queryfile",
        "bad.tsq",
        "-out",
        "no.tsr",
    ]);
    let refused = inspected(&bench, "no.tsr");
    assert_eq!(at(&refused, "/response/status_name"), "rejection");
    assert_eq!(refused["token"], Value::Null);
}

#[test]
fn nothing_is_written_for_a_token_that_is_wrong_and_each_cause_has_its_words() {
    let bench = Bench::new();
    bench.write("record.pdf", b"record");
    for (fault, says) in [
        ("wrong-nonce", "the nonce in the token is not the one sent"),
        ("no-nonce", "the nonce in the token is not the one sent"),
        ("wrong-imprint", "the token is of other data than was sent"),
        ("wrong-signer", "its token cannot be relied on (SIG_CRYPTO_FAILURE)"),
        ("clock-ahead=4000", "its token cannot be relied on (SIG_CONSTRAINTS_FAILURE)"),
        ("redirect", "the server sends elsewhere (status 302), and that is not followed"),
        ("forbid", "the server does not allow this (status 403)"),
        ("garbage", "the answer is not a time-stamp response"),
        ("garbage,wrong-content-type", "the answer is of type text/html"),
    ] {
        let faults: Vec<Fault> = fault.split(',').map(|fault| fault.parse().unwrap()).collect();
        let url = bench.lab().faulty(&faults, &bench.lab().tsa_url("tsa-ec"));
        let ran = stamp(&bench, &["record.pdf", "--tsa", &url]);
        assert_eq!(ran.status, 2, "{fault}");
        assert!(ran.stderr.contains(says), "{fault}: {}", ran.stderr);
        assert!(!bench.path("record.pdf.tst").exists(), "{fault}");
    }
    let nowhere = format!("{}/tsa/nobody", bench.lab().base_url());
    let ran = stamp(&bench, &["record.pdf", "--tsa", &nowhere]);
    assert!(ran.stderr.contains("there is nothing at this address (status 404)"), "{}", ran.stderr);
    // Right bytes under a wrong type are taken: servers err in this.
    let ran = stamp(&bench, &["record.pdf", "--tsa", &faulty(&bench, "wrong-content-type")]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

#[test]
fn a_busy_tsa_is_asked_again_and_a_broken_one_gives_way_to_the_next() {
    let bench = Bench::new();
    bench.write("a", b"a");
    bench.write("b", b"b");
    let busy = faulty(&bench, "busy=1");
    assert_eq!(stamp(&bench, &["a", "--tsa", &busy]).status, 0);
    let second = bench.lab().tsa_url("tsa-rsa");
    for first in ["truncate", "reject", "wrong-nonce", "close"] {
        let out = format!("b.{first}");
        let ran =
            stamp(&bench, &["b", "--out", &out, "--tsa", &faulty(&bench, first), "--tsa", &second]);
        assert_eq!(ran.status, 0, "{first}: {}", ran.stderr);
        assert!(ran.stdout.contains("RSA-01"), "{}", ran.stdout);
    }
}

#[test]
fn a_tsa_whose_token_failed_is_not_asked_for_the_next_file() {
    let bench = Bench::new();
    for name in ["a", "b", "c"] {
        bench.write(name, name.as_bytes());
    }
    let wrong = faulty(&bench, "wrong-nonce");
    let ran = stamp(&bench, &["a", "b", "c", "--tsa", &wrong]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stderr.matches("the nonce in the token").count(), 1, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("no TSA is left to ask").count(), 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("files not stamped: 3"), "{}", ran.stderr);
}

#[test]
fn a_batch_keeps_to_the_limit_goes_on_where_it_stopped_and_replaces_nothing() {
    let bench = Bench::new();
    for name in ["a", "b", "c"] {
        bench.write(name, name.as_bytes());
    }
    let url = bench.lab().tsa_url("tsa-ec");
    assert_eq!(stamp(&bench, &["a", "--tsa", &url]).status, 0);
    let first = bench.read("a.tst");
    let refused = stamp(&bench, &["a", "--tsa", &url]);
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("a.tst"), "{}", refused.stderr);
    bench.write("c.tst", b"something else");
    let begun = Instant::now();
    let ran = stamp(&bench, &["a", "b", "c", "--resume", "--tsa", &url, "--tsa-interval", "2"]);
    assert!(ran.stdout.contains("stamped before: a → a.tst"), "{}", ran.stdout);
    assert!(ran.stdout.contains("stamped: b → b.tst"), "{}", ran.stdout);
    assert_eq!((ran.status, bench.read("a.tst")), (2, first));
    assert_eq!(bench.read("c.tst"), b"something else");
    std::fs::remove_file(bench.path("b.tst")).unwrap();
    std::fs::remove_file(bench.path("c.tst")).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20));
    let begun = Instant::now();
    let ran = stamp(&bench, &["b", "c", "--tsa", &url, "--tsa-interval", "2"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(begun.elapsed() >= Duration::from_secs(2));
    assert_eq!(ran.stderr, "", "a script is not told of each wait");
}

#[test]
fn a_policy_is_asked_for_and_another_is_not_taken() {
    let bench = Bench::new();
    bench.write("a", b"a");
    let url = bench.lab().tsa_url("tsa-ec");
    let ran = stamp(&bench, &["a", "--tsa", &url, "--policy", "1.3.6.1.4.1.32473.1.9"]);
    assert!(ran.stderr.contains("unacceptedPolicy"), "{}", ran.stderr);
    let ran = stamp(&bench, &["a", "--tsa", &url, "--policy", "1.3.6.1.4.1.32473.1.1"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(stamp(&bench, &["a", "--tsa", &url, "--policy", "lab policy"]).status, 2);
}

/// The lab once more over TLS, and the PKI of these connections in `tls/`.
fn secured(bench: &Bench, clients: Clients) -> LabServer {
    let pki = if bench.path("tls").exists() {
        Lab::open(&bench.path("tls")).unwrap()
    } else {
        let declaration = Declaration::tls().unwrap();
        Lab::make(declaration, &bench.path("tls"), "http://127.0.0.1:1".to_owned(), now()).unwrap()
    };
    let port = LabServer::bind().unwrap().secured(&pki, clients).unwrap();
    port.serve(Lab::open(&bench.path("lab")).unwrap(), now).unwrap()
}

const TRUST: [&str; 4] = ["--trust", "lab/trust", "--trust", "tls/trust"];

/// Has a file stamped over TLS.
fn over_tls(bench: &Bench, server: &LabServer, path: &str, out: &str, more: &[&str]) -> Ran {
    let url = format!("https://{}{path}", server.address());
    let words = ["timestamp", "create", "record", "--out", out, "--tsa", &url];
    bench.inkan(&[&words[..], &TRUST, more].concat())
}

#[test]
fn a_server_is_believed_only_under_a_root_that_is_trusted_for_tls() {
    let bench = Bench::new();
    bench.write("record", b"record");
    let server = secured(&bench, Clients::Any);
    let ran = over_tls(&bench, &server, "/tsa/tsa-ec", "1", &[]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let url = format!("https://{}/tsa/tsa-ec", server.address());
    let ran = stamp(&bench, &["record", "--tsa", &url]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("the certificate of the server is not trusted"), "{}", ran.stderr);
    assert!(ran.stderr.contains("inkan trust add --role tls"), "{}", ran.stderr);
}

#[test]
fn a_client_certificate_is_shown_from_pem_and_from_a_store_and_its_lack_is_named() {
    let bench = Bench::new();
    bench.write("record", b"record");
    let server = secured(&bench, Clients::Known);
    let tsa = |out: &str, more: &[&str]| over_tls(&bench, &server, "/tsa/tsa-ec", out, more);
    let key = ["--tsa-key", "tls/tls-client.key", "--tsa-cert", "tls/tls-client.crt"];
    let pin = ["--tsa-pin-source", "file:tls/password.txt"];
    let ran = tsa("1", &[&key[..], &pin].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let export = ["pkcs12", "-export", "-inkey", "tls/tls-client.key", "-in", "tls/tls-client.crt"];
    let passwords =
        ["-passin", "file:tls/password.txt", "-passout", "pass:himitsu", "-out", "c.p12"];
    bench.openssl_ok(&[&export[..], &passwords].concat());
    bench.write("pin", b"himitsu\n");
    let ran = tsa("2", &["--tsa-key", "c.p12", "--tsa-pin-source", "file:pin"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let ran = tsa("3", &[]);
    assert!(ran.stderr.contains("the server asked for a client certificate"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--tsa-key"), "{}", ran.stderr);
    let stranger = ["--tsa-key", "tls/tls-stranger.key", "--tsa-cert", "tls/tls-stranger.crt"];
    let ran = tsa("3", &[&stranger[..], &pin].concat());
    assert!(ran.stderr.contains("does not accept the client certificate"), "{}", ran.stderr);
    let wrong = ["--tsa-pin-source", "file:record"];
    let ran = tsa("3", &[&key[..], &wrong].concat());
    assert!(ran.stderr.contains("the password does not open this key"), "{}", ran.stderr);
    assert!(!bench.path("3").exists());
}

#[test]
fn a_password_is_sent_when_it_is_known_and_never_in_the_clear_or_to_two() {
    let bench = Bench::new();
    bench.write("record", b"record");
    bench.write("wrong", b"himitsu");
    let server = secured(&bench, Clients::Any);
    let tsa = |out: &str, more: &[&str]| over_tls(&bench, &server, "/auth/tsa/tsa-ec", out, more);
    let user = ["--tsa-user", "hospital", "--tsa-password-source"];
    let ran = tsa("1", &[&user[..], &["file:lab/password.txt"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let ran = tsa("2", &[]);
    assert!(ran.stderr.contains("asks for a user and a password (status 401)"), "{}", ran.stderr);
    let ran = tsa("2", &[&user[..], &["file:wrong"]].concat());
    assert!(ran.stderr.contains("does not accept the user or the password"), "{}", ran.stderr);
    let elsewhere = ["record", "--out", "2", "--tsa", "http://tsa.invalid/"];
    let login = ["--tsa-user", "hospital", "--tsa-password-source", "file:wrong"];
    let ran = stamp(&bench, &[&elsewhere[..], &login].concat());
    assert!(ran.stderr.contains("a password is not sent to an http address"), "{}", ran.stderr);
    let two = ["record", "--tsa", "https://a.invalid/", "--tsa", "https://b.invalid/"];
    let ran = stamp(&bench, &[&two[..], &login].concat());
    assert!(ran.stderr.contains("several addresses that it could be for"), "{}", ran.stderr);
    let ran = stamp(&bench, &["record", "--tsa", "https://u:himitsu@a.invalid/"]);
    assert!(ran.stderr.contains("does not belong into an address"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("himitsu"));
}

#[test]
fn a_hospital_names_its_tsas_in_a_file() {
    let bench = Bench::new();
    bench.write("record", b"record");
    let server = secured(&bench, Clients::Known);
    std::fs::create_dir_all(bench.path(".config/inkan")).unwrap();
    let text = format!(
        "[[tsa]]\nname = 'ours'\nurl = 'https://{}/auth/tsa/tsa-rsa'\nuser = 'hospital'\n\
         password-source = 'file:../../lab/password.txt'\nclient-key = '../../tls/tls-client.key'\n\
         client-cert = '../../tls/tls-client.crt'\nclient-pin-source = 'file:../../tls/password.txt'\n\
         policy = '1.3.6.1.4.1.32473.1.1'\ninterval = 1\n",
        server.address()
    );
    bench.write(".config/inkan/tsa.toml", text.as_bytes());
    let words = ["timestamp", "create", "record", "--tsa", "ours"];
    let ran = bench.inkan(&[&words[..], &TRUST].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let signed = bench.sign("record", "ec-physician", &["--tsa", "ours", "--trust", "tls/trust"]);
    assert_eq!(signed.status, 0, "{}", signed.stderr);
    let (_, verdict) = bench.verdict(&["record.p7s", "--trust", "lab/trust"]);
    assert_eq!(at(&verdict, "/files/0/signatures/0/level"), "T");
    let unknown = bench.inkan(&["timestamp", "create", "record", "--out", "x", "--tsa", "theirs"]);
    assert!(unknown.stderr.contains("no TSA is named 'theirs'"), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("there are: ours"), "{}", unknown.stderr);
}

#[test]
fn a_token_from_outside_the_time_of_accreditation_is_not_accepted() {
    let bench = Bench::new();
    bench.write("record", b"record");
    let url = bench.lab().tsa_url("tsa-ec");
    assert_eq!(stamp(&bench, &["record", "--tsa", &url]).status, 0);
    let add = |from: &str, until: &str| {
        let words = ["trust", "add", "lab/tsa-root.crt", "--role", "tsa", "--from", from];
        bench.inkan(&[&words[..], &["--until", until]].concat())
    };
    let outcome = || {
        let (status, verdict) = bench.verdict(&["record.tst", "--content", "record"]);
        let findings = verdict.pointer("/files/0/signatures/0/findings").unwrap();
        let about = |f: &&Value| at(f, "/rule").ends_with(".tsa-accredited");
        let finding = findings.as_array().unwrap().iter().find(about).unwrap().clone();
        (status, at(&finding, "/outcome").to_owned(), verdict)
    };
    assert_eq!(add("2020-04-01", "2020-03-31").status, 2);
    assert_eq!(add("2020-04-01", "2099-03-31").status, 0);
    let (status, seen, _) = outcome();
    assert_eq!((status, seen.as_str()), (0, "met"));
    let listed = bench.inkan(&["trust", "list"]).stdout;
    assert!(listed.contains("accredited   2020-04-01 – 2099-03-31"), "{listed}");
    assert_eq!(add("2020-04-01", "2021-03-31").status, 0);
    let (status, seen, verdict) = outcome();
    assert_eq!((status, seen.as_str()), (3, "violated"));
    assert_eq!(at(&verdict, "/files/0/sub_indication"), "SIG_CONSTRAINTS_FAILURE");
    let again = bench.inkan(&["timestamp", "create", "record", "--out", "new", "--tsa", &url]);
    assert!(again.stderr.contains("(SIG_CONSTRAINTS_FAILURE)"), "{}", again.stderr);
    assert!(!bench.path("new").exists());
    let signer = ["trust", "add", "lab/ec-root.crt", "--role", "signer", "--from", "2020-04-01"];
    assert!(bench.inkan(&signer).stderr.contains("only a certificate trusted for the role tsa"));
}
