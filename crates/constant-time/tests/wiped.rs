//! What held a secret is wiped before it is freed: an allocator looks into each block that Rust frees.
#![expect(unsafe_code, reason = "an allocator is unsafe to write")]

#[path = "wiped/secret.rs"]
mod secret;

use inkan::edge::files::read_bounded;
use inkan::edge::prompt::PinSource;
use inkan::key::software::SoftwareKey;
use inkan::key::{Kdf, Password, SigningKey as _};
use secret::{ALL, ED25519, ML_DSA_65, P256, PIN, PRIME, RSA_2048, SCALAR, Secret};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::io::Write as _;
use zeroize::Zeroizing;

struct Inspecting;

#[global_allocator]
static ALLOCATOR: Inspecting = Inspecting;

thread_local! {
    /// Blocks freed by this thread that still held a secret; nothing while it is not asked for.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

// SAFETY: all work is done by the system's allocator; blocks are read before they are given back to it.
unsafe impl GlobalAlloc for Inspecting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LEFT.with(|left| {
            if let Some(count) = left.get() {
                // SAFETY: the block is allocated and so long.
                let held = unsafe { holds_secret(block, layout.size()) };
                left.set(Some(count + usize::from(held)));
            }
        });
        // SAFETY: the caller keeps to the contract of this function.
        unsafe { System.dealloc(block, layout) }
    }
    // `realloc` is left to the trait: it allocates, copies and frees, so that no growth goes unseen.
}

/// # Safety
///
/// So many octets must be allocated there. They need not be initialised: they are read as the machine has them.
unsafe fn holds_secret(block: *const u8, length: usize) -> bool {
    let octet = |at: usize| {
        // SAFETY: `at` is below the length, by the ranges below.
        unsafe { block.add(at).read_volatile() }
    };
    let stands = |at: usize, secret: &[u8; 32]| (0..32).all(|i| octet(at + i) == secret[i]);
    (0..length.saturating_sub(31))
        .any(|at| ALL.iter().any(|s| stands(at, &s.octets) || stands(at, &s.backwards)))
}

/// How many blocks were freed during the work with a secret in them.
fn left_by<T>(work: impl FnOnce() -> T) -> usize {
    LEFT.with(|left| left.set(Some(0)));
    drop(work());
    LEFT.with(|left| left.replace(None)).unwrap_or_default()
}

/// The copy is taken where it is not looked at.
fn copy(secret: &Secret) -> Vec<u8> {
    black_box(&secret.octets).to_vec()
}

fn password() -> Password {
    Password::new(Zeroizing::new(copy(&PIN)))
}

#[test]
fn a_block_that_was_not_wiped_is_seen_in_either_order() {
    assert_eq!(left_by(|| black_box(copy(&SCALAR))), 1);
    assert_eq!(left_by(|| black_box(black_box(&PRIME.backwards).to_vec())), 1);
    let grown = left_by(|| {
        let mut text = Zeroizing::new(copy(&PIN));
        text.extend_from_slice(&[0; 100]);
        text
    });
    assert_eq!(grown, 1, "the block that was outgrown");
    assert_eq!(left_by(|| Zeroizing::new(copy(&SCALAR))), 0);
}

#[test]
fn a_password_is_wiped_wherever_it_came_from() {
    assert_eq!(left_by(password), 0);
    assert_eq!(left_by(|| Password::from(String::from_utf8(copy(&PIN)).unwrap())), 0);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&[PIN.octets.as_slice(), b"\n"].concat()).unwrap();
    let source: PinSource = format!("file:{}", file.path().display()).parse().unwrap();
    assert_eq!(left_by(|| source.read().unwrap()), 0);
    assert_eq!(source.read().unwrap().expose(), PIN.octets);
    let number = std::os::fd::AsRawFd::as_raw_fd(file.as_file());
    let source: PinSource = format!("fd:{number}").parse().unwrap();
    assert_eq!(left_by(|| source.read().unwrap()), 0);
}

#[test]
fn a_key_is_wiped_after_it_was_read_used_sealed_and_opened() {
    for (der, name) in
        [(P256, "P-256"), (ED25519, "Ed25519"), (RSA_2048, "RSA"), (ML_DSA_65, "ML-DSA")]
    {
        assert_eq!(left_by(|| SoftwareKey::open(der, None).unwrap()), 0, "{name}: reading");
        let pem = Zeroizing::new(pem(der));
        assert_eq!(left_by(|| SoftwareKey::open(pem.as_bytes(), None).unwrap()), 0, "{name}: PEM");
        let key = SoftwareKey::open(der, None).unwrap();
        assert_eq!(left_by(|| key.sign(b"message").unwrap()), 0, "{name}: signing");
        let sealed = key.seal(&password(), Kdf::PublicPassword).unwrap();
        assert_eq!(left_by(|| key.seal(&password(), Kdf::PublicPassword)), 0, "{name}: sealing");
        let open = || SoftwareKey::open(sealed.as_bytes(), Some(&password())).unwrap();
        assert_eq!(left_by(open), 0, "{name}: opening");
    }
}

#[test]
fn a_key_file_in_the_clear_is_wiped() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(RSA_2048).unwrap();
    let read = || Zeroizing::new(read_bounded(file.path(), 1 << 20).unwrap());
    assert_eq!(left_by(read), 0);
}

fn pem(der: &[u8]) -> String {
    inkan::der::pem::encode("PRIVATE KEY", der)
}
