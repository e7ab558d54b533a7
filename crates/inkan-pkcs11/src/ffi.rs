//! Everything that calls C: loading, and one method per function of PKCS#11 that is used.
//!
//! The methods are safe under one condition that no program can check: the library keeps to PKCS#11.
//! It then reads and writes only what it is given, for the length it is given, until it returns
//! (v2.40 §5.1: nothing but sessions, objects and mutexes outlives a call; all of them are its own).
//! What this side owes is kept here:
//!
//! - pointers are valid for the length that goes with them until the call returns, and aligned for
//!   `CK_ULONG`, as libraries read and write numbers through them;
//! - the list of functions is complete for its version; an empty place is never called;
//! - calls do not overlap unless the library was told to lock; a forked child makes none;
//! - the library is never unloaded, so code that it left behind (threads, `atexit`) stays mapped;
//! - lengths that come back are compared with what was given before anything is read.

mod attributes;
mod buffer;
mod load;
mod objects;
mod sessions;
mod sign;
mod slots;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::rv::Rv;
pub(crate) use attributes::Raw;
use cryptoki_sys::{CK_FUNCTION_LIST, CK_RV, CK_ULONG, CKR_OK};
pub(crate) use load::{InitialisedBy, Opened};
pub(crate) use sessions::RawSession;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fmt, process};

/// The functions of a library that has been initialised in this process.
pub(crate) struct Functions {
    /// A copy: the library cannot change it, and on Windows it is packed.
    list: CK_FUNCTION_LIST,
    locking: Locking,
    process: u32,
}

#[derive(Debug)]
enum Locking {
    /// The library locks.
    Inside,
    /// It was told that calls do not overlap.
    Here(Mutex<()>),
}

/// The function of that name and the right to call it now.
macro_rules! enter {
    ($functions:ident.$name:ident) => {
        (
            { $functions.list.$name }
                .ok_or(crate::error::Error::Lacks { function: stringify!($name) })?,
            $functions.turn()?,
        )
    };
}
use enter;

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = { self.list.version };
        let version = (version.major, version.minor);
        f.debug_struct("Functions").field("version", &version).finish_non_exhaustive()
    }
}

impl Functions {
    fn turn(&self) -> Result<Option<MutexGuard<'_, ()>>, Error> {
        if self.process != process::id() {
            return Err(Error::Forked);
        }
        Ok(match &self.locking {
            Locking::Inside => None,
            // The mutex guards no data that a panic could have left half done.
            Locking::Here(mutex) => Some(mutex.lock().unwrap_or_else(PoisonError::into_inner)),
        })
    }
}

fn checked(function: &'static str, code: CK_RV) -> Result<(), Error> {
    if code == CKR_OK { Ok(()) } else { Err(Error::Call { function, code: Rv(code) }) }
}

fn said(function: &'static str, length: usize) -> Result<CK_ULONG, Error> {
    CK_ULONG::try_from(length).map_err(|_| Error::TooLong { function })
}

/// A length that the library gives, which may be at most `most`.
fn heard(
    function: &'static str,
    length: CK_ULONG,
    most: usize,
    what: &'static str,
) -> Result<usize, Error> {
    match usize::try_from(length) {
        Ok(length) if length <= most => Ok(length),
        _ => Err(Error::BadAnswer { function, what }),
    }
}
