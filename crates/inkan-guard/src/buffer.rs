//! Memory for a secret: pages of its own, since locks are counted by page and not by owner.
#![expect(unsafe_code, reason = "pages come from the operating system as addresses")]

use rustix::mm::{MapFlags, ProtFlags, mlock, mmap_anonymous, munmap};
use std::alloc::{Layout, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::{fmt, slice};
use zeroize::Zeroize as _;

/// Octets that are kept out of swap space and core dumps, and are wiped when they are dropped.
pub struct LockedBuffer {
    start: NonNull<u8>,
    length: usize,
    locked: bool,
}

// SAFETY: the pages belong to this value alone, as those of a `Box<[u8]>` do.
unsafe impl Send for LockedBuffer {}
// SAFETY: a shared reference only reads.
unsafe impl Sync for LockedBuffer {}

impl LockedBuffer {
    /// So many octets, all zero.
    pub fn new(length: usize) -> Self {
        let flags = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
        // SAFETY: no address is asked for, so nothing that is mapped is replaced.
        let pages =
            unsafe { mmap_anonymous(ptr::null_mut(), at_least_one(length), flags.0, flags.1) };
        let Some(start) = pages.ok().and_then(|pages| NonNull::new(pages.cast::<u8>())) else {
            handle_alloc_error(Layout::array::<u8>(length).unwrap_or_else(|_| Layout::new::<u8>()));
        };
        // SAFETY: these are the pages just mapped; locking does not change what is in them.
        let locked = unsafe { mlock(start.as_ptr().cast(), at_least_one(length)) }.is_ok();
        let buffer = Self { start, length, locked };
        buffer.leave_out_of_core_dumps();
        buffer
    }

    /// Whether the operating system keeps it out of swap space; a limit may have forbidden it.
    pub const fn is_locked(&self) -> bool {
        self.locked
    }

    /// For a process whose dumps were not forbidden. Where it is refused nothing is lost but that.
    fn leave_out_of_core_dumps(&self) {
        #[cfg(target_os = "linux")]
        // SAFETY: the pages are this value's; the advice does not change what is in them.
        let _ = unsafe {
            rustix::mm::madvise(
                self.start.as_ptr().cast(),
                at_least_one(self.length),
                rustix::mm::Advice::LinuxDontDump,
            )
        };
    }
}

impl From<&[u8]> for LockedBuffer {
    /// A copy; the original is for the caller to wipe.
    fn from(octets: &[u8]) -> Self {
        let mut buffer = Self::new(octets.len());
        buffer.copy_from_slice(octets);
        buffer
    }
}

impl Deref for LockedBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: so many octets are mapped there and initialised, until the value is dropped.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl DerefMut for LockedBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `deref`, and the value is borrowed for writing.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

impl Drop for LockedBuffer {
    fn drop(&mut self) {
        self.zeroize();
        // SAFETY: the pages are this value's, nothing borrows from it any more; unmapping unlocks.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), at_least_one(self.length)) };
    }
}

impl fmt::Debug for LockedBuffer {
    /// Neither what is in it nor how long it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedBuffer(..)")
    }
}

/// No mapping is empty.
fn at_least_one(length: usize) -> usize {
    length.max(1)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What the system says of the mapping in which the buffer is: neighbours of one kind are joined.
    fn flags(of: &LockedBuffer) -> String {
        let address = of.start.as_ptr().addr();
        let contains = |line: &str| {
            let range = line.split(' ').next().and_then(|range| range.split_once('-'));
            let number = |text| usize::from_str_radix(text, 16).ok();
            let range = range.and_then(|(from, to)| Some(number(from)?..number(to)?));
            range.is_some_and(|range| range.contains(&address))
        };
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut lines = maps.lines().skip_while(|line| !contains(line));
        lines.find_map(|line| line.strip_prefix("VmFlags:")).expect("it is mapped").to_owned()
    }

    #[test]
    fn a_buffer_is_locked_and_left_out_of_dumps() {
        let buffer = LockedBuffer::from([7; 5000].as_slice());
        assert_eq!(&*buffer, [7; 5000]);
        let flags = flags(&buffer);
        assert!(flags.contains(" dd"), "{flags}");
        assert_eq!(flags.contains(" lo"), buffer.is_locked(), "{flags}");
    }

    #[test]
    fn a_buffer_is_as_long_as_asked_and_tells_nothing() {
        for length in [0, 1, 4095, 4096, 4097] {
            let mut buffer = LockedBuffer::new(length);
            assert_eq!(buffer.len(), length);
            assert!(buffer.iter().all(|octet| *octet == 0));
            buffer.fill(1);
            assert_eq!(format!("{buffer:?}"), "LockedBuffer(..)");
        }
    }
}
