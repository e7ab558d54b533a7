//! `inkan lab`

use super::options::shown;
use super::{Exit, Failure};
use crate::edge::clock::now;
use crate::edge::files;
use crate::lab::{Declaration, Lab, LabError, LabPort, LabServer, Purpose, WARNING};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A declaration is a text for people.
const MAX_DECLARATION: u64 = 4 << 20;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The directory of the lab: made there if it is new or empty, served again if it holds one.
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// The loopback address to serve a new lab on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Declare another PKI than the one that comes with inkan.
    #[arg(long, value_name = "FILE")]
    declaration: Option<PathBuf>,

    /// Print the declaration that comes with inkan, as a starting point, and do nothing else.
    #[arg(long)]
    print_declaration: bool,
}

/// Makes or opens a lab, and serves it until the process is ended.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    if args.print_declaration {
        super::print(Declaration::standard().map_err(LabError::from)?.text())?;
        return Ok(Exit::Passed);
    }
    let server = open_or_make(args)?;
    super::print(&listing(server.lab(), &args.directory))?;
    loop {
        // The server works in threads of its own; this one has nothing to do until it is ended.
        std::thread::park();
    }
}

fn open_or_make(args: &Args) -> Result<LabServer, Failure> {
    let there = args.directory.join("lab.toml").is_file();
    let (port, lab): (LabPort, Lab) = if there {
        let lab = Lab::open(&args.directory)?;
        (LabServer::bind_for(&lab)?, lab)
    } else {
        let declaration = match &args.declaration {
            Some(path) => declaration(path)?,
            None => Declaration::standard().map_err(LabError::from)?,
        };
        let port = LabServer::bind_at(args.listen)?;
        let lab = Lab::make(declaration, &args.directory, port.base_url(), now())?;
        (port, lab)
    };
    Ok(port.serve(lab, now)?)
}

fn declaration(path: &Path) -> Result<Declaration, Failure> {
    let bytes = files::read_bounded(path, MAX_DECLARATION)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Declaration::parse(&text).map_err(LabError::from)?)
}

/// What is in a lab and how to use it.
fn listing(lab: &Lab, directory: &Path) -> String {
    let mut text =
        format!("{WARNING}\n\nserved at  {}\nmade in    {}\n", lab.base_url(), shown(directory));
    let _ = writeln!(text, "password   {}/password.txt", shown(directory));
    let _ = writeln!(text, "trust      --trust {}/trust\n", shown(directory));
    for member in lab.members() {
        let _ = write!(text, "{:<28} {}", member.name(), member.note());
        if let Some(defect) = member.defect() {
            let _ = write!(text, " — {defect}");
        }
        text.push('\n');
        if member.purpose() == Purpose::Tsa {
            let _ = writeln!(text, "{:<28} {}", "", lab.tsa_url(member.name()));
        }
    }
    text.push_str("\nEnd it with Ctrl-C.\n");
    text
}

impl From<LabError> for Failure {
    fn from(error: LabError) -> Self {
        let hint = match error {
            LabError::NotEmpty(_) | LabError::NotALab { .. } => "name a new directory",
            LabError::Declaration(_) => "`inkan lab --print-declaration .` shows one that works",
            _ => "a lab can be made anew at any time in another directory",
        };
        Self::new(error.to_string(), hint)
    }
}
