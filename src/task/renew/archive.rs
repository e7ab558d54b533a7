//! Renews a signature: whatever it is judged by goes inside, and a new archive timestamp over all of it.

use super::{Outlook, Surveyed, survey};
use crate::digest::DigestAlgorithm;
use crate::rule::Indication;
use crate::seal::{B, Lt, Proven, Sealed, Standing, T, Unproven};
use crate::source::Draft;
use crate::task::sign::{Desk, Outside, SignError, archive, stamp_signature, support, take_up};
use crate::task::verify::Subject;

/// How signatures are renewed.
#[derive(Clone, Copy, Debug)]
pub struct Renewal<'a> {
    /// The TSAs, in the order in which they are tried.
    pub tsas: &'a [String],
    /// The hash function of the archive timestamp.
    pub digest: DigestAlgorithm,
}

/// Renews every signature of a file, judges what came of it as its reader will in years, and publishes it.
/// A file of which anything is not provable now is refused, and stays as it is.
pub fn renew(
    subject: &Subject<'_>,
    renewal: Renewal<'_>,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
    mut draft: Box<dyn Draft + Send>,
) -> Result<Surveyed, SignError> {
    let taken = take_up(subject, &[renewal.digest], desk)?;
    taken.proven.may_grow()?;
    let mut grown = taken.proven.clone();
    for place in 0..grown.levels().count() {
        let standing = grown.take(place).ok_or(Unproven::Nothing)?;
        grown = archived(standing, renewal, outside, desk)?;
    }
    taken.write(&grown, subject.file, draft.as_mut())?;
    desk.now = outside.now();
    let written = draft.reread()?;
    let written = Subject { file: written.as_ref(), ..*subject };
    let surveyed = survey(&written, desk.judge, desk.now, desk.evidence, desk.source)?;
    let complete = matches!(surveyed.outlook, Outlook::Until(_) | Outlook::Unlimited);
    if surveyed.report.indication() != Indication::Passed || !complete {
        return Err(SignError::OwnOutput(Box::new(surveyed.report)));
    }
    let content = subject.content.map_or(Ok(true), |(_, file)| file.is_unchanged());
    if !subject.file.is_unchanged()? || !content? {
        return Err(SignError::Changed);
    }
    draft.publish()?;
    Ok(surveyed)
}

/// One signature brought under a new archive timestamp, from whatever level it stands at.
fn archived(
    standing: Standing,
    renewal: Renewal<'_>,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<Proven, SignError> {
    let complete = match standing {
        Standing::B(sealed) => embedded(stamped(sealed, renewal, outside, desk)?, desk)?,
        Standing::T(sealed) => embedded(sealed, desk)?,
        Standing::Lta(sealed) => {
            let support = support(&sealed, desk)?;
            sealed.embed(&support)?
        }
    };
    Ok(archive(complete, renewal.digest, renewal.tsas, outside, desk)?.into())
}

fn stamped(
    sealed: Sealed<B>,
    renewal: Renewal<'_>,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<Sealed<T>, SignError> {
    let timestamp = stamp_signature(sealed.signature_value(), renewal.tsas, outside, desk)?;
    Ok(sealed.stamp(&timestamp)?)
}

fn embedded(sealed: Sealed<T>, desk: &mut Desk<'_>) -> Result<Sealed<Lt>, SignError> {
    let support = support(&sealed, desk)?;
    Ok(sealed.embed(&support)?)
}
