//! `inkan token list|info|check`

use super::options::PinArgument;
use super::signer::pin_for;
use super::verify::style;
use super::{Exit, Failure};
use crate::edge::clock;
use crate::hsm::uri::Uri;
use crate::hsm::{Found, HsmError, LastTry, Library, Token, survey};
use crate::key::token::{LibraryFacts, TokenFacts};
use crate::policy::token::TokenProfile;
use crate::report::{Catalogue, Language, token};
use crate::rule::Indication;
use crate::task::token::{Asked, Checked, TokenReport};
use std::path::PathBuf;

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List libraries, slots and tokens, and how it stands with their PINs. Nobody logs in.
    List {
        #[command(flatten)]
        spoken: Spoken,

        /// List the token profiles, and how many of their rows are confirmed.
        #[arg(long, conflicts_with_all = ["module", "token_profile"])]
        profiles: bool,
    },
    /// Show what a token says of itself, its mechanisms, and what lies on it.
    Info(Look),
    /// Hold a token against its profile: what is met, what differs, what it does not answer; and whether
    /// its keys are protected.
    Check {
        #[command(flatten)]
        look: Look,

        /// Show every finding, met ones too.
        #[arg(long)]
        full: bool,
    },
}

/// How a token is spoken to, and how it is told of.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Spoken {
    /// The PKCS#11 library; otherwise that of INKAN_PKCS11_MODULE, or those installed where the token
    /// profiles have them.
    #[arg(long, value_name = "PATH")]
    module: Option<PathBuf>,

    /// Speak to tokens as this profile says; otherwise as the profile that recognises each.
    #[arg(long, value_name = "NAME")]
    token_profile: Option<String>,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Which token is looked into, and how far.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Look {
    /// The token (RFC 7512), as `inkan token list` shows it; not needed where there is only one.
    #[arg(value_name = "URI")]
    uri: Option<String>,

    #[command(flatten)]
    spoken: Spoken,

    /// Log in, to see private keys too.
    #[arg(long)]
    login: bool,

    /// Where the PIN comes from: file:PATH, fd:N or env:NAME; otherwise it is asked for.
    #[arg(long, value_name = "SOURCE", requires = "login")]
    pin_source: Option<PinArgument>,

    /// Use the PIN though only one try is left; a wrong one locks the token.
    #[arg(long, requires = "login")]
    last_try: bool,
}

/// Forms of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the subcommand.
pub(crate) fn run(command: &Command, language: Language) -> Result<Exit, Failure> {
    match command {
        Command::List { spoken, profiles } => list(spoken, *profiles, language),
        Command::Info(look) => {
            let (report, _) = looked(look, Asked::Info)?;
            print(&report, look.spoken.format, language, true)?;
            Ok(Exit::Passed)
        }
        Command::Check { look, full } => check(look, *full, language),
    }
}

fn list(spoken: &Spoken, profiles: bool, language: Language) -> Result<Exit, Failure> {
    let mut report = empty(Asked::List);
    if profiles {
        report.profiles = TokenProfile::embedded().map_err(HsmError::from)?;
        print(&report, spoken.format, language, true)?;
        return Ok(Exit::Passed);
    }
    let named = spoken.module.is_some();
    let mut failures = Vec::new();
    for found in spoken.libraries(&Uri::default())? {
        report.libraries.push(listed(found, named, &mut failures));
    }
    // Where nothing can be used there is nothing to list but the reason.
    let none = failures.len() == report.libraries.len();
    if let Some(failure) = failures.into_iter().next().filter(|_| none) {
        return Err(failure);
    }
    print(&report, spoken.format, language, true)?;
    Ok(Exit::Passed)
}

fn listed(found: Found, named: bool, failures: &mut Vec<Failure>) -> LibraryFacts {
    match found.library {
        Ok(library) => {
            let facts = survey::library(&library, named);
            failures.extend(facts.trouble.clone().map(|(error, hint)| Failure::new(error, hint)));
            facts
        }
        Err(error) => {
            let trouble = Some((error.to_string(), error.hint()));
            failures.push(error.into());
            let path = found.path.display().to_string();
            LibraryFacts { path, said: None, trouble, slots: Vec::new() }
        }
    }
}

fn check(look: &Look, full: bool, language: Language) -> Result<Exit, Failure> {
    let (mut report, token) = looked(look, Asked::Check)?;
    let slots = report.libraries.iter().flat_map(|library| &library.slots);
    let facts = slots.filter_map(|slot| slot.token.as_ref()).next();
    report.checked = facts.and_then(|facts| Checked::of(token.profile, facts, report.at));
    print(&report, look.spoken.format, language, full)?;
    let indication = report.checked.as_ref().map(Checked::indication);
    Ok(match indication {
        Some(Indication::Passed) => Exit::Passed,
        Some(Indication::Failed) => Exit::Failed,
        Some(Indication::Indeterminate) | None => Exit::Indeterminate,
    })
}

/// The one token that is meant, looked into.
fn looked(look: &Look, asked: Asked) -> Result<(TokenReport, Token), Failure> {
    let uri: Uri = match &look.uri {
        Some(text) => text.parse().map_err(HsmError::from)?,
        None => Uri::default(),
    };
    let pin = PinArgument::resolve(look.pin_source.as_ref())?;
    let named = look.spoken.module.is_some() || uri.module.is_some();
    let libraries =
        Library::find(look.spoken.module.as_deref(), look.spoken.token_profile.as_deref(), &uri)?;
    let token = Library::token(&libraries, &uri)?;
    let last_try = if look.last_try { LastTry::Allowed } else { LastTry::Kept };
    let login = look.login.then_some(last_try);
    let facts = survey::inside(&token, named, login, |token| pin_for(token, pin))?;
    let mut report = empty(asked);
    let library = libraries.iter().find(|library| library.path == token.path);
    report.libraries.extend(library.map(|library| of_one(library, &token, facts)));
    Ok((report, token))
}

/// The library with only the slot of that token.
fn of_one(library: &Library, token: &Token, facts: TokenFacts) -> LibraryFacts {
    let mut seen = survey::library(library, false);
    seen.slots.retain(|slot| slot.number == token.slot.number());
    if let Some(slot) = seen.slots.first_mut() {
        slot.token = Some(facts);
    }
    seen
}

impl Spoken {
    fn libraries(&self, uri: &Uri) -> Result<Vec<Found>, Failure> {
        Ok(Library::find_each(self.module.as_deref(), self.token_profile.as_deref(), uri)?)
    }
}

fn empty(asked: Asked) -> TokenReport {
    let (libraries, profiles) = (Vec::new(), Vec::new());
    TokenReport { asked, at: clock::now(), libraries, profiles, checked: None }
}

fn print(
    report: &TokenReport,
    format: Format,
    language: Language,
    full: bool,
) -> Result<(), Failure> {
    let catalogue = Catalogue::load(language);
    super::print(&match format {
        Format::Text => token::text(report, catalogue, style(full)),
        Format::Json => token::json(report, catalogue),
    })
}
