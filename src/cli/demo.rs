//! `inkan demo`: the same commands that a user would type, over a lab of its own.

use super::options::shown;
use super::picture::sample_scan;
use super::verify::report_failure;
use super::{Cli, Exit, Failure};
use crate::edge::files::{self, Existing, FileError, Mode};
use crate::edge::trust_store::trust_path;
use crate::edge::web::Web;
use crate::edge::{FileSource, clock};
use crate::evidence::EvidenceSet;
use crate::judge::Judge;
use crate::lab::{Declaration, Lab, LabServer};
use crate::policy::{Policy, Trust};
use crate::report::html::Picture;
use crate::report::{self, Catalogue, Language};
use crate::rule::{Indication, Phrase};
use crate::task::verify::{Held, Subject, VerifyReport, verify};
use clap::Parser as _;
use std::path::{Path, PathBuf};

/// Who signs, and whose time it is.
const SIGNER: &str = "ec-physician";
const TSA: &str = "tsa-ec";

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// A new directory to work in; otherwise one is made among the temporary files. It is kept.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A demonstration under way.
struct Demo {
    folder: PathBuf,
    catalogue: &'static Catalogue,
    language: Language,
}

/// Seals a sample scan, verifies it, tampers with it, verifies again, lists the key, reports.
pub(crate) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let folder = working_folder(args.out.as_deref())?;
    let demo = Demo { folder, catalogue: Catalogue::load(language), language };
    demo.say(Phrase::new("demo.lab"))?;
    let port = LabServer::bind()?;
    let declaration = Declaration::standard().map_err(crate::lab::LabError::from)?;
    let lab = Lab::make(declaration, &demo.path("lab"), port.base_url(), clock::now())?;
    let server = port.serve(lab, clock::now)?;

    demo.say(Phrase::new("demo.scan").with("path", shown(&demo.path("scan.png"))))?;
    let scan = sample_scan().map_err(|error| FileError::new(demo.path("scan.png"), error))?;
    files::write(demo.path("scan.png"), &scan, Existing::Keep, Mode::Public)?;

    demo.say(Phrase::new("demo.sign"))?;
    demo.command(&demo.signing(&server.lab().tsa_url(TSA)), Exit::Passed)?;
    demo.say(Phrase::new("demo.verify"))?;
    let signature = demo.name("scan.png.p7s");
    let trust = demo.name("lab/trust");
    demo.command(&["verify", &signature, "--trust", &trust], Exit::Passed)?;

    let changed = demo.tamper(&scan)?;
    demo.say(Phrase::new("demo.tampered").with("offset", changed))?;
    let tampered = demo.name("tampered.png");
    demo.command(&["verify", &signature, "--content", &tampered, "--trust", &trust], Exit::Failed)?;

    demo.say(Phrase::new("demo.key"))?;
    let (own, weak) = (demo.name("own.key"), demo.name(&format!("lab/{SIGNER}.key")));
    let password = format!("file:{}", demo.name("lab/password.txt"));
    demo.command(&["key", "generate", "--out", &own, "--pin-source", &password], Exit::Passed)?;
    demo.command(&["key", "list", &own, &weak], Exit::Failed)?;
    let page = demo.write_report(&scan)?;
    demo.say(Phrase::new("demo.report").with("path", shown(&page)))?;
    Ok(Exit::Passed)
}

fn working_folder(asked: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(folder) = asked {
        let made = std::fs::create_dir(folder);
        made.map_err(|error| FileError::new(folder, error))?;
        return Ok(folder.to_owned());
    }
    let base = std::env::temp_dir();
    let made = tempfile::Builder::new().prefix("inkan-demo-").tempdir_in(&base);
    Ok(made.map_err(|error| FileError::new(&base, error))?.keep())
}

impl Demo {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn say(&self, phrase: Phrase) -> Result<(), Failure> {
        super::print(&format!("\n━━ {}\n", self.catalogue.say(&phrase)))
    }

    fn signing(&self, tsa: &str) -> Vec<String> {
        let member = |kind: &str| self.name(&format!("lab/{SIGNER}.{kind}"));
        let words = [
            "sign".to_owned(),
            self.name("scan.png"),
            "--key".to_owned(),
            format!("file:{}", member("key")),
            "--cert".to_owned(),
            member("crt"),
            "--cert".to_owned(),
            member("chain.pem"),
            "--tsa".to_owned(),
            tsa.to_owned(),
            "--pin-source".to_owned(),
            format!("file:{}", self.name("lab/password.txt")),
            "--trust".to_owned(),
            self.name("lab/trust"),
        ];
        words.to_vec()
    }

    /// Shows a command and runs it, as if typed. Another outcome than the one to be shown is a fault.
    fn command<S: AsRef<str>>(&self, words: &[S], expected: Exit) -> Result<(), Failure> {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        super::print(&format!("$ inkan {}\n", words.join(" ")))?;
        let language = match self.language {
            Language::En => "en",
            Language::Ja => "ja",
        };
        let typed = ["inkan", "--lang", language].into_iter().chain(words);
        let cli =
            Cli::try_parse_from(typed).map_err(|e| Failure::new(e.to_string(), "report this"))?;
        let exit = super::run(cli)?;
        if exit == expected {
            return Ok(());
        }
        Err(Failure::new(
            "the demonstration did not come out as it should",
            "report this to the makers of inkan",
        ))
    }

    /// Writes the scan again with one byte changed, and says which.
    fn tamper(&self, scan: &[u8]) -> Result<usize, Failure> {
        let mut changed = scan.to_vec();
        let offset = changed.len() / 2;
        if let Some(byte) = changed.get_mut(offset) {
            *byte ^= 0x01;
        }
        files::write(self.path("tampered.png"), &changed, Existing::Keep, Mode::Public)?;
        Ok(offset)
    }

    /// Both verdicts on one page, with the scan.
    fn write_report(&self, scan: &[u8]) -> Result<PathBuf, Failure> {
        let mut trust = Trust::default();
        trust_path(&self.path("lab/trust"), &mut trust)?;
        let judge = Judge::new(Policy::standard(trust)?);
        let mut report = VerifyReport {
            at: clock::now(),
            policy: judge.policy().name.clone(),
            offline: false,
            anchors: judge.policy().trust.anchors().len(),
            files: Vec::new(),
        };
        let mut evidence = EvidenceSet::default();
        let mut web = Web::default();
        let signature = FileSource::open(self.path("scan.png.p7s"))?;
        for (content, indication) in
            [("scan.png", Indication::Passed), ("tampered.png", Indication::Failed)]
        {
            let file = FileSource::open(self.path(content))?;
            let name = format!("scan.png.p7s ({content})");
            let subject = Subject {
                name: &name,
                file: &signature,
                content: Some((content, &file)),
                held: Held::Signature,
            };
            let verified = verify(&subject, &judge, report.at, &mut evidence, &mut web)
                .map_err(|error| FileError::new(self.path(content), error))?;
            debug_assert_eq!(verified.indication(), indication);
            report.files.push(verified);
        }
        let caption = self.catalogue.say(&Phrase::new("demo.caption"));
        let picture = Picture { caption, media_type: "image/png", bytes: scan.to_vec() };
        let html =
            report::html::verify(&report, self.catalogue, &[picture]).map_err(report_failure)?;
        let page = self.path("report.html");
        files::write(&page, html.as_bytes(), Existing::Keep, Mode::Public)?;
        Ok(page)
    }
}
