//! Which level a signature is brought to, by which TSAs, and what is claimed in it.

use crate::cli::Failure;
use crate::cli::tsa::{Ready, TsaArgs};
use crate::edge;
use crate::policy::Trust;
use crate::seal::{Claims, Commitment, Level, Presentation};
use crate::task::sign::{Order, Placement, Tsas};
use std::sync::Arc;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Wanted {
    /// B: signed; T: and time-stamped; LT: and with all inside that later proof needs; LTA: and that
    /// time-stamped too. The default is T where --tsa is given, else B.
    #[arg(long, value_enum)]
    level: Option<LevelName>,

    /// Time-stamping authorities for the archive timestamp of level LTA (may be repeated), if they are
    /// not those of --tsa.
    #[arg(long, value_name = "URL|NAME")]
    archive_tsa: Vec<String>,

    /// Have the content time-stamped before it is signed, too.
    #[arg(long)]
    content_timestamp: bool,

    /// Claim what the signature means to say.
    #[arg(long, value_enum, value_name = "NAME")]
    commitment: Option<CommitmentName>,

    /// Claim where it is signed: the name of a place.
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,

    /// Claim in which position or function it is signed. What the certificate says of the signer needs
    /// no claim.
    #[arg(long, value_name = "TEXT")]
    claimed_role: Option<String>,

    /// Say of which type the content is, such as application/pdf.
    #[arg(long, value_name = "TYPE")]
    mime_type: Option<String>,
}

/// Levels by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum LevelName {
    #[value(name = "B", alias = "b")]
    B,
    #[value(name = "T", alias = "t")]
    T,
    #[value(name = "LT", alias = "lt")]
    Lt,
    #[value(name = "LTA", alias = "lta")]
    Lta,
}

/// Commitments by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum CommitmentName {
    /// Made, approved and sent by the signer.
    Origin,
    /// Received by the signer.
    Receipt,
    /// Delivered by a service.
    Delivery,
    /// Sent by the signer.
    Sender,
    /// Approved by the signer.
    Approval,
    /// Made by the signer.
    Creation,
}

/// What it means.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// The level.
    pub(super) level: Level,
    claims: Claims,
    tsas: Vec<String>,
    archive_tsas: Vec<String>,
    content_tsas: Vec<String>,
    /// Who asks them.
    pub(super) asking: Arc<edge::tsa::Tsas>,
}

impl Wish {
    /// The order for it.
    pub(super) fn order(&self, placement: Placement) -> Order<'_> {
        let tsas = Tsas {
            content: &self.content_tsas,
            signature: &self.tsas,
            archive: &self.archive_tsas,
        };
        Order { placement, level: self.level, claims: &self.claims, tsas }
    }
}

impl Wanted {
    /// Makes sense of it, or says why there is none.
    pub(super) fn wish(
        &self,
        tsa: &TsaArgs,
        offline: bool,
        trust: &Trust,
    ) -> Result<Wish, Failure> {
        let level = self.level(tsa)?;
        if level > Level::B && offline {
            return Err(Failure::new(
                "a timestamp cannot be had offline",
                "leave out --offline, or sign with --level B",
            ));
        }
        if level != Level::Lta && !self.archive_tsa.is_empty() {
            return Err(Failure::new(
                "only a signature of level LTA takes an archive timestamp",
                "leave out --archive-tsa, or sign with --level LTA",
            ));
        }
        let Ready { urls: tsas, further, tsas: asking } =
            tsa.resolve_with(&self.archive_tsa, None, trust)?;
        let content_tsas = if self.content_timestamp { tsas.clone() } else { Vec::new() };
        let archive_tsas = if further.is_empty() { tsas.clone() } else { further };
        Ok(Wish { level, claims: self.claims(), tsas, archive_tsas, content_tsas, asking })
    }

    fn level(&self, tsa: &TsaArgs) -> Result<Level, Failure> {
        let level = match self.level {
            None if tsa.is_empty() => Level::B,
            None | Some(LevelName::T) => Level::T,
            Some(LevelName::B) => Level::B,
            Some(LevelName::Lt) => Level::Lt,
            Some(LevelName::Lta) => Level::Lta,
        };
        match (level, tsa.is_empty(), self.content_timestamp) {
            (Level::B, true, true) => Err(Failure::new(
                "a timestamp over the content needs a time-stamping authority",
                "name one with --tsa URL, or leave out --content-timestamp",
            )),
            (Level::B, false, false) => Err(Failure::new(
                "a signature of level B takes no timestamp",
                "leave out --tsa, or sign with --level T",
            )),
            (Level::T | Level::Lt | Level::Lta, true, _) => Err(Failure::new(
                format!("level {} needs a time-stamping authority", level.name()),
                "name one with --tsa URL, or sign with --level B",
            )),
            (Level::B, ..) | (Level::T | Level::Lt | Level::Lta, false, _) => Ok(level),
        }
    }

    fn claims(&self) -> Claims {
        let commitment = self.commitment.map(|name| match name {
            CommitmentName::Origin => Commitment::Origin,
            CommitmentName::Receipt => Commitment::Receipt,
            CommitmentName::Delivery => Commitment::Delivery,
            CommitmentName::Sender => Commitment::Sender,
            CommitmentName::Approval => Commitment::Approval,
            CommitmentName::Creation => Commitment::Creation,
        });
        Claims {
            commitment,
            location: self.location.clone(),
            role: self.claimed_role.clone(),
            presentation: self.mime_type.clone().map(Presentation::MimeType),
        }
    }
}
