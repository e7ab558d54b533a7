//! Keeps secrets out of core dumps and swap space.

mod buffer;

pub use buffer::LockedBuffer;

use rustix::process::{Resource, Rlimit, setrlimit};
use std::io;

/// Forbids core dumps of this process, and every other process of the same user to read its memory.
///
/// To be called before the first secret is read. The limit is inherited by children; that nobody may
/// attach is not, and ends with the next `exec`.
pub fn no_core_dumps() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A core_pattern that is a pipe is fed whatever the limit says; this holds for it too.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
