//! Keeps of a file what a judgement looks at, and judges that again with neither file nor content there.

use super::{FileReport, MAX_PEM, MAX_RESPONSE, Opened, Subject, Unsigned};
use super::{content, open, read_all, stamped, verify_beside};
use crate::ades::Stamped;
use crate::ades::cades;
use crate::der::Bytes;
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::EvidenceSet;
use crate::evidence::bundle::{Beside, Hashed, Held, NotKept, Recorded};
use crate::evidence::want::Offline;
use crate::judge::Judge;
use crate::oid;
use crate::source::{self, Source};
use crate::task::evidence::{self, has_records, verify_group};
use crate::time::Instant;
use std::io;

/// What is kept of a file with these contents beside it.
pub fn record(
    (name, file): (&str, &dyn Source),
    contents: &[(&str, &dyn Source)],
    held: Held,
) -> io::Result<Recorded> {
    let (signature, contents) = match (evidence::open(file)?, contents) {
        (Some(opened), _) => match opened {
            Ok(opened) => record_of(&opened, contents)?,
            Err(_) => unreadable(),
        },
        (None, [] | [_]) => {
            signature_of(&Subject { name, file, content: contents.first().copied(), held })?
        }
        // Only an evidence record is of a group.
        (None, [_, _, ..]) => (Ok(Bytes::new()), unhashed(contents)),
    };
    Ok(Recorded { name: name.to_owned(), held, signature, contents, beside: Beside::default() })
}

/// The same with the evidence records that stand beside it. They are over the whole file and over its content,
/// with functions of their own.
pub fn with_records(
    recorded: Recorded,
    (file, content): (&dyn Source, Option<(&str, &dyn Source)>),
    records: &[(&str, &dyn Source)],
) -> io::Result<Recorded> {
    let Ok(signature) = &recorded.signature else { return Ok(recorded) };
    if records.is_empty() {
        return Ok(recorded);
    }
    let not_kept = |why, recorded| Ok(Recorded { signature: Err(why), ..recorded });
    let mut kept = Vec::new();
    for (name, record) in records {
        match evidence::open(*record)? {
            Some(Ok(opened)) => {
                kept.push(((*name).to_owned(), Bytes::copy_from_slice(opened.bytes())));
            }
            Some(Err(_)) | None => return not_kept(NotKept::UnreadableBeside, recorded),
        }
    }
    let all = DigestAlgorithm::ALL;
    let whole = source::digest_all(file, &all)?;
    let is_whole = whole == all.map(|algorithm| algorithm.digest(signature));
    let contents = match content {
        // That it was inside, and given too, nobody could tell from the bundle.
        Some(_) if open(file)?.is_ok_and(|opened| opened.outline.content.is_some()) => {
            return not_kept(NotKept::RecordOverContent, recorded);
        }
        Some((name, content)) => {
            let digests = source::digest_all(content, &all)?;
            vec![Hashed { name: name.to_owned(), digests }]
        }
        None => recorded.contents,
    };
    let beside = Beside { records: kept, file: if is_whole { Vec::new() } else { whole } };
    Ok(Recorded { beside, contents, ..recorded })
}

type Kept = (Result<Bytes, NotKept>, Vec<Hashed>);

const fn unreadable() -> Kept {
    (Err(NotKept::Unreadable), Vec::new())
}

fn unhashed(contents: &[(&str, &dyn Source)]) -> Vec<Hashed> {
    let one = |(name, _): &(&str, _)| Hashed { name: (*name).to_owned(), digests: Vec::new() };
    contents.iter().map(one).collect()
}

fn record_of(opened: &evidence::Opened, contents: &[(&str, &dyn Source)]) -> io::Result<Kept> {
    let one = |(name, file): &(&str, &dyn Source)| {
        Ok(Hashed { name: (*name).to_owned(), digests: opened.hashed(*file)? })
    };
    let hashed = contents.iter().map(one).collect::<io::Result<_>>()?;
    Ok((Ok(Bytes::copy_from_slice(opened.bytes())), hashed))
}

fn signature_of(subject: &Subject<'_>) -> io::Result<Kept> {
    let opened = match open(subject.file)? {
        Ok(opened) => opened,
        Err(Unsigned::Nothing) => return Ok((Ok(Bytes::new()), Vec::new())),
        Err(Unsigned::Broken(_)) => return Ok(unreadable()),
    };
    let signature = without_content(subject, &opened)?;
    if opened.data.content_type == oid::TST_INFO {
        return Ok((signature, stamped_by(subject, &opened)?));
    }
    let needed = if has_records(&opened.data) {
        // Records inside may be over the content with functions of their own.
        DigestAlgorithm::ALL.to_vec()
    } else {
        cades::digests_needed(&opened.data)
    };
    let content = content(subject, &opened, &needed)?;
    let hashed = content.digests.map(|digests| Hashed { name: content.name, digests });
    Ok((signature, hashed.into_iter().collect()))
}

/// The signature as it stands where its bytes count, and as its shell elsewhere.
fn without_content(subject: &Subject<'_>, opened: &Opened) -> io::Result<Result<Bytes, NotKept>> {
    let length = opened.inner.as_ref().map_or(subject.file.len(), Source::len);
    let whole = || match &opened.inner {
        Some(bytes) => Ok(bytes.clone()),
        None => read_all(subject.file).map(Bytes::from),
    };
    let is_token = opened.data.content_type == oid::TST_INFO;
    Ok(match (is_token, has_records(&opened.data)) {
        (true, _) if length <= MAX_RESPONSE => Ok(whole()?),
        (true, _) => Err(NotKept::Unreadable),
        (false, false) => Ok(opened.outline.shell.clone()),
        (false, true) if opened.outline.content.is_some() => Err(NotKept::RecordOverContent),
        (false, true) if length <= MAX_PEM => Ok(whole()?),
        (false, true) => Err(NotKept::Unreadable),
    })
}

/// What a token that stands alone is over, where it is there.
fn stamped_by(subject: &Subject<'_>, opened: &Opened) -> io::Result<Vec<Hashed>> {
    let Some((name, _)) = subject.content else { return Ok(Vec::new()) };
    let whole = match &opened.inner {
        Some(bytes) => bytes.clone(),
        None => read_all(subject.file)?.into(),
    };
    let digests = match cades::token(&whole).map(|token| stamped(subject, &token)) {
        Ok(Ok(Stamped::Hashed(digests))) => digests,
        Ok(Err(error)) => return Err(error),
        Ok(Ok(Stamped::Bytes(_) | Stamped::Indexed { .. } | Stamped::Missing)) | Err(_) => {
            Vec::new()
        }
    };
    Ok(vec![Hashed { name: name.to_owned(), digests }])
}

/// Why a file cannot be judged from the bundle.
#[derive(Debug, thiserror::Error)]
pub enum NotReplayed {
    /// Its signature is not there.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// A hash is wanted that nobody took.
    #[error("{0}")]
    NotHashed(#[from] io::Error),
}

/// Judges what was kept of a file, with what is in the bundle and no network.
pub fn replay(
    recorded: &Recorded,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
) -> Result<FileReport, NotReplayed> {
    let file = recorded.signature.as_ref().map_err(|why| *why)?;
    let digested: Vec<Digested<'_>> = recorded.contents.iter().map(Digested).collect();
    let contents: Vec<(&str, &dyn Source)> = digested.iter().map(Digested::named).collect();
    let name = recorded.name.as_str();
    let content = match contents.as_slice() {
        [] => None,
        [content] => Some(*content),
        several => {
            return Ok(verify_group((name, file), several, judge, at, evidence, &mut Offline)?);
        }
    };
    let Beside { records, file: digests } = &recorded.beside;
    let file = Whole { kept: file, digests };
    let subject = Subject { name, file: &file, content, held: recorded.held };
    let records: Vec<(&str, &dyn Source)> =
        records.iter().map(|(name, record)| -> (&str, &dyn Source) { (name, record) }).collect();
    Ok(verify_beside(&subject, &records, (judge, at), evidence, &mut Offline)?)
}

/// A file of which all is kept that a judgement reads, and the hashes of the whole where that is more.
#[derive(Debug)]
struct Whole<'a> {
    kept: &'a Bytes,
    digests: &'a [Digest],
}

impl Source for Whole<'_> {
    fn len(&self) -> u64 {
        Source::len(self.kept)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.kept.read_at(offset, buffer)
    }

    fn known_digest(&self, algorithm: DigestAlgorithm) -> Option<Digest> {
        self.digests.iter().find(|digest| digest.algorithm() == algorithm).cloned()
    }

    fn in_memory(&self) -> Option<&Bytes> {
        Some(self.kept)
    }
}

/// A content of which nothing is known but hashes.
#[derive(Debug)]
struct Digested<'a>(&'a Hashed);

impl Digested<'_> {
    fn named(&self) -> (&str, &dyn Source) {
        (&self.0.name, self)
    }
}

impl Source for Digested<'_> {
    /// Nobody knows. Were it none, an unknown hash would be that of nothing, and not an error.
    fn len(&self) -> u64 {
        u64::MAX
    }

    fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the bundle has no such hash of the content, and never the content"))
    }

    fn known_digest(&self, algorithm: DigestAlgorithm) -> Option<Digest> {
        self.0.digests.iter().find(|digest| digest.algorithm() == algorithm).cloned()
    }

    fn is_at_hand(&self) -> bool {
        false
    }
}
