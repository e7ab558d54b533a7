//! What is in an evidence record, told to people.

use super::catalogue::{Catalogue, escaped};
use super::human::{Colour, Detail, Page, Style};
use crate::task::evidence::Sheet;

const PLAIN: Style = Style { colour: Colour::Plain, detail: Detail::Full };

/// One paragraph: the record, and a line for each archive timestamp.
pub fn show(path: &str, sheet: &Sheet, c: &Catalogue) -> String {
    let mut page = Page::new(c, PLAIN);
    page.line(0, path);
    page.said(1, "record-id", &sheet.id);
    page.said(1, "record-hashes", &sheet.algorithms.join(", "));
    for (number, stamp) in (1..).zip(&sheet.stamps) {
        let time = stamp.time.map_or_else(|| c.label("time-unreadable").to_owned(), |t| c.time(t));
        let title = c.label("record-stamp");
        page.line(1, &format!("{title} {number}: {time}"));
        page.said(2, "record-chain", &(stamp.chain + 1).to_string());
        page.said(2, "record-algorithm", &escaped(&stamp.algorithm));
        if let Some(tsa) = &stamp.tsa {
            page.said(2, "claimed-stamper", &escaped(tsa));
        }
        let (lists, hashes) = (stamp.lists.to_string(), stamp.hashes.to_string());
        let tree = c.label_with("record-lists", &[("lists", &lists), ("hashes", &hashes)]);
        page.said(2, "record-tree", &tree);
    }
    for fault in &sheet.faults {
        page.said(1, "unreadable", &escaped(fault));
    }
    page.line(1, c.label("record-unproven"));
    page.text
}
