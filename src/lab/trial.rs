//! One lab for all tests: made once, served on loopback, asked with plain sockets and OpenSSL.

use super::{Declaration, Fault, Lab, LabServer, Member};
use crate::edge::clock::now;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;
use tempfile::TempDir;

/// A lab under trial.
pub(super) struct Trial {
    directory: TempDir,
    server: LabServer,
}

/// What came back over HTTP.
#[derive(Debug)]
pub(super) struct Response {
    pub status: u16,
    pub content_type: String,
    pub announced: usize,
    pub body: Vec<u8>,
}

pub(super) static TRIAL: LazyLock<Trial> = LazyLock::new(Trial::new);

impl Trial {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = LabServer::bind().unwrap();
        // OpenSSL judges by the real clock, so the lab lives by it too.
        let declaration = Declaration::standard().unwrap();
        let lab = Lab::make(declaration, directory.path(), port.base_url(), now()).unwrap();
        let roots: Vec<u8> = ["hpki-root", "ec-root", "tsa-root"]
            .iter()
            .flat_map(|root| std::fs::read(directory.path().join(format!("{root}.crt"))).unwrap())
            .collect();
        std::fs::write(directory.path().join("roots.pem"), roots).unwrap();
        Self { directory, server: port.serve(lab, now).unwrap() }
    }

    pub(super) fn lab(&self) -> &Lab {
        self.server.lab()
    }

    pub(super) fn member(&self, name: &str) -> &Member {
        self.lab().member(name).unwrap()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The URL with these faults, written as in a path.
    pub(super) fn faulty(&self, faults: &str, url: &str) -> String {
        let faults: Vec<Fault> = faults.split(',').map(|fault| fault.parse().unwrap()).collect();
        self.lab().faulty(&faults, url)
    }

    /// Runs OpenSSL in the directory of the lab: whether it was content, and all it said.
    pub(super) fn openssl(&self, arguments: &str) -> (bool, String) {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.directory.path())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Runs OpenSSL, which must be content.
    pub(super) fn openssl_ok(&self, arguments: &str) -> String {
        let (content, said) = self.openssl(arguments);
        assert!(content, "openssl {arguments}: {said}");
        said
    }

    pub(super) fn get(&self, url: &str) -> Option<Response> {
        fetch("GET", url, "", &[])
    }

    pub(super) fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Option<Response> {
        fetch("POST", url, content_type, body)
    }

    /// The response of a time-stamping authority.
    pub(super) fn stamp(&self, url: &str, query: &[u8]) -> Vec<u8> {
        let response = self.post(url, "application/timestamp-query", query).unwrap();
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        assert_eq!(response.content_type, "application/timestamp-reply");
        response.body
    }
}

/// One exchange; nothing if the connection ended without a byte.
pub(super) fn fetch(method: &str, url: &str, content_type: &str, body: &[u8]) -> Option<Response> {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).ok()?;
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let field = |name: &str| {
        let line = head.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    Some(Response {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        content_type: field("Content-Type"),
        announced: field("Content-Length").parse().unwrap(),
        body: received[end + 4..].to_vec(),
    })
}
