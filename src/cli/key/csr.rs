//! `inkan key csr`

use super::given::{TokenArgs, named, place_of, place_of_file};
use super::recorder::{Done, Recording};
use crate::cli::failure::{one_line, warn};
use crate::cli::options::shown;
use crate::cli::signer::{KeyName, open_file, pin_for};
use crate::cli::{Exit, Failure, print};
use crate::crypto::SignatureScheme;
use crate::der::extension::KeyUsage;
use crate::der::pem;
use crate::edge::files::{self, Existing, Mode};
use crate::hsm::{Opening, TokenKey};
use crate::key::SigningKey;
use crate::key::record::Event;
use crate::key::request::{BadSubject, Request, Subject};
use crate::policy::roles::{self, RoleKind, RoleName};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The key: file:PATH, or pkcs11:token=LABEL;object=LABEL (RFC 7512).
    #[arg(long, value_name = "URI")]
    key: String,

    /// Whose certificate, in the order of the encoding: "C=JP,O=…,CN=…,serialNumber=…". A backslash
    /// before a comma makes it part of a value.
    #[arg(long, value_name = "NAME")]
    subject: String,

    /// The file to make, in PEM; one that is there is never replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Hold the subject to the shape of HPKI certificates: C=JP, O (where there is one), CN in Roman
    /// letters, serialNumber; a manager has O and OU=Director.
    #[arg(long)]
    hpki: bool,

    /// The healthcare qualification to ask for (hcRole), in English or Japanese: "Medical Doctor", 医師.
    #[arg(long, value_name = "ROLE", requires = "hpki")]
    role: Option<String>,

    /// What the key is to be used for, as in RFC 5280 §4.2.1.3, separated by commas.
    #[arg(long, value_name = "USAGE", default_value = "nonRepudiation", value_delimiter = ',')]
    usage: Vec<String>,

    /// How the key signs: rsa-pkcs1-sha256, rsa-pss-sha256, ecdsa-sha256, … (sha384, sha512, ed25519);
    /// otherwise as is usual for such a key.
    #[arg(long, value_name = "SCHEME")]
    scheme: Option<String>,

    #[command(flatten)]
    on_token: TokenArgs,

    #[command(flatten)]
    recording: Recording,
}

/// Writes a request.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let request = request(args)?;
    let (key, place) = open(args)?;
    let mut recorder = args.recording.begin()?;
    if let Some(recorder) = &recorder {
        recorder.may(key.public_key(), Event::Requested)?;
    }
    let der = request.sign(key.as_ref())?;
    let text = pem::encode("CERTIFICATE REQUEST", &der);
    files::write(&args.out, text.as_bytes(), Existing::Keep, Mode::Public)?;
    if let Some(recorder) = &mut recorder {
        let digest = crate::digest::DigestAlgorithm::Sha256.digest(&der).to_string();
        let mut asked = BTreeMap::from([
            ("subject".to_owned(), request.subject.to_string()),
            ("usage".to_owned(), request.usage.names().join(",")),
        ]);
        asked.extend(request.role.clone().map(|role| ("role".to_owned(), role)));
        let found = BTreeMap::from([
            ("request sha256".to_owned(), digest),
            ("signed with".to_owned(), key.scheme().to_string()),
        ]);
        let done = Done { event: Event::Requested, place, asked, found };
        recorder.tell(key.public_key(), done, "the request was written")?;
    }
    print(&format!(
        "{}: request for {}, signed with {}\n",
        shown(&args.out),
        one_line(&request.subject.to_string()),
        key.scheme()
    ))?;
    Ok(Exit::Passed)
}

fn request(args: &Args) -> Result<Request, Failure> {
    let bad = |error: BadSubject| {
        let hint = "write --subject \"C=JP,O=…,CN=…,serialNumber=…\", in this order";
        Failure::new(error.to_string(), hint)
    };
    let subject: Subject = args.subject.parse().map_err(bad)?;
    let role = args.role.as_deref().map(role).transpose()?;
    if args.hpki {
        let manager = role.as_ref().is_some_and(|role| role.kind == RoleKind::Manager);
        subject.is_hpki(manager).map_err(bad)?;
    }
    if let Some(role) = role.as_ref().filter(|role| !role.confirmed) {
        warn(&format!(
            "no certificate with the role '{}' was seen: ask the CA how it writes it",
            role.en
        ));
    }
    let mut usage = KeyUsage(0);
    for name in &args.usage {
        let bit = KeyUsage::from_name(name.trim()).ok_or_else(|| {
            Failure::new(
                format!("'{name}' is no key usage"),
                "write nonRepudiation, digitalSignature, … as RFC 5280 §4.2.1.3 names them",
            )
        })?;
        usage = KeyUsage(usage.0 | bit.0);
    }
    if args.hpki && usage != KeyUsage::NON_REPUDIATION && usage != KeyUsage::DIGITAL_SIGNATURE {
        // The keys for signing and for authentication are kept apart (JAHIS 24-002 §4.3.8).
        return Err(Failure::new(
            "an HPKI key signs records or authenticates, never both and nothing else",
            "write --usage nonRepudiation, or --usage digitalSignature",
        ));
    }
    Ok(Request { subject, usage, role: role.map(|role| role.en) })
}

fn role(text: &str) -> Result<RoleName, Failure> {
    let table = roles::table()?;
    let found = table.iter().find(|role| role.en.eq_ignore_ascii_case(text) || role.ja == text);
    found.cloned().ok_or_else(|| {
        let known: Vec<&str> = table.iter().map(|role| role.en.as_str()).collect();
        Failure::new(
            format!("'{text}' is no qualification of HPKI"),
            format!("the qualifications are {}", known.join(", ")),
        )
    })
}

/// A key, and where it is.
type Placed = (Box<dyn SigningKey>, BTreeMap<String, String>);

fn open(args: &Args) -> Result<Placed, Failure> {
    let pin = args.on_token.pin()?;
    let scheme = args.scheme.as_deref();
    match named(&args.key)? {
        KeyName::File(path) => {
            let key = open_file(&path, pin)?;
            let key = match scheme {
                None => key,
                Some(name) => {
                    let scheme =
                        SignatureScheme::named(name, key.public_key()).ok_or_else(|| {
                            Failure::new(
                                format!("'{name}' is no way in which this key signs"),
                                "leave --scheme out, or write rsa-pss-sha256 and the like",
                            )
                        })?;
                    key.with_scheme(scheme)?
                }
            };
            Ok((Box::new(key), place_of_file(&path)))
        }
        KeyName::Token(uri) => {
            let token = args.on_token.token(&uri)?;
            let place = place_of(&token);
            let last_try = args.on_token.last_try();
            let opening = Opening { uri: &uri, given: &[], scheme, last_try };
            let key =
                TokenKey::open_without_certificate(token, &opening, |token| pin_for(token, pin))?;
            Ok((Box::new(key), place))
        }
    }
}
