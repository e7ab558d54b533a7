//! Where records are taken up, and put back renewed.

use super::others::{Listed, Proven};
use super::{RenewError, Renewal, Renewed, Shelf, Way};
use crate::ades::evidence::Record;
use crate::der::Bytes;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::tlv::Problem;
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::EvidenceSet;
use crate::evidence::edition::Edition;
use crate::evidence::want::Offline;
use crate::judge::Support;
use crate::rule::Indication;
use crate::seal::SealError;
use crate::seal::record::{Read, Renewable, StampedTree};
use crate::source::{self, Source};
use crate::task::evidence::place::{Inside, Place, find};
use crate::task::evidence::stamp::support_of;
use crate::task::evidence::verify::{Objects, Opened, hashed, judged};
use crate::task::sign::Desk;
use crate::task::verify::{Held, Subject, verify};
use std::collections::HashMap;

/// A record that was found to hold, and what its new archive timestamp will cover.
pub(super) struct Ready {
    pub(super) number: usize,
    pub(super) covered: Vec<Digest>,
    objects: Objects,
    way: Way,
    /// What its newest token rests on and does not carry: by the time it is written, other data could be in
    /// hand. What was fetched for several records is here once.
    lacking: Support,
    /// Who was stamped with it, where nobody asked for the new tree that it gets.
    pub(super) listed: Option<Listed>,
}

/// The file of a record, and where in it that stands.
struct Stand {
    file: Box<dyn Source>,
    place: Place,
}

/// What the renewals of one call share.
pub(super) struct Room<'a> {
    renewal: Renewal,
    pub(super) shelf: &'a dyn Shelf,
    /// What newest tokens rest on, by their authority and by the evidence that this was gathered from.
    supports: HashMap<(Fingerprint, Edition), Support>,
}

/// How many are remembered: records under one timestamp stand together, and have one.
const MAX_SUPPORTS: usize = 64;

impl<'a> Room<'a> {
    pub(super) fn new(renewal: Renewal, shelf: &'a dyn Shelf) -> Self {
        Self { renewal, shelf, supports: HashMap::new() }
    }

    pub(super) fn prepare(
        &mut self,
        number: usize,
        desk: &mut Desk<'_>,
    ) -> Result<(DigestAlgorithm, Ready), RenewError> {
        let (opened, stand) = self.open(number)?;
        let way = self.way(&opened, desk);
        let objects = self.objects(number, &opened, &stand.place, way)?;
        let (mut renewable, record, tsa) = renewable(opened, objects.clone(), way, desk)?;
        let lacking = self.lacking(&record, &tsa, desk)?;
        renewable.complete(&lacking).map_err(RenewError::NotARecord)?;
        let old = renewable.algorithm().ok_or(SealError::OtherStamp)?;
        let (algorithm, covered) = match way {
            Way::Token => (old, renewable.token_hash().into_iter().collect()),
            Way::Tree(new) if new < old => return Err(RenewError::Weaker { old, new }),
            Way::Tree(new) => (new, renewable.object_hashes(&with(new, &objects))),
        };
        if covered.is_empty() {
            return Err(SealError::OtherStamp.into());
        }
        let listed = match (self.renewal, way) {
            (Renewal::Lasting(..), Way::Tree(_)) => Listed::of(&record),
            (Renewal::Lasting(..), Way::Token) | (Renewal::Tokens | Renewal::Trees(_), _) => None,
        };
        Ok((algorithm, Ready { number, covered, objects, way, lacking, listed }))
    }

    /// Whom a record proves that stays as it is.
    pub(super) fn proven(&self, number: usize, desk: &mut Desk<'_>) -> Option<Proven> {
        let (opened, stand) = self.open(number).ok()?;
        let record = opened.over(self.objects(number, &opened, &stand.place, Way::Token).ok()?);
        let judged = judged(&record, desk.judge, desk.now, desk.evidence, desk.source);
        Proven::by(&record, &judged)
    }

    /// Reads the record again, for a million of them are not kept in memory, and writes it renewed.
    pub(super) fn finish(
        &self,
        place: usize,
        ready: Ready,
        tree: &StampedTree,
        desk: &mut Desk<'_>,
    ) -> Result<Renewed, RenewError> {
        let Ready { number, objects, way, lacking, .. } = ready;
        let (opened, stand) = self.open(number)?;
        let (mut renewable, record, _) = renewable(opened, objects.clone(), way, desk)?;
        renewable.complete(&lacking).map_err(RenewError::NotARecord)?;
        let changed = |_| RenewError::Changed;
        let renewed = match way {
            Way::Token => renewable.with_token_renewed(tree, place).map_err(changed)?,
            Way::Tree(new) => {
                renewable.with_tree_renewed(tree, place, &with(new, &objects)).map_err(changed)?
            }
        };
        let der = renewed.to_der();
        let stamps = record.stamps.len().saturating_add(1);
        judge_own(&der, objects, stamps, way, desk)?;
        self.publish(number, &stand, (der, stamps), desk)?;
        Ok(Renewed { time: tree.time(), way })
    }

    /// Puts what its newest token rests on into the record, and nothing else. One that lacks nothing stays
    /// as it is: newer data would make it grow each time.
    pub(super) fn complete(
        &mut self,
        number: usize,
        desk: &mut Desk<'_>,
    ) -> Result<(), RenewError> {
        let (opened, stand) = self.open(number)?;
        let objects = self.objects(number, &opened, &stand.place, Way::Token)?;
        let (mut renewable, record, tsa) = renewable(opened, objects.clone(), Way::Token, desk)?;
        let mut none = EvidenceSet::default();
        let alone = judged(&record, desk.judge, desk.now, &mut none, &mut Offline);
        if alone.holds_whatever_it_covers() {
            return Ok(());
        }
        let lacking = self.lacking(&record, &tsa, desk)?;
        renewable.complete(&lacking).map_err(RenewError::NotARecord)?;
        let (der, stamps) = (renewable.into_record().to_der(), record.stamps.len());
        let (mut evidence, mut source) = (EvidenceSet::default(), Offline);
        let mut alone = Desk { evidence: &mut evidence, source: &mut source, ..*desk };
        judge_own(&der, objects, stamps, Way::Token, &mut alone)?;
        self.publish(number, &stand, (der, stamps), desk)
    }

    fn open(&self, number: usize) -> Result<(Opened, Stand), RenewError> {
        let file = self.shelf.record(number)?;
        let (opened, place) = find(file.as_ref())?.map_err(RenewError::NotARecord)?;
        Ok((opened, Stand { file, place }))
    }

    fn way(&self, opened: &Opened, desk: &Desk<'_>) -> Way {
        match self.renewal {
            Renewal::Tokens => Way::Token,
            Renewal::Trees(new) => Way::Tree(new),
            Renewal::Lasting(until, new) => {
                let newest = opened.over(Vec::new()).stamps.pop();
                // One that is not known is refused for that.
                let Some(Ok(old)) = newest.map(|stamp| stamp.algorithm) else { return Way::Token };
                let lasts = desk.judge.policy().algorithms.digest(old, until).is_enough();
                if lasts || old == new { Way::Token } else { Way::Tree(new) }
            }
        }
    }

    /// The hashes of the documents, where they are needed: what a later chain covers cannot be told without
    /// them. A document that is not at hand keeps no timestamp from being renewed.
    fn objects(
        &self,
        number: usize,
        opened: &Opened,
        place: &Place,
        way: Way,
    ) -> Result<Objects, RenewError> {
        let not_at_hand = || vec![("-".to_owned(), None)];
        let mut needed = opened.digests_needed();
        match way {
            Way::Token if opened.has_one_chain() => return Ok(not_at_hand()),
            Way::Token => {}
            Way::Tree(new) => needed.push(new),
        }
        needed.sort_unstable();
        needed.dedup();
        match place {
            Place::Alone => match (self.hashes(number, &needed), way) {
                (Err(RenewError::Io(_)), Way::Token) => Ok(not_at_hand()),
                (hashes, Way::Token | Way::Tree(_)) => hashes,
            },
            Place::Inside(inside) => {
                let mut objects = inside.object(&needed);
                if inside.is_over_content() {
                    objects.extend(self.hashes(number, &needed)?);
                }
                Ok(objects)
            }
        }
    }

    fn hashes(&self, number: usize, needed: &[DigestAlgorithm]) -> Result<Objects, RenewError> {
        let objects = self.shelf.objects(number)?;
        let all: Vec<(&str, &dyn Source)> =
            objects.iter().map(|(name, file)| (name.as_str(), file.as_ref())).collect();
        let hashes = hashed("-", &all, &|file| source::digest_all(file, needed))?;
        for (_, file) in &objects {
            if !file.is_unchanged()? {
                return Err(RenewError::Changed);
            }
        }
        Ok(hashes)
    }

    /// What the newest token of the record rests on and does not carry: once the new timestamp covers it,
    /// nothing can be added. It is gathered from what is in hand for this record, for what one brought does not
    /// go into the others.
    fn lacking(
        &mut self,
        record: &Record,
        tsa: &Certificate,
        desk: &mut Desk<'_>,
    ) -> Result<Support, RenewError> {
        let key = |desk: &Desk<'_>| (tsa.fingerprint(), desk.evidence.edition());
        let there = record.stamps.last().map(|newest| newest.holds());
        let there = there.into_iter().flatten().collect();
        if let Some(known) = self.supports.get(&key(desk)) {
            return Ok(known.clone().beyond(&there));
        }
        let support = support_of(tsa, desk).map_err(RenewError::NoSupport)?;
        if self.supports.len() >= MAX_SUPPORTS {
            self.supports.clear();
        }
        self.supports.insert(key(desk), support.clone());
        Ok(support.beyond(&there))
    }

    /// Puts the record, which has so many timestamps, in the place of the old one: with the signature file
    /// around it, which is judged again. That takes its time, and what somebody wrote there meanwhile is not
    /// to be lost.
    fn publish(
        &self,
        number: usize,
        stand: &Stand,
        (record, stamps): (Vec<u8>, usize),
        desk: &mut Desk<'_>,
    ) -> Result<(), RenewError> {
        let bytes = match &stand.place {
            Place::Alone => Bytes::from(record),
            Place::Inside(inside) => {
                let file = inside.with(&record).map_err(RenewError::NotARecord)?;
                self.judge_whole(number, inside, &file, desk)?;
                file
            }
        };
        let mut draft = self.shelf.draft(number)?;
        draft.write_all(&bytes)?;
        is_read_again(draft.reread()?.as_ref(), stamps)?;
        if !stand.file.is_unchanged()? {
            return Err(RenewError::Changed);
        }
        Ok(draft.publish()?)
    }

    fn judge_whole(
        &self,
        number: usize,
        inside: &Inside,
        file: &Bytes,
        desk: &mut Desk<'_>,
    ) -> Result<(), RenewError> {
        let objects = if inside.wants_content() { self.shelf.objects(number)? } else { Vec::new() };
        let content = objects.first().map(|(name, file)| (name.as_str(), file.as_ref()));
        let subject = Subject { name: "-", file, content, held: Held::Signature };
        let report = verify(&subject, desk.judge, desk.now, desk.evidence, desk.source)?;
        for (_, file) in &objects {
            if !file.is_unchanged()? {
                return Err(RenewError::Changed);
            }
        }
        if report.indication() == Indication::Passed {
            return Ok(());
        }
        let verdicts = report.signatures.into_iter().map(|one| one.judged.verdict);
        let mut verdicts = report.trouble.into_iter().chain(verdicts);
        let worst = verdicts.find(|verdict| verdict.indication() != Indication::Passed);
        Err(worst.map_or(RenewError::Changed, |worst| RenewError::OwnOutput(Box::new(worst))))
    }
}

/// The record, judged and found to hold, with the authority of its newest token.
fn renewable(
    opened: Opened,
    objects: Objects,
    way: Way,
    desk: &mut Desk<'_>,
) -> Result<(Renewable, Record, Certificate), RenewError> {
    let record = opened.over(objects);
    let judged = judged(&record, desk.judge, desk.now, desk.evidence, desk.source);
    let tsa = judged.tsa.clone();
    let read = match way {
        Way::Token => Read::Nothing,
        Way::Tree(_) => Read::Objects,
    };
    let renewable = opened.renewable(judged, read)?;
    Ok((renewable, record, tsa.ok_or(SealError::OtherStamp)?))
}

/// A record that its reader passes over, in a file too large for it, would be none.
fn is_read_again(written: &dyn Source, stamps: usize) -> Result<(), RenewError> {
    let (opened, _) = find(written)?.map_err(|error| {
        let is_too_large = error.problem() == Problem::TooLarge;
        if is_too_large { RenewError::TooLarge } else { RenewError::NotARecord(error) }
    })?;
    let there = opened.over(Vec::new()).stamps.len();
    if there == stamps { Ok(()) } else { Err(RenewError::TooLarge) }
}

/// Judges the renewed record as anybody would read it.
fn judge_own(
    der: &[u8],
    objects: Objects,
    stamps: usize,
    way: Way,
    desk: &mut Desk<'_>,
) -> Result<(), RenewError> {
    let opened = Opened::parse(der.to_vec()).map_err(RenewError::NotARecord)?;
    let record = opened.over(objects);
    let judged = judged(&record, desk.judge, desk.now, desk.evidence, desk.source);
    let holds = match way {
        Way::Token => judged.holds_whatever_it_covers(),
        Way::Tree(_) => judged.proven.is_some(),
    };
    if holds && record.stamps.len() == stamps {
        return Ok(());
    }
    Err(RenewError::OwnOutput(Box::new(judged.verdict)))
}

/// The hash of each object under that function.
fn with(algorithm: DigestAlgorithm, objects: &Objects) -> Vec<Digest> {
    let all = objects.iter().flat_map(|(_, digests)| digests.iter().flatten());
    all.filter(|digest| digest.algorithm() == algorithm).cloned().collect()
}
