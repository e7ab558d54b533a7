//! What a revocation list has on one certificate (RFC 5280 §5.3), read where it stands.

use crate::der::certificate::Certificate;
use crate::der::crl::{Crl, CrlEntry, Reason};
use crate::der::extension::{AltNames, ExtensionValue};
use crate::der::name::{GeneralName, Name};
use crate::der::tlv::{Malformed, Problem};
use crate::oid;
use crate::time::Instant;

/// An entry for a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// From when on it must not be relied on: the revocation, or the earlier instant since when the
    /// key is suspected (§5.3.2).
    pub since: Instant,
    /// Why.
    pub reason: Reason,
}

/// Why a list must not be used for any certificate.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read to the end.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// An entry has a critical extension that nobody here knows (§5.3).
    #[error("an entry has an unknown critical extension")]
    UnknownCritical,
    /// An entry is of another issuer, in a list that is not indirect.
    #[error("an entry of another issuer in a list that is not indirect")]
    OtherIssuer,
    /// An entry takes another back, in a list that is complete (§5.3.1).
    #[error("an entry is taken back in a list that is complete")]
    TakenBack,
}

/// Where the entries of a list stand, by serial number. It takes one reading of the whole list, so
/// that each certificate after the first costs next to nothing.
#[derive(Debug)]
pub struct Index {
    /// The end of each serial number, and the place of its entry; in order.
    places: Vec<(u64, usize)>,
}

impl Index {
    /// Reads a list; nothing for an indirect one, in which a serial number alone means nothing.
    pub fn of(crl: &Crl) -> Result<Option<Self>, Unusable> {
        if is_indirect(crl)? {
            return Ok(None);
        }
        let mut places = Vec::new();
        let mut entries = crl.entries();
        loop {
            let place = entries.place();
            let Some(entry) = entries.next() else { break };
            let entry = entry?;
            if other_issuer(&entry)?.is_some() {
                return Err(Unusable::OtherIssuer);
            }
            places.push((end_of(entry.serial), place));
        }
        places.sort_unstable();
        Ok(Some(Self { places }))
    }

    /// How many entries there are.
    pub const fn entries(&self) -> usize {
        self.places.len()
    }

    /// What [`find`] finds on the list that this is of.
    pub fn find(&self, crl: &Crl, certificate: &Certificate) -> Result<Option<Entry>, Unusable> {
        if crl.issuer() != certificate.issuer() {
            return Ok(None);
        }
        let end = end_of(certificate.serial());
        let first = self.places.partition_point(|(known, _)| *known < end);
        let mut found = None;
        let alike = self.places.iter().skip(first).take_while(|(known, _)| *known == end);
        for (_, place) in alike {
            let Some(entry) = crl.entries_from(*place).next() else { continue };
            let entry = entry?;
            if entry.serial == certificate.serial() {
                found = worst(found, read(&entry)?);
            }
        }
        in_scope(crl, found)
    }
}

/// The last eight octets: what differs, whether serial numbers are counted or drawn.
fn end_of(serial: &[u8]) -> u64 {
    serial.iter().fold(0, |end, octet| end << 8 | u64::from(*octet))
}

/// Looks for a certificate on a list. All of the list is read, for one unknown critical extension
/// anywhere spoils it. Of several entries for one certificate the worst counts.
pub fn find(crl: &Crl, certificate: &Certificate) -> Result<Option<Entry>, Unusable> {
    let indirect = is_indirect(crl)?;
    // Of whom an entry is stays true for those after it (§5.3.3).
    let mut of_issuer = crl.issuer() == certificate.issuer();
    let mut found: Option<Entry> = None;
    for entry in crl.entries() {
        let entry = entry?;
        if let Some(issuer) = other_issuer(&entry)? {
            if !indirect {
                return Err(Unusable::OtherIssuer);
            }
            of_issuer = issuer == *certificate.issuer();
        }
        if of_issuer && entry.serial == certificate.serial() {
            found = worst(found, read(&entry)?);
        }
    }
    in_scope(crl, found)
}

fn is_indirect(crl: &Crl) -> Result<bool, Malformed> {
    Ok(crl.issuing_distribution_point()?.is_some_and(|scope| scope.indirect))
}

fn in_scope(crl: &Crl, found: Option<Entry>) -> Result<Option<Entry>, Unusable> {
    let complete = crl.extension(oid::DELTA_CRL_INDICATOR).is_none();
    match found {
        Some(entry) if complete && entry.reason == Reason::REMOVE_FROM_CRL => {
            Err(Unusable::TakenBack)
        }
        found => Ok(found),
    }
}

fn worst(known: Option<Entry>, new: Entry) -> Option<Entry> {
    let rank = |entry: &Entry| (entry.reason == Reason::REMOVE_FROM_CRL, entry.since);
    known.into_iter().chain([new]).min_by_key(rank)
}

fn other_issuer(entry: &CrlEntry<'_>) -> Result<Option<Name>, Unusable> {
    let mut issuer = None;
    for extension in entry.extensions() {
        let extension = extension?;
        if extension.is(oid::CERTIFICATE_ISSUER) {
            let AltNames(names) = AltNames::parse(extension.value)?;
            let name = names.into_iter().find_map(|name| match name {
                GeneralName::Directory(name) => Some(name),
                _ => None,
            });
            let none = || Malformed::new("certificateIssuer", Problem::Unknown);
            issuer = Some(name.ok_or_else(none)?);
        } else if extension.critical
            && !extension.is(oid::CRL_REASON)
            && !extension.is(oid::INVALIDITY_DATE)
        {
            return Err(Unusable::UnknownCritical);
        }
    }
    Ok(issuer)
}

fn read(entry: &CrlEntry<'_>) -> Result<Entry, Malformed> {
    let revoked = entry.revoked()?;
    let since = entry.invalidity_date()?.map_or(revoked, |suspected| suspected.min(revoked));
    Ok(Entry { since, reason: entry.reason()? })
}
