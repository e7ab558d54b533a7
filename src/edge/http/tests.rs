//! The client against servers of this process.

use super::*;
use crate::key::openssl;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
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
    for (line, status) in [
        ("500 Oops", 500),
        ("404 Not Found", 404),
        ("302 Found\r\nlocation: http://127.0.0.1:1/", 302),
    ] {
        let url = serve_bytes(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n").into());
        let error = client(1000).get(&url).unwrap_err();
        assert_eq!(error.cause(), &HttpCause::Status(status));
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
    assert_eq!(cause(client(1000).get(&url)), HttpCause::Closed);
}

#[test]
fn only_http_addresses_are_fetched() {
    for url in ["file:///etc/passwd", "ldap://dir.example/cn=x", "gopher://x", "host/path", ""] {
        assert_eq!(cause(client(1000).get(url)), HttpCause::Scheme, "{url}");
    }
    assert_eq!(cause(client(1000).get("http://a b/")), HttpCause::BadUrl);
}

/// A certificate for localhost and a server that shows it once.
fn serve_tls(reply: Vec<u8>) -> (String, CertificateDer<'static>) {
    let keys = openssl::Keys::new();
    let key = keys.private(&keys.ec("P-256"));
    let request =
        ["req", "-x509", "-subj", "/CN=localhost", "-key", "/dev/stdin", "-outform", "DER"];
    let extensions =
        ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"];
    let certificate = openssl::run(&[&request[..], &extensions].concat(), &key).unwrap();
    let certificate = CertificateDer::from(certificate);
    let key = openssl::run(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], &key).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let engine = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(engine)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
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

fn trusting(roots: Vec<CertificateDer<'_>>) -> HttpClient {
    let mut client = client(1000);
    client.tls = OnceLock::from(tls_agent(client.limits, roots));
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
