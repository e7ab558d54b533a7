//! Reads Rust text just well enough to find the paths it names: comments and literals are blanked
//! so that they cannot be mistaken for code, and `use` trees are written out.

/// One file of `src`.
pub(crate) struct Source {
    /// Its path from the repository root, with `/`.
    pub(crate) path: String,
    /// As it stands.
    pub(crate) text: String,
    /// Without comments and literals; every line keeps its number.
    pub(crate) code: String,
    /// `code` without the items under `#[cfg(test)]`.
    pub(crate) shipped: String,
    /// Those items alone.
    pub(crate) tests: String,
}

/// A path in code, such as `crate::der::Tlv`.
pub(crate) struct CodePath {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
    /// How many `mod name { … }` of the same file stand around it.
    pub(crate) inline_modules: usize,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code = without_comments_and_literals(text);
        let (shipped, tests) = shipped_and_tests(&code);
        Self { path: path.to_owned(), text: text.to_owned(), code, shipped, tests }
    }

    /// `src/der/tlv.rs` is `["der", "tlv"]`; `src/lib.rs` is the root and `[]`.
    pub(crate) fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        if inner == "lib" { Vec::new() } else { inner.split('/').collect() }
    }
}

/// A word or a mark, and its line.
#[derive(Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) line: usize,
    pub(crate) text: &'a str,
}

/// The words and marks of blanked code.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = match first {
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                c => c.len_utf8(),
            };
            let (text, after) = rest.split_at(length);
            found.push(Token { line: index + 1, text });
            rest = after.trim_start();
        }
    }
    found
}

/// Every path of two or more segments, groups written out.
pub(crate) fn paths(code: &str) -> Vec<CodePath> {
    let tokens = tokens(code);
    let text = |at: usize| tokens.get(at).map_or("", |t| t.text);
    let mut braces: Vec<bool> = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text {
            "{" => braces.push(at >= 2 && text(at - 2) == "mod"),
            "}" => drop(braces.pop()),
            word if word.starts_with(is_word) && text(at + 1) == "::" => {
                let inline_modules = braces.iter().filter(|is_module| **is_module).count();
                let mut flat = Vec::new();
                at = write_out(&tokens, at, Vec::new(), &mut flat);
                found.extend(flat.into_iter().map(|(line, segments)| CodePath {
                    line,
                    segments,
                    inline_modules,
                }));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Follows one path or `use` tree from `at`; gives the position after it.
fn write_out(
    tokens: &[Token<'_>],
    mut at: usize,
    mut prefix: Vec<String>,
    found: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |t| t.text);
    let line = tokens.get(at).map_or(0, |t| t.line);
    loop {
        if text(at) == "{" {
            at += 1;
            while !matches!(text(at), "}" | "") {
                at = write_out(tokens, at, prefix.clone(), found);
                while !matches!(text(at), "," | "}" | "") {
                    at += 1; // `as name`
                }
                at += usize::from(text(at) == ",");
            }
            return at + 1;
        }
        if text(at) == "*" || text(at).starts_with(is_word) {
            prefix.push(text(at).to_owned());
            at += 1;
            if text(at) == "::" {
                at += 1;
                continue;
            }
        }
        found.push((line, prefix));
        return at;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn without_comments_and_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let length = opaque_length(chars.get(at..).unwrap_or_default());
        if length == 0 {
            code.push(c);
            at += 1;
            continue;
        }
        let hidden = chars.get(at..at + length).unwrap_or_default();
        code.extend(hidden.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at += length;
    }
    code
}

/// The length of the comment or literal that begins here, or 0.
fn opaque_length(rest: &[char]) -> usize {
    match rest {
        ['/', '/', ..] => position(rest, 0, &['\n']).unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => quoted(rest),
        ['r', '"' | '#', ..] => raw_string(rest),
        ['\'', '\\', _, more @ ..] => 3 + position(more, 0, &['\'']).map_or(0, |end| end + 1),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

fn quoted(rest: &[char]) -> usize {
    let mut at = 1;
    while let Some(c) = rest.get(at) {
        match c {
            '"' => return at + 1,
            '\\' => at += 2,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &[char]) -> usize {
    let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0; // a raw identifier
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    position(rest, 2 + hashes, &closing).map_or(rest.len(), |start| start + closing.len())
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest.get(at..) {
            Some(['/', '*', ..]) => (depth, at) = (depth + 1, at + 2),
            Some(['*', '/', ..]) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn position(rest: &[char], from: usize, wanted: &[char]) -> Option<usize> {
    (from..rest.len()).find(|at| rest.get(*at..).is_some_and(|tail| tail.starts_with(wanted)))
}

/// The code in two, each part with all its line numbers.
fn shipped_and_tests(code: &str) -> (String, String) {
    let (mut shipped, mut tests) = (String::new(), String::new());
    for (index, part) in code.split("#[cfg(test)]").enumerate() {
        let (item, rest) = part.split_at(if index == 0 { 0 } else { item_length(part) });
        tests.push_str(item);
        tests.extend(rest.chars().filter(|c| *c == '\n'));
        shipped.extend(item.chars().filter(|c| *c == '\n'));
        shipped.push_str(rest);
    }
    (shipped, tests)
}

/// An item ends with its block, or with a `;` outside all brackets.
fn item_length(item: &str) -> usize {
    let mut depth = 0usize;
    for (at, c) in item.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(c, '}' | ';') {
            return at + 1;
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written_out(code: &str) -> Vec<String> {
        paths(&without_comments_and_literals(code)).iter().map(|p| p.segments.join("::")).collect()
    }

    #[test]
    fn nested_groups_globs_and_renames_are_written_out() {
        assert_eq!(
            written_out("use crate::{der::{tlv as t, ber::*}, oid};\nlet x = crate::key::open(y);"),
            ["crate::der::tlv", "crate::der::ber::*", "crate::oid", "crate::key::open"]
        );
        assert_eq!(written_out("::std::fs::read::<P>(p)"), ["std::fs::read"]);
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        let text = r##"
            // crate::a::b
            /* crate::a /* nested */ crate::a */
            let s = "crate::a \" crate::a"; let r = r#"crate::a " crate::a"#;
            let c = ('"', '\'', '\u{41}'); fn f<'a>(x: &'a str) { crate::real::g('"') }
        "##;
        assert_eq!(written_out(text), ["crate::real::g"]);
    }

    #[test]
    fn lines_keep_their_numbers() {
        let found = paths(&without_comments_and_literals("/* \n\n */ \"\n\" ;\ncrate::a::b"));
        assert_eq!(found.iter().map(|p| p.line).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn test_items_are_not_shipped_and_what_follows_them_is() {
        let code = "#[cfg(test)]\nuse a::b;\nuse c::d;\n#[cfg(test)]\nmod tests { fn f(x: [u8; 4]) { e::f() } }\nuse g::h;";
        let (shipped, tests) = shipped_and_tests(code);
        let lines = |code: &str| -> Vec<(usize, String)> {
            paths(code).iter().map(|p| (p.line, p.segments.join("::"))).collect()
        };
        assert_eq!(lines(&shipped), [(3, "c::d".to_owned()), (6, "g::h".to_owned())]);
        assert_eq!(lines(&tests), [(2, "a::b".to_owned()), (5, "e::f".to_owned())]);
    }

    #[test]
    fn inline_modules_are_counted() {
        let found = paths("use super::a;\nmod tests { use super::b; fn f() { super::c() } }");
        assert_eq!(found.iter().map(|p| p.inline_modules).collect::<Vec<_>>(), [0, 1, 1]);
    }
}
