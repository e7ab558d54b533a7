//! `getrandom` of the C library, replaced: while a key is being made, what the operating system gives
//! is marked as secret.
//!
//! The crate `getrandom` looks the function up by its name, and finds that of the program first.
#![expect(unsafe_code, reason = "the function has the interface of C, and calls the system")]

use crate::valgrind;
use std::arch::asm;
use std::ffi::{c_uint, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

static SECRET: AtomicBool = AtomicBool::new(false);

/// What comes from the operating system during this call is secret.
pub(crate) fn as_secret<T>(work: impl FnOnce() -> T) -> T {
    SECRET.store(true, Ordering::SeqCst);
    let done = work();
    SECRET.store(false, Ordering::SeqCst);
    done
}

/// `getrandom(2)`, for all that is in this program.
///
/// # Safety
///
/// As for the function of the C library: `buffer` is valid for writes of `length` octets.
// SAFETY: the name and signature are those of the C library, and so is what it does.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, length: usize, flags: c_uint) -> isize {
    // SAFETY: the caller vouches for the buffer.
    let got = unsafe { system_call(buffer, length, flags) };
    if let Ok(filled) = usize::try_from(got)
        && filled > 0
        && SECRET.load(Ordering::SeqCst)
    {
        // SAFETY: the system has just written this many octets there.
        valgrind::secret(unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), filled) });
    }
    got
}

/// A refusal is its negative error number; callers here take any negative value for one.
#[cfg(target_arch = "x86_64")]
unsafe fn system_call(buffer: *mut c_void, length: usize, flags: c_uint) -> isize {
    const GETRANDOM: isize = 318;
    let mut result = GETRANDOM;
    // SAFETY: the system writes at most `length` octets to `buffer`, and changes rcx and r11.
    unsafe {
        asm!(
            "syscall",
            inout("rax") result,
            in("rdi") buffer,
            in("rsi") length,
            in("rdx") u64::from(flags),
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}

/// A refusal is its negative error number; callers here take any negative value for one.
#[cfg(target_arch = "aarch64")]
unsafe fn system_call(buffer: *mut c_void, length: usize, flags: c_uint) -> isize {
    const GETRANDOM: usize = 278;
    let result: isize;
    // SAFETY: the system writes at most `length` octets to `buffer`.
    unsafe {
        asm!(
            "svc 0",
            in("x8") GETRANDOM,
            inlateout("x0") buffer => result,
            in("x1") length,
            in("x2") u64::from(flags),
        );
    }
    result
}
