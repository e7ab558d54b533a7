//! inkan and OpenSSL verify what the other signs.

use crate::bench::{Bench, at};
use crate::{MEMBERS, violated};

/// The roots as one file, for OpenSSL.
fn roots(bench: &Bench) -> String {
    let roots =
        ["hpki-root", "ec-root", "tsa-root"].map(|name| bench.read(&format!("lab/{name}.crt")));
    bench.write("roots.pem", &roots.concat());
    "roots.pem".to_owned()
}

#[test]
fn openssl_verifies_what_inkan_signs_detached_and_attached_with_rsa_and_ec() {
    let bench = Bench::new();
    let roots = roots(&bench);
    bench.write("record.txt", "処方箋\n".repeat(1000).as_bytes());
    let tsa = bench.lab().tsa_url("tsa-ec");
    for member in MEMBERS {
        let stamped = ["--tsa", tsa.as_str()];
        for level in [vec![], stamped.to_vec(), [&["--level", "LTA"], &stamped[..]].concat()] {
            let detached = [level.as_slice(), &["--force"]].concat();
            let ran = bench.sign("record.txt", member, &detached);
            assert_eq!(ran.status, 0, "{member}: {}", ran.stderr);
            let common = [
                "-binary", "-cades", "-inform", "DER", "-CAfile", &roots, "-purpose", "any",
                "-out", "back",
            ];
            let verify = [
                &["cms", "-verify", "-content", "record.txt", "-in", "record.txt.p7s"],
                common.as_slice(),
            ];
            bench.openssl_ok(&verify.concat());

            let ran =
                bench.sign("record.txt", member, &[detached.as_slice(), &["--attached"]].concat());
            assert_eq!(ran.status, 0, "{member}: {}", ran.stderr);
            let verify = [&["cms", "-verify", "-in", "record.txt.p7m"], common.as_slice()];
            bench.openssl_ok(&verify.concat());
            assert_eq!(bench.read("back"), bench.read("record.txt"));

            let mut forged = bench.read("record.txt");
            forged[100] ^= 1;
            bench.write("forged.txt", &forged);
            let verify = [
                &["cms", "-verify", "-content", "forged.txt", "-in", "record.txt.p7s"],
                common.as_slice(),
            ];
            assert_ne!(bench.openssl(&verify.concat()).status, 0);
        }
    }
}

#[test]
fn openssl_verifies_the_timestamp_inside() {
    let bench = Bench::new();
    let roots = roots(&bench);
    bench.write("record.txt", b"a record");
    for tsa in ["tsa-ec", "tsa-rsa"] {
        let url = bench.lab().tsa_url(tsa);
        let ran = bench.sign("record.txt", "ec-physician", &["--tsa", &url, "--force"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let data = inkan::der::cms::SignedData::parse(&bench.read("record.txt.p7s")).unwrap();
        let signer = &data.signers[0];
        let unsigned = signer.unsigned_attributes.as_ref().unwrap();
        let stamp = unsigned.of_kind(inkan::oid::SIGNATURE_TIME_STAMP).next().unwrap();
        bench.write("token.der", &stamp.values[0]);
        bench.write("value.bin", &signer.signature);
        bench.openssl_ok(&[
            "ts",
            "-verify",
            "-data",
            "value.bin",
            "-in",
            "token.der",
            "-token_in",
            "-CAfile",
            &roots,
            "-untrusted",
            "lab/tsa-ca.crt",
        ]);
        // The same token stands alone: inkan judges it over the same bytes, and not over others.
        let (status, json) =
            bench.verdict(&["token.der", "--content", "value.bin", "--trust", "lab/trust"]);
        assert_eq!(
            (status, at(&json, "/files/0/signatures/0/format")),
            (0, "timestamp"),
            "{json:#}"
        );
        let (status, json) =
            bench.verdict(&["token.der", "--content", "record.txt", "--trust", "lab/trust"]);
        assert_eq!((status, at(&json, "/files/0/sub_indication")), (1, "HASH_FAILURE"));
    }
}

#[test]
fn inkan_verifies_what_openssl_signs_in_der_and_in_streamed_ber() {
    let bench = Bench::new();
    let content: Vec<u8> = (0..=255u8).cycle().take(300_000).collect();
    bench.write("record.bin", &content);
    for member in MEMBERS {
        let (certificate, key, chain) = (
            format!("lab/{member}.crt"),
            format!("lab/{member}.key"),
            format!("lab/{member}.chain.pem"),
        );
        let base = [
            "cms",
            "-sign",
            "-cades",
            "-binary",
            "-in",
            "record.bin",
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-certfile",
            &chain,
            "-passin",
            "file:lab/password.txt",
            "-outform",
            "DER",
            "-md",
            "sha256",
        ];
        for (name, form) in [
            ("detached.p7s", vec![]),
            ("attached.p7m", vec!["-nodetach"]),
            ("streamed.p7m", vec!["-nodetach", "-stream"]),
            ("keyid.p7m", vec!["-nodetach", "-keyid"]),
        ] {
            bench.openssl_ok(&[base.as_slice(), &["-out", name], &form].concat());
            let mut words = vec![name, "--trust", "lab/trust"];
            if name == "detached.p7s" {
                words.extend(["--content", "record.bin"]);
            }
            let (status, json) = bench.verdict(&words);
            assert_eq!(status, 0, "{member} {name}: {json:#}");
            assert_eq!(at(&json, "/files/0/signatures/0/level"), "B");
            assert_eq!(violated(&json), 0, "not even a warning: {json:#}");

            // One byte inside the content, wherever the pieces of BER begin.
            if name != "detached.p7s" {
                let mut forged = bench.read(name);
                let place = forged.windows(64).position(|w| w == &content[1000..1064]).unwrap();
                forged[place] ^= 1;
                bench.write("forged.p7m", &forged);
                let (status, json) = bench.verdict(&["forged.p7m", "--trust", "lab/trust"]);
                assert_eq!(
                    (status, at(&json, "/files/0/sub_indication")),
                    (1, "HASH_FAILURE"),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn an_independent_reader_finds_der_in_what_inkan_writes() {
    use der::Decode as _;
    let bench = Bench::new();
    bench.write("record.txt", b"a record");
    let url = bench.lab().tsa_url("tsa-rsa");
    let ran = bench.sign("record.txt", "hpki-physician", &["--tsa", &url]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let bytes = bench.read("record.txt.p7s");
    let info = cms::content_info::ContentInfo::from_der(&bytes).unwrap();
    let data: cms::signed_data::SignedData = info.content.decode_as().unwrap();
    assert_eq!(data.signer_infos.0.len(), 1);
    let signer = data.signer_infos.0.get(0).unwrap();
    assert_eq!(signer.signed_attrs.as_ref().unwrap().len(), 4);
    assert_eq!(signer.unsigned_attrs.as_ref().unwrap().len(), 1);
    use der::Encode as _;
    assert_eq!(info.to_der().unwrap(), bytes, "every SET stands in DER order");
}
