//! The key record that a command continues (`--record`): looked at before anything is done, so that
//! nothing is done that could not be recorded, and appended to afterwards.

use super::given::hash_of;
use crate::cli::Failure;
use crate::cli::options::shown;
use crate::der::algorithm::PublicKey;
use crate::edge::files::Journal;
use crate::edge::{clock, user};
use crate::key::record::{Broken, Event, KeyNamed, NotAllowed, Record, Told};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A ceremony has some dozens of entries; a hospital's record of decades some ten thousands.
pub(super) const MAX_RECORD: u64 = 64 << 20;

/// Which record, and who is there.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Recording {
    /// Append what is done to this key record; it is made if it is not there. Nothing is done if its
    /// chain is broken, or if it says that this cannot happen to the key.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Who does it, for the record.
    #[arg(long, value_name = "NAME", requires = "record")]
    operator: Option<String>,

    /// Who looks on, for the record (may be repeated).
    #[arg(long, value_name = "NAME", requires = "record")]
    witness: Vec<String>,

    /// Anything else that the record should hold.
    #[arg(long, value_name = "TEXT", requires = "record")]
    note: Option<String>,
}

/// A record that is locked and whose chain holds.
#[derive(Debug)]
pub(super) struct Recorder {
    journal: Journal,
    pub(super) record: Record,
    path: PathBuf,
    who: Who,
}

/// Who acts.
#[derive(Clone, Debug, Default)]
pub(super) struct Who {
    pub(super) operator: Option<String>,
    pub(super) witnesses: Vec<String>,
    pub(super) note: Option<String>,
}

/// What was done.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) event: Event,
    pub(super) place: BTreeMap<String, String>,
    pub(super) asked: BTreeMap<String, String>,
    pub(super) found: BTreeMap<String, String>,
}

impl Recording {
    /// Whether there is one.
    pub(super) const fn wanted(&self) -> bool {
        self.record.is_some()
    }

    /// Locks and reads the record, if one was named.
    pub(super) fn begin(&self) -> Result<Option<Recorder>, Failure> {
        let who = Who {
            operator: self.operator.clone(),
            witnesses: self.witness.clone(),
            note: self.note.clone(),
        };
        self.record.as_deref().map(|path| Recorder::open(path, who)).transpose()
    }
}

impl Recorder {
    pub(super) fn open(path: &Path, who: Who) -> Result<Self, Failure> {
        let journal = Journal::open(path, MAX_RECORD)?;
        let record =
            Record::read(journal.content()).map_err(|broken| broken_record(path, &broken))?;
        Ok(Self { journal, record, path: path.to_owned(), who })
    }

    /// Refuses what cannot happen to the key, before it happens.
    pub(super) fn may(&self, key: &PublicKey, event: Event) -> Result<(), Failure> {
        let allowed = self.record.allows(&hash_of(key), event);
        allowed.map(drop).map_err(|error| self.refused(error))
    }

    /// Appends what was done; `already` says what that was, should it fail.
    pub(super) fn tell(
        &mut self,
        key: &PublicKey,
        done: Done,
        already: &str,
    ) -> Result<(), Failure> {
        let named = KeyNamed { algorithm: key.kind().to_string(), sha256: hash_of(key) };
        self.append(named, done)
            .map_err(|failure| failure.after(&format!("{already}, BUT THIS COULD NOT BE RECORDED")))
    }

    pub(super) fn append(&mut self, key: KeyNamed, done: Done) -> Result<(), Failure> {
        let Who { operator, witnesses, note } = self.who.clone();
        let Done { event, place, asked, found } = done;
        let user = user::name();
        let told = Told { event, key, place, asked, found, user, operator, witnesses, note };
        let line = self.record.next(&told, clock::now()).map_err(|error| self.refused(error))?;
        Ok(self.journal.append(&line)?)
    }

    fn refused(&self, error: NotAllowed) -> Failure {
        Failure::new(
            format!("{}: {error}", shown(&self.path)),
            "`inkan key record verify` shows the state of each key; use a key that is in use",
        )
    }
}

/// The error and hint for a record that cannot be continued.
pub(super) fn broken_record(path: &Path, broken: &Broken) -> Failure {
    let hint = match broken.why {
        crate::key::record::Why::Torn => {
            "keep a copy of the file, remove its last line, and say so with `inkan key record add --note`"
        }
        _ => "do not write to it any more: somebody has changed it, or it is no key record",
    };
    Failure::new(format!("{}: {broken}", shown(path)), hint)
}
