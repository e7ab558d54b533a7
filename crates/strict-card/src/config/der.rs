//! Just enough of DER to find the names in a certificate and the numbers in a public key.

/// An element: its tag, its content, and the whole of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// The elements that stand one after the other in `input`. It ends where it makes no sense.
pub(super) fn elements(input: &[u8]) -> impl Iterator<Item = Element<'_>> {
    let mut rest = input;
    std::iter::from_fn(move || {
        let (element, after) = first(rest)?;
        rest = after;
        Some(element)
    })
}

fn first(input: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, after) = input.split_first()?;
    let (&short, after) = after.split_first()?;
    let (length, after) = if short < 0x80 {
        (usize::from(short), after)
    } else {
        let (bytes, after) = after.split_at_checked(usize::from(short & 0x7f))?;
        if bytes.is_empty() || bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), after)
    };
    let (content, rest) = after.split_at_checked(length)?;
    let (whole, _) = input.split_at_checked(input.len().checked_sub(rest.len())?)?;
    Some((Element { tag, content, whole }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_split_and_a_cut_one_ends_them() {
        let input = [0x02, 0x01, 0x05, 0x04, 0x81, 0x02, 0xaa, 0xbb, 0x30, 0x05, 0x00];
        let found: Vec<_> = elements(&input).collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].tag, found[0].content), (0x02, &[0x05][..]));
        assert_eq!((found[1].content, found[1].whole), (&[0xaa, 0xbb][..], &input[3..8]));
    }

    #[test]
    fn an_indefinite_length_is_no_element() {
        assert_eq!(elements(&[0x30, 0x80, 0x00, 0x00]).count(), 0);
    }
}
