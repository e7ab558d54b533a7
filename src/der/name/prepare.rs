//! Strings in the form in which names are compared (RFC 5280 §7.1, RFC 4518 §2).
//!
//! What looks the same to a reader may be written in several ways: full or half width, a letter with
//! its accent or the two apart, a variant of a kanji by a selector. All of them compare as one.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Begins the form of a value that must not be compared in a prepared form. No prepared form has it.
const AS_IT_STANDS: char = '\0';

/// The form of a value that equal values share.
pub(super) fn prepared(value: &str) -> String {
    // Most names are ASCII, which is normalised as it stands, and of which nothing is prohibited.
    if value.is_ascii() {
        return spaced(value.chars().filter_map(mapped).map(|c| c.to_ascii_lowercase()));
    }
    let normal = value.chars().filter_map(mapped).nfkc();
    // Folding can leave what is normal, and normalising can bring capitals out (℃ has one).
    let folded: String = normal.flat_map(folded).nfkc().collect();
    if is_prohibited(&folded) {
        // RFC 4518 §2.4: the comparison is undefined. A name must still be equal to itself.
        return format!("{AS_IT_STANDS}{value}");
    }
    spaced(folded.chars())
}

/// RFC 4518 §2.2, first paragraphs: controls and marks without a shape of their own are nothing, and
/// whatever separates is a space. The list there is of Unicode 3.2; what later editions added to the
/// same classes (ideographic variation selectors, isolating marks) is mapped with them.
const fn mapped(c: char) -> Option<char> {
    match c {
        '\t'..='\r' | '\u{85}' => Some(' '),
        ' '
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Some(' '),
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{1806}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffc}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        c => Some(c),
    }
}

/// The full case folding of RFC 3454 table B.2, from the mappings of the standard library: capitals of
/// small letters, made small again, bring together what folds together (ß and ss, ς and σ). Only the
/// dotless ı would follow its capital to another letter.
fn folded(c: char) -> impl Iterator<Item = char> {
    let letter = (c != 'ı').then_some(c);
    let small = letter.into_iter().flat_map(char::to_lowercase);
    let folded = small.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    folded.chain((c == 'ı').then_some(c))
}

/// RFC 4518 §2.4, but for code points that the Unicode of 2002 did not know: kanji of names have been
/// added since, and compare as they are.
fn is_prohibited(folded: &str) -> bool {
    let is_banned = |c: char| {
        let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
        let no_character = matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
        private || no_character || c == char::REPLACEMENT_CHARACTER
    };
    folded.chars().next().is_some_and(is_combining_mark) || folded.chars().any(is_banned)
}

/// RFC 4518 §2.6.1: spaces at the ends do not count, and a run of them is as one, which is written here
/// with a single space. What carries a mark is no space.
fn spaced(text: impl Iterator<Item = char>) -> String {
    let mut text = text.peekable();
    let mut spaced = String::with_capacity(text.size_hint().0);
    let mut gap = false;
    while let Some(c) = text.next() {
        if c == ' ' && !text.peek().is_some_and(|next| is_combining_mark(*next)) {
            gap = !spaced.is_empty();
            continue;
        }
        if gap {
            spaced.push(' ');
            gap = false;
        }
        spaced.push(c);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_that_look_the_same_are_the_same() {
        for (one, other) in [
            ("ﾔﾏﾀﾞ ﾊﾅｺ", "ヤマダ　ハナコ"),
            ("ＨＰＫＩ－０１", "hpki-01"),
            ("が", "か\u{3099}"),
            ("É", "e\u{301}"),
            ("\u{212b}ngstr\u{f6}m", "a\u{30a}NGSTRO\u{308}M"),
            ("20℃", "20°c"),
            ("㈱印鑑", "(株)印鑑"),
            ("葛\u{e0100}飾", "葛飾"),
            ("神\u{fe00}", "\u{fa19}"),
            ("Straße", "STRASSE"),
            ("ΣΟΦΟΣ", "σοφος"),
            ("pass\u{ad}word\u{200b}\u{feff}\u{7}", "password"),
            (" a\t\u{3000}\u{2003}\u{85}b\r\n", "A B"),
            ("\u{3000}", ""),
        ] {
            assert_eq!(prepared(one), prepared(other), "{one:?} {other:?}");
        }
        assert_eq!(prepared("  Yamada \u{0} HANAKO\t"), "yamada hanako");
    }

    #[test]
    fn values_that_look_different_are_different() {
        for (one, other) in [
            ("ヤマタ", "ヤマダ"),
            ("山田 花子", "山田花子"),
            ("渡辺", "渡邊"),
            ("e", "é"),
            ("ısparta", "isparta"),
            ("a \u{301}b", "a b"),
            ("a", "\u{430}"),
            ("ハ", "八"),
        ] {
            assert_ne!(prepared(one), prepared(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_prohibited_value_is_equal_to_itself_alone() {
        for bad in
            ["外字\u{e000}", "\u{fffd}x", "x\u{fdd0}", "x\u{10ffff}", "\u{301}x", "\u{ff9e}x"]
        {
            assert!(prepared(bad).starts_with(AS_IT_STANDS), "{bad:?}");
            assert_ne!(prepared(bad), prepared(&format!("{bad} ")), "{bad:?}");
            assert_ne!(prepared(bad), prepared(&format!("{AS_IT_STANDS}{bad}")), "{bad:?}");
        }
        // A mark on a space, and what the Unicode of 2002 did not have: a kanji, an era, an emoji.
        for good in [" \u{301}x", "\u{2b820}", "\u{32ff}", "\u{1f5e1}"] {
            assert!(!prepared(good).starts_with(AS_IT_STANDS), "{good:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_prepared_is_prepared_once_and_for_all(value in "\\PC{0,12}|[\\PC ａ-ｚｱ-ﾟ\u{300}-\u{345}]{0,8}") {
            let once = prepared(&value);
            prop_assume!(!once.starts_with(AS_IT_STANDS));
            prop_assert_eq!(prepared(&once), once);
        }

        #[test]
        fn ascii_is_prepared_as_any_other_text(value in "[\\x00-\\x7f]{0,16}") {
            let slow: String = value.chars().filter_map(mapped).nfkc().flat_map(folded).nfkc().collect();
            prop_assert_eq!(prepared(&value), spaced(slow.chars()));
        }
    }
}
