//! `inkan sign`

mod add;
mod batch;
pub(super) mod told;
mod wanted;

use super::failure::warn;
use super::options::{Judging, PinArgument};
use super::signer::{self, KeyName, OnToken, Opened};
use super::tsa::TsaArgs;
use super::{Exit, Failure};
use crate::edge::clock;
use crate::evidence::EvidenceSet;
use crate::judge::Judge;
use crate::report::Language;
use crate::task::sign::{Desk, Placement, SignError, Signer, Unsigned, admit, sign_all};
use crate::task::verify::FileReport;
use add::Adding;
use batch::{Shop, jobs, left_to_do};
use std::path::PathBuf;
use std::sync::Arc;
use told::{failure, tell_signed, told};
use wanted::{Wanted, Wish};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Files to sign.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The signing key: file:PATH, or pkcs11:token=LABEL;object=LABEL (RFC 7512) on a card or HSM.
    #[arg(long, value_name = "URI")]
    key: String,

    /// The certificate of the key, and those of its CAs (may be repeated); without this, those in the
    /// key's file or on its token.
    #[arg(long, value_name = "FILE")]
    cert: Vec<PathBuf>,

    /// The form of the signature.
    #[arg(long, value_enum, default_value = "cades")]
    form: Form,

    #[command(flatten)]
    wanted: Wanted,

    #[command(flatten)]
    adding: Adding,

    /// Put the content inside the signature.
    #[arg(long)]
    attached: bool,

    /// Where the password or PIN comes from: file:PATH, fd:N or env:NAME; otherwise it is asked for.
    #[arg(long, value_name = "SOURCE")]
    pin_source: Option<PinArgument>,

    #[command(flatten)]
    on_token: OnToken,

    /// The signature file, or a directory for them; otherwise FILE.p7s (FILE.p7m if attached).
    #[arg(long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,

    /// Replace signatures that are there already.
    #[arg(long)]
    force: bool,

    /// Go on with a batch that was interrupted: files whose signature is there and is of this
    /// certificate and content are passed over.
    #[arg(long, conflicts_with = "force")]
    resume: bool,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    tsa: TsaArgs,
}

/// Forms of signatures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Form {
    Cades,
}

/// What to do about a signature file that has an evidence record beside it.
const COVERED: &str =
    "name another file with --out; if that record is not wanted any more, move it away first";

/// Signs each file; one that fails does not hinder the others.
pub(crate) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let Form::Cades = args.form;
    let judge = Judge::new(args.judging.policy()?);
    let wish = args.wanted.wish(&args.tsa, args.judging.offline, &judge.policy().trust)?;
    let pin = PinArgument::resolve(args.pin_source.as_ref())?;
    let name = KeyName::read(&args.key)?;
    let adding = args.adding.wanted();
    let jobs = if adding.is_some() { Vec::new() } else { jobs(args, &name)? };
    let Opened { key, certificate, chain } = signer::open(&name, &args.cert, pin, &args.on_token)?;
    let signer = Signer { key: key.as_ref(), certificate: &certificate, chain: &chain };
    let mut evidence = args.judging.evidence()?;
    let mut source = args.judging.source_with(&wish.asking);
    let now = clock::now();
    let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: source.as_mut() };
    if let Some(adding) = adding {
        return add::run(adding, args, &wish, &signer, &mut desk, language);
    }
    admit(&signer, &mut desk).map_err(|error| failure(&error, language))?;
    let jobs = left_to_do(jobs, args, (&signer, wish.level), &mut desk, language)?;
    let shop = Shop { args, jobs, asking: Arc::clone(&wish.asking) };
    Ok(sign(&shop, &wish, &signer, (&judge, &evidence), language))
}

fn sign(
    shop: &Shop<'_>,
    wish: &Wish,
    signer: &Signer<'_>,
    known: (&Judge, &EvidenceSet),
    language: Language,
) -> Exit {
    let placement = if shop.args.attached { Placement::Attached } else { Placement::Detached };
    let mut worst = Exit::Passed;
    let mut tell = |number: usize, done: Result<FileReport, SignError>| {
        let Some((path, out)) = shop.jobs.get(number) else { return };
        let told = match done {
            Ok(report) => tell_signed(path, out, &report, language),
            Err(error) => Err(told(out, error, language)),
        };
        if let Err(failure) = told {
            failure.tell();
            worst = Exit::CouldNotRun;
        }
    };
    let count = shop.jobs.len();
    let Unsigned(left) = sign_all(count, signer, wish.order(placement), known, shop, &mut tell);
    if left > 0 {
        warn(&format!(
            "files not signed: {left}; the same command with --resume goes on with them"
        ));
        worst = Exit::CouldNotRun;
    }
    worst
}
