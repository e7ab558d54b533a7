//! The library of a token: named by the user, or found where a profile has it.
#![expect(clippy::disallowed_methods, reason = "profiles name environment variables and files")]

use super::error::HsmError;
use super::token::{Seen, Token};
use super::uri::Uri;
use crate::policy::token::{GENERIC, Initialize, TokenProfile};
use inkan_pkcs11::{Module, ModuleInfo};
use std::path::{Path, PathBuf};

/// A library in use.
#[derive(Debug)]
pub struct Library {
    pub(super) module: Module,
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself.
    pub info: ModuleInfo,
    /// How it was initialised.
    pub initialised: Initialize,
    /// The profile that the user named.
    asked: Option<TokenProfile>,
    profiles: Vec<TokenProfile>,
}

/// A library that was found, whether it can be used or not.
#[derive(Debug)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// The library, or why it cannot be used.
    pub library: Result<Library, HsmError>,
}

impl Library {
    /// The library named by the user, the URI or the environment; otherwise all that are installed
    /// where profiles have them.
    pub fn find(
        module: Option<&Path>,
        profile: Option<&str>,
        uri: &Uri,
    ) -> Result<Vec<Self>, HsmError> {
        Self::find_each(module, profile, uri)?.into_iter().map(|found| found.library).collect()
    }

    /// The same, each by itself: one that cannot be used hides no other.
    pub fn find_each(
        module: Option<&Path>,
        profile: Option<&str>,
        uri: &Uri,
    ) -> Result<Vec<Found>, HsmError> {
        let profiles = TokenProfile::embedded()?;
        let asked = profile.map(|name| named(&profiles, name)).transpose()?;
        let among = asked.as_ref().map_or(profiles.as_slice(), std::slice::from_ref);
        let variable = || {
            let values = among.iter().filter_map(|p| std::env::var_os(&p.module.env));
            values.filter(|value| !value.is_empty()).map(PathBuf::from).next()
        };
        let one = module.map(Path::to_owned).or_else(|| uri.module.clone()).or_else(variable);
        let paths = one.map_or_else(|| installed(among), |path| vec![path]);
        if paths.is_empty() {
            return Err(HsmError::NoLibrary);
        }
        let load = |path: &Path| Self::load(path.to_owned(), asked.as_ref(), &profiles);
        Ok(paths.into_iter().map(|path| Found { library: load(&path), path }).collect())
    }

    fn load(
        path: PathBuf,
        asked: Option<&TokenProfile>,
        profiles: &[TokenProfile],
    ) -> Result<Self, HsmError> {
        // JAHIS 24-002 §5 demands no arguments of a library that may be an HPKI card's, and PKCS#11
        // allows that of every program that makes its calls one after another.
        let initialised = asked
            .or_else(|| by_file_name(profiles, &path))
            .map_or(Initialize::NullArgs, |profile| profile.module.initialize);
        let initialize = match initialised {
            Initialize::NullArgs => inkan_pkcs11::Initialize::NullArgs,
            Initialize::OsLocking => inkan_pkcs11::Initialize::OsLocking,
        };
        let failed = |error| HsmError::Library { path: path.clone(), error };
        let module = Module::load(&path, initialize).map_err(failed)?;
        let info = module.info().map_err(failed)?;
        let (asked, profiles) = (asked.cloned(), profiles.to_vec());
        Ok(Self { module, path, info, initialised, asked, profiles })
    }

    /// Every slot, with its token where there is one.
    pub fn slots(&self) -> Result<Vec<Seen>, HsmError> {
        let failed = |error| HsmError::Library { path: self.path.clone(), error };
        let slots = self.module.slots().map_err(failed)?;
        slots.into_iter().map(|slot| Seen::look(self, slot).map_err(failed)).collect()
    }

    /// The one token that the URI means, among all libraries.
    pub fn token(libraries: &[Self], uri: &Uri) -> Result<Token, HsmError> {
        let mut fitting = Vec::new();
        let mut others = Vec::new();
        for library in libraries {
            for seen in library.slots()? {
                let Some(token) = seen.token(library) else { continue };
                if token.fits(uri) { fitting.push(token) } else { others.push(token.called()) }
            }
        }
        // A place for a token that nobody has initialised holds no key that could be meant instead.
        if fitting.iter().any(Token::is_set_up) {
            fitting.retain(Token::is_set_up);
        }
        let wanted = uri.to_string();
        match fitting.len() {
            0 => Err(HsmError::NoToken { wanted, seen: others }),
            1 => fitting.pop().ok_or(HsmError::NoToken { wanted, seen: others }),
            _ => {
                let seen = fitting.iter().map(Token::called).collect();
                Err(HsmError::SeveralTokens { wanted, seen })
            }
        }
    }

    /// The profile of a token: the one that the user named, or the one that recognises it.
    pub(super) fn profile_of(&self, token: &inkan_pkcs11::TokenInfo) -> Option<&TokenProfile> {
        let recognised = || self.profiles.iter().find(|p| p.recognises(&self.info, token));
        let generic = || self.profiles.iter().find(|p| p.id == GENERIC);
        self.asked.as_ref().or_else(recognised).or_else(generic)
    }
}

fn named(profiles: &[TokenProfile], name: &str) -> Result<TokenProfile, HsmError> {
    profiles.iter().find(|profile| profile.id == name).cloned().ok_or_else(|| {
        let known: Vec<&str> = profiles.iter().map(|profile| profile.id.as_str()).collect();
        HsmError::NoSuchProfile { name: name.to_owned(), known: known.join(", ") }
    })
}

/// The libraries of this system that are there, each once.
fn installed(profiles: &[TokenProfile]) -> Vec<PathBuf> {
    let rows = profiles.iter().flat_map(|profile| &profile.module.libraries);
    let rows = rows.filter(|row| row.system == std::env::consts::OS);
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in rows.filter_map(|row| std::fs::canonicalize(&row.path).ok()) {
        if path.is_file() && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

/// A library that was moved keeps its name.
fn by_file_name<'a>(profiles: &'a [TokenProfile], path: &Path) -> Option<&'a TokenProfile> {
    let name = path.file_name()?.to_str()?;
    // Windows paths too: split by hand, for `Path` knows only those of this system.
    let is_there = |path: &str| path.rsplit(['/', '\\']).next() == Some(name);
    let has = |profile: &&TokenProfile| profile.module.libraries.iter().any(|l| is_there(&l.path));
    profiles.iter().find(has)
}
