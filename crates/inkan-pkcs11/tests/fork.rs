//! A forked child, which no other test may share a process with.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests lay out token stores and read the environment"
)]
#![allow(dead_code, reason = "the helper serves two test binaries")]

#[path = "softhsm/store.rs"]
mod store;

use inkan_pkcs11::{Access, Error};

#[expect(unsafe_code, reason = "the standard library cannot fork")]
mod process {
    unsafe extern "C" {
        fn fork() -> i32;
        fn waitpid(child: i32, status: *mut i32, options: i32) -> i32;
        fn _exit(status: i32) -> !;
    }

    /// What `body` answers in a child; it must not panic.
    pub(crate) fn in_a_child(body: impl FnOnce() -> u8) -> u8 {
        // SAFETY: the process has no thread that holds a lock which `body` needs.
        let child = unsafe { fork() };
        assert!(child >= 0, "fork failed");
        if child == 0 {
            let status = body();
            // SAFETY: ends the child at once, without what the test harness would do.
            unsafe { _exit(i32::from(status)) };
        }
        let mut status = 0;
        // SAFETY: `status` is a place for one number.
        let waited = unsafe { waitpid(child, &raw mut status, 0) };
        assert_eq!((waited, status & 0x7f), (child, 0), "the child was killed");
        u8::try_from(status >> 8 & 0xff).unwrap()
    }
}

#[test]
fn a_forked_child_is_told_to_load_the_library_again_and_its_parent_notices_nothing() {
    let name = "a_forked_child_is_told_to_load_the_library_again_and_its_parent_notices_nothing";
    store::with_empty_store(name, || {
        let module = store::load();
        let slot = store::initialised(&module);
        let session = module.open_session(slot, Access::ReadOnly).unwrap();
        let told = process::in_a_child(|| {
            let refused = [module.info().err(), session.info().err()];
            drop((session, module.clone()));
            refused.iter().filter(|e| matches!(e, Some(Error::Forked))).count().try_into().unwrap()
        });
        assert_eq!(told, 2);
        assert_eq!(module.info().unwrap().manufacturer, "SoftHSM");
    });
}
