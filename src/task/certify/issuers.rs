//! Which of the certificates that are judged together may help the others to a path.
//!
//! A directory of a hundred thousand has a handful of CAs in it. Only those are kept in memory while
//! the others are judged, one after the other; so the files are gone through twice.

use crate::der::certificate::Certificate;
use crate::der::extension::KeyUsage;
use crate::der::name::NameKey;
use std::collections::{BTreeSet, HashMap};

/// Who issued what, file by file.
#[derive(Debug, Default)]
pub struct Issuers {
    /// How many certificates name this issuer.
    issued: HashMap<NameKey, usize>,
    seen: Vec<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    file: usize,
    subject: NameKey,
    self_issued: bool,
    signs_for_others: bool,
}

impl Issuers {
    /// Takes notice of a certificate in the file of that number.
    pub fn note(&mut self, file: usize, certificate: &Certificate) {
        let count = self.issued.entry(certificate.issuer().key()).or_default();
        *count = count.saturating_add(1);
        self.seen.push(Seen::of(file, certificate));
    }

    /// The files in which there is one that may help.
    pub fn files(&self) -> BTreeSet<usize> {
        self.seen.iter().filter(|seen| self.may_help(seen)).map(|seen| seen.file).collect()
    }

    /// Whether it may help: it says that it signs certificates or lists, or another names it as
    /// issuer, rightly or not; a path that fails for that tells more than no path.
    pub fn helps(&self, certificate: &Certificate) -> bool {
        self.may_help(&Seen::of(0, certificate))
    }

    fn may_help(&self, seen: &Seen) -> bool {
        let named = self.issued.get(&seen.subject).copied().unwrap_or_default();
        seen.signs_for_others || named > usize::from(seen.self_issued)
    }
}

impl Seen {
    fn of(file: usize, certificate: &Certificate) -> Self {
        let is_ca = certificate.basic_constraints().is_ok_and(|c| c.is_some_and(|c| c.ca));
        let signs_lists = |usage: KeyUsage| usage.allows(KeyUsage::CRL_SIGN);
        let usage = certificate.key_usage().ok().flatten();
        Self {
            file,
            subject: certificate.subject().key(),
            self_issued: certificate.is_self_issued(),
            signs_for_others: is_ca || usage.is_some_and(signs_lists),
        }
    }
}
