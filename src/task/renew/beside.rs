//! Evidence records beside a signature file: what of it they are over, and what they prove.

use super::Beside;
use crate::ades::evidence::{Coverage, Record};
use crate::judge::JudgedRecord;
use crate::source::Source;
use crate::task::evidence::open;
use crate::task::verify::{Opened, Subject};
use crate::time::Instant;
use std::io;

/// Records over a signature file as it is now.
#[derive(Debug)]
pub(super) struct Cover {
    file: Record,
    content: Content,
}

/// What is proven of the content.
#[derive(Debug)]
enum Content {
    /// It is in the file, and proven with it.
    Inside,
    /// A record is over it, maybe the same.
    Covered(Box<Record>),
    /// Nothing. The signature is of its hash, and that is as good as the hash function is.
    Open,
}

impl Cover {
    /// The records that are over the file, if any is.
    pub(super) fn find(
        subject: &Subject<'_>,
        opened: &Opened,
        records: &[(&str, &dyn Source)],
    ) -> io::Result<Option<Self>> {
        let Some(file) = covering(records, (subject.name, subject.file))? else { return Ok(None) };
        let content = if opened.outline.content.is_some() {
            Content::Inside
        } else {
            let found = subject.content.map(|content| covering(records, content)).transpose()?;
            found.flatten().map_or(Content::Open, |record| Content::Covered(Box::new(record)))
        };
        Ok(Some(Self { file, content }))
    }

    pub(super) const fn extent(&self) -> Beside {
        if self.is_whole() { Beside::Whole } else { Beside::File }
    }

    /// Whether nothing of what was signed is left out.
    pub(super) const fn is_whole(&self) -> bool {
        match self.content {
            Content::Inside | Content::Covered(_) => true,
            Content::Open => false,
        }
    }

    /// What becomes of each record.
    pub(super) fn each(&self, judge: impl FnMut(&Record) -> JudgedRecord) -> Vec<JudgedRecord> {
        let content = match &self.content {
            Content::Inside | Content::Open => None,
            Content::Covered(record) => Some(record.as_ref()),
        };
        [Some(&self.file), content].into_iter().flatten().map(judge).collect()
    }

    /// Since when all of it is proven to be there: when the last of them was stamped. Nothing if one of
    /// them does not hold.
    pub(super) fn since(judged: &[JudgedRecord]) -> Option<Instant> {
        let times: Option<Vec<Instant>> =
            judged.iter().map(|one| one.proven.as_ref().map(|proven| proven.since())).collect();
        times?.into_iter().max()
    }
}

/// The first record that is over that file, taken alone.
fn covering(
    records: &[(&str, &dyn Source)],
    (name, file): (&str, &dyn Source),
) -> io::Result<Option<Record>> {
    for (_, record) in records {
        let Some(Ok(opened)) = open(*record)? else { continue };
        let record = opened.over(vec![(name.to_owned(), Some(opened.hashed(file)?))]);
        if is_over(&record) {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Whether the first timestamp is of what is at hand. One without a tree is of a single hash.
fn is_over(record: &Record) -> bool {
    let Some(first) = record.stamps.first() else { return false };
    let Ok(token) = &first.token else { return false };
    let root = record.root(first);
    let reached = root.is_some_and(|root| root.value() == token.statement.imprint.as_ref());
    reached && record.coverage(first) == Coverage::Shown
}
