//! Which module stands in which layer, and the arrows that this allows.

use crate::source::{CodePath, Source, paths};
use std::collections::BTreeSet;

/// A top module of `src`: its layer, and the modules of the same layer that it may use.
struct Row {
    layer: u8,
    module: &'static str,
    beside: &'static [&'static str],
}

const fn row(layer: u8, module: &'static str, beside: &'static [&'static str]) -> Row {
    Row { layer, module, beside }
}

/// docs/architecture.md describes these layers; a module stands here before it stands in `src`.
const TABLE: &[Row] = &[
    row(0, "oid", &[]),
    row(0, "time", &[]),
    row(0, "digest", &["oid"]),
    row(0, "source", &["oid", "time", "digest"]),
    row(1, "der", &[]),
    row(1, "pdf", &["der"]),
    row(1, "xml", &["der"]),
    row(2, "evidence", &[]),
    row(2, "rule", &["evidence"]),
    row(2, "policy", &["evidence", "rule"]),
    row(3, "crypto", &[]),
    row(3, "key", &["crypto"]),
    row(3, "ades", &["crypto", "key"]),
    row(4, "check", &[]),
    row(5, "judge", &[]),
    row(5, "seal", &["judge"]),
    row(6, "task", &[]),
    row(6, "report", &["task"]),
    row(OUTER, "edge", &[]),
    row(OUTER, "hsm", &["edge"]),
    row(OUTER, "lab", &["edge"]),
    row(TOP, "cli", &[]),
];

/// edge, hsm and lab implement the traits of the layers below `OUTER_MAY_USE_BELOW`.
const OUTER: u8 = 7;
const OUTER_MAY_USE_BELOW: u8 = 4;
/// The layer that may use all.
const TOP: u8 = 8;

impl Row {
    fn of(module: &str) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.module == module)
    }

    fn may_use(&self, other: &Self) -> bool {
        let ceiling = if self.layer == OUTER { OUTER_MAY_USE_BELOW } else { self.layer };
        self.module == other.module || other.layer < ceiling || self.beside.contains(&other.module)
    }
}

/// Every top module that may be.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.module)
}

/// Whether the file belongs to layers 0 to 6.
pub(crate) fn is_inner(file: &Source) -> bool {
    file.module().first().and_then(|top| Row::of(top)).is_some_and(|row| row.layer < OUTER)
}

/// Paths that lead from a module to a higher layer, or round the table. Test code may use the lab and
/// what is built for tests only (`helpers`), wherever they stand.
pub(crate) fn back_arrows(file: &Source, helpers: &BTreeSet<String>) -> Vec<String> {
    let module = file.module();
    let Some(from) = module.first().and_then(|top| Row::of(top)) else {
        return Vec::new(); // lib.rs and main.rs; other strangers are `unknown_modules`
    };
    let is_help = |path: &CodePath| {
        let [_, target, inner @ ..] = path.segments.as_slice() else { return false };
        let file = inner.first().map(|inner| format!("src/{target}/{inner}.rs"));
        target == "lab" || file.is_some_and(|file| helpers.contains(&file))
    };
    let (mut shipped, mut tests) = (paths(&file.shipped), paths(&file.tests));
    if helpers.contains(&file.path) {
        tests.append(&mut shipped);
    }
    shipped.extend(tests.into_iter().filter(|path| !is_help(path)));
    shipped
        .iter()
        .filter_map(|path| Some((path.line, objection(from, path, module.len())?)))
        .map(|(line, rule)| format!("{}:{line}: {rule}", file.path))
        .collect()
}

/// Why a module, `depth` names below the root, may not use this path.
fn objection(from: &Row, path: &CodePath, depth: usize) -> Option<String> {
    let supers = path.segments.iter().skip_while(|s| *s == "self");
    if supers.take_while(|s| *s == "super").count() >= depth + path.inline_modules {
        return Some("`super` climbs out of its top module: write `crate::…`".to_owned());
    }
    let [root, target, ..] = path.segments.as_slice() else { return None };
    match Row::of(target) {
        _ if root != "crate" => None,
        None => {
            Some(format!("`crate::{target}` is no top module: name the module that it stands in"))
        }
        Some(to) => (!from.may_use(to)).then(|| {
            format!(
                "`{}` (layer {}) must not use `{}` (layer {}): imports point to lower layers only",
                from.module, from.layer, to.module, to.layer
            )
        }),
    }
}

/// Top modules that the table does not place.
pub(crate) fn unknown_modules(tree: &[Source]) -> Vec<String> {
    tree.iter()
        .filter(|file| file.path != "src/main.rs")
        .filter_map(|file| file.module().first().map(|top| (file, *top)))
        .filter(|(_, top)| Row::of(top).is_none())
        .map(|(file, top)| {
            format!(
                "{}:1: `{top}` stands in no layer: add it to the table in {}",
                file.path,
                file!()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows(path: &str, text: &str) -> Vec<String> {
        back_arrows(&Source::new(path, text), &BTreeSet::new())
    }

    #[test]
    fn imports_of_lower_layers_and_of_the_own_module_pass() {
        let text = "//! x\nuse crate::{der::Tlv, oid};\nuse super::tlv;\npub(crate) fn f() {}\n\
                    mod tests { use super::super::ber; }";
        assert_eq!(arrows("src/der/tlv.rs", text), [""; 0]);
        assert_eq!(arrows("src/policy/load.rs", "use crate::{rule, evidence, der};"), [""; 0]);
        assert_eq!(arrows("src/cli/verify.rs", "use crate::{edge, task, lab};"), [""; 0]);
        assert_eq!(arrows("src/lab/ca.rs", "use crate::{edge::http, ades};"), [""; 0]);
    }

    #[test]
    fn an_arrow_to_a_higher_layer_is_found_wherever_it_hides() {
        for text in [
            "use crate::judge::Verdict;",
            "use crate::{\n  oid, judge::{basic, past},\n};",
            "fn f() { crate::judge::run() }",
            "fn f(v: &[crate::judge::Verdict]) {}",
            "#[cfg(test)]\nmod tests { use crate::judge; }",
            "macro_rules! m { () => { $crate::judge::run() } }",
        ] {
            let found = arrows("src/der/crl.rs", text);
            assert!(!found.is_empty(), "{text}");
            assert!(
                found.iter().all(|v| v.contains("`der` (layer 1) must not use `judge` (layer 5)"))
            );
        }
    }

    #[test]
    fn tests_may_use_the_lab_and_test_helpers_and_nothing_else_above_them() {
        let helpers = BTreeSet::from(["src/key/openssl.rs".to_owned()]);
        let found = |path: &str, text: &str| back_arrows(&Source::new(path, text), &helpers).len();
        let in_tests = |import: &str| format!("#[cfg(test)]\nmod tests {{ {import} }}");
        for import in ["use crate::lab::Ca;", "use crate::key::openssl::Keys;"] {
            assert_eq!(found("src/crypto/verify.rs", &in_tests(import)), 0, "{import}");
            assert_eq!(found("src/crypto/verify.rs", import), 1, "{import}");
            assert_eq!(found("src/key/openssl.rs", import), 0, "{import}");
        }
        for import in
            ["use crate::key::software;", "use crate::judge;", "use super::super::super::lab;"]
        {
            assert_eq!(found("src/crypto/verify.rs", &in_tests(import)), 1, "{import}");
        }
    }

    #[test]
    fn the_message_names_file_and_line() {
        let found = arrows("src/oid.rs", "//! x\n\nuse crate::time::Instant;");
        assert!(found.iter().all(|v| v.starts_with("src/oid.rs:3: ")) && found.len() == 1);
    }

    #[test]
    fn order_inside_a_layer_holds_too() {
        for (path, text) in [
            ("src/evidence/set.rs", "use crate::rule::Finding;"),
            ("src/rule/finding.rs", "use crate::policy::Policy;"),
            ("src/crypto/verify.rs", "use crate::key::SigningKey;"),
            ("src/key/software.rs", "use crate::ades::Signature;"),
            ("src/edge/http.rs", "use crate::lab::Tsa;"),
            ("src/task/verify.rs", "use crate::report::json;"),
        ] {
            assert_eq!(arrows(path, text).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn the_edge_knows_layers_0_to_3_only() {
        assert_eq!(arrows("src/edge/http.rs", "use crate::ades::Signature;").len(), 0);
        assert_eq!(arrows("src/edge/http.rs", "use crate::check::path;").len(), 1);
        assert_eq!(arrows("src/lab/tsa.rs", "use crate::task::Request;").len(), 1);
        assert_eq!(arrows("src/lab/tsa.rs", "use crate::cli::Exit;").len(), 1);
    }

    #[test]
    fn ways_round_the_table_are_refused() {
        assert_eq!(arrows("src/time.rs", "use super::judge;").len(), 1);
        assert_eq!(arrows("src/der/tlv.rs", "use super::super::judge;").len(), 1);
        assert_eq!(arrows("src/der/tlv.rs", "use self::super::{super::judge};").len(), 1);
        assert_eq!(arrows("src/time.rs", "mod tests { use super::super::judge; }").len(), 1);
        assert_eq!(arrows("src/time.rs", "use crate::*;").len(), 1);
        assert_eq!(arrows("src/time.rs", "use crate::Verdict;").len(), 1);
    }

    #[test]
    fn a_module_outside_the_table_is_refused() {
        let tree = [Source::new("src/util/misc.rs", ""), Source::new("src/lib.rs", "")];
        assert_eq!(unknown_modules(&tree).len(), 1);
    }

    #[test]
    fn the_table_itself_points_downwards() {
        for row in TABLE {
            for beside in row.beside {
                let other = Row::of(beside).unwrap();
                assert_eq!(other.layer, row.layer);
                assert!(!other.may_use(row), "{} and {beside} use each other", row.module);
            }
        }
    }
}
