//! What a file is, as far as it decides whether it can be loaded: told from its first bytes, after
//! the loader of the operating system has refused it with a text that few can read.
#![expect(
    clippy::disallowed_methods,
    reason = "the file of the library is looked at before it runs"
)]

use crate::error::Error;
use std::env::consts::ARCH;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// As far as the machine field of ELF.
const HEAD: usize = 20;

/// The file at that path, which must exist. A bare name is one in the current directory: it is not
/// searched for, so that no other directory decides what code comes into this process.
pub(crate) fn locate(path: &Path) -> Result<PathBuf, Error> {
    let unreadable = |path: PathBuf, source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::NoSuchFile { path },
        _ => Error::Unreadable { path, source },
    };
    let absolute =
        std::path::absolute(path).map_err(|source| unreadable(path.to_owned(), source))?;
    match fs::metadata(&absolute) {
        Ok(_) => Ok(absolute),
        Err(source) => Err(unreadable(absolute, source)),
    }
}

/// Why the loader refused it, from its own first bytes.
pub(crate) fn diagnose(path: PathBuf, loader: &str) -> Error {
    let loader = loader.to_owned();
    let head = match head(&path) {
        Ok(head) => head,
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
            return Error::NotALibrary { path, found: "a directory", loader };
        }
        Err(source) => return Error::Unreadable { path, source },
    };
    match Kind::of(&head) {
        Kind::Elf(machine) if cfg!(target_os = "linux") => match machine.name() {
            name if name == ARCH => Error::NotLoadable { path, loader },
            built_for => Error::WrongArchitecture { path, built_for, this: ARCH, loader },
        },
        Kind::Elf(_) => Error::NotALibrary { path, found: "a library of Linux or BSD", loader },
        Kind::Windows if cfg!(windows) => Error::NotLoadable { path, loader },
        Kind::Windows => Error::NotALibrary { path, found: "a library of Windows", loader },
        Kind::Mac if cfg!(target_os = "macos") => Error::NotLoadable { path, loader },
        Kind::Mac => Error::NotALibrary { path, found: "a library of macOS", loader },
        Kind::Empty => Error::NotALibrary { path, found: "an empty file", loader },
        Kind::Unknown => Error::NotALibrary { path, found: "some other file", loader },
    }
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    let most = u64::try_from(HEAD).unwrap_or(u64::MAX);
    File::open(path)?.take(most).read_to_end(&mut head)?;
    Ok(head)
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Elf(Machine),
    Windows,
    Mac,
    Empty,
    Unknown,
}

/// Word size and `e_machine` of ELF.
#[derive(Debug, PartialEq, Eq)]
struct Machine {
    bits: u8,
    number: u16,
}

impl Kind {
    fn of(head: &[u8]) -> Self {
        match head {
            [] => Self::Empty,
            [0x7f, b'E', b'L', b'F', class, data, .., low, high] if head.len() == HEAD => {
                let bytes = [*low, *high];
                let big_endian = *data == 2;
                Self::Elf(Machine {
                    bits: if *class == 1 { 32 } else { 64 },
                    number: if big_endian {
                        u16::from_be_bytes(bytes)
                    } else {
                        u16::from_le_bytes(bytes)
                    },
                })
            }
            [b'M', b'Z', ..] => Self::Windows,
            // The 64-bit form in both byte orders, and the one that holds several.
            [0xcf, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xcf, ..] => Self::Mac,
            [0xca, 0xfe, 0xba, 0xbe, ..] => Self::Mac,
            _ => Self::Unknown,
        }
    }
}

impl Machine {
    /// In the words of Rust, so that it can be compared with [`ARCH`].
    fn name(&self) -> String {
        let name = match (self.number, self.bits) {
            (3, _) => "x86",
            (62, 64) => "x86_64",
            (62, _) => "x32",
            (40, _) => "arm",
            (183, _) => "aarch64",
            (243, 64) => "riscv64",
            (243, _) => "riscv32",
            (21, _) => "powerpc64",
            (22, _) => "s390x",
            (258, _) => "loongarch64",
            (number, bits) => return format!("a {bits}-bit processor (ELF machine {number})"),
        };
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(class: u8, data: u8, machine: [u8; 2]) -> Vec<u8> {
        let mut head = vec![0x7f, b'E', b'L', b'F', class, data];
        head.resize(18, 0);
        head.extend(machine);
        head
    }

    #[test]
    fn the_processor_of_an_elf_file_is_read_in_both_byte_orders() {
        let name = |head: &[u8]| match Kind::of(head) {
            Kind::Elf(machine) => machine.name(),
            other => panic!("{other:?}"),
        };
        assert_eq!(name(&elf(1, 1, [3, 0])), "x86");
        assert_eq!(name(&elf(2, 1, [62, 0])), "x86_64");
        assert_eq!(name(&elf(2, 2, [0, 22])), "s390x");
        assert_eq!(name(&elf(1, 1, [2, 0])), "a 32-bit processor (ELF machine 2)");
    }

    #[test]
    fn files_that_are_no_elf_are_told_apart() {
        assert_eq!(Kind::of(b""), Kind::Empty);
        assert_eq!(Kind::of(b"MZ\x90"), Kind::Windows);
        assert_eq!(Kind::of(b"\xcf\xfa\xed\xfe\x07"), Kind::Mac);
        assert_eq!(Kind::of(b"#!/bin/sh"), Kind::Unknown);
        assert_eq!(Kind::of(b"\x7fELF\x02\x01"), Kind::Unknown);
    }
}
