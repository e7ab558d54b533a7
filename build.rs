//! Lists the profiles of policies and of tokens, so that adding one means adding a file and nothing else.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads its folder and writes its output"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    embed("src/policy/profiles", "profiles.rs")?;
    embed("hsm-profiles", "hsm-profiles.rs")
}

/// Writes the list of all TOML files in a folder, each with its name and its text.
fn embed(folder: &str, list_name: &str) -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let folder = Path::new(&root).join(folder);
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> =
        fs::read_dir(&folder)?.filter_map(Result::ok).map(|e| e.path()).collect();
    files.sort();
    let mut list = String::from("&[\n");
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "toml")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        println!("cargo::rerun-if-changed={}", file.display());
        writeln!(list, "    ({name:?}, include_str!({file:?})),").map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&out).join(list_name), list)
}
