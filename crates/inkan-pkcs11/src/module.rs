//! A library that is loaded and initialised, for as long as anyone here uses it.

use crate::error::Error;
use crate::ffi::{Functions, InitialisedBy, Opened};
use crate::info::{MechanismInfo, ModuleInfo, SlotId, SlotInfo, TokenInfo};
use crate::mechanism::MechanismType;
use crate::session::{Access, Session};
use std::collections::BTreeMap;
use std::path::Path;
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

/// How a library is initialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Initialize {
    /// `C_Initialize(NULL)`, as JAHIS 24-002 demands of HPKI cards. Calls are made one at a time.
    NullArgs,
    /// `CKF_OS_LOCKING_OK`: the library locks, and calls of several threads overlap.
    OsLocking,
    /// Arguments that ask for nothing. Calls are made one at a time.
    SingleThread,
}

/// A PKCS#11 library. Clones share it; with the last of them and of its sessions it is finalised.
///
/// Loading the same file twice gives one library with the first one's [`Initialize`], since PKCS#11
/// knows one state per library and process. One that another part of the process has initialised is
/// used, and left for that part to finalise. The code stays in memory until the process ends.
#[derive(Clone, Debug)]
pub struct Module {
    loaded: Arc<Loaded>,
}

impl Module {
    /// Loads and initialises the library of that path. The path is not searched for; code from it
    /// runs in this process with all its rights.
    ///
    /// To start anew after [`crate::Meaning::Stale`], drop all sessions and modules first.
    pub fn load(path: impl AsRef<Path>, initialize: Initialize) -> Result<Self, Error> {
        let loaded = Loaded::share(Opened::open(path.as_ref())?, initialize)?;
        Ok(Self { loaded })
    }

    /// What the library says of itself.
    pub fn info(&self) -> Result<ModuleInfo, Error> {
        self.functions().info()
    }

    /// All slots, with or without a token: [`SlotInfo::token_present`].
    pub fn slots(&self) -> Result<Vec<SlotId>, Error> {
        Ok(self.functions().slots(false)?.into_iter().map(SlotId).collect())
    }

    /// The slots that have a token in them.
    pub fn slots_with_token(&self) -> Result<Vec<SlotId>, Error> {
        Ok(self.functions().slots(true)?.into_iter().map(SlotId).collect())
    }

    /// What a slot says of itself.
    pub fn slot_info(&self, slot: SlotId) -> Result<SlotInfo, Error> {
        self.functions().slot_info(slot.0)
    }

    /// What the token in a slot says of itself.
    pub fn token_info(&self, slot: SlotId) -> Result<TokenInfo, Error> {
        self.functions().token_info(slot.0)
    }

    /// The mechanisms of the token in a slot.
    pub fn mechanisms(&self, slot: SlotId) -> Result<Vec<MechanismType>, Error> {
        Ok(self.functions().mechanisms(slot.0)?.into_iter().map(MechanismType).collect())
    }

    /// What the token in a slot does with a mechanism.
    pub fn mechanism_info(
        &self,
        slot: SlotId,
        mechanism: MechanismType,
    ) -> Result<MechanismInfo, Error> {
        self.functions().mechanism_info(slot.0, mechanism.0)
    }

    /// Opens a session with the token in a slot.
    pub fn open_session(&self, slot: SlotId, access: Access) -> Result<Session, Error> {
        Session::open(Arc::clone(&self.loaded), slot, access)
    }

    /// Initialises a token: **everything on it is lost**. The label is cut at 32 bytes. Slots may be
    /// numbered anew afterwards.
    pub fn init_token(&self, slot: SlotId, so_pin: &[u8], label: &str) -> Result<(), Error> {
        let mut padded = [b' '; 32];
        padded.iter_mut().zip(label.bytes()).for_each(|(to, from)| *to = from);
        self.functions().init_token(slot.0, so_pin, padded)
    }

    fn functions(&self) -> &Functions {
        &self.loaded.functions
    }
}

/// The one use of a library in this process.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) functions: Functions,
    initialised_by: InitialisedBy,
    key: Key,
}

/// Library and process: what a parent has loaded is not loaded in a forked child.
type Key = (usize, u32);

static LOADED: Mutex<BTreeMap<Key, Weak<Loaded>>> = Mutex::new(BTreeMap::new());
static FINALISED: Condvar = Condvar::new();

impl Loaded {
    pub(crate) fn share(opened: Opened, how: Initialize) -> Result<Arc<Self>, Error> {
        let key = (opened.identity, process::id());
        let mut all = all_loaded();
        while let Some(entry) = all.get(&key) {
            if let Some(loaded) = entry.upgrade() {
                return Ok(loaded);
            }
            // Its last user is about to finalise it in another thread.
            all = FINALISED.wait(all).unwrap_or_else(PoisonError::into_inner);
        }
        let (functions, initialised_by) = opened.initialise(how)?;
        let loaded = Arc::new(Self { functions, initialised_by, key });
        all.insert(key, Arc::downgrade(&loaded));
        Ok(loaded)
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // A forked child has nothing of its own to finalise, and must not end what its parent uses.
        if self.key.1 != process::id() {
            return;
        }
        let mut all = all_loaded();
        if self.initialised_by == InitialisedBy::Us {
            // Nobody is left to be told; the library is not used again without a new C_Initialize.
            let _ = self.functions.finalise();
        }
        all.remove(&self.key);
        FINALISED.notify_all();
    }
}

/// Each entry is put in and taken out in one step: a panic elsewhere leaves nothing half done.
fn all_loaded() -> MutexGuard<'static, BTreeMap<Key, Weak<Loaded>>> {
    LOADED.lock().unwrap_or_else(PoisonError::into_inner)
}
