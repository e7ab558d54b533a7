//! Just enough HTTP/1.1: one bounded request in, one reply out, then the connection closes
//! (RFC 9112).

use std::io::{self, BufRead, Read, Write};

/// Longer than any head that our clients send.
const MAX_HEAD: u64 = 16 << 10;
/// Requests are hashes and identifiers; the largest real ones are a few hundred octets.
const MAX_BODY: usize = 64 << 10;

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Request {
    pub method: String,
    /// The path as sent, still percent-encoded.
    pub path: String,
    pub content_type: String,
    pub authorization: String,
    pub body: Vec<u8>,
}

/// A reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// How much of a reply arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Delivery {
    Whole,
    /// The head announces the whole body; half of it comes.
    HalfTheBody,
    Nothing,
}

impl Reply {
    /// A reply in words.
    pub(super) fn text(status: u16, text: &str) -> Self {
        let body = format!("{text}\n").into_bytes();
        Self { status, content_type: "text/plain; charset=utf-8", body }
    }

    /// Writes it.
    pub(super) fn send(&self, to: &mut impl Write, delivery: Delivery) -> io::Result<()> {
        let body = match delivery {
            Delivery::Nothing => return Ok(()),
            Delivery::Whole => self.body.as_slice(),
            Delivery::HalfTheBody => self.body.get(..self.body.len() / 2).unwrap_or_default(),
        };
        let more = match self.status {
            302 => "Location: /\r\n",
            401 => "WWW-Authenticate: Basic realm=\"lab\"\r\n",
            _ => "",
        };
        let head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n",
            self.status,
            reason(self.status),
            self.content_type,
            self.body.len()
        );
        to.write_all(head.as_bytes())?;
        to.write_all(body)?;
        to.flush()
    }
}

impl Request {
    /// Reads one. An error in the outer result is the connection's; one in the inner is the
    /// reply to what was not acceptable.
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Result<Self, Reply>> {
        let mut head = String::new();
        let mut limited = from.by_ref().take(MAX_HEAD);
        while !head.ends_with("\r\n\r\n") {
            if limited.read_line(&mut head)? == 0 {
                return if limited.limit() == 0 {
                    Ok(Err(Reply::text(431, "the head of the request is too long")))
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
        let (mut request, length) = match Self::parse_head(&head) {
            Ok(parsed) => parsed,
            Err(reply) => return Ok(Err(reply)),
        };
        request.body = vec![0; length];
        from.read_exact(&mut request.body)?;
        Ok(Ok(request))
    }

    /// The request without its body, and how long the body is.
    fn parse_head(head: &str) -> Result<(Self, usize), Reply> {
        let bad = || Reply::text(400, "this is no HTTP/1.1 request");
        let mut lines = head.split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (method, path) = (first.next().ok_or_else(bad)?, first.next().ok_or_else(bad)?);
        if !first.next().is_some_and(|version| version.starts_with("HTTP/1.")) {
            return Err(bad());
        }
        let mut length = 0;
        let (mut content_type, mut authorization) = (String::new(), String::new());
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or_else(bad)?;
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().map_err(|_| bad())?,
                "content-type" => value.trim().clone_into(&mut content_type),
                "authorization" => value.trim().clone_into(&mut authorization),
                "transfer-encoding" => {
                    return Err(Reply::text(411, "send the body with Content-Length"));
                }
                _ => {}
            }
        }
        if length > MAX_BODY {
            return Err(Reply::text(413, "the body of the request is too long"));
        }
        let (method, path) = (method.to_owned(), path.to_owned());
        Ok((Self { method, path, content_type, authorization, body: Vec::new() }, length))
    }
}

/// Undoes percent-encoding (RFC 3986 §2.1); nothing if it is broken.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet == b'%' {
            let digit = |octet: Option<u8>| char::from(octet?).to_digit(16);
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            octets.push(u8::try_from(value).ok()?);
        } else {
            octets.push(octet);
        }
    }
    String::from_utf8(octets).ok()
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Result<Request, Reply>> {
        Request::read(&mut io::BufReader::new(bytes))
    }

    #[test]
    fn a_request_is_read_with_its_body() {
        let request = read(
            b"POST /tsa/x HTTP/1.1\r\nHost: a\r\ncontent-type: a/b\r\nContent-Length: 3\r\n\r\nabc",
        );
        let request = request.unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/tsa/x"));
        assert_eq!((request.content_type.as_str(), request.body.as_slice()), ("a/b", &b"abc"[..]));
    }

    #[test]
    fn what_is_too_large_or_no_request_is_refused() {
        let status = |bytes: &[u8]| read(bytes).unwrap().unwrap_err().status;
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000));
        assert_eq!(status(long.as_bytes()), 431);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n"), 413);
        assert_eq!(status(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), 411);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
        assert_eq!(status(b"hello\r\n\r\n"), 400);
        assert!(read(b"GET / HTTP/1.1\r\n").is_err());
        assert!(read(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na").is_err());
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(percent_decoded("MF%2BwXTBb%3d/a").unwrap(), "MF+wXTBb=/a");
        for broken in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(percent_decoded(broken), None, "{broken}");
        }
    }
}
