//! From a path to functions that may be called, and back: `dlopen`, `C_GetFunctionList`,
//! `C_Initialize`, `C_Finalize`.

use super::{Functions, Locking, checked, enter};
use crate::error::Error;
use crate::library_file;
use crate::module::Initialize;
use cryptoki_sys::{
    CK_C_INITIALIZE_ARGS, CK_FLAGS, CK_FUNCTION_LIST, CK_RV, CK_VERSION, CKF_OS_LOCKING_OK,
    CKR_CRYPTOKI_ALREADY_INITIALIZED,
};
use libloading::{Library, Symbol};
use std::error::Error as _;
use std::path::Path;
use std::sync::Mutex;
use std::{mem, process, ptr};

type GetFunctionList = unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV;

/// A library that is loaded and whose functions are known, before `C_Initialize`.
pub(crate) struct Opened {
    pub(super) list: CK_FUNCTION_LIST,
    /// Where `C_GetFunctionList` stands in memory: the same for every path that leads to the file.
    pub(crate) identity: usize,
}

/// Who initialised a library finalises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InitialisedBy {
    Us,
    SomeoneElse,
}

impl Opened {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let path = library_file::locate(path)?;
        let library = match load(&path) {
            Ok(library) => library,
            Err(error) => return Err(library_file::diagnose(path, &loader_text(&error))),
        };
        // SAFETY: PKCS#11 gives the function of that name this signature (v2.40 §5.4), and the
        // symbol is used only while `library` is loaded.
        let found = unsafe { library.get::<GetFunctionList>(b"C_GetFunctionList\0") };
        let Ok(function) = found else { return Err(Error::NotPkcs11 { path }) };
        let list = function_list(*function)?;
        let identity = address(function);
        // Never unloaded: see the head of `ffi`. Loading it again gives the same copy.
        mem::forget(library);
        Ok(Self { list, identity })
    }

    /// A library that someone else in this process has initialised is used as it is, one call at a
    /// time, since nobody here knows whether it locks.
    pub(crate) fn initialise(self, how: Initialize) -> Result<(Functions, InitialisedBy), Error> {
        let one_at_a_time = Locking::Here(Mutex::new(()));
        let mut functions =
            Functions { list: self.list, locking: one_at_a_time, process: process::id() };
        match functions.initialise(how)? {
            CKR_CRYPTOKI_ALREADY_INITIALIZED => return Ok((functions, InitialisedBy::SomeoneElse)),
            code => checked("C_Initialize", code)?,
        }
        if how == Initialize::OsLocking {
            functions.locking = Locking::Inside;
        }
        Ok((functions, InitialisedBy::Us))
    }
}

impl Functions {
    fn initialise(&self, how: Initialize) -> Result<CK_RV, Error> {
        let mut args = match how {
            Initialize::NullArgs => None,
            Initialize::OsLocking => Some(arguments(CKF_OS_LOCKING_OK)),
            Initialize::SingleThread => Some(arguments(0)),
        };
        let args = args.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        let (function, _turn) = enter!(self.C_Initialize);
        // SAFETY: `args` is NULL or points to a CK_C_INITIALIZE_ARGS that outlives the call; it
        // names no mutex functions, so nothing of ours is called back.
        Ok(unsafe { function(args.cast()) })
    }

    pub(crate) fn finalise(&self) -> Result<(), Error> {
        let (function, _turn) = enter!(self.C_Finalize);
        // SAFETY: the argument is reserved and has to be NULL (v2.40 §5.4).
        checked("C_Finalize", unsafe { function(ptr::null_mut()) })
    }
}

fn arguments(flags: CK_FLAGS) -> CK_C_INITIALIZE_ARGS {
    CK_C_INITIALIZE_ARGS {
        CreateMutex: None,
        DestroyMutex: None,
        LockMutex: None,
        UnlockMutex: None,
        flags,
        pReserved: ptr::null_mut(),
    }
}

/// Every symbol is resolved at once: one that is missing is an error here, where it would end the
/// process at some later call.
#[cfg(unix)]
fn load(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix;
    // SAFETY: initialisers of the library run. That it may be trusted to run in this process is what
    // whoever configured its path has decided; it is absolute, so that nothing else is found.
    let library = unsafe { unix::Library::open(Some(path), unix::RTLD_NOW | unix::RTLD_LOCAL) };
    library.map(Library::from)
}

#[cfg(not(unix))]
fn load(path: &Path) -> Result<Library, libloading::Error> {
    // SAFETY: as on Unix.
    unsafe { Library::new(path) }
}

fn loader_text(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

fn function_list(function: GetFunctionList) -> Result<CK_FUNCTION_LIST, Error> {
    const FUNCTION: &str = "C_GetFunctionList";
    let mut list: *mut CK_FUNCTION_LIST = ptr::null_mut();
    // SAFETY: `list` is a place for one pointer; the function may be called before C_Initialize.
    checked(FUNCTION, unsafe { function(&raw mut list) })?;
    if list.is_null() {
        return Err(Error::BadAnswer { function: FUNCTION, what: "success, and no list" });
    }
    // SAFETY: every version of the list begins with the version; it may not be aligned, as it is
    // the library's.
    let CK_VERSION { major, minor } = unsafe { list.cast::<CK_VERSION>().read_unaligned() };
    // The list of 2.0 is shorter by C_WaitForSlotEvent; those of 3.x begin with the one of 2.40.
    if !matches!((major, minor), (2, 1..) | (3, _)) {
        return Err(Error::UnknownVersion { major, minor });
    }
    // SAFETY: the list of these versions has all the places of CK_FUNCTION_LIST, each a function of
    // the signature that PKCS#11 gives it, or NULL.
    Ok(unsafe { list.read_unaligned() })
}

fn address(function: Symbol<'_, GetFunctionList>) -> usize {
    // SAFETY: the pointer is only compared; and the library is not unloaded.
    let pointer = unsafe { function.try_as_raw_ptr() };
    pointer.map_or(0, |pointer| pointer.addr())
}
