//! Compares what a case expects with what was observed. `...` alone on a line stands for any lines,
//! `[..]` for any characters within a line.

const ANY_LINES: &str = "...";
const ANY_CHARACTERS: &str = "[..]";

/// The expected and the observed text side by side, if they do not match.
pub(crate) fn text(expected: &str, observed: &str) -> Result<(), String> {
    let expected: Vec<&str> = expected.lines().collect();
    let observed: Vec<&str> = observed.lines().collect();
    let matched = glob(&expected, &observed, |e| *e == ANY_LINES, |e, o| line(e, o));
    if matched { Ok(()) } else { Err(side_by_side(&expected, &observed)) }
}

/// Checks one value of a JSON document.
pub(crate) fn json(
    document: &serde_json::Value,
    pointer: &str,
    expected: &serde_json::Value,
) -> Result<(), String> {
    let observed = document.pointer(pointer);
    let matched = match (expected.as_str(), observed.and_then(serde_json::Value::as_str)) {
        (Some(pattern), Some(text)) => line(pattern, text),
        _ => observed == Some(expected),
    };
    let shown = || observed.map_or_else(|| "nothing".to_owned(), serde_json::Value::to_string);
    if matched {
        Ok(())
    } else {
        Err(format!("{pointer}: expected {expected}, observed {}", shown()))
    }
}

/// Demands one `error:` and one `hint:` on standard error of a command that could not run.
pub(crate) fn error_with_hint(stderr: &str) -> Result<(), String> {
    for prefix in ["error:", "hint:"] {
        let count = stderr.lines().filter(|line| line.starts_with(prefix)).count();
        if count != 1 {
            return Err(format!("{count} lines begin with `{prefix}`, expected 1:\n{stderr}"));
        }
    }
    Ok(())
}

fn line(expected: &str, observed: &str) -> bool {
    let mut pattern: Vec<Option<char>> = Vec::new();
    for (index, literal) in expected.split(ANY_CHARACTERS).enumerate() {
        pattern.extend((index > 0).then_some(None));
        pattern.extend(literal.chars().map(Some));
    }
    let observed: Vec<char> = observed.chars().collect();
    glob(&pattern, &observed, Option::is_none, |p, c| *p == Some(*c))
}

/// Whether the pattern is the whole text, where some elements of it stand for any run. Only the last
/// such element ever needs to give way, so this takes at most pattern × text steps.
fn glob<P, T>(
    pattern: &[P],
    text: &[T],
    is_any: impl Fn(&P) -> bool,
    same: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(element) = text.get(t) {
        match pattern.get(p) {
            Some(wanted) if is_any(wanted) => {
                retry = Some((p, t));
                p += 1;
                continue;
            }
            Some(wanted) if same(wanted, element) => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            _ => {}
        }
        let Some((any, swallowed)) = retry else { return false };
        retry = Some((any, swallowed + 1));
        (p, t) = (any + 1, swallowed + 1);
    }
    pattern.iter().skip(p).all(is_any)
}

fn side_by_side(expected: &[&str], observed: &[&str]) -> String {
    let width = expected.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(8);
    let row = |mark: char, left: &str, right: &str| {
        let padding = " ".repeat(width.saturating_sub(left.chars().count()));
        format!("  {mark} {left}{padding} | {right}\n")
    };
    let mut shown = row(' ', "expected", "observed");
    for index in 0..expected.len().max(observed.len()) {
        let (left, right) = (expected.get(index), observed.get(index));
        let same = left.zip(right).is_some_and(|(l, r)| *l == ANY_LINES || line(l, r));
        let mark = if same { ' ' } else { '!' };
        shown += &row(mark, left.copied().unwrap_or(""), right.copied().unwrap_or(""));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_marks_must_be_equal() {
        assert!(text("a\nb\n", "a\nb").is_ok());
        for observed in ["", "a", "a\nb\nc", "a\nB", "b\na", "a\n\nb"] {
            assert!(text("a\nb", observed).is_err(), "{observed:?}");
        }
        assert!(text("", "").is_ok());
        assert!(text("", "a").is_err());
    }

    #[test]
    fn dots_alone_stand_for_any_lines() {
        for observed in ["a\nz", "a\nb\nz", "a\nz\nz", "a\n\n\nz"] {
            assert!(text("a\n...\nz", observed).is_ok(), "{observed:?}");
        }
        for observed in ["a", "z", "a\nb", "b\na\nz", "a\nz\nb"] {
            assert!(text("a\n...\nz", observed).is_err(), "{observed:?}");
        }
        assert!(text("...\na\n...\nb\n...", "x\na\ny\na\nb").is_ok());
        assert!(text("...", "").is_ok());
        assert!(text("...", "a\nb").is_ok());
        assert!(text("....", "a").is_err());
    }

    #[test]
    fn brackets_stand_for_any_characters_of_a_line() {
        for observed in ["took 3 ms", "took  ms", "took 1 ms 2 ms"] {
            assert!(text("took [..] ms", observed).is_ok(), "{observed:?}");
        }
        for observed in ["took 3 s", "it took 3 ms", "took 3\n ms", "took 3 ms."] {
            assert!(text("took [..] ms", observed).is_err(), "{observed:?}");
        }
        assert!(text("[..]印鑑[..]", "その印鑑は").is_ok());
        assert!(text("[..]a[..]b", "xaab").is_ok());
        assert!(text("[..]", "").is_err(), "an empty text has no line");
    }

    #[test]
    fn a_mismatch_shows_both_sides_and_marks_the_line() {
        let shown = text("same\nleft\n", "same\nright\nmore\n").unwrap_err();
        assert!(shown.contains("    same     | same\n"), "{shown}");
        assert!(shown.contains("  ! left     | right\n"), "{shown}");
        assert!(shown.contains("  !          | more\n"), "{shown}");
    }

    #[test]
    fn json_values_are_found_by_pointer() {
        let document = serde_json::json!({ "files": [ { "indication": "passed", "n": 2 } ] });
        assert!(json(&document, "/files/0/indication", &"passed".into()).is_ok());
        assert!(json(&document, "/files/0/indication", &"[..]ed".into()).is_ok());
        assert!(json(&document, "/files/0/n", &2.into()).is_ok());
        assert!(json(&document, "/files/0/n", &"2".into()).is_err());
        assert!(json(&document, "/files/0/indication", &"failed".into()).is_err());
        let missing = json(&document, "/files/1", &1.into()).unwrap_err();
        assert_eq!(missing, "/files/1: expected 1, observed nothing");
    }

    #[test]
    fn an_error_comes_once_and_with_one_hint() {
        assert!(error_with_hint("error: no such file\nhint: name one\n").is_ok());
        for stderr in
            ["", "error: a\n", "hint: b\n", "error: a\nerror: b\nhint: c\n", " error: a\nhint: b"]
        {
            assert!(error_with_hint(stderr).is_err(), "{stderr:?}");
        }
    }
}
