//! Says to valgrind which octets are secret: memcheck reports each branch and each address that
//! depends on an octet marked *undefined*, which is just what must not depend on a secret.
//!
//! The requests are those of `valgrind.h` and `memcheck.h`, written by hand. Without valgrind the
//! sequence of instructions changes nothing and the answer is the default.
#![expect(unsafe_code, reason = "a client request is a sequence of instructions")]

use std::arch::asm;

const RUNNING_ON_VALGRIND: u64 = 0x1001;
const COUNT_ERRORS: u64 = 0x1201;
/// `VG_USERREQ_TOOL_BASE('M', 'C')`.
const MEMCHECK: u64 = 0x4d43_0000;
const MAKE_MEM_UNDEFINED: u64 = MEMCHECK + 1;
const MAKE_MEM_DEFINED: u64 = MEMCHECK + 2;

/// Marks octets as secret.
pub(crate) fn secret(octets: &[u8]) {
    mark(MAKE_MEM_UNDEFINED, octets);
}

/// Marks octets as public: what was computed from a secret and is meant to be seen.
pub(crate) fn public(octets: &[u8]) {
    mark(MAKE_MEM_DEFINED, octets);
}

/// Whether the program runs under valgrind.
pub(crate) fn is_running() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0) != 0
}

/// How many reports there have been.
pub(crate) fn reports() -> u64 {
    request(COUNT_ERRORS, 0, 0)
}

fn mark(what: u64, octets: &[u8]) {
    let address = u64::try_from(octets.as_ptr().addr()).unwrap_or(0);
    let length = u64::try_from(octets.len()).unwrap_or(0);
    request(what, address, length);
}

/// The magic sequence rotates a register by 128 bits in all and exchanges another with itself.
#[cfg(target_arch = "x86_64")]
fn request(what: u64, first: u64, second: u64) -> u64 {
    let arguments = [what, first, second, 0, 0, 0];
    let mut answer = 0_u64;
    // SAFETY: outside valgrind the instructions leave every register as it was (flags are declared
    // clobbered); under it valgrind reads the six words at rax, which live until the end of the block,
    // and writes its answer to rdx. The requests used do not change what the program can observe.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            inout("rdx") answer,
            in("rax") arguments.as_ptr(),
        );
    }
    answer
}

/// The magic sequence rotates x12 by 128 bits in all and ors x10 with itself.
#[cfg(target_arch = "aarch64")]
fn request(what: u64, first: u64, second: u64) -> u64 {
    let arguments = [what, first, second, 0, 0, 0];
    let mut answer = 0_u64;
    // SAFETY: as on x86_64: the registers keep their values, x4 holds the address of the six words, and
    // x3 takes the answer.
    unsafe {
        asm!(
            "ror x12, x12, #3",
            "ror x12, x12, #13",
            "ror x12, x12, #51",
            "ror x12, x12, #61",
            "orr x10, x10, x10",
            inout("x3") answer,
            in("x4") arguments.as_ptr(),
        );
    }
    answer
}
