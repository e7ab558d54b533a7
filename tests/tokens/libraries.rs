//! Paths at which there is no library, or not the one of a token.

use crate::bench::Ran;
use crate::card::Card;
use crate::desk::{Desk, refused};
use std::path::Path;

fn with_library(desk: &Desk, path: &str) -> Ran {
    desk.sign(&desk.records(1), "pkcs11:", "ec-physician", &["--module", path])
}

/// A library header of ELF with nothing after it.
fn elf(class: u8, machine: u8) -> Vec<u8> {
    let mut head = vec![0; 64];
    head[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1, 1]);
    (head[16], head[18], head[20]) = (3, machine, 1);
    head
}

#[test]
fn a_library_that_is_not_there_is_named_once() {
    let desk = Desk::new();
    let ran = with_library(&desk, "/no/such/HpkiSigP11.so");
    refused(&ran, &["no such file"], "--module PATH");
    assert_eq!(ran.stderr.matches("HpkiSigP11.so").count(), 1, "{}", ran.stderr);
    assert!(desk.signatures().is_empty());
}

#[test]
fn a_library_for_another_processor_is_told_with_both() {
    let desk = Desk::new();
    let (class, machine) = if cfg!(target_arch = "x86_64") { (1, 3) } else { (2, 62) };
    desk.write("card.so", &elf(class, machine));
    let ran = with_library(&desk, "card.so");
    refused(&ran, &["card.so: built for", std::env::consts::ARCH], "made for this processor");
}

#[test]
fn what_is_no_library_is_called_what_it_is() {
    let desk = Desk::new();
    desk.write("card.txt", b"the library is on the server");
    refused(&with_library(&desk, "card.txt"), &["not a shared library"], "often");
    let libc =
        ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6"];
    let libc = libc.into_iter().find(|path| Path::new(path).exists()).unwrap();
    refused(&with_library(&desk, libc), &["libc.so.6", "C_GetFunctionList"], "PKCS#11 library");
}

#[test]
fn the_environment_names_the_library_and_the_command_line_comes_before_it() {
    let mut desk = Desk::new();
    desk.environment.push(("INKAN_PKCS11_MODULE", "/no/such/first.so".into()));
    let ran = desk.sign(&desk.records(1), "pkcs11:", "ec-physician", &[]);
    refused(&ran, &["/no/such/first.so", "no such file"], "--module PATH");
    refused(&with_library(&desk, "/no/such/second.so"), &["/no/such/second.so"], "--module PATH");
}

#[test]
fn a_profile_that_nobody_wrote_is_refused_with_those_there_are() {
    let desk = Desk::new();
    let more = ["--token-profile", "hpki"];
    let ran = desk.sign(&desk.records(1), "pkcs11:", "ec-physician", &more);
    refused(&ran, &["no token profile named 'hpki'"], "hpki-card");
}

#[test]
fn a_library_that_refuses_to_begin_is_told_with_what_it_returned() {
    let card = Card::plain();
    card.desk.write("card.toml", b"log = 1");
    let ran = card.sign(&card.desk.records(1), &[]);
    refused(&ran, &["C_Initialize", "CKR_"], "--token-profile");
}
