//! Looks at files one by one, and renews those that are due: some each by itself, some all together.

use super::{Args, By, Format};
use crate::cli::companions::records_beside;
use crate::cli::drawer::Drawer;
use crate::cli::evidence::{renew as records, without_timestamp};
use crate::cli::failure::warn;
use crate::cli::options::{World, shown};
use crate::cli::sign::told;
use crate::cli::tsa::Ready;
use crate::cli::verify::{content_of, exit_of, report_failure};
use crate::cli::{Exit, Failure};
use crate::edge::files::{AtomicFile, Existing, Mode};
use crate::edge::{FileError, FileSource, clock};
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::judge::Judge;
use crate::report::renewal::{Calendar, Done, Way};
use crate::report::{Catalogue, Language};
use crate::rule::Indication;
use crate::source::Source;
use crate::task::evidence::{self, Shelf, StampOrder, complete, embed};
use crate::task::renew::{Beside, Kind, Outlook, Renewal, Surveyed};
use crate::task::renew::{renew, survey_beside, survey_record};
use crate::task::sign::Desk;
use crate::task::verify::{Held, Subject};
use crate::time::Instant;
use std::path::{Path, PathBuf};

/// What is due and waits for the others.
#[derive(Debug, Default)]
pub(super) struct Due<'a> {
    /// Signature files, for one record each.
    signatures: Vec<&'a Path>,
    /// Evidence records, and signature files with one inside.
    records: Vec<&'a Path>,
    /// Signature files that are kept by records beside them.
    beside: Vec<&'a Path>,
    /// Files of which no record is renewed.
    standing: Vec<&'a Path>,
}

/// What every file of a call is kept with.
pub(super) struct Keeper<'a> {
    args: &'a Args,
    tsas: &'a [String],
    language: Language,
    judge: &'a Judge,
    before: Instant,
    evidence: EvidenceSet,
    source: Box<dyn EvidenceSource>,
    calendar: Calendar,
    worst: Exit,
}

/// What is to be done about a file.
enum Step {
    /// Nothing but to tell.
    Tell(Done),
    /// An archive timestamp, now.
    Archive,
    /// It is done together with others.
    Wait(Wait),
}

/// For what a file waits.
#[derive(Clone, Copy)]
enum Wait {
    /// An evidence record of its own, under one timestamp with all others.
    Embed,
    /// Its record is renewed, with all others.
    Record,
    /// It stays as it is; the records beside it are renewed.
    Beside,
}

impl<'p> Due<'p> {
    fn push(&mut self, wait: Option<Wait>, path: &'p Path) {
        match wait {
            Some(Wait::Embed) => self.signatures.push(path),
            Some(Wait::Record) => return self.records.push(path),
            Some(Wait::Beside) => self.beside.push(path),
            None => {}
        }
        self.standing.push(path);
    }
}

impl<'a> Keeper<'a> {
    pub(super) fn new(
        args: &'a Args,
        judge: &'a Judge,
        (now, before): (Instant, Instant),
        ready: &'a Ready,
        language: Language,
    ) -> Result<Self, Failure> {
        Ok(Self {
            args,
            tsas: &ready.urls,
            language,
            judge,
            before,
            evidence: args.judging.evidence()?,
            source: args.judging.source_with(&ready.tsas),
            calendar: Calendar::new(now, before),
            worst: Exit::Passed,
        })
    }

    /// Looks at a file, and renews it, or puts it to those that are renewed together.
    pub(super) fn look<'p>(&mut self, path: &'p Path, due: &mut Due<'p>) {
        let wait = self.begin(path).unwrap_or_else(|failure| {
            self.take(Err(failure));
            None
        });
        due.push(wait, path);
    }

    /// What it still waits for, if anything.
    fn begin(&mut self, path: &Path) -> Result<Option<Wait>, Failure> {
        let surveyed = self.survey(path)?;
        match self.step(&surveyed) {
            Step::Tell(done) => self.tell(&surveyed, done)?,
            Step::Archive => {
                let renewed = self.archive(path)?;
                self.tell(&renewed, Done::Renewed(Way::ArchiveTimestamp))?;
            }
            Step::Wait(Wait::Record) if self.is_completed(path, &surveyed)? => {}
            Step::Wait(wait) => return Ok(Some(wait)),
        }
        Ok(None)
    }

    /// Renews what waits, each kind with one timestamp.
    pub(super) fn renew(&mut self, due: &Due<'_>) {
        self.embed(&due.signatures);
        self.renew_records(due);
        for path in &due.beside {
            let done = self.tell_beside(path);
            self.take(done);
        }
    }

    /// The calendar, once all was told.
    pub(super) fn close(mut self) -> Result<Exit, Failure> {
        self.calendar.close();
        crate::cli::print(&match self.args.format {
            Format::Text => self.calendar.text(Catalogue::load(self.language)),
            Format::Json => self.calendar.to_json().map_err(report_failure)?,
        })?;
        Ok(self.worst)
    }

    fn step(&self, surveyed: &Surveyed) -> Step {
        if matches!(surveyed.outlook, Outlook::Unprovable) {
            return Step::Tell(Done::Refused);
        }
        if !surveyed.outlook.is_due(self.before) {
            return Step::Tell(Done::Kept);
        }
        if self.tsas.is_empty() {
            return Step::Tell(Done::Due);
        }
        match (surveyed.beside, surveyed.kind, self.args.by) {
            (Beside::File | Beside::Whole, ..) => Step::Wait(Wait::Beside),
            (Beside::Nothing, Kind::Record | Kind::Recorded, _) => Step::Wait(Wait::Record),
            (Beside::Nothing, Kind::Signature, By::ArchiveTimestamp) => Step::Archive,
            (Beside::Nothing, Kind::Signature, By::EvidenceRecord) => Step::Wait(Wait::Embed),
        }
    }

    fn survey(&mut self, path: &Path) -> Result<Surveyed, Failure> {
        let (file, name) = (FileSource::open(path)?, shown(path));
        let failed = |error| FileError::new(path, error);
        let as_of = (self.judge, clock::now());
        if evidence::open(&file).map_err(failed)?.is_some() {
            let drawer = Drawer::new([path].into_iter(), &self.args.content);
            // The record of what is not here is kept all the same, and is not passed.
            let objects = drawer.objects(0).unwrap_or_default();
            let objects: Vec<(&str, &dyn Source)> =
                objects.iter().map(|(name, file)| (name.as_str(), file.as_ref())).collect();
            let (evidence, source) = (&mut self.evidence, self.source.as_mut());
            let surveyed = survey_record((&name, &file), &objects, as_of, evidence, source);
            return Ok(surveyed.map_err(failed)?);
        }
        let content = content_of(path, self.named())?;
        let content: Option<(&str, &dyn Source)> = match &content {
            Some((name, file)) => Some((name, file)),
            None => None,
        };
        let subject = Subject { name: &name, file: &file, content, held: Held::Signature };
        let records = records_beside(path);
        let records = records.iter().map(|path| Ok((shown(path), FileSource::open(path)?)));
        let records = records.collect::<Result<Vec<(String, FileSource)>, FileError>>()?;
        let records: Vec<(&str, &dyn Source)> =
            records.iter().map(|(name, file)| -> (&str, &dyn Source) { (name, file) }).collect();
        let (evidence, source) = (&mut self.evidence, self.source.as_mut());
        Ok(survey_beside(&subject, &records, as_of, evidence, source).map_err(failed)?)
    }

    fn named(&self) -> Option<&Path> {
        self.args.content.first().map(PathBuf::as_path)
    }

    /// The old file is replaced in one step, by one that was judged.
    fn archive(&mut self, path: &Path) -> Result<Surveyed, Failure> {
        let (file, name) = (FileSource::open(path)?, shown(path));
        let content = content_of(path, self.named())?;
        let content: Option<(&str, &dyn Source)> = match &content {
            Some((name, file)) => Some((name, file)),
            None => None,
        };
        let subject = Subject { name: &name, file: &file, content, held: Held::Signature };
        let renewal = Renewal { tsas: self.tsas, digest: self.args.digest.into() };
        let draft = AtomicFile::create(path, Existing::Replace, Mode::Public)?;
        let renewed =
            self.desk().apart(|desk| renew(&subject, renewal, &World, desk, Box::new(draft)));
        renewed.map_err(|error| told::failure(&error, self.language).after(&name))
    }

    /// Puts into a record what is wanting there, which needs no timestamp. Whether it lasts then.
    fn is_completed(&mut self, path: &Path, surveyed: &Surveyed) -> Result<bool, Failure> {
        let Outlook::Incomplete(_) = surveyed.outlook else { return Ok(false) };
        let drawer = Drawer::new([path].into_iter(), &self.args.content);
        let completed = complete(0, &drawer, &mut self.desk());
        completed.map_err(|error| records::failure(path, error, self.language))?;
        let surveyed = self.survey(path)?;
        if surveyed.outlook.is_due(self.before) {
            return Ok(false);
        }
        self.tell(&surveyed, Done::Renewed(Way::Completion))?;
        Ok(true)
    }

    fn embed(&mut self, paths: &[&Path]) {
        let drawer = Drawer::new(paths.iter().copied(), &self.args.content);
        let order = StampOrder { algorithm: self.args.digest.into(), tsas: self.tsas };
        let mut all = Vec::new();
        let mut keep = |number: usize, done| all.push((number, done));
        let stamped = embed(drawer.len(), order, &drawer, &mut self.desk(), &mut keep);
        for (number, done) in all {
            let Some(path) = drawer.get(number) else { continue };
            let done = match done {
                Ok(_) => self.tell_again(path, Way::EvidenceRecord),
                Err(error) => Err(told::failure(&error, self.language).after(&shown(path))),
            };
            self.take(done);
        }
        self.take(stamped.map_err(|error| without_timestamp(&error)));
    }

    fn renew_records(&mut self, due: &Due<'_>) {
        let drawer = Drawer::new(due.records.iter().copied(), &self.args.content);
        let drawer = drawer.among(&due.standing);
        let lasting = evidence::Renewal::Lasting(self.before, self.args.digest.into());
        let mut all = Vec::new();
        let mut keep = |number: usize, done| all.push((number, done));
        let (count, tsas, mut desk) = (drawer.len(), self.tsas, self.desk());
        let stamped = evidence::renew(count, lasting, tsas, &drawer, &mut desk, &mut keep);
        for (number, done) in all {
            let Some(path) = drawer.get(number) else { continue };
            let done = match done {
                Ok(renewed) => self.tell_again(path, renewed.way.into()),
                Err(error) => Err(records::failure(path, error, self.language)),
            };
            self.take(done);
        }
        self.take(stamped.map_err(|error| without_timestamp(&error)));
    }

    /// What became of a file that was renewed with others.
    fn tell_again(&mut self, path: &Path, way: Way) -> Result<(), Failure> {
        let surveyed = self.survey(path)?;
        self.tell(&surveyed, Done::Renewed(way))
    }

    /// What became of a file by what became of the records beside it.
    fn tell_beside(&mut self, path: &Path) -> Result<(), Failure> {
        let surveyed = self.survey(path)?;
        if matches!(surveyed.outlook, Outlook::Unprovable) {
            return self.tell(&surveyed, Done::Refused);
        }
        if !surveyed.outlook.is_due(self.before) {
            return self.tell(&surveyed, Done::Renewed(Way::RecordBeside));
        }
        let why = match surveyed.beside {
            Beside::Nothing => None,
            Beside::File => Some(
                "the evidence record beside it would not hold with anything put into it; make one of the \
                 signed file too, with `inkan evidence create`",
            ),
            Beside::Whole => Some(
                "what it lacks cannot be put into it, for the evidence record beside it would not hold any \
                 more; keep that with `inkan verify --save-evidence`",
            )
            .filter(|_| matches!(surveyed.outlook, Outlook::Incomplete(_))),
        };
        if let Some(why) = why {
            warn(&format!("{}: {why}", shown(path)));
        }
        self.tell(&surveyed, Done::Due)
    }

    fn desk(&mut self) -> Desk<'_> {
        Desk {
            judge: self.judge,
            now: clock::now(),
            evidence: &mut self.evidence,
            source: self.source.as_mut(),
        }
    }

    fn tell(&mut self, surveyed: &Surveyed, done: Done) -> Result<(), Failure> {
        let line = self.calendar.add(surveyed, done, Catalogue::load(self.language));
        self.worst = self.worst.max(exit(surveyed, done));
        match self.args.format {
            Format::Text => crate::cli::print(&line),
            Format::Json => Ok(()),
        }
    }

    fn take(&mut self, done: Result<(), Failure>) {
        if let Err(failure) = done {
            failure.tell();
            self.worst = Exit::CouldNotRun;
        }
    }
}

/// A record whose data was not at hand has not passed, however long it lasts.
fn exit(surveyed: &Surveyed, done: Done) -> Exit {
    let indication = surveyed.report.indication();
    match done {
        Done::Kept | Done::Renewed(_) => exit_of(indication),
        Done::Due | Done::Refused => exit_of(indication.max(Indication::Indeterminate)),
    }
}
