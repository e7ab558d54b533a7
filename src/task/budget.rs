//! How much is fetched for one file. Where to fetch is written in its certificates, which anybody
//! can make: without a limit a file could keep a verifier busy for days, or fill its memory.

use crate::der::Bytes;
use crate::evidence::{EvidenceSet, EvidenceSource, Unavailable, Want};

/// Fetches for one file: some twenty signatures and timestamps with a path of three each share most
/// of what they need.
const MAX_FETCHES: usize = 128;

/// Fetches in vain: each may take the whole patience of the client, half a minute.
const MAX_IN_VAIN: usize = 16;

/// Bytes fetched: several revocation lists of national CAs.
const MAX_BYTES: usize = 256 << 20;

/// A source that gives out.
pub(super) struct Budgeted<'a> {
    source: &'a mut dyn EvidenceSource,
    fetches: usize,
    in_vain: usize,
    bytes: usize,
    refused: Vec<Want>,
}

impl<'a> Budgeted<'a> {
    /// The whole budget of a file.
    pub(super) const fn new(source: &'a mut dyn EvidenceSource) -> Self {
        Self { source, fetches: 0, in_vain: 0, bytes: 0, refused: Vec::new() }
    }

    /// What was not asked for here may be asked for again on behalf of the next file.
    pub(super) fn close(self, evidence: &mut EvidenceSet) {
        self.refused.iter().for_each(|want| evidence.forget(want));
    }
}

impl EvidenceSource for Budgeted<'_> {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        if self.fetches >= MAX_FETCHES || self.in_vain >= MAX_IN_VAIN || self.bytes >= MAX_BYTES {
            self.refused.push(want.clone());
            return Err(Unavailable::not_asked());
        }
        self.fetches += 1;
        let answer = self.source.obtain(want);
        match &answer {
            Ok(bytes) => self.bytes = self.bytes.saturating_add(bytes.len()),
            Err(_) => self.in_vain += 1,
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Fetch, Wanted};

    /// Counts how often it is asked, and answers with so many bytes or not at all.
    struct Counting(usize, Option<usize>);

    impl EvidenceSource for Counting {
        fn obtain(&mut self, _: &Want) -> Result<Bytes, Unavailable> {
            self.0 += 1;
            self.1.map(|size| Bytes::from(vec![0; size])).ok_or(Unavailable("no".to_owned()))
        }
    }

    fn wants() -> impl Iterator<Item = Want> {
        let fetch = |n: u32| Fetch::Get(format!("http://{n}.example/"));
        (0..500).map(move |n| Want::from(Wanted::Crl, n, fetch(n)))
    }

    fn asked(mut source: Counting) -> usize {
        let mut budgeted = Budgeted::new(&mut source);
        wants().for_each(|want| drop(budgeted.obtain(&want)));
        source.0
    }

    #[test]
    fn a_source_that_has_nothing_or_too_much_is_given_up() {
        assert_eq!(asked(Counting(0, None)), MAX_IN_VAIN);
        assert_eq!(asked(Counting(0, Some(0))), MAX_FETCHES);
        assert_eq!(asked(Counting(0, Some(64 << 20))), 4);
    }

    #[test]
    fn what_one_file_used_up_does_not_silence_the_next() {
        let mut evidence = EvidenceSet::default();
        let mut source = Counting(0, None);
        let mut budgeted = Budgeted::new(&mut source);
        for want in wants() {
            let answer = budgeted.obtain(&want);
            evidence.answer(want, answer);
        }
        budgeted.close(&mut evidence);
        let open = wants().filter(|want| !evidence.was_asked(want)).count();
        assert_eq!(open, 500 - MAX_IN_VAIN);
    }
}
