//! What can go wrong between here and a token; every variant calls for a different remedy.

use crate::rv::{Meaning, Rv};
use std::io;
use std::path::PathBuf;

/// Why a PKCS#11 library could not be used, or what it answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing is at that path.
    #[error("{}: no such file", path.display())]
    NoSuchFile {
        /// The path, made absolute: a bare name is not searched for.
        path: PathBuf,
    },
    /// Something is there that may not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is not a shared library of this operating system.
    #[error("{}: {found}, not a shared library of this system ({loader})", path.display())]
    NotALibrary {
        /// The path.
        path: PathBuf,
        /// What it seems to be.
        found: &'static str,
        /// What the loader of the operating system said.
        loader: String,
    },
    /// A shared library for another processor.
    #[error("{}: built for {built_for}, this is {this} ({loader})", path.display())]
    WrongArchitecture {
        /// The path.
        path: PathBuf,
        /// The processor it was built for.
        built_for: String,
        /// The processor of this program.
        this: &'static str,
        /// What the loader of the operating system said.
        loader: String,
    },
    /// A shared library for this processor that does not load, for want of another library mostly.
    #[error("{}: cannot be loaded: {loader}", path.display())]
    NotLoadable {
        /// The path.
        path: PathBuf,
        /// What the loader of the operating system said.
        loader: String,
    },
    /// A shared library without `C_GetFunctionList`.
    #[error("{}: not a PKCS#11 library: it has no C_GetFunctionList", path.display())]
    NotPkcs11 {
        /// The path.
        path: PathBuf,
    },
    /// The list of functions is of a version whose layout is not known here.
    #[error("the PKCS#11 library has a function list of version {major}.{minor}, not 2 or 3")]
    UnknownVersion {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// The place of the function in the list is empty.
    #[error("the PKCS#11 library has no {function}")]
    Lacks {
        /// The function of PKCS#11.
        function: &'static str,
    },
    /// The library refused or failed.
    #[error("{function}: {code}")]
    Call {
        /// The function of PKCS#11.
        function: &'static str,
        /// What it returned.
        code: Rv,
    },
    /// The library reported success, and an answer that cannot be.
    #[error("{function}: the PKCS#11 library contradicts itself: {what}")]
    BadAnswer {
        /// The function of PKCS#11.
        function: &'static str,
        /// What cannot be.
        what: &'static str,
    },
    /// More input than a length of PKCS#11 can say on this system.
    #[error("{function}: the input is longer than PKCS#11 can say")]
    TooLong {
        /// The function of PKCS#11.
        function: &'static str,
    },
    /// The process is a child of the one that loaded the library; it has to load it again (PKCS#11
    /// v2.40 §5.4 on `C_Initialize`).
    #[error("this process was forked after the PKCS#11 library was loaded: load it again")]
    Forked,
}

impl Error {
    /// What the answer means for whoever asked; [`Meaning::Other`] where nothing was answered.
    pub fn meaning(&self) -> Meaning {
        match self {
            Self::Call { code, .. } => code.meaning(),
            Self::Lacks { .. } => Meaning::NotSupported,
            Self::Forked => Meaning::Stale,
            Self::NoSuchFile { .. }
            | Self::Unreadable { .. }
            | Self::NotALibrary { .. }
            | Self::WrongArchitecture { .. }
            | Self::NotLoadable { .. }
            | Self::NotPkcs11 { .. }
            | Self::UnknownVersion { .. }
            | Self::BadAnswer { .. }
            | Self::TooLong { .. } => Meaning::Other,
        }
    }

    /// The code that the library returned, where it returned one.
    pub fn code(&self) -> Option<Rv> {
        if let Self::Call { code, .. } = self { Some(*code) } else { None }
    }
}
