//! Paths at which there is no library, or the wrong one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests lay out files")]

use inkan_pkcs11::{Error, Initialize, Module};
use std::fs;
use std::path::Path;

fn refused(path: impl AsRef<Path>) -> Error {
    Module::load(path, Initialize::NullArgs).unwrap_err()
}

/// A file of that content, as a library.
fn refused_content(content: &[u8]) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card.so");
    fs::write(&path, content).unwrap();
    refused(path)
}

/// A library header of ELF with nothing after it.
fn elf(class: u8, machine: u8) -> Vec<u8> {
    let mut head = vec![0; 64];
    head[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1, 1]);
    head[16] = 3;
    head[18] = machine;
    head[20] = 1;
    head
}

#[test]
fn a_path_where_nothing_is_is_not_searched_for() {
    let error = refused("libc.so.6");
    assert!(matches!(&error, Error::NoSuchFile { path } if path.is_absolute()), "{error}");
    assert!(error.to_string().ends_with("/libc.so.6: no such file"));
}

#[test]
fn files_that_are_no_libraries_are_called_what_they_are() {
    for (content, what) in [
        (b"#!/bin/sh\n".as_slice(), "some other file"),
        (b"", "an empty file"),
        (b"MZ\x90\0", "a library of Windows"),
    ] {
        let error = refused_content(content);
        assert!(matches!(error, Error::NotALibrary { found, .. } if found == what), "{error}");
    }
    let error = refused(tempfile::tempdir().unwrap().path());
    assert!(matches!(error, Error::NotALibrary { found: "a directory", .. }), "{error}");
}

#[test]
fn a_library_for_another_processor_is_called_so_in_words() {
    let (class, machine, name) =
        if cfg!(target_arch = "x86_64") { (1, 3, "x86") } else { (2, 62, "x86_64") };
    let error = refused_content(&elf(class, machine));
    let Error::WrongArchitecture { built_for, this, loader, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((built_for.as_str(), *this), (name, std::env::consts::ARCH));
    assert!(!loader.is_empty());
}

#[test]
fn a_library_that_is_damaged_keeps_the_words_of_the_loader() {
    let (class, machine) = if cfg!(target_arch = "x86_64") { (2, 62) } else { (2, 183) };
    let error = refused_content(&elf(class, machine));
    assert!(matches!(&error, Error::NotLoadable { loader, .. } if !loader.is_empty()), "{error}");
}

#[test]
fn a_library_that_is_not_of_pkcs11_is_called_so() {
    let error = refused(libc());
    assert!(matches!(error, Error::NotPkcs11 { .. }), "{error}");
    assert!(error.to_string().ends_with("it has no C_GetFunctionList"));
}

fn libc() -> &'static str {
    ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .unwrap()
}
