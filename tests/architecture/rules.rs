//! All rules but the layers', each a function from text to violations. A violation names file, line and rule.

use crate::layers;
use crate::source::{CodePath, Source, paths, tokens};
use std::collections::BTreeSet;

const MAX_FILE_LINES: usize = 400;
const MAX_DOCUMENT_LINES: usize = 150;
const THREATS: usize = 30;

/// Files, sockets, environment and clock named in shipped code of layers 0 to 6.
pub(crate) fn touches_the_world(file: &Source) -> Vec<String> {
    const BANNED: [&[&str]; 4] =
        [&["std", "fs"], &["std", "net"], &["std", "env"], &["std", "time", "Instant"]];
    if !layers::is_inner(file) {
        return Vec::new();
    }
    let is_banned =
        |path: &CodePath| BANNED.iter().any(|b| path.segments.iter().take(b.len()).eq(b.iter()));
    let named = paths(&file.shipped)
        .into_iter()
        .filter(is_banned)
        .map(|path| (path.line, path.segments.join("::")));
    let clocks = tokens(&file.shipped)
        .into_iter()
        .filter(|token| token.text == "SystemTime")
        .map(|token| (token.line, token.text.to_owned()));
    named
        .chain(clocks)
        .map(|(line, name)| {
            format!("{}:{line}: `{name}`: layers 0 to 6 have no I/O and no clock", file.path)
        })
        .collect()
}

/// Files declared as `#[cfg(test)] mod name;`.
pub(crate) fn test_only_files(tree: &[Source]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in tree {
        let folder = file.module().join("/");
        for item in file.code.split("#[cfg(test)]").skip(1) {
            let head = item.split_inclusive([';', '{']).next().unwrap_or_default();
            let words: Vec<&str> = tokens(head).iter().map(|t| t.text).collect();
            if let [.., "mod", name, ";"] = words.as_slice() {
                found.insert(format!("src/{folder}/{name}.rs").replace("//", "/"));
            }
        }
    }
    found
}

/// Length, opening and name of a file.
pub(crate) fn shape(file: &Source) -> Vec<String> {
    let lines = file.text.lines().count();
    let mut violations = Vec::new();
    if lines > MAX_FILE_LINES {
        violations
            .push(format!("{}:{lines}: more than {MAX_FILE_LINES} lines: split it", file.path));
    }
    if !file.text.starts_with("//! ") {
        violations.push(format!("{}:1: a file begins with `//!` and what it is for", file.path));
    }
    if file.path.ends_with("/mod.rs") {
        violations.push(format!("{}:1: `foo.rs` and `foo/`, never `mod.rs`", file.path));
    }
    violations
}

/// Unfinished code, tests that do not run, and `unsafe`.
pub(crate) fn leftovers(file: &Source) -> Vec<String> {
    const BANNED: [&[&str]; 4] =
        [&["todo", "!"], &["unimplemented", "!"], &["#", "[", "ignore"], &["unsafe"]];
    let tokens = tokens(&file.code);
    let mut violations = Vec::new();
    for at in 0..tokens.len() {
        let rest = tokens.get(at..).unwrap_or_default();
        for banned in BANNED {
            if rest.len() >= banned.len() && rest.iter().zip(banned).all(|(t, b)| t.text == *b) {
                let line = rest.first().map_or(0, |token| token.line);
                violations.push(format!(
                    "{}:{line}: `{}` is not used here",
                    file.path,
                    banned.concat()
                ));
            }
        }
    }
    violations
}

/// Direct dependencies whose line in the manifest has no comment above or beside it.
pub(crate) fn unexplained_dependencies(manifest: &str) -> Vec<String> {
    let table: toml::Table = match manifest.parse() {
        Ok(table) => table,
        Err(error) => return vec![format!("Cargo.toml: {error}")],
    };
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    let mut names = Vec::new();
    for section in sections {
        let dependencies = table.get(section).and_then(toml::Value::as_table);
        names.extend(dependencies.into_iter().flat_map(toml::Table::keys).map(|n| (section, n)));
    }
    if names.is_empty() {
        return vec!["Cargo.toml: no dependency was found: nothing was checked".to_owned()];
    }
    names.into_iter().filter_map(|(section, name)| unexplained(manifest, section, name)).collect()
}

fn unexplained(manifest: &str, section: &str, name: &str) -> Option<String> {
    let mut in_section = false;
    let mut above = "";
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            in_section = line.trim() == format!("[{section}]");
        }
        let key = line.split(['=', '.']).next().unwrap_or_default().trim();
        if in_section && key == name {
            let explained = above.starts_with("# ") || line.contains(" # ");
            return (!explained).then(|| {
                format!("Cargo.toml:{}: `{name}` needs a comment saying what it is for", index + 1)
            });
        }
        above = line;
    }
    Some(format!("Cargo.toml:1: `{name}` is not a line of [{section}]: write it as one"))
}

/// Length of docs/architecture.md, and what its code map says of each module of the table: one
/// line, marked planned exactly while `src` has no such module.
pub(crate) fn document(text: &str, tree: &[Source]) -> Vec<String> {
    let lines = text.lines().count();
    let mut violations = Vec::new();
    if lines > MAX_DOCUMENT_LINES {
        violations
            .push(format!("docs/architecture.md:{lines}: more than {MAX_DOCUMENT_LINES} lines"));
    }
    let built: BTreeSet<&str> = tree.iter().filter_map(|f| f.module().first().copied()).collect();
    for module in layers::names() {
        let entry = format!("- `{module}`: ");
        let problem = match text.lines().find(|line| line.starts_with(&entry)) {
            None => "is not in the code map",
            Some(line) if line.contains("(*planned*)") == built.contains(module) => {
                "is marked planned and exists, or the reverse"
            }
            Some(_) => continue,
        };
        violations.push(format!("docs/architecture.md:1: `{module}` {problem}"));
    }
    violations
}

/// Rows of docs/threat-model.md that are missing, and tests it names that do not exist in `code`.
pub(crate) fn threats(text: &str, code: &str) -> Vec<String> {
    let says = |line: usize, rule: String| format!("docs/threat-model.md:{line}: {rule}");
    let mut violations = Vec::new();
    for number in 1..=THREATS {
        if !text.lines().any(|line| line.starts_with(&format!("| {number} | "))) {
            violations.push(says(1, format!("row {number} is missing")));
        }
    }
    for (index, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with("| ")) {
        let Some((_, named)) = line.split_once("tested by ") else { continue };
        let names = named.split('`').skip(1).step_by(2);
        let unknown = names.filter(|name| !code.contains(&format!("fn {name}()")));
        violations.extend(unknown.map(|name| says(index + 1, format!("no test `{name}`"))));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_and_clocks_are_found_in_shipped_code_of_the_inner_layers_only() {
        for text in [
            "use std::fs;",
            "use std::{io, fs::File};",
            "let s = ::std::net::TcpStream::connect(a);",
            "let v = std::env::var(n);",
            "use std::time::{Duration, Instant};",
            "use x::SystemTime;",
        ] {
            assert_eq!(
                touches_the_world(&Source::new("src/judge/basic.rs", text)).len(),
                1,
                "{text}"
            );
            assert_eq!(
                touches_the_world(&Source::new("src/edge/files.rs", text)).len(),
                0,
                "{text}"
            );
            let tested = format!("#[cfg(test)]\nmod tests {{ {text} }}");
            assert_eq!(
                touches_the_world(&Source::new("src/der/crl.rs", &tested)).len(),
                0,
                "{text}"
            );
        }
        assert_eq!(touches_the_world(&Source::new("src/time.rs", "use std::{io, fmt};")).len(), 0);
    }

    #[test]
    fn a_file_that_is_declared_for_tests_is_known_as_one() {
        let tree = [
            Source::new("src/der/tlv.rs", "#[cfg(test)]\nmod tests;"),
            Source::new("src/lib.rs", "#[cfg(test)]\npub(crate) mod samples;\nmod der;"),
        ];
        let found = test_only_files(&tree);
        assert_eq!(found.iter().collect::<Vec<_>>(), ["src/der/tlv/tests.rs", "src/samples.rs"]);
    }

    #[test]
    fn long_unopened_and_mod_files_are_found() {
        assert_eq!(shape(&Source::new("src/a.rs", &"//! x\n".repeat(400))).len(), 0);
        assert_eq!(shape(&Source::new("src/a.rs", &"//! x\n".repeat(401))).len(), 1);
        assert_eq!(shape(&Source::new("src/a.rs", "use b;\n//! x")).len(), 1);
        assert_eq!(shape(&Source::new("src/a/mod.rs", "//! x")).len(), 1);
    }

    #[test]
    fn leftovers_are_found_in_code_and_not_in_words() {
        let text =
            "fn f() { todo!() }\n#[ignore = \"x\"]\nunsafe fn g() {}\nfn h() { unimplemented!() }";
        assert_eq!(leftovers(&Source::new("src/a.rs", text)).len(), 4);
        let words =
            "// todo!() unsafe\n#![forbid(unsafe_code)]\nlet s = \"#[ignore]\"; let todo = 1;";
        assert_eq!(leftovers(&Source::new("src/a.rs", words)).len(), 0);
    }

    #[test]
    fn a_dependency_without_a_comment_is_found() {
        let text = "[dependencies]\n# hashing\nsha2 = \"1\"\ntoml = \"1\" # data files\nserde = \"1\"\n\
                    [dev-dependencies]\nserde = \"1\"\n";
        let found = unexplained_dependencies(text);
        assert_eq!(found.len(), 2);
        assert!(found.iter().any(|v| v.starts_with("Cargo.toml:5:")));
        assert!(found.iter().any(|v| v.starts_with("Cargo.toml:7:")));
        assert_eq!(unexplained_dependencies("[package]\nname = \"x\"").len(), 1);
    }

    #[test]
    fn a_document_that_is_long_or_untrue_is_found() {
        let tree = [Source::new("src/der/tlv.rs", ""), Source::new("src/main.rs", "")];
        let map: String = layers::names()
            .map(|name| {
                format!("- `{name}`: x{}\n", if name == "der" { "" } else { " (*planned*)" })
            })
            .collect();
        assert_eq!(document(&map, &tree), [""; 0]);
        assert_eq!(document(&map.replace("`der`", "der"), &tree).len(), 1);
        assert_eq!(document(&map.replace("`der`: x", "`der`: x (*planned*)"), &tree).len(), 1);
        assert_eq!(document(&map.replace("`xml`: x (*planned*)", "`xml`: x"), &tree).len(), 1);
        assert_eq!(document(&format!("{map}{}", "\n".repeat(150)), &tree).len(), 1);
    }

    #[test]
    fn a_missing_threat_and_a_test_that_does_not_exist_are_found() {
        let rows: String = (1..=THREATS).map(|n| format!("| {n} | x | y | planned |\n")).collect();
        let tested = rows.replace("| 7 | x | y | planned |", "| 7 | x | y | tested by `a`, `b` |");
        assert_eq!(threats(&tested, "fn a() {} fn b() {}"), [""; 0]);
        assert_eq!(threats(&tested, "fn a() {} fn bb() {}").len(), 1);
        assert_eq!(threats(&rows.replace("| 30 |", "| 31 |"), "").len(), 1);
    }
}
