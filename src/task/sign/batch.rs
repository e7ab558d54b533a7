//! A batch: the three stages of all contents at once.

use super::growth::stamp_content;
use super::stages::{finish, hashed};
use super::{Desk, Order, Outside, SignError, Signer};
use crate::der::certificate::Certificate;
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::judge::{Judge, VerifiedTimestamp};
use crate::key::KeyError;
use crate::seal::{self, B, SealError, Sealed};
use crate::source::{Draft, Source};
use crate::task::verify::FileReport;
use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Condvar, Mutex, PoisonError};

/// Contents hashed ahead of the key, and signatures waiting behind it.
const IN_FLIGHT: usize = 16;

/// Threads that write and judge: they wait for disks more than they compute.
const FINISHERS: usize = 4;

/// What a batch needs of the world outside. It is asked from several threads.
pub trait Workshop: Outside + Sync {
    /// What the content of that number is called.
    fn name(&self, number: usize) -> String;

    /// Opens the content of that number.
    fn content(&self, number: usize) -> io::Result<Box<dyn Source + Send>>;

    /// Begins the file that its signature goes to.
    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft + Send>>;

    /// Where evidence and timestamps come from.
    fn source(&self) -> Box<dyn EvidenceSource>;
}

/// How many contents were not even tried, because the key does not sign any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsigned(pub usize);

/// What became of the content of that number.
type Outcome = (usize, Result<FileReport, SignError>);

/// A content on its way to the key.
struct Hashed {
    content: Box<dyn Source + Send>,
    draft: Box<dyn Draft + Send>,
    digest: Digest,
    /// A timestamp over it, where one is ordered.
    stamped: Option<VerifiedTimestamp>,
}

/// What the hashers have of the content of that number.
type Prepared = (usize, Result<Hashed, SignError>);

/// A content that the key has signed.
struct Signed {
    number: usize,
    hashed: Hashed,
    sealed: Sealed<B>,
}

/// What all threads share.
struct Floor<'a> {
    shop: &'a dyn Workshop,
    certificate: &'a Certificate,
    order: Order<'a>,
    judge: &'a Judge,
    evidence: &'a EvidenceSet,
    count: usize,
    next: AtomicUsize,
    /// Whose turn it is at the key. Hashers do not run far ahead of it: each content that waits is an
    /// open file.
    turn: Mutex<usize>,
    turned: Condvar,
    ended: AtomicBool,
    /// TSAs count requests; those over contents come one after the other.
    at_the_tsa: Mutex<()>,
}

/// Signs `count` contents in their order, and tells what became of each when it is done. Only the
/// calling thread touches the key: a card must not be spoken to by two (JAHIS 24-002 §5.2.1).
pub fn sign_all(
    count: usize,
    signer: &Signer<'_>,
    order: Order<'_>,
    (judge, evidence): (&Judge, &EvidenceSet),
    shop: &dyn Workshop,
    tell: &mut dyn FnMut(usize, Result<FileReport, SignError>),
) -> Unsigned {
    let algorithm = signer.key.scheme().digest();
    let certificate = signer.certificate;
    let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (turn, turned) = (Mutex::new(0), Condvar::new());
    let at_the_tsa = Mutex::new(());
    let floor = Floor {
        shop,
        certificate,
        order,
        judge,
        evidence,
        count,
        next,
        turn,
        turned,
        ended,
        at_the_tsa,
    };
    let (to_key, from_hashers) = mpsc::channel::<Prepared>();
    let (to_finishers, from_key) = mpsc::sync_channel::<Signed>(IN_FLIGHT);
    let (to_teller, outcomes) = mpsc::channel::<Outcome>();
    let from_key = Mutex::new(from_key);
    let mut told = 0;
    std::thread::scope(|scope| {
        for _ in 0..hashers() {
            let (floor, to_key) = (&floor, to_key.clone());
            scope.spawn(move || floor.hash(algorithm, &to_key));
        }
        for _ in 0..floor.finishers() {
            let (floor, from_key, to_teller) = (&floor, &from_key, to_teller.clone());
            scope.spawn(move || floor.finish(from_key, &to_teller));
        }
        // The threads have their own; a channel ends with its last sender.
        drop(to_key);
        let mut hand_over = |outcome: Outcome| {
            told += 1;
            tell(outcome.0, outcome.1);
        };
        let mut waiting: BTreeMap<usize, Result<Hashed, SignError>> = BTreeMap::new();
        for (number, prepared) in from_hashers {
            waiting.insert(number, prepared);
            while let Some((number, prepared)) = floor.next_of(&mut waiting) {
                let outcome = match prepared {
                    Ok(hashed) => floor.seal(number, hashed, signer, &to_finishers),
                    Err(error) => Some((number, Err(error))),
                };
                outcome.into_iter().for_each(&mut hand_over);
            }
            outcomes.try_iter().for_each(&mut hand_over);
        }
        drop((to_finishers, to_teller));
        outcomes.into_iter().for_each(&mut hand_over);
    });
    Unsigned(count.saturating_sub(told))
}

/// As many as there are processors: a key on a card or in a network takes none of them.
fn hashers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

impl Floor<'_> {
    /// TSAs count requests; theirs come one after the other.
    const fn finishers(&self) -> usize {
        if self.order.asks_tsas() { 1 } else { FINISHERS }
    }

    fn hash(&self, algorithm: DigestAlgorithm, to_key: &Sender<Prepared>) {
        let mut evidence = self.evidence.clone();
        let mut source = self.shop.source();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.count || !self.may_begin(number) {
                return;
            }
            let mut desk = Desk {
                judge: self.judge,
                now: self.shop.now(),
                evidence: &mut evidence,
                source: source.as_mut(),
            };
            if to_key.send((number, self.prepare(number, algorithm, &mut desk))).is_err() {
                return;
            }
        }
    }

    fn prepare(
        &self,
        number: usize,
        algorithm: DigestAlgorithm,
        desk: &mut Desk<'_>,
    ) -> Result<Hashed, SignError> {
        let content = self.shop.content(number)?;
        let draft = self.shop.draft(number)?;
        let digest = hashed(content.as_ref(), algorithm)?;
        let turn = self.at_the_tsa.lock().unwrap_or_else(PoisonError::into_inner);
        let stamped = stamp_content(&digest, self.order.tsas.content, self.shop, desk)?;
        drop(turn);
        Ok(Hashed { content, draft, digest, stamped })
    }

    /// Waits until the turn is near; not, if the key has ended.
    fn may_begin(&self, number: usize) -> bool {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let is_far = |turn: &mut usize| {
            number >= turn.saturating_add(IN_FLIGHT) && !self.ended.load(Ordering::SeqCst)
        };
        drop(self.turned.wait_while(turn, is_far));
        !self.ended.load(Ordering::SeqCst)
    }

    /// The content whose turn it is, if it has been hashed.
    fn next_of(
        &self,
        waiting: &mut BTreeMap<usize, Result<Hashed, SignError>>,
    ) -> Option<Prepared> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, prepared) = waiting.remove_entry(&*turn)?;
        *turn = turn.saturating_add(1);
        self.turned.notify_all();
        Some((number, prepared))
    }

    /// Signs one; tells of it only if that failed. After the key has ended, nothing is tried and
    /// nothing told.
    fn seal(
        &self,
        number: usize,
        hashed: Hashed,
        signer: &Signer<'_>,
        to_finishers: &SyncSender<Signed>,
    ) -> Option<Outcome> {
        if self.ended.load(Ordering::SeqCst) {
            return None;
        }
        match self.sign(&hashed, signer) {
            Ok(sealed) => {
                // They end after this thread has: nobody is gone who should take it.
                let _ = to_finishers.send(Signed { number, hashed, sealed });
                None
            }
            Err(error) => {
                if ends_batch(&error) {
                    let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
                    self.ended.store(true, Ordering::SeqCst);
                    drop(turn);
                    self.turned.notify_all();
                }
                Some((number, Err(error.into())))
            }
        }
    }

    fn sign(&self, hashed: &Hashed, signer: &Signer<'_>) -> Result<Sealed<B>, SealError> {
        let (certificate, chain) = (self.certificate.clone(), signer.chain.to_vec());
        let digest = hashed.digest.clone();
        let prepared = seal::Prepared::new(certificate, chain, digest, self.shop.now());
        let mut prepared = prepared.claiming(self.order.claims)?;
        if let Some(timestamp) = &hashed.stamped {
            prepared = prepared.stamped_before(timestamp)?;
        }
        prepared.seal(signer.key)
    }

    fn finish(&self, from_key: &Mutex<Receiver<Signed>>, to_teller: &Sender<Outcome>) {
        let mut evidence = self.evidence.clone();
        let mut source = self.shop.source();
        loop {
            let signed = from_key.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Signed { number, hashed, sealed }) = signed else { return };
            let Hashed { content, draft, .. } = hashed;
            let mut desk = Desk {
                judge: self.judge,
                now: self.shop.now(),
                evidence: &mut evidence,
                source: source.as_mut(),
            };
            let name = self.shop.name(number);
            let content: (&str, &dyn Source) = (name.as_str(), content.as_ref());
            let done = finish(sealed, content, self.order, self.shop, &mut desk, draft);
            if to_teller.send((number, done)).is_err() {
                return;
            }
        }
    }
}

const fn ends_batch(error: &SealError) -> bool {
    match error {
        SealError::Key(KeyError::Token(trouble)) => trouble.ends_batch,
        _ => false,
    }
}
