//! `inkan verify --replay`: judges what a bundle keeps, with none of the files there.

use super::{Args, Teller, report_failure};
use crate::cli::failure::{one_line, warn};
use crate::cli::options::{self, shown};
use crate::cli::{Exit, Failure};
use crate::edge::files;
use crate::evidence::bundle::{Bundle, Occasion, Recorded, Replay};
use crate::judge::Judge;
use crate::policy::Policy;
use crate::report::verify::Voice;
use crate::report::{Catalogue, Language};
use crate::task::verify::replay::{NotReplayed, replay};
use crate::time::Instant;
use std::path::Path;

/// Replays and reports.
pub(super) fn run(path: &Path, args: &Args, language: Language) -> Result<Exit, Failure> {
    let judge = Judge::new(args.policy()?);
    let Replay { occasion, mut evidence, mut subjects } = opened(path)?;
    subjects.iter_mut().for_each(tame);
    let at = time(path, args, &occasion)?;
    told_apart(&occasion, judge.policy());
    let whole = super::whole(args, judge.policy(), at);
    let mut teller = Teller::new(args, whole.clone(), language);
    let mut voice = Voice::new(super::form(args), &whole, Catalogue::load(language));
    for subject in &subjects {
        let failed = |error| not_replayed(&subject.name, &error);
        let report = replay(subject, &judge, at, &mut evidence).map_err(failed);
        teller.take(report.and_then(|report| voice.say(report).map_err(report_failure)))?;
    }
    teller.end()
}

fn opened(path: &Path) -> Result<Replay, Failure> {
    let bytes = files::read_bounded(path, options::MAX_EVIDENCE)?;
    let bundle = Bundle::read(&bytes).map_err(|_| {
        let error = format!("{}: this is no evidence bundle, or it is damaged", shown(path));
        Failure::new(error, "name a bundle of --save-evidence as it was written")
    })?;
    let alone = bundle.alone().filter(|replay| !replay.subjects.is_empty());
    alone.ok_or_else(|| {
        let error = format!("{}: this bundle keeps evidence and no signatures", shown(path));
        Failure::new(error, "verify the files themselves with --offline --evidence and the bundle")
    })
}

/// Names are shown as those of files are, whatever somebody wrote there.
fn tame(subject: &mut Recorded) {
    let contents = subject.contents.iter_mut().map(|content| &mut content.name);
    let records = subject.beside.records.iter_mut().map(|(name, _)| name);
    contents.chain(records).chain([&mut subject.name]).for_each(|name| *name = one_line(name));
}

/// The time asked for, or that of the bundle.
fn time(path: &Path, args: &Args, occasion: &Occasion) -> Result<Instant, Failure> {
    if args.at.is_some() {
        return options::time(args.at.as_deref());
    }
    occasion.at.parse().map_err(|error: crate::time::BadInstant| {
        Failure::new(format!("{}: {error}", shown(path)), "say the time with --at")
    })
}

/// A replay tells of hashes, and not of any file that is there now; and where the policy or the trust
/// is another, other findings are no wonder.
fn told_apart(occasion: &Occasion, policy: &Policy) {
    warn(
        "contents were not read: their hashes are those in the bundle, which anybody can have written",
    );
    if occasion.policy != policy.name {
        warn(&format!("the bundle was judged under the policy {}", occasion.policy));
    }
    let anchors = policy.trust.anchors().iter().map(|a| a.certificate.fingerprint().to_string());
    let (mut now, mut then): (Vec<String>, _) = (anchors.collect(), occasion.anchors.clone());
    now.sort_unstable();
    then.sort_unstable();
    if now != then {
        warn("the trusted certificates are not those that were trusted when the bundle was saved");
    }
}

fn not_replayed(name: &str, error: &NotReplayed) -> Failure {
    let error = format!("{name} cannot be judged from the bundle: {error}");
    Failure::new(error, "verify the file itself with --offline --evidence and the bundle")
}
