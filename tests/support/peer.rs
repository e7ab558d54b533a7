//! Other tools as judges and as makers: pyHanko and EU DSS, where `testdata/peers/fetch` brought them.
//! Starting one takes a second or more, so a test hands it all its jobs at once.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test has its own files, and fails by panicking"
)]

use crate::bench::Bench;
use crate::skip;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A tool that is there.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    folder: PathBuf,
    command: fn(&Path) -> Command,
}

/// What a tool is to do with files of the bench.
pub(crate) struct Job(Value);

/// What became of it.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// Why it was not done at all.
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) signatures: Vec<Judged>,
}

/// A verdict in the words of EN 319 102-1.
#[derive(Deserialize, Debug)]
pub(crate) struct Judged {
    pub(crate) indication: String,
    /// Empty where it passed.
    pub(crate) sub_indication: String,
    pub(crate) level: String,
    /// In the tool's own words.
    pub(crate) errors: Vec<String>,
    #[serde(default)]
    pub(crate) timestamps: Vec<Stamp>,
}

/// A timestamp inside a signature, as DSS tells of it.
#[derive(Deserialize, Debug)]
pub(crate) struct Stamp {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) indication: String,
}

impl Peer {
    pub(crate) fn pyhanko() -> Option<Self> {
        Self::found("pyHanko", "python", |folder| {
            let mut command = Command::new("python3");
            command.arg(at_root("testdata/peers/judge.py")).env("PYTHONPATH", folder);
            command
        })
    }

    pub(crate) fn dss() -> Option<Self> {
        Self::found("EU DSS", "dss", |folder| {
            let path = format!("{0}/dss.jar:{0}/classes", folder.display());
            let mut command = Command::new("java");
            // The quickest start: a test is over before further compilation pays.
            command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", &path, "Dss"]);
            command
        })
    }

    /// How high it sees a signature of that level: pyHanko knows the levels beyond T in PDF alone.
    pub(crate) fn sees<'a>(&self, level: &'a str) -> &'a str {
        if self.name == "pyHanko" && level.starts_with('L') { "T" } else { level }
    }

    fn found(name: &'static str, place: &str, command: fn(&Path) -> Command) -> Option<Self> {
        let folder = at_root("target/peers").join(place);
        if folder.join("mark").exists() {
            return Some(Self { name, folder, command });
        }
        skip::say(&format!(
            "interop: skipped: {name} is not there (testdata/peers/fetch brings it)"
        ));
        None
    }

    /// The answers to some jobs, in their order: of one process that works in the folder of the bench.
    pub(crate) fn answers(&self, bench: &Bench, jobs: &[Job]) -> Vec<Answer> {
        let lines: Vec<String> = jobs.iter().map(|job| job.0.to_string()).collect();
        let asked = bench.write("jobs.jsonl", (lines.join("\n") + "\n").as_bytes());
        let ran = (self.command)(&self.folder)
            .current_dir(bench.folder.path())
            .stdin(Stdio::from(std::fs::File::open(asked).unwrap()))
            .output()
            .unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        let answers: Vec<Answer> =
            said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let complaint = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(answers.len(), jobs.len(), "{}: {said}\n{complaint}", self.name);
        answers
    }

    /// The one verdict on each of some files.
    pub(crate) fn verdicts(&self, bench: &Bench, jobs: &[Job]) -> Vec<Judged> {
        let one = |(answer, job): (Answer, &Job)| {
            assert_eq!(answer.error, None, "{} on {}", self.name, job.0);
            let [judged] = <[Judged; 1]>::try_from(answer.signatures).unwrap();
            judged
        };
        self.answers(bench, jobs).into_iter().zip(jobs).map(one).collect()
    }

    /// Does some jobs that give files, not verdicts.
    pub(crate) fn make(&self, bench: &Bench, jobs: &[Job]) {
        for (answer, job) in self.answers(bench, jobs).iter().zip(jobs) {
            assert_eq!(answer.error, None, "{} on {}", self.name, job.0);
        }
    }
}

impl Job {
    /// Judges a file with the lab's anchors, and with every list of the lab at hand.
    pub(crate) fn judge(bench: &Bench, file: &str) -> Self {
        Self::new(bench, "judge").with("file", file)
    }

    /// Judges a timestamp token.
    pub(crate) fn stamp(bench: &Bench, file: &str) -> Self {
        Self::new(bench, "stamp").with("file", file)
    }

    /// Signs `record.txt` as a member of the lab, at a level. What revocation says is asked of the lab.
    pub(crate) fn make(bench: &Bench, member: &str, level: &str, out: &str) -> Self {
        let store = store(bench, member);
        Self::new(bench, "make")
            .with("store", &store)
            .with("password", "inkan-lab")
            .with("content", "record.txt")
            .reaching(level, out)
    }

    /// Takes a signature to a further level, or gives it another archive timestamp.
    pub(crate) fn extend(bench: &Bench, file: &str, level: &str, out: &str) -> Self {
        Self::new(bench, "extend").with("file", file).reaching(level, out)
    }

    pub(crate) fn content(self, name: &str) -> Self {
        self.with("content", name).with("form", "detached")
    }

    pub(crate) fn attached(self) -> Self {
        self.with("form", "attached")
    }

    pub(crate) fn tsa(self, url: &str) -> Self {
        self.with("tsa", url)
    }

    pub(crate) fn at(self, moment: &str) -> Self {
        self.with("at", moment)
    }

    /// Nothing but what the file itself holds, and the certificate of the authorities' CA.
    pub(crate) fn with_nothing_else(mut self) -> Self {
        self.0["evidence"] = json!(["lab/tsa-ca.crt"]);
        self
    }

    fn new(bench: &Bench, deed: &str) -> Self {
        let trust = ["hpki-root", "ec-root", "tsa-root"].map(|name| format!("lab/{name}.crt"));
        let lists = crate::bench::names(&bench.path("lab/crl"));
        let mut evidence: Vec<String> =
            lists.iter().map(|name| format!("lab/crl/{name}")).collect();
        evidence.push("lab/tsa-ca.crt".to_owned());
        Self(json!({ "do": deed, "trust": trust, "evidence": evidence, "form": "detached" }))
    }

    fn reaching(mut self, level: &str, out: &str) -> Self {
        self.0["online"] = json!(true);
        self.with("level", level).with("out", out)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.0[name] = json!(value);
        self
    }
}

/// The key and certificates of a member as PKCS #12, which both tools read.
fn store(bench: &Bench, member: &str) -> String {
    let name = format!("{member}.p12");
    if !bench.path(&name).exists() {
        let file = |ending: &str| format!("lab/{member}.{ending}");
        let (key, certificate, chain) = (file("key"), file("crt"), file("chain.pem"));
        bench.openssl_ok(&[
            "pkcs12",
            "-export",
            "-inkey",
            &key,
            "-passin",
            "file:lab/password.txt",
            "-in",
            &certificate,
            "-certfile",
            &chain,
            "-passout",
            "pass:inkan-lab",
            "-out",
            &name,
        ]);
    }
    name
}

fn at_root(place: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(place)
}
