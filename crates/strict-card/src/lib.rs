//! A PKCS#11 module for tests: a card as JAHIS 24-002 (HPKI対応ICカードガイドライン, version 3.1)
//! promises it, which does what is promised and refuses everything else.
//!
//! Real middleware forgives much, so a program that works with one card may break on the next. This
//! one forgives nothing: whoever asks for more than the guideline promises is refused, and the log
//! says so in a line that begins with `violation:`. It is also a faulty card on demand: it can
//! vanish, fail, be slow, count wrong PINs and return wrong signatures.
//!
//! Keys are files and PINs stand in a configuration: nothing here protects anything.

mod card;
mod config;
mod ffi;
mod log;
mod rv;
mod state;
mod surroundings;

use std::path::{Path, PathBuf};

/// The module that cargo built beside a test executable, if it is there.
///
/// Whoever has this package among its dependencies gets the module built with it, in the folder of
/// the test executables or in the one above.
#[must_use]
pub fn module_beside(executable: &Path) -> Option<PathBuf> {
    let name =
        format!("{}strict_card{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    executable.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|p| p.is_file())
}
