//! `inkan key generate`

use super::given::{TokenArgs, found, hash_of, place_of, place_of_file, uri_of};
use super::recorder::{Done, Recorder, Recording};
use crate::cli::failure::{one_line, warn};
use crate::cli::options::shown;
use crate::cli::{Exit, Failure, print};
use crate::edge::entropy;
use crate::edge::files::{self, Existing, Mode};
use crate::edge::prompt;
use crate::hsm::uri::Uri;
use crate::hsm::{HsmError, Keeper, Made, Purpose, Wanted};
use crate::key::record::Event;
use crate::key::software::{KeyAlgorithm, SoftwareKey};
use crate::key::{Kdf, Password, SigningKey};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("where").required(true).args(["out", "token"]))]
pub(crate) struct Args {
    /// p256, p384, rsa2048, rsa3072, rsa4096, ed25519; in files also ml-dsa-44, ml-dsa-65 or ml-dsa-87.
    #[arg(long, value_name = "ALGORITHM", default_value = "p256")]
    algorithm: KeyAlgorithm,

    /// The file to make; one that is there is never replaced.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// The token to make it on: its label, or pkcs11:token=LABEL;serial=… (RFC 7512).
    #[arg(long, value_name = "LABEL|URI", requires = "label")]
    token: Option<String>,

    /// The label of the new key on its token; one that is there is never used twice.
    #[arg(long, value_name = "NAME", conflicts_with = "out")]
    label: Option<String>,

    /// The identifier of the new key on its token, in hexadecimal; otherwise a random one.
    #[arg(long, value_name = "HEX", conflicts_with = "out")]
    id: Option<String>,

    /// How the password of a file becomes an encryption key: pbkdf2 is read by everything, scrypt is
    /// dearer for an attacker with many processors.
    #[arg(long, value_enum, default_value = "pbkdf2", conflicts_with = "token")]
    kdf: KdfName,

    #[command(flatten)]
    on_token: TokenArgs,

    #[command(flatten)]
    recording: Recording,
}

/// Key-derivation functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum KdfName {
    Pbkdf2,
    Scrypt,
}

/// Makes a key.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    match (&args.out, &args.token, &args.label) {
        (Some(out), _, _) => in_file(args, out),
        (None, Some(token), Some(label)) => on_token(args, token, label),
        (None, _, _) => Err(Failure::new(
            "it is not said where the key is to be made",
            "add --out FILE, or --token LABEL and --label NAME",
        )),
    }
}

fn in_file(args: &Args, out: &Path) -> Result<Exit, Failure> {
    let password: Password = match args.on_token.pin()? {
        Some(source) => source.read()?,
        None => prompt::ask_new("New password: ", "The same again: ")?,
    };
    let (kdf, kdf_name) = match args.kdf {
        KdfName::Pbkdf2 => (Kdf::Pbkdf2, "pbkdf2"),
        KdfName::Scrypt => (Kdf::Scrypt, "scrypt"),
    };
    let mut recorder = args.recording.begin()?;
    let key = SoftwareKey::generate(args.algorithm)?;
    let sealed = key.seal(&password, kdf)?;
    files::write(out, sealed.as_bytes(), Existing::Keep, Mode::Private)?;
    if let Some(recorder) = &mut recorder {
        let rows = |rows: &[(&str, &str)]| {
            rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let done = Done {
            event: Event::Generated,
            place: place_of_file(out),
            asked: rows(&[("algorithm", args.algorithm.name()), ("kdf", kdf_name)]),
            found: rows(&[("encrypted", "true"), ("permissions", "0600")]),
        };
        recorder.tell(key.public_key(), done, "the key was made")?;
    }
    print(&format!(
        "{}: {} key, encrypted, readable by its owner only\npublic key (SHA-256): {}\n",
        shown(out),
        key.public_key().kind(),
        hash_of(key.public_key())
    ))?;
    Ok(Exit::Passed)
}

fn on_token(args: &Args, token: &str, label: &str) -> Result<Exit, Failure> {
    let uri = token_named(token)?;
    if label.trim().is_empty() {
        return Err(Failure::new("a key needs a label", "write --label NAME"));
    }
    let id = match &args.id {
        Some(text) => octets(text)?,
        None => {
            let random: [u8; 8] = entropy::random().map_err(|error| {
                Failure::new(error.to_string(), "give an identifier with --id HEX")
            })?;
            random.to_vec()
        }
    };
    let token = args.on_token.token(&uri)?;
    Keeper::may_generate(&token, args.algorithm)?;
    let keeper = args.on_token.open(token, Purpose::Change)?;
    let mut recorder = args.recording.begin()?;
    let wanted = Wanted { algorithm: args.algorithm, label: label.to_owned(), id };
    let made = keeper.generate(&wanted)?;
    if let Some(recorder) = &mut recorder {
        tell(recorder, &keeper, &wanted, &made)?;
    }
    for name in &made.refused {
        warn(&format!("the token does not take {name} when a key is made"));
    }
    for what in &made.differs {
        warn(&format!("the token made the key less restricted than was asked: {what}"));
    }
    print(&described(&keeper, &made))?;
    Ok(Exit::Passed)
}

fn tell(
    recorder: &mut Recorder,
    keeper: &Keeper,
    wanted: &Wanted,
    made: &Made,
) -> Result<(), Failure> {
    let Some(public_key) = &made.key.public_key else { return Ok(()) };
    let mut found = found(&made.key);
    let named = [("refused", made.refused.join(", ")), ("differs", made.differs.join(", "))];
    let named = named.into_iter().filter(|(_, value)| !value.is_empty());
    found.extend(named.map(|(name, value)| (name.to_owned(), value)));
    let mut asked: BTreeMap<String, String> = wanted.template().into_iter().collect();
    asked.insert("label".to_owned(), wanted.label.clone());
    asked.insert("id".to_owned(), crate::digest::hex(&wanted.id));
    let place = place_of(keeper.token());
    let done = Done { event: Event::Generated, place, asked, found };
    recorder.tell(public_key, done, &format!("the key {} was made", made.key.called()))
}

fn described(keeper: &Keeper, made: &Made) -> String {
    let mut text = format!("{}\n", one_line(&uri_of(keeper.token(), &made.key).to_string()));
    if let Some(key) = &made.key.public_key {
        let _ = writeln!(
            text,
            "{} key on {}, sensitive and not extractable as the token says\npublic key (SHA-256): {}",
            key.kind(),
            one_line(&keeper.token().called()),
            hash_of(key)
        );
    }
    text
}

/// A token, not one of its keys.
fn token_named(text: &str) -> Result<Uri, Failure> {
    if !text.starts_with("pkcs11:") {
        return Ok(Uri { token: Some(text.to_owned()), ..Uri::default() });
    }
    let uri: Uri = text.parse().map_err(HsmError::from)?;
    if uri.object.is_some() || uri.id.is_some() {
        return Err(Failure::new(
            "--token names a key, not a token",
            "leave object=… and id=… out of --token, and write --label NAME and --id HEX",
        ));
    }
    Ok(uri)
}

/// CKA_ID has no bound in PKCS#11; no token keeps more than this.
const MAX_ID: usize = 64;

fn octets(text: &str) -> Result<Vec<u8>, Failure> {
    let digit = |c: u8| char::from(c).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [a, b] => u8::try_from(digit(*a)? * 16 + digit(*b)?).ok(),
        _ => None,
    };
    let octets: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
    octets.filter(|octets| (1..=MAX_ID).contains(&octets.len())).ok_or_else(|| {
        Failure::new(
            "--id is no identifier",
            format!("write 1 to {MAX_ID} octets in hexadecimal, such as 17a0"),
        )
    })
}
