//! Which time-stamping authorities are asked, and who we are to them.

mod identity;

use super::Failure;
use super::failure::one_line;
use super::options::{PinArgument, config_directory};
use crate::edge::http::{Access, Login};
use crate::edge::prompt::{PinSource, PromptError};
use crate::edge::tsa::settings::{self, Entry, check_url};
use crate::edge::tsa::{RealTime, Tsa, Tsas, Waiting, Why};
use crate::evidence::want::without_credentials;
use crate::oid::Oid;
use crate::policy::tsas::{self, KnownTsa};
use crate::policy::{Role, Trust};
use identity::identity;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Time-stamping authorities")]
pub(crate) struct TsaArgs {
    /// Time-stamping authorities (may be repeated), tried in this order: addresses, or names from
    /// tsa.toml.
    #[arg(long, value_name = "URL|NAME")]
    tsa: Vec<String>,

    /// The user name for the address given with --tsa.
    #[arg(long, value_name = "NAME", requires = "tsa_password_source")]
    tsa_user: Option<String>,

    /// Where the password for it comes from: file:PATH, fd:N or env:NAME.
    #[arg(long, value_name = "SOURCE", requires = "tsa_user")]
    tsa_password_source: Option<PinArgument>,

    /// The key of the client certificate for the address given with --tsa: PEM, PKCS #8, or a PKCS #12
    /// store with the certificate in it.
    #[arg(long, value_name = "FILE")]
    tsa_key: Option<PathBuf>,

    /// The client certificate, and those of its CAs (may be repeated); without this, those in the file
    /// of the key.
    #[arg(long, value_name = "FILE", requires = "tsa_key")]
    tsa_cert: Vec<PathBuf>,

    /// Where the password of that key comes from; otherwise it is asked for.
    #[arg(long, value_name = "SOURCE", requires = "tsa_key")]
    tsa_pin_source: Option<PinArgument>,

    /// Ask each TSA at most once in so many seconds. Without this, what tsa.toml says, or what is known
    /// of the TSA.
    #[arg(long, value_name = "SECONDS")]
    tsa_interval: Option<u64>,
}

/// TSAs, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// The addresses of those named with --tsa, in order.
    pub(crate) urls: Vec<String>,
    /// The addresses of those named beside them.
    pub(crate) further: Vec<String>,
    /// Who asks them. All threads share it.
    pub(crate) tsas: Arc<Tsas>,
}

impl TsaArgs {
    /// Whether no TSA is named.
    pub(crate) const fn is_empty(&self) -> bool {
        self.tsa.is_empty()
    }

    /// Reads tsa.toml, passwords and keys, before anything else is done. A policy given here is asked for
    /// instead of what tsa.toml says.
    pub(crate) fn resolve(&self, policy: Option<Oid>, trust: &Trust) -> Result<Ready, Failure> {
        self.resolve_with(&[], policy, trust)
    }

    /// The same, and others that the command names for something else.
    pub(crate) fn resolve_with(
        &self,
        further: &[String],
        policy: Option<Oid>,
        trust: &Trust,
    ) -> Result<Ready, Failure> {
        let known = tsas::known()?;
        let mut named: Vec<Entry> = Vec::new();
        for text in &self.tsa {
            let entry = self.entry(text)?;
            if named.iter().any(|other| other.url == entry.url) {
                return Err(Failure::new(
                    format!("{} is named twice", one_line(text)),
                    "name each address once; another account of the same TSA is another run",
                ));
            }
            named.push(entry);
        }
        let urls = named.iter().map(|entry| entry.url.clone()).collect();
        let others = further.iter().map(|text| self.entry(text));
        let others = others.collect::<Result<Vec<_>, _>>()?;
        let further = others.iter().map(|entry| entry.url.clone()).collect();
        for other in others {
            if named.iter().all(|entry| entry.url != other.url) {
                named.push(other);
            }
        }
        let tsa = |entry: &Entry| self.tsa_of(entry, policy, trust, &known);
        let tsas = named.iter().map(tsa).collect::<Result<Vec<_>, _>>()?;
        let tsas = Arc::new(Tsas::new(tsas, Box::new(RealTime::telling(tell))));
        Ok(Ready { urls, further, tsas })
    }

    /// The TSA that is meant: the one of that address as the options describe it, or the one of that name.
    fn entry(&self, text: &str) -> Result<Entry, Failure> {
        if text.contains("://") {
            return self.unnamed(text);
        }
        let path = tsa_file();
        let all =
            settings::read(&path).map_err(|error| Failure::new(error.to_string(), error.hint()))?;
        if let Some(entry) = all.iter().find(|entry| entry.name == text) {
            return Ok(entry.clone());
        }
        let names: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
        let hint = match names.as_slice() {
            [] => "write its address, such as https://HOST/PATH, or describe it in that file"
                .to_owned(),
            names => format!("there are: {}; or write its address", names.join(", ")),
        };
        Err(Failure::new(format!("no TSA is named '{text}' in {}", path.display()), hint))
    }

    fn unnamed(&self, url: &str) -> Result<Entry, Failure> {
        check_url(url).map_err(|reason| {
            let hint = "write https://HOST/PATH; user and password go to --tsa-user and --tsa-password-source";
            Failure::new(format!("--tsa {}: {reason}", without_credentials(url)), hint)
        })?;
        // What was meant for one server is not shown to another.
        let is_alone = self.tsa.iter().filter(|text| text.contains("://")).count() == 1;
        if !is_alone && (self.tsa_user.is_some() || self.tsa_key.is_some()) {
            return Err(Failure::new(
                "a password or key is given, and several addresses that it could be for",
                "describe the TSAs in tsa.toml, each with its own, and give their names to --tsa",
            ));
        }
        let source = |option: &str, argument: Option<&PinArgument>| {
            let source = PinArgument::resolve(argument).map(|source| source.cloned());
            source.map_err(|error| {
                let said = format!("the argument of {option} names no source of a password");
                Failure::new(said, error.hint())
            })
        };
        Ok(Entry {
            name: String::new(),
            url: url.to_owned(),
            user: self.tsa_user.clone(),
            password: source("--tsa-password-source", self.tsa_password_source.as_ref())?,
            client_key: self.tsa_key.clone(),
            client_cert: self.tsa_cert.clone(),
            client_pin: source("--tsa-pin-source", self.tsa_pin_source.as_ref())?,
            policy: None,
            interval: None,
        })
    }

    fn tsa_of(
        &self,
        entry: &Entry,
        policy: Option<Oid>,
        trust: &Trust,
        known: &[KnownTsa],
    ) -> Result<Tsa, Failure> {
        let limit = tsas::find(known, Some(&entry.name), host_of(&entry.url));
        let interval = self.tsa_interval.map(Duration::from_secs).or(entry.interval);
        let login = match (&entry.user, &entry.password) {
            (Some(user), Some(source)) => Some(login(user, source)?),
            (Some(_) | None, Some(_) | None) => None,
        };
        let identity = match &entry.client_key {
            Some(key) => Some(identity(key, &entry.client_cert, entry.client_pin.as_ref())?),
            None => None,
        };
        let anchors = trust.for_role(Role::Tls).cloned().collect();
        Ok(Tsa {
            url: entry.url.clone(),
            policy: policy.or(entry.policy),
            interval: interval.or(limit.map(KnownTsa::interval)).unwrap_or_default(),
            access: Access { anchors, identity, login },
        })
    }
}

fn login(user: &str, source: &PinSource) -> Result<Login, Failure> {
    let password = source.read().map_err(|error| {
        let reason = match error {
            PromptError::Unreadable { from, reason } => format!("{from}: {reason}"),
            other => other.to_string(),
        };
        Failure::new(
            format!("the password for the TSA could not be read from {reason}"),
            "check that the source named in --tsa-password-source or tsa.toml is there and filled",
        )
    })?;
    Login::new(user, password).map_err(|error| {
        Failure::new(error.to_string(), "write the name as the operator of the TSA gave it")
    })
}

/// `INKAN_TSA`, or `inkan/tsa.toml` in the user's configuration directory.
fn tsa_file() -> PathBuf {
    let named = std::env::var_os("INKAN_TSA").filter(|value| !value.is_empty());
    named.map_or_else(|| config_directory().join("tsa.toml"), PathBuf::from)
}

/// The host in an address (RFC 3986 §3.2.2).
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => host,
        Some(_) | None => authority,
    }
}

/// Whoever looks on is told what is waited for; a script is not.
fn tell(waiting: &Waiting<'_>) {
    if waiting.time < Duration::from_secs(1) || !std::io::stderr().is_terminal() {
        return;
    }
    let seconds = waiting.time.as_secs();
    let why = match waiting.why {
        Why::Limit(interval) => format!("it allows one timestamp in {} s", interval.as_secs()),
        Why::Failed(reason) => reason.to_owned(),
    };
    eprintln!("waiting {seconds} s for {}: {}", one_line(waiting.tsa), one_line(&why));
}
