//! What files bring with them, for whoever keeps everything that a verdict rested on.

use super::open;
use crate::evidence::EvidenceSet;
use crate::source::Source;
use std::io;

/// Takes in hand what a file brings with it.
pub fn keep(file: &dyn Source, evidence: &mut EvidenceSet) -> io::Result<()> {
    if let Ok(opened) = open(file)? {
        evidence.add_bags(&opened.data);
    }
    Ok(())
}
