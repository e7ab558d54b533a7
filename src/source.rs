//! Bytes that may be too many for memory: read where needed, hashed as a stream.
//!
//! What stands behind a source (a file, a buffer) is none of this layer's business.

use crate::digest::{Digest, DigestAlgorithm, Hasher};
use bytes::Bytes;
use std::io;
use std::ops::Range;

/// How much is copied at once.
const CHUNK: usize = 256 << 10;

/// How much is read at once when hashing: it stands on the stack and stays in the processor's nearest memory,
/// where a larger buffer would have to be had from the system for every file.
const PIECE: usize = 32 << 10;

/// Something that can be read at any place.
pub trait Source: std::fmt::Debug {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Reads some bytes from that place on; 0 only at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// The digest of the whole, where somebody took it while this was open.
    fn known_digest(&self, _: DigestAlgorithm) -> Option<Digest> {
        None
    }

    /// Whether it is what it was when it was opened.
    fn is_unchanged(&self) -> io::Result<bool> {
        Ok(true)
    }

    /// Whether the bytes themselves can be read; of some only digests are known.
    fn is_at_hand(&self) -> bool {
        true
    }

    /// All of them, where they are in memory anyway.
    fn in_memory(&self) -> Option<&Bytes> {
        None
    }

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source for Bytes {
    fn len(&self) -> u64 {
        u64::try_from(self.as_ref().len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(count)
    }

    fn in_memory(&self) -> Option<&Bytes> {
        Some(self)
    }
}

/// Something being written that nobody sees until it is published. Dropped before that, it is gone
/// without a trace.
pub trait Draft: io::Write + std::fmt::Debug {
    /// Opens what was written so far for reading.
    fn reread(&mut self) -> io::Result<Box<dyn Source>>;

    /// Makes it durable and gives it its name, in one step.
    fn publish(self: Box<Self>) -> io::Result<()>;
}

/// Copies a whole source.
pub fn copy(source: &dyn Source, to: &mut dyn Draft) -> io::Result<()> {
    copy_ranges(source, std::slice::from_ref(&(0..source.len())), to)
}

/// Copies some ranges of a source, one after another.
pub fn copy_ranges(
    source: &dyn Source,
    ranges: &[Range<u64>],
    to: &mut dyn io::Write,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    for range in ranges {
        let mut at = range.start;
        while at < range.end {
            let wanted = usize::try_from(range.end - at).unwrap_or(CHUNK).min(CHUNK);
            let chunk = buffer.get_mut(..wanted).unwrap_or_default();
            read_exact_at(source, at, chunk)?;
            to.write_all(chunk)?;
            at += u64::try_from(wanted).unwrap_or(0);
        }
    }
    Ok(())
}

/// Fills the whole buffer, or fails: a source that became shorter is an error, never fewer bytes.
pub fn read_exact_at(source: &dyn Source, mut offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let mut rest = buffer;
    while !rest.is_empty() {
        let count = source.read_at(offset, rest)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset += u64::try_from(count).unwrap_or(0);
        rest = rest.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}

/// The digests of some ranges of a source, one after another, all in one pass.
pub fn digest(
    source: &dyn Source,
    ranges: &[Range<u64>],
    algorithms: &[DigestAlgorithm],
) -> io::Result<Vec<Digest>> {
    let mut hashers: Vec<Hasher> = algorithms.iter().map(|a| Hasher::new(*a)).collect();
    feed(source, ranges, &mut hashers)?;
    Ok(hashers.into_iter().map(Hasher::finish).collect())
}

/// Has hashes under way take in some ranges of a source, one after another, all in one pass.
pub fn feed(source: &dyn Source, ranges: &[Range<u64>], hashers: &mut [Hasher]) -> io::Result<()> {
    let mut buffer = [0; PIECE];
    for range in ranges {
        let mut at = range.start;
        while at < range.end {
            let wanted = usize::try_from(range.end - at).unwrap_or(PIECE).min(PIECE);
            let chunk = buffer.get_mut(..wanted).unwrap_or_default();
            read_exact_at(source, at, chunk)?;
            for hasher in &mut *hashers {
                hasher.update(chunk);
            }
            at += u64::try_from(wanted).unwrap_or(0);
        }
    }
    Ok(())
}

/// The digests of a whole source.
pub fn digest_all(source: &dyn Source, algorithms: &[DigestAlgorithm]) -> io::Result<Vec<Digest>> {
    let known = algorithms.iter().map(|algorithm| source.known_digest(*algorithm));
    if let Some(known) = known.collect() {
        return Ok(known);
    }
    let whole = 0..source.len();
    digest(source, std::slice::from_ref(&whole), algorithms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_hashed_as_if_joined() {
        let source = Bytes::from_static(b"hello cruel world");
        let digests = digest(&source, &[0..6, 12..17], &[DigestAlgorithm::Sha256]).unwrap();
        assert_eq!(digests[0], DigestAlgorithm::Sha256.digest(b"hello world"));
    }

    #[test]
    fn a_source_that_ends_early_is_an_error_and_not_another_hash() {
        let source = Bytes::from_static(b"short");
        let error =
            digest(&source, std::slice::from_ref(&(0..9)), &[DigestAlgorithm::Sha256]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
