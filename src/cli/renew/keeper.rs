//! Looks at files one by one, and renews those that are due: some each by itself, some all together.

use super::failed::{self, Failed};
use super::{Args, By, Format as Form};
use crate::ades::Format;
use crate::cli::companions::records_beside;
use crate::cli::drawer::Drawer;
use crate::cli::evidence::without_timestamp;
use crate::cli::failure::warn;
use crate::cli::options::{World, shown};
use crate::cli::sign::told::io_failure;
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
use crate::task::evidence::{self, RenewError, Shelf, StampOrder, complete, embed};
use crate::task::renew::{Beside, Kind, Outlook, Renewal, Surveyed};
use crate::task::renew::{renew, survey_beside, survey_record};
use crate::task::sign::Desk;
use crate::task::verify::{Held, SignatureReport, Subject};
use crate::time::Instant;
use std::collections::BTreeMap;
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
        if surveyed.outlook.is_due(self.before) {
            failed::tell_disproven(path, &surveyed, self.language);
        }
        match self.step(&surveyed) {
            Step::Tell(done) => self.tell(&surveyed, done)?,
            Step::Archive => match self.archive(path) {
                Ok(renewed) => self.tell(&renewed, Done::Renewed(Way::ArchiveTimestamp))?,
                Err((done, failure)) => self.tell_failed(&surveyed, done, failure)?,
            },
            Step::Wait(Wait::Record) => return self.complete(path, &surveyed),
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
            Form::Text => self.calendar.text(Catalogue::load(self.language)),
            Form::Json => self.calendar.to_json().map_err(report_failure)?,
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
            let objects = match self.drawer(&[path]).objects(0) {
                Ok(objects) => objects,
                // The record of what is not here is kept all the same, and is not passed.
                Err(_) if self.named(path).is_none() => Vec::new(),
                Err(error) => return Err(io_failure(path, error)),
            };
            let objects: Vec<(&str, &dyn Source)> =
                objects.iter().map(|(name, file)| (name.as_str(), file.as_ref())).collect();
            let (evidence, source) = (&mut self.evidence, self.source.as_mut());
            let surveyed = survey_record((&name, &file), &objects, as_of, evidence, source);
            return Ok(surveyed.map_err(failed)?);
        }
        let content = content_of(path, self.named(path))?;
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
        let surveyed =
            survey_beside(&subject, &records, as_of, evidence, source).map_err(failed)?;
        let is_token = |one: &SignatureReport| one.signature.format == Format::Timestamp;
        if surveyed.report.signatures.iter().any(is_token) {
            return Err(failed::token(path));
        }
        Ok(surveyed)
    }

    /// What was named is of the file that was named with it; records beside that have theirs beside them.
    fn named(&self, path: &Path) -> Option<&Path> {
        let is_named = self.args.paths.iter().any(|named| named == path);
        self.args.content.first().filter(|_| is_named).map(PathBuf::as_path)
    }

    fn drawer<'p>(&self, paths: &[&'p Path]) -> Drawer<'p>
    where
        'a: 'p,
    {
        let drawer = Drawer::new(paths.iter().copied(), &self.args.content);
        match self.args.paths.as_slice() {
            [one] => drawer.named_of(one),
            _ => drawer,
        }
    }

    /// The old file is replaced in one step, by one that was judged.
    fn archive(&mut self, path: &Path) -> Result<Surveyed, Failed> {
        let unread = |error: FileError| (Done::Due, error.into());
        let (file, name) = (FileSource::open(path).map_err(unread)?, shown(path));
        let content = content_of(path, self.named(path)).map_err(unread)?;
        let content: Option<(&str, &dyn Source)> = match &content {
            Some((name, file)) => Some((name, file)),
            None => None,
        };
        let subject = Subject { name: &name, file: &file, content, held: Held::Signature };
        let renewal = Renewal { tsas: self.tsas, digest: self.args.digest.into() };
        let draft = AtomicFile::create(path, Existing::Replace, Mode::Public).map_err(unread)?;
        let renewed =
            self.desk().apart(|desk| renew(&subject, renewal, &World, desk, Box::new(draft)));
        renewed.map_err(|error| failed::signature(path, &error, self.language))
    }

    /// Puts into a record what is wanting there, which needs no timestamp. What it still waits for then: one
    /// more timestamp, unless what is wanting is none that this would mend and the newest lasts.
    fn complete(&mut self, path: &Path, surveyed: &Surveyed) -> Result<Option<Wait>, Failure> {
        let Outlook::Incomplete(_) = surveyed.outlook else { return Ok(Some(Wait::Record)) };
        match complete(0, &self.drawer(&[path]), &mut self.desk()) {
            // Something older is wanting too, which is covered; its newest timestamp is renewed all the same.
            Ok(()) | Err(RenewError::OwnOutput(_)) => {}
            Err(error) => {
                let (done, failure) = failed::record(path, error, self.language);
                return self.tell_failed(surveyed, done, failure).map(|()| None);
            }
        }
        let surveyed = self.survey(path)?;
        if !surveyed.outlook.is_due(self.before) {
            return self.tell(&surveyed, Done::Renewed(Way::Completion)).map(|()| None);
        }
        let lasts = surveyed.newest_ends.is_none_or(|ends| self.before < ends);
        if matches!(surveyed.outlook, Outlook::Incomplete(_)) && lasts {
            warn(&format!("{}: {}", shown(path), failed::NOT_MENDED));
            return self.tell(&surveyed, Done::Due).map(|()| None);
        }
        Ok(Some(Wait::Record))
    }

    fn embed(&mut self, paths: &[&Path]) {
        let drawer = self.drawer(paths);
        let order = StampOrder { algorithm: self.args.digest.into(), tsas: self.tsas };
        let mut all = BTreeMap::new();
        let mut keep = |number: usize, done| drop(all.insert(number, done));
        let stamped = embed(drawer.len(), order, &drawer, &mut self.desk(), &mut keep);
        self.take(stamped.map_err(|error| without_timestamp(&error)));
        let language = self.language;
        self.tell_all(&drawer, all, |path, done| match done {
            Ok(_) => Ok(Way::EvidenceRecord),
            Err(error) => Err(failed::signature(path, &error, language)),
        });
    }

    fn renew_records(&mut self, due: &Due<'_>) {
        let drawer = self.drawer(&due.records).among(&due.standing);
        let lasting = evidence::Renewal::Lasting(self.before, self.args.digest.into());
        let mut all = BTreeMap::new();
        let mut keep = |number: usize, done| drop(all.insert(number, done));
        let (count, tsas, mut desk) = (drawer.len(), self.tsas, self.desk());
        let stamped = evidence::renew(count, lasting, tsas, &drawer, &mut desk, &mut keep);
        self.take(stamped.map_err(|error| without_timestamp(&error)));
        let language = self.language;
        self.tell_all(&drawer, all, |path, done| match done {
            Ok(renewed) => Ok(renewed.way.into()),
            Err(error) => Err(failed::record(path, error, language)),
        });
    }

    /// What became of files that were renewed with others. Those of which nothing is said had no timestamp.
    fn tell_all<T>(
        &mut self,
        drawer: &Drawer<'_>,
        mut all: BTreeMap<usize, T>,
        read: impl Fn(&Path, T) -> Result<Way, Failed>,
    ) {
        for number in 0..drawer.len() {
            let Some(path) = drawer.get(number) else { continue };
            let told = match all.remove(&number).map(|done| read(path, done)) {
                Some(Ok(way)) => self.tell_again(path, Done::Renewed(way)),
                Some(Err((done, failure))) => {
                    self.take(Err(failure));
                    self.tell_again(path, done)
                }
                None => self.tell_again(path, Done::Due),
            };
            self.take(told);
        }
    }

    /// A file as it is by now: many are not kept in memory.
    fn tell_again(&mut self, path: &Path, done: Done) -> Result<(), Failure> {
        let surveyed = self.survey(path)?;
        self.tell(&surveyed, done)
    }

    fn tell_failed(
        &mut self,
        surveyed: &Surveyed,
        done: Done,
        failure: Failure,
    ) -> Result<(), Failure> {
        self.tell(surveyed, done)?;
        Err(failure)
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
        if let Some(why) = failed::under_record(&surveyed) {
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
        self.worst = self.worst.max(self.exit(surveyed, done));
        match self.args.format {
            Form::Text => crate::cli::print(&line),
            Form::Json => Ok(()),
        }
    }

    fn take(&mut self, done: Result<(), Failure>) {
        if let Err(failure) = done {
            failure.tell();
            self.worst = Exit::CouldNotRun;
        }
    }

    /// A record whose data was not at hand has not passed, however long it lasts; and one that was renewed and
    /// does not last until the day that was asked about is still due.
    fn exit(&self, surveyed: &Surveyed, done: Done) -> Exit {
        let indication = surveyed.report.indication();
        let lasts = match surveyed.outlook {
            Outlook::Unprovable => false,
            Outlook::Incomplete(_) | Outlook::Until(_) | Outlook::Unlimited => {
                !surveyed.outlook.is_due(self.before)
            }
        };
        match done {
            Done::Kept | Done::Renewed(_) if lasts => exit_of(indication),
            Done::Kept | Done::Renewed(_) | Done::Due | Done::Refused => {
                exit_of(indication.max(Indication::Indeterminate))
            }
        }
    }
}
