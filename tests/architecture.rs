//! The promises of `docs/architecture.md`, held by ordinary tests that read the source tree.
//!
//! The layers stand in `architecture/layers.rs`, the other rules in `architecture/rules.rs`, each next
//! to planted violations that show it can fail; `architecture/source.rs` reads Rust text.
#![expect(clippy::disallowed_methods, reason = "these tests read the repository's own files")]

#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;

use source::Source;
use std::path::Path;

#[test]
fn every_layer_imports_only_lower_layers() {
    let tree = source_tree();
    let helpers = rules::test_only_files(&tree);
    holds(tree.iter().flat_map(|file| layers::back_arrows(file, &helpers)));
    holds(layers::unknown_modules(&tree));
}

#[test]
fn layers_0_to_6_do_not_touch_the_world() {
    let tree = source_tree();
    let test_only = rules::test_only_files(&tree);
    holds(tree.iter().filter(|f| !test_only.contains(&f.path)).flat_map(rules::touches_the_world));
}

#[test]
fn every_file_is_one_short_chapter_that_says_what_it_is_for() {
    holds(source_tree().iter().flat_map(rules::shape));
}

#[test]
fn nothing_is_left_unfinished_ignored_or_unsafe() {
    holds(source_tree().iter().flat_map(rules::leftovers));
}

#[test]
fn every_direct_dependency_says_what_it_is_for() {
    holds(rules::unexplained_dependencies(&read("Cargo.toml")));
}

#[test]
fn the_architecture_document_is_short_and_true_of_every_module() {
    holds(rules::document(&read("docs/architecture.md"), &source_tree()));
}

#[test]
fn the_threat_model_has_every_row_and_names_tests_that_exist() {
    let mut files = source_tree();
    collect("tests", &mut files);
    collect("crates", &mut files);
    let code: String = files.into_iter().map(|file| file.code).collect();
    holds(rules::threats(&read("docs/threat-model.md"), &code));
}

fn holds(violations: impl IntoIterator<Item = String>) {
    let violations: Vec<String> = violations.into_iter().collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn source_tree() -> Vec<Source> {
    let mut files = Vec::new();
    collect("src", &mut files);
    assert!(files.iter().any(|f| f.path == "src/lib.rs"), "src was not found: nothing was checked");
    files
}

fn collect(directory: &str, files: &mut Vec<Source>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(root.join(directory))
        .unwrap_or_else(|e| panic!("{directory}: {e}"))
        .map(|entry| entry.unwrap_or_else(|e| panic!("{directory}: {e}")));
    let mut names: Vec<(String, bool)> = entries
        .map(|entry| (entry.file_name().display().to_string(), entry.path().is_dir()))
        .collect();
    names.sort();
    for (name, is_directory) in names {
        let path = format!("{directory}/{name}");
        if is_directory {
            collect(&path, files);
        } else if name.ends_with(".rs") {
            files.push(Source::new(&path, &read(&path)));
        }
    }
}
