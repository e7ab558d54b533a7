//! The client against servers of this process.

use super::*;
use crate::crypto::SignatureScheme;
use crate::key::SigningKey as _;
use crate::key::openssl;
use crate::key::software::SoftwareKey;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Answers one connection on a port of its own with what the function makes of the request.
fn serve(answer: impl FnOnce(Vec<u8>, TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_request(&mut stream);
        answer(request, stream);
    });
    format!("http://{address}")
}

/// A server that writes this and closes.
fn serve_bytes(bytes: Vec<u8>) -> String {
    serve(move |_, mut stream| {
        let _ = stream.write_all(&bytes);
    })
}

fn read_request(stream: &mut impl Read) -> Vec<u8> {
    let mut request = Vec::new();
    let mut octet = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut octet).unwrap_or(0) == 1 {
        request.push(octet[0]);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    request.extend(body);
    request
}

fn good(media_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn client(get_bytes: u64) -> HttpClient {
    let total = Duration::from_millis(700);
    HttpClient::new(HttpLimits { get_bytes, post_bytes: get_bytes, total, connect: total })
}

fn cause(result: Result<Vec<u8>, HttpError>) -> HttpCause {
    result.unwrap_err().cause().clone()
}

#[test]
fn what_is_at_an_address_is_fetched_up_to_the_limit_and_not_beyond() {
    let content = vec![7; 100_000];
    let url = serve_bytes(good("application/pkix-crl", &content));
    assert_eq!(client(100_000).get(&url).unwrap(), content);
    let url = serve_bytes(good("application/pkix-crl", &content));
    assert_eq!(cause(client(99_999).get(&url)), HttpCause::TooLarge(99_999));
}

#[test]
fn an_answer_of_unknown_length_is_cut_off_at_the_limit() {
    let url = serve(|_, mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        while stream.write_all(&[0; 4096]).is_ok() {}
    });
    assert_eq!(cause(client(50_000).get(&url)), HttpCause::TooLarge(50_000));
}

#[test]
fn a_request_is_sent_as_it_is_and_the_type_of_the_answer_is_told() {
    for (given, as_expected) in [
        ("application/timestamp-reply", true),
        ("Application/Timestamp-Reply; charset=x", true),
        ("text/html", false),
    ] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let reply = good(given, b"token");
        let url = serve(move |request, mut stream| {
            sender.send(request).unwrap();
            let _ = stream.write_all(&reply);
        });
        let query = ["application/timestamp-query", "application/timestamp-reply"];
        let answer = client(1000).post(&url, query[0], b"\x30\x00", query[1]).unwrap();
        assert_eq!((answer.body.as_slice(), answer.as_expected), (&b"token"[..], as_expected));
        let request = receiver.recv().unwrap();
        assert!(request.ends_with(b"\r\n\r\n\x30\x00"));
        let head = String::from_utf8_lossy(&request).to_lowercase();
        for line in ["post / http/1.1", "accept: application/timestamp-reply", "user-agent: inkan/"]
        {
            assert!(head.contains(line), "{line} in {head}");
        }
        assert!(head.contains("content-type: application/timestamp-query"), "{head}");
    }
}

#[test]
fn a_status_that_is_not_good_is_an_error_and_a_redirect_is_not_followed() {
    for (line, status, cause) in [
        ("500 Oops", 500, HttpCause::Status(500)),
        ("401 Unauthorized", 401, HttpCause::PasswordWanted),
        ("403 Forbidden", 403, HttpCause::Forbidden),
        ("404 Not Found", 404, HttpCause::NotFound),
        ("302 Found\r\nlocation: http://127.0.0.1:1/", 302, HttpCause::Redirected(302)),
    ] {
        let url = serve_bytes(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n").into());
        let error = client(1000).get(&url).unwrap_err();
        assert_eq!(error.cause(), &cause);
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
}

#[test]
fn a_server_that_is_slow_in_any_part_is_left() {
    let pause = Duration::from_secs(3);
    let silent = serve(move |_, _stream| thread::sleep(pause));
    let dripping = serve(move |_, mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n");
        for _ in 0..30 {
            let _ = stream.write_all(b".");
            thread::sleep(pause / 30);
        }
    });
    for url in [silent, dripping] {
        assert_eq!(cause(client(1000).get(&url)), HttpCause::TimedOut, "{url}");
    }
}

#[test]
fn a_port_without_a_server_refuses_and_a_server_that_hangs_up_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(cause(client(1000).get(&url)), HttpCause::Refused);
    let url = serve_bytes(Vec::new());
    assert_eq!(cause(client(1000).get(&url)), HttpCause::Closed);
    let url = serve_bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec());
    assert_eq!(cause(client(1000).get(&url)), HttpCause::Truncated);
}

#[test]
fn only_http_addresses_are_fetched() {
    for url in ["file:///etc/passwd", "ldap://dir.example/cn=x", "gopher://x", "host/path", ""] {
        assert_eq!(cause(client(1000).get(url)), HttpCause::Scheme, "{url}");
    }
    assert_eq!(cause(client(1000).get("http://a b/")), HttpCause::BadUrl);
}

/// A certificate of OpenSSL's for this address, with its key in PEM.
fn made(subject: &str) -> (CertificateDer<'static>, Vec<u8>) {
    let keys = openssl::Keys::new();
    let key = keys.private(&keys.ec("P-256"));
    let request = ["req", "-x509", "-subj", subject, "-key", "/dev/stdin", "-outform", "DER"];
    let extensions =
        ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"];
    let certificate = openssl::run(&[&request[..], &extensions].concat(), &key).unwrap();
    (CertificateDer::from(certificate), key)
}

/// A server that shows a certificate once, and demands one of these from the client.
fn serve_tls_to(
    reply: Vec<u8>,
    clients: &[CertificateDer<'static>],
) -> (String, CertificateDer<'static>) {
    let (certificate, key) = made("/CN=localhost");
    let key = openssl::run(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], &key).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let engine = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(Arc::clone(&engine))
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(clients.iter().cloned());
    let config = if roots.is_empty() {
        config.with_no_client_auth()
    } else {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), engine);
        config.with_client_cert_verifier(verifier.build().unwrap())
    };
    let config = config.with_single_cert(vec![certificate.clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        if stream.conn.complete_io(&mut stream.sock).is_ok() {
            read_request(&mut stream);
            let _ = stream.write_all(&reply);
        }
    });
    (url, certificate)
}

fn serve_tls(reply: Vec<u8>) -> (String, CertificateDer<'static>) {
    serve_tls_to(reply, &[])
}

fn trusting(roots: Vec<CertificateDer<'_>>) -> HttpClient {
    trusting_as(roots, None)
}

fn trusting_as(roots: Vec<CertificateDer<'_>>, identity: Option<TlsIdentity>) -> HttpClient {
    let mut client = client(100_000);
    client.access.identity = identity;
    let roots = roots.into_iter().map(CertificateDer::into_owned).collect();
    client.tls = OnceLock::from(client.tls_agent(roots));
    client
}

#[test]
fn https_works_with_a_trusted_certificate_only() {
    let (url, certificate) = serve_tls(good("text/plain", b"secret"));
    assert_eq!(trusting(vec![certificate.clone()]).get(&url).unwrap(), b"secret");
    let (url, _) = serve_tls(good("text/plain", b"secret"));
    let cause_seen = cause(trusting(vec![certificate]).get(&url));
    assert!(matches!(cause_seen, HttpCause::NotTrusted(_)), "{cause_seen:?}");
    assert_eq!(cause(trusting(Vec::new()).get(&url)), HttpCause::NoRoots);
}

#[test]
fn a_server_without_tls_at_an_https_address_is_no_secure_connection() {
    let (_, certificate) = serve_tls(Vec::new());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let seen = cause(trusting(vec![certificate]).get(&url));
    assert!(matches!(seen, HttpCause::Tls(_) | HttpCause::Closed), "{seen:?}");
}

#[test]
fn a_server_that_asks_who_we_are_is_told_and_one_that_is_not_told_is_understood() {
    let (certificate, key) = made("/CN=hospital");
    let (other, other_key) = made("/CN=stranger");
    let identity = |certificate: &CertificateDer<'_>, key: &[u8]| {
        let certificate = Certificate::parse(certificate.to_vec()).unwrap();
        let key = Arc::new(SoftwareKey::open(key, None).unwrap());
        TlsIdentity::new(key, &certificate, &[]).unwrap()
    };
    let ours = identity(&certificate, &key);
    let serve = || serve_tls_to(good("text/plain", b"for you"), std::slice::from_ref(&certificate));
    let (url, root) = serve();
    assert_eq!(trusting_as(vec![root], Some(ours.clone())).get(&url).unwrap(), b"for you");
    assert!(format!("{ours:?}").contains("CN=hospital"));
    let (url, root) = serve();
    assert_eq!(cause(trusting(vec![root]).get(&url)), HttpCause::CertificateWanted);
    let (url, root) = serve();
    let stranger = trusting_as(vec![root], Some(identity(&other, &other_key)));
    assert_eq!(cause(stranger.get(&url)), HttpCause::CertificateRefused);
}

#[test]
fn an_rsa_key_signs_a_handshake_with_pss_and_not_otherwise() {
    let (certificate, _) = made("/CN=hospital");
    let certificate = Certificate::parse(certificate.to_vec()).unwrap();
    let keys = openssl::Keys::new();
    let key = || SoftwareKey::open(&keys.private(&keys.rsa(2048)), None).unwrap();
    let pss = SignatureScheme::named("rsa-pss-sha256", key().public_key()).unwrap();
    assert!(TlsIdentity::new(Arc::new(key()), &certificate, &[]).is_err());
    let with_pss = Arc::new(key().with_scheme(pss).unwrap());
    assert!(TlsIdentity::new(with_pss, &certificate, &[]).is_ok());
}

/// What OpenSSL's server makes of our handshake when it is told to use this only.
fn against(options: &[&str]) -> Result<Vec<u8>, HttpError> {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = made("/CN=localhost");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("key"), key).unwrap();
    let text = crate::der::pem::encode("CERTIFICATE", &certificate);
    std::fs::write(path("cert"), text).unwrap();
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port().to_string()
    };
    let (cert, key) = (path("cert"), path("key"));
    let words = ["s_server", "-accept", &port, "-key", &key, "-cert", &cert, "-www", "-quiet"];
    let mut server = std::process::Command::new("openssl")
        .args(words)
        .args(options)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let client = trusting(vec![certificate]);
    let url = format!("https://127.0.0.1:{port}/");
    let answer = (0..100).find_map(|_| match client.get(&url) {
        Err(error) if *error.cause() == HttpCause::Refused => {
            thread::sleep(Duration::from_millis(30));
            None
        }
        answer => Some(answer),
    });
    server.kill().unwrap();
    server.wait().unwrap();
    answer.unwrap()
}

#[test]
fn a_server_of_the_high_security_kind_is_spoken_to_and_a_weaker_one_is_not() {
    for sound in [
        ["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"],
        ["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
    ] {
        let page = against(&sound).unwrap();
        assert!(String::from_utf8_lossy(&page).contains(sound[2]), "{sound:?}");
    }
    for weak in [
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
        ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"],
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
    ] {
        let seen = cause(against(&weak));
        assert!(matches!(seen, HttpCause::Alert(_) | HttpCause::Tls(_)), "{weak:?}: {seen:?}");
    }
}
