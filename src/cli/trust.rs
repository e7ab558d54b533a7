//! `inkan trust add|list|remove`

use super::options::{shown, trust_directory};
use super::{Exit, Failure};
use crate::edge::trust_store::{Entry, TrustStore, certificates_in};
use crate::policy::Role;
use crate::policy::trust::{Recognition, known_roots, recognise};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Trust a root certificate. Compare its fingerprint with its publisher first.
    Add {
        /// The certificate, PEM or DER.
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// What it is trusted for: signer, tsa, tls. May be given several times.
        #[arg(long, value_name = "ROLE", required = true)]
        role: Vec<Role>,

        /// Its SHA-256, as its publisher announces it; another certificate is refused.
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,

        /// The first day on which the TSAs below it were accredited (in Japan; or an RFC 3339 time). A
        /// timestamp from outside the time of accreditation is not accepted.
        #[arg(long, value_name = "DATE")]
        from: Option<String>,

        /// The last day on which they are accredited.
        #[arg(long, value_name = "DATE")]
        until: Option<String>,
    },
    /// List what is trusted.
    List,
    /// Trust a certificate no more.
    Remove {
        /// The beginning of its SHA-256.
        #[arg(value_name = "SHA256")]
        sha256: String,
    },
}

/// Changes or shows the trust store.
pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    let store = TrustStore::at(trust_directory());
    match command {
        Command::Add { file, role, sha256, from, until } => {
            add(&store, file, role, sha256.as_deref(), (from.clone(), until.clone()))?;
        }
        Command::List => list(&store)?,
        Command::Remove { sha256 } => {
            let (entry, certificate) = store.remove(sha256)?;
            let file = || shown(Path::new(&entry.file));
            let name = certificate.map_or_else(file, |c| c.subject().to_string());
            super::print(&format!("no longer trusted: {name}\n"))?;
        }
    }
    Ok(Exit::Passed)
}

fn add(
    store: &TrustStore,
    file: &Path,
    roles: &[Role],
    sha256: Option<&str>,
    accredited: (Option<String>, Option<String>),
) -> Result<(), Failure> {
    demand_sense(roles, &accredited)?;
    let certificates = certificates_in(file)?;
    let [certificate] = certificates.as_slice() else {
        return Err(Failure::new(
            format!("{}: there are {} certificates in this file", shown(file), certificates.len()),
            "add one certificate at a time, so that each is looked at",
        ));
    };
    let fingerprint = certificate.fingerprint();
    if let Some(expected) = sha256
        && crate::der::certificate::Fingerprint::from_hex(expected) != Some(fingerprint)
    {
        return Err(Failure::new(
            format!("the SHA-256 of {} is {fingerprint}, not the one given", shown(file)),
            "do not use this file; fetch the certificate from its publisher again",
        ));
    }
    let mut text = String::new();
    match recognise(certificate, &known_roots()?) {
        Recognition::Known(root) => {
            let _ = writeln!(text, "recognised: {} (source: {})", root.name, root.source);
        }
        Recognition::Impostor(root) => {
            return Err(Failure::new(
                format!(
                    "{} bears the name of {} and has another fingerprint",
                    shown(file),
                    root.name
                ),
                "do not use this file; fetch the certificate from its publisher and compare the fingerprint",
            ));
        }
        Recognition::Unlisted => {
            text.push_str("not in the list of publicly known roots: compare the fingerprint with its publisher\n");
        }
    }
    store.add(certificate, roles, accredited)?;
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    let _ = writeln!(text, "trusted for {}: {}", names.join(", "), certificate.subject());
    let _ = writeln!(text, "SHA-256: {fingerprint}");
    super::print(&text)
}

/// Refuses a period that the store would not be read with again.
fn demand_sense(
    roles: &[Role],
    (from, until): &(Option<String>, Option<String>),
) -> Result<(), Failure> {
    let (file, roles) = (String::new(), roles.to_vec());
    let entry = Entry { file, sha256: None, roles, from: from.clone(), until: until.clone() };
    entry.accredited().map(drop).map_err(|error| {
        Failure::new(
            error.to_string(),
            "give --from and --until with --role tsa, as the notice of accreditation has them: 2023-02-16",
        )
    })
}

fn list(store: &TrustStore) -> Result<(), Failure> {
    let roots = known_roots()?;
    let entries = store.entries()?;
    let mut text = format!("trust store: {}\n", shown(store.directory()));
    if entries.is_empty() {
        text.push_str("nothing is trusted yet: `inkan trust add --role signer FILE`\n");
    }
    for (entry, certificate) in entries {
        let roles: Vec<&str> = entry.roles.iter().map(|role| role.name()).collect();
        let _ = writeln!(text, "\n{}", certificate.subject());
        let _ = writeln!(text, "  trusted for  {}", roles.join(", "));
        if entry.from.is_some() || entry.until.is_some() {
            let end = |end: &Option<String>| end.clone().unwrap_or_else(|| "…".to_owned());
            let (from, until) = (end(&entry.from), end(&entry.until));
            let _ = writeln!(text, "  accredited   {from} – {until}");
        }
        let _ = writeln!(
            text,
            "  valid        {} – {}",
            certificate.not_before(),
            certificate.not_after()
        );
        let _ = writeln!(text, "  key          {}", certificate.public_key().kind());
        let _ = writeln!(text, "  SHA-256      {}", certificate.fingerprint());
        if let Recognition::Known(root) = recognise(&certificate, &roots) {
            let _ = writeln!(text, "  known as     {}", root.name);
        }
    }
    super::print(&text)
}
