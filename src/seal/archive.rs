//! Raises level LT to LTA: one timestamp over all that is there (EN 319 122-1 §5.5.3).

use super::prepare::{SealError, attribute};
use super::stamp::StampRequest;
use super::{Lt, Lta, Sealed, Whole, hashed_with};
use crate::ades::cades::archive::HashIndex;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::cms::SignerInfo;
use crate::der::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use crate::der::{ber, write};
use crate::digest::{Digest, DigestAlgorithm};
use crate::judge::VerifiedTimestamp;
use crate::oid;

impl Sealed<Lt> {
    /// The question to the TSA. The content must have been hashed with that function, which need not be
    /// the one of the signature: a renewal is also for getting away from an old one.
    pub fn archive_request(
        &self,
        algorithm: DigestAlgorithm,
        nonce: [u8; 16],
    ) -> Result<StampRequest, SealError> {
        let (_, imprint) = self.whole.archive_imprint(algorithm)?;
        Ok(StampRequest::of(imprint, nonce))
    }

    /// Takes a verified timestamp in. One of anything but all this is refused.
    pub fn archive(mut self, timestamp: &VerifiedTimestamp) -> Result<Sealed<Lta>, SealError> {
        let algorithm = timestamp.imprint().algorithm();
        let (index, imprint) = self.whole.archive_imprint(algorithm)?;
        if *timestamp.imprint() != imprint {
            return Err(SealError::OtherStamp);
        }
        let token = with_index(timestamp.token(), &index)?;
        self.whole.signer.take_attribute(attribute(oid::ARCHIVE_TIME_STAMP_V3, &token))?;
        // Whoever hashes the content while reading it learns here with what.
        self.whole.data.announce(AlgorithmIdentifier::bare(algorithm.oid()));
        Ok(Sealed::of(self.whole))
    }
}

impl Whole {
    fn archive_imprint(
        &self,
        algorithm: DigestAlgorithm,
    ) -> Result<(HashIndex, Digest), SealError> {
        let content = hashed_with(algorithm, &self.content)?;
        let index = HashIndex::of(&self.data, &self.signer, algorithm);
        let imprint = index.imprint(self.data.content_type, content, &self.signer);
        Ok((index, imprint))
    }
}

/// The token with the index among the unsigned attributes of its signer. All else keeps its bytes; the
/// TSA signed none of what is around the signer's part.
fn with_index(token: &[u8], index: &HashIndex) -> Result<Vec<u8>, Malformed> {
    let token = ber::normalise(token, "TimeStampToken")?;
    let mut info = Reader::only(&token, Tag::SEQUENCE, "TimeStampToken")?.reader();
    let kind = info.expect(Tag::OID)?;
    let data = info.expect(Tag::context(0))?.explicit(Tag::SEQUENCE)?;
    info.finish()?;
    let (signers, before) = last(&data)?;
    let mut signer = SignerInfo::parse(&signers.explicit(Tag::SEQUENCE)?)?;
    signer.take_attribute(index.to_attribute())?;
    let signers = write::set([signer.to_der()]);
    let data = write::sequence([before, &signers]);
    Ok(write::sequence([kind.raw, &write::explicit(0, &data)]))
}

/// The signer infos, which stand last in a signed-data, and the bytes before them.
fn last<'a>(data: &Tlv<'a>) -> Result<(Tlv<'a>, &'a [u8]), Malformed> {
    let mut reader = data.reader();
    loop {
        let read = data.content.len().saturating_sub(reader.rest().len());
        let element = reader.take()?;
        if reader.is_empty() {
            let before = data.content.get(..read).unwrap_or_default();
            return match element.tag {
                Tag::SET => Ok((element, before)),
                Tag(other) => Err(data.error(Problem::UnexpectedTag(other))),
            };
        }
    }
}
