//! `inkan key attest`: what a token itself says of where a key lives. It is the word of the token and of
//! its library, written down; a signature by the key shows that the key was at hand, and no more.

use super::given::{TokenArgs, found, hash_of, named, place_of, uri_of};
use super::recorder::{Done, Recording};
use crate::cli::failure::one_line;

use crate::cli::signer::{KeyName, pin_for};
use crate::cli::{Exit, Failure, print};
use crate::der::certificate::Certificate;
use crate::digest::hex;
use crate::edge::files::{self, Existing, Mode};
use crate::edge::trust_store::certificates_in;
use crate::edge::{AtomicFile, clock};
use crate::hsm::profile::Quirk;
use crate::hsm::uri::Uri;
use crate::hsm::{Held, Identity, Keeper, Opening, Purpose, TokenKey};
use crate::key::SigningKey as _;
use crate::key::record::Event;
use crate::seal::Prepared;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The key: pkcs11:token=LABEL;object=LABEL (RFC 7512).
    #[arg(value_name = "URI")]
    key: String,

    /// Write the statement into this file (JSON); one that is there is never replaced.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Sign the statement with the key itself: FILE.p7s (CAdES, level B) beside FILE.
    #[arg(long, requires = "out")]
    sign: bool,

    /// The certificate of the key for --sign, and those of its CAs (may be repeated); without this,
    /// those on its token.
    #[arg(long, value_name = "FILE", requires = "sign")]
    cert: Vec<PathBuf>,

    /// How the key signs: rsa-pkcs1-sha256, rsa-pss-sha256, ecdsa-sha256, …; otherwise as is usual for
    /// such a key.
    #[arg(long, value_name = "SCHEME", requires = "sign")]
    scheme: Option<String>,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: super::Format,

    #[command(flatten)]
    on_token: TokenArgs,

    #[command(flatten)]
    recording: Recording,
}

/// Writes the statement.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let KeyName::Token(uri) = named(&args.key)? else {
        return Err(Failure::new(
            "a key in a file has nobody to attest where it lives",
            "name a key on a token: pkcs11:token=LABEL;object=LABEL",
        ));
    };
    let signer = if args.sign { Some(signer(args, &uri)?) } else { None };
    let (keeper, key) = match &signer {
        Some((signer, _)) => {
            let keeper = Keeper::beside(signer)?;
            let key = keeper.key(&uri)?;
            (keeper, key)
        }
        None => args.on_token.key(&uri, Purpose::Look)?,
    };
    let mut recorder = args.recording.begin()?;
    if let (Some(recorder), Some(public_key)) = (&recorder, &key.public_key) {
        recorder.may(public_key, Event::Attested)?;
    }
    let statement = statement(&keeper, &key)?;
    let written = format!("{statement:#}\n");
    if let Some(out) = &args.out {
        write(out, &written, signer.as_ref())?;
    }
    if let (Some(recorder), Some(public_key)) = (&mut recorder, &key.public_key) {
        let digest = crate::digest::DigestAlgorithm::Sha256.digest(written.as_bytes());
        let asked = BTreeMap::from([("sign".to_owned(), args.sign.to_string())]);
        let mut found = found(&key);
        found.insert("statement sha256".to_owned(), digest.to_string());
        let done = Done { event: Event::Attested, place: place_of(keeper.token()), asked, found };
        recorder.tell(public_key, done, "the statement was written")?;
    }
    print(&match args.format {
        super::Format::Json => written,
        super::Format::Text => as_text(&keeper, &key, &statement),
    })?;
    Ok(Exit::Passed)
}

fn signer(args: &Args, uri: &Uri) -> Result<(TokenKey, Identity), Failure> {
    let mut given: Vec<Certificate> = Vec::new();
    for file in &args.cert {
        given.extend(certificates_in(file)?);
    }
    let pin = args.on_token.pin()?;
    let token = args.on_token.token(uri)?;
    let (scheme, last_try) = (args.scheme.as_deref(), args.on_token.last_try());
    let opening = Opening { uri, given: &given, scheme, last_try };
    TokenKey::open(token, &opening, |token| pin_for(token, pin))
}

/// `inkan.key-attestation/1`.
fn statement(keeper: &Keeper, key: &Held) -> Result<Value, Failure> {
    let token = keeper.token();
    let declared: Vec<Value> = token
        .profile
        .validation
        .iter()
        .map(|row| {
            json!({
                "standard": row.standard,
                "level": row.level,
                "module": row.module,
                "number": row.number,
                "firmware": row.firmware,
                "valid_until": row.valid_until.as_ref().map(ToString::to_string),
                "declared_by": "maker",
                "confirmed": row.confirmed,
            })
        })
        .collect();
    let maker: Vec<Value> = keeper
        .maker_attestations()?
        .into_iter()
        .map(|(label, certificate)| {
            json!({
                "label": label,
                "subject": certificate.subject().to_string(),
                "sha256": hex(certificate.fingerprint().as_bytes()),
                "of_this_key": key.is_of(certificate.public_key()),
                "judged": "present",
            })
        })
        .collect();
    Ok(json!({
        "schema": "inkan.key-attestation/1",
        "time": clock::now().to_string(),
        "key": {
            "uri": uri_of(token, key).to_string(),
            "algorithm": key.public_key.as_ref().map(|key| key.kind().to_string()),
            "public_key_sha256": key.public_key.as_ref().map(hash_of),
        },
        "token": place_of(token),
        "says": found(key),
        "attributes_are_constants": token.profile.has(Quirk::AttributesConstant),
        "software_keys": token.profile.has(Quirk::SoftwareKeys),
        "declared_validations": declared,
        "maker_attestations": maker,
    }))
}

/// Both files appear, or neither.
fn write(out: &Path, written: &str, signer: Option<&(TokenKey, Identity)>) -> Result<(), Failure> {
    let Some((key, identity)) = signer else {
        return Ok(files::write(out, written.as_bytes(), Existing::Keep, Mode::Public)?);
    };
    let mut beside = out.as_os_str().to_owned();
    beside.push(".p7s");
    let beside = PathBuf::from(beside);
    let mut signature = AtomicFile::create(&beside, Existing::Keep, Mode::Public)?;
    let mut statement = AtomicFile::create(out, Existing::Keep, Mode::Public)?;
    let digest = key.scheme().digest().digest(written.as_bytes());
    let chain = identity.others.clone();
    let prepared = Prepared::new(identity.certificate.clone(), chain, digest, clock::now());
    let sealed = prepared.seal(key).map_err(|error| {
        Failure::new(error.to_string(), "nothing was written; sign with another --scheme or --cert")
    })?;
    let failed = |path: &Path, error| Failure::from(files::FileError::new(path, error));
    statement.write_all(written.as_bytes()).map_err(|error| failed(out, error))?;
    signature.write_all(&sealed.detached()).map_err(|error| failed(&beside, error))?;
    statement.publish()?;
    Ok(signature.publish()?)
}

fn as_text(keeper: &Keeper, key: &Held, statement: &Value) -> String {
    let mut text = format!("{}\n", one_line(&uri_of(keeper.token(), key).to_string()));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<26} {}", one_line(value));
    };
    line("token", &keeper.token().called());
    if let Some(public_key) = &key.public_key {
        line("public key (SHA-256)", &hash_of(public_key));
    }
    for (name, value) in found(key) {
        line(&name, &value);
    }
    for (name, told) in [
        ("attributes_are_constants", "constants of the library: no evidence"),
        ("software_keys", "the token is software"),
    ] {
        if statement.get(name) == Some(&Value::Bool(true)) {
            line("note", told);
        }
    }
    for row in &keeper.token().profile.validation {
        line(
            "declared, not proved",
            &format!("{} level {}: {}", row.standard, row.level, row.module),
        );
    }
    let count = |name| statement.get(name).and_then(Value::as_array).map_or(0, Vec::len);
    match count("maker_attestations") {
        0 => line("attestation of the maker", "none on the token"),
        n => line("attestation of the maker", &format!("{n} certificates present, not judged")),
    }
    text.push_str("this is what the token says; nothing of it is proved\n");
    text
}
