//! One more signature in a file that has some.

use super::batch::Shop;
use super::told::{failure, tell_signed, told};
use super::{Args, COVERED, Wish};
use crate::cli::companions::may_be_rewritten;
use crate::cli::options::shown;
use crate::cli::{Exit, Failure};
use crate::edge::FileSource;
use crate::edge::files::{AtomicFile, Existing, Mode, file_id};
use crate::report::Language;
use crate::seal::Level;
use crate::source::Source;
use crate::task::sign::{Addition, Desk, Placement, Signer, Which, add, admit};
use crate::task::verify::{Held, Subject};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Adding {
    /// Sign FILE beside those who signed it before: in this file with their signatures, which is replaced
    /// unless --out names another.
    #[arg(long, value_name = "SIGNATURE", conflicts_with_all = ["attached", "resume"])]
    add_to: Option<PathBuf>,

    /// Sign the signature that is in this file, over FILE: the file is replaced unless --out names
    /// another. What was signed stays as it is.
    #[arg(long, value_name = "SIGNATURE", conflicts_with_all = ["attached", "resume", "add_to"])]
    countersign: Option<PathBuf>,

    /// Which signature --countersign means, counted from 1, where there are several.
    #[arg(long, value_name = "N", requires = "countersign")]
    signature: Option<usize>,
}

impl Adding {
    /// What is added, and to which file; nothing if this is no such call.
    pub(super) fn wanted(&self) -> Option<(Addition, &Path)> {
        let which = self.signature.map_or(Which::Only, Which::Number);
        match (&self.add_to, &self.countersign) {
            (Some(path), _) => Some((Addition::Beside, path)),
            (None, Some(path)) => Some((Addition::Over(which), path)),
            (None, None) => None,
        }
    }
}

/// Adds to one file. The signed file may be named as itself (detached), or as the signature (attached).
pub(super) fn run(
    (addition, path): (Addition, &Path),
    args: &Args,
    wish: &Wish,
    signer: &Signer<'_>,
    desk: &mut Desk<'_>,
    language: Language,
) -> Result<Exit, Failure> {
    let [content] = args.files.as_slice() else {
        return Err(Failure::new(
            "a signature is added to one file at a time",
            "name the one FILE that was signed",
        ));
    };
    if matches!(addition, Addition::Over(_)) && wish.level > Level::T {
        return Err(Failure::new(
            "a counter-signature is signed (B) or time-stamped (T)",
            "leave out --level, or write --level T",
        ));
    }
    admit(signer, desk).map_err(|error| failure(&error, language))?;
    let file = FileSource::open(path)?;
    let inside = file_id(content).is_some_and(|same| file_id(path) == Some(same));
    let beside = if inside { None } else { Some(FileSource::open(content)?) };
    let (name, content_name) = (shown(path), shown(content));
    let content: Option<(&str, &dyn Source)> = match &beside {
        Some(source) => Some((content_name.as_str(), source)),
        None => None,
    };
    let subject = Subject { name: &name, file: &file, content, held: Held::Signature };
    let (out, existing) = match &args.out {
        Some(out) if args.force => (out.as_path(), Existing::Replace),
        Some(out) => (out.as_path(), Existing::Keep),
        None => (path, Existing::Replace),
    };
    match existing {
        Existing::Replace => may_be_rewritten(out, COVERED)?,
        Existing::Keep => {}
    }
    let draft = Box::new(AtomicFile::create(out, existing, Mode::Public)?);
    let order = wish.order(Placement::Detached);
    let shop = Shop { args, jobs: Vec::new(), asking: Arc::clone(&wish.asking) };
    match add(addition, &subject, signer, order, &shop, (desk, draft)) {
        Ok(report) => tell_signed(Path::new(&content_name), out, &report, language)?,
        Err(error) => return Err(told(out, error, language)),
    }
    Ok(Exit::Passed)
}
