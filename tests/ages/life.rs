//! A record as it lives on in a world with a clock: signed, renewed, judged by itself.

use crate::authority::{Holder, at};
use crate::table::against;
use crate::years::{Generation, PEOPLE, World};
use inkan::der::Bytes;
use inkan::evidence::EvidenceSet;
use inkan::evidence::want::Offline;
use inkan::rule::{Finding, Indication, SubIndication};
use inkan::seal::{Claims, Level};
use inkan::task::renew::{Outlook, Renewal, Surveyed, renew, survey};
use inkan::task::sign::{Desk, Order, Placement, SignError, Signer, Tsas, sign_all};
use inkan::task::verify::{FileReport, Held, Subject, verify};
use inkan::time::Instant;

pub(crate) const RECORD: &[u8] = b"the chart of a patient who was born in 2026";
pub(crate) const SIGNED: &str = "2026-04-01T09:00:00Z";

/// A record at some time of its life, in a world that goes on.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) world: World,
    pub(crate) file: Vec<u8>,
}

impl Life {
    /// Signed to level LTA in 2026.
    pub(crate) fn begins_with(signer: &Holder, tsa: &Generation) -> Self {
        let world = World::new(RECORD);
        world.set(SIGNED);
        let people = &*PEOPLE;
        let tsas = [tsa.url()];
        let order = Order {
            placement: Placement::Attached,
            level: Level::Lta,
            claims: &Claims::default(),
            tsas: Tsas { content: &[], signature: &tsas, archive: &tsas },
        };
        let chain = [people.ca.holder.certificate.clone()];
        let signer = Signer { key: &*signer.key, certificate: &signer.certificate, chain: &chain };
        let (judge, evidence) = (people.judge(), EvidenceSet::default());
        sign_all(1, &signer, order, (&judge, &evidence), &world, &mut |_, report| {
            assert_eq!(report.unwrap().indication(), Indication::Passed);
        });
        let file = world.published();
        Self { world, file }
    }

    /// What `inkan renew` does on that day, with the TSA of that generation.
    pub(crate) fn renewed(
        &mut self,
        day: &str,
        generation: &Generation,
    ) -> Result<Surveyed, SignError> {
        self.world.set(day);
        let (judge, mut evidence) = (PEOPLE.judge(), EvidenceSet::default());
        let (now, mut source) = (at(day), self.world.clone());
        let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: &mut source };
        let file = Bytes::from(self.file.clone());
        let tsas = [generation.url()];
        let renewal = Renewal { tsas: &tsas, digest: generation.digest };
        let outside = self.world.clone();
        let surveyed = renew(&subject(&file), renewal, &outside, &mut desk, self.world.paper())?;
        self.file = self.world.published();
        Ok(surveyed)
    }

    /// The same, and it must succeed.
    pub(crate) fn renew(&mut self, day: &str, generation: &Generation) {
        let surveyed = self.renewed(day, generation).unwrap();
        assert_eq!(surveyed.report.indication(), Indication::Passed);
    }

    /// Judged on that day by nothing but what it carries.
    pub(crate) fn by_itself(&self, day: &str) -> FileReport {
        let file = Bytes::from(self.file.clone());
        judged(&file, day)
    }

    /// Until when it will prove itself, and what ends it.
    pub(crate) fn outlook(&self, day: &str) -> (Instant, Told) {
        let file = Bytes::from(self.file.clone());
        let mut world = self.world.clone();
        world.set(day);
        let (judge, mut evidence) = (PEOPLE.judge(), EvidenceSet::default());
        let surveyed = survey(&subject(&file), &judge, at(day), &mut evidence, &mut world).unwrap();
        let Outlook::Until(horizon) = surveyed.outlook else {
            panic!("{:?}: {:#?}", surveyed.outlook, against(&surveyed.report))
        };
        (horizon.ends, told(&horizon.because))
    }
}

/// What a finding says: which check, what it leads to, and about whom.
pub(crate) type Told = (&'static str, SubIndication, String);

pub(crate) fn told(finding: &Finding) -> Told {
    (finding.rule.check, finding.sub_indication().unwrap(), finding.about.name.to_string())
}

fn subject(file: &Bytes) -> Subject<'_> {
    Subject { name: "record.p7m", file, content: None, held: Held::Signature }
}

/// Judged on that day by nothing but what it carries.
pub(crate) fn judged(file: &Bytes, day: &str) -> FileReport {
    let mut evidence = EvidenceSet::default();
    verify(&subject(file), &PEOPLE.judge(), at(day), &mut evidence, &mut Offline).unwrap()
}

#[track_caller]
pub(crate) fn assert_passed(report: &FileReport) {
    assert_eq!(report.indication(), Indication::Passed, "{:#?}", against(report));
    assert_eq!(report.signatures[0].judged.best_signature_time, at(SIGNED));
}

/// It does not pass, for that reason, and one of its findings says exactly that.
#[track_caller]
pub(crate) fn assert_told(report: &FileReport, sub: SubIndication, finding: &Told) {
    assert_eq!(report.sub_indication(), Some(sub), "{:#?}", against(report));
    assert_eq!(report.indication(), sub.indication());
    let all: Vec<Told> = against(report).into_iter().map(told).collect();
    assert!(all.contains(finding), "{finding:?} is not among {all:#?}");
}
