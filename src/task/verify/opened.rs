//! Finds the signed-data in a file, whatever is around it.

use crate::der::cms::SignedData;
use crate::der::cms::outline::{Outline, OutlineError, outline};
use crate::der::tlv::{Malformed, Problem};
use crate::der::tsp::TimeStampResponse;
use crate::der::{Bytes, pem};
use crate::source::{self, Source};
use std::io;

/// PEM is text around DER; nobody writes gigabytes of it.
pub(in crate::task) const MAX_PEM: u64 = 96 << 20;

/// Time-stamp responses stand in small files.
pub(super) const MAX_RESPONSE: u64 = 1 << 20;

/// A signed-data with its content left where it stands.
pub(in crate::task) struct Opened {
    pub(in crate::task) data: SignedData,
    pub(in crate::task) outline: Outline,
    /// The decoded bytes where the file was PEM, or the token out of a response.
    pub(in crate::task) inner: Option<Bytes>,
}

pub(in crate::task) enum Unsigned {
    Nothing,
    Broken(Malformed),
}

pub(in crate::task) fn open(file: &dyn Source) -> io::Result<Result<Opened, Unsigned>> {
    // Most signatures stand in files of some kilobytes: read once, however often they are looked at.
    let small = if file.len() <= MAX_RESPONSE { Some(Bytes::from(read_all(file)?)) } else { None };
    let file: &dyn Source = match &small {
        Some(bytes) => bytes,
        None => file,
    };
    let inner = match unwrap_pem(file)?.as_slice() {
        [] => small.as_deref().and_then(unwrap_response),
        [der] => Some(der.clone()),
        // Judging one of several would pass over the others in silence.
        [..] => return Ok(Err(Unsigned::Broken(Malformed::new("PEM", Problem::Trailing)))),
    };
    let outlined = match &inner {
        Some(bytes) => outline(bytes),
        None => outline(file),
    };
    let outline = match outlined {
        Ok(outline) => outline,
        Err(OutlineError::NotSignedData) => return Ok(Err(Unsigned::Nothing)),
        Err(OutlineError::Malformed(error)) => return Ok(Err(Unsigned::Broken(error))),
        Err(OutlineError::Unreadable(error)) => return Err(error),
    };
    Ok(match SignedData::read_definite(&outline.shell) {
        Ok(data) => Ok(Opened { data, outline, inner }),
        Err(error) => Err(Unsigned::Broken(error)),
    })
}

/// Every signature in a PEM file; none if it is no PEM.
fn unwrap_pem(file: &dyn Source) -> io::Result<Vec<Bytes>> {
    const MARK: &[u8] = b"-----BEGIN ";
    let mut start = vec![0; MARK.len()];
    if file.len() > MAX_PEM || file.read_at(0, &mut start)? < MARK.len() || start != MARK {
        return Ok(Vec::new());
    }
    let all = read_all(file)?;
    let signed = |s: &pem::Section| matches!(s.label.as_str(), "CMS" | "PKCS7");
    Ok(pem::sections(&all).into_iter().filter(signed).map(|section| section.der).collect())
}

/// The token inside a time-stamp response, as TSAs and OpenSSL store it.
fn unwrap_response(all: &[u8]) -> Option<Bytes> {
    TimeStampResponse::parse(all).ok().and_then(|response| response.token)
}

pub(in crate::task) fn read_all(file: &dyn Source) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.len()).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    source::read_exact_at(file, 0, &mut bytes)?;
    Ok(bytes)
}
