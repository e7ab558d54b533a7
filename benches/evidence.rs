//! Evidence records of many files under one timestamp: the time and memory beyond hashing the files, and the
//! size of a proof. `benches/figures` runs it.
//!
//! ```sh
//! cargo bench --bench evidence -- 1000000          # records are made, read back, followed, and thrown away
//! cargo bench --bench evidence -- 10000 DIRECTORY  # and written, each safely on the disk
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench has its own files and clock, prints, and fails by panicking"
)]

use inkan::der::Bytes;
use inkan::digest::DigestAlgorithm;
use inkan::edge::files::{AtomicFile, Existing, Mode};
use inkan::edge::web::Web;
use inkan::edge::{clock, entropy};
use inkan::evidence::{EvidenceSet, EvidenceSource};
use inkan::judge::Judge;
use inkan::lab::{Declaration, Lab, LabServer};
use inkan::policy::{Policy, Role, Trust};
use inkan::source::{Draft, Source};
use inkan::task::evidence::{StampOrder, create};
use inkan::task::sign::{Outside, Workshop};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Contents of eight octets, and records that go to a directory or nowhere.
struct Shop {
    folder: Option<PathBuf>,
}

/// A record that is thrown away.
#[derive(Debug)]
struct Nowhere;

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for Nowhere {
    fn reread(&mut self) -> io::Result<Box<dyn Source>> {
        Err(io::Error::other("thrown away"))
    }

    fn publish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

impl Outside for Shop {
    fn now(&self) -> inkan::time::Instant {
        clock::now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        entropy::random().map_err(io::Error::other)
    }
}

impl Workshop for Shop {
    fn name(&self, number: usize) -> String {
        number.to_string()
    }

    fn content(&self, number: usize) -> io::Result<Box<dyn Source + Send>> {
        Ok(Box::new(Bytes::copy_from_slice(&number.to_be_bytes())))
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft + Send>> {
        let Some(folder) = &self.folder else { return Ok(Box::new(Nowhere)) };
        let path = folder.join(format!("{number}.ers"));
        let file = AtomicFile::create(path, Existing::Keep, Mode::Public);
        Ok(Box::new(file.map_err(io::Error::other)?))
    }

    fn source(&self) -> Box<dyn EvidenceSource> {
        Box::new(Web::default())
    }
}

/// The largest resident memory so far, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let (count, folder) = match arguments.as_slice() {
        [count] => (count.parse().unwrap(), None),
        [count, folder] => (count.parse().unwrap(), Some(PathBuf::from(folder))),
        _ => {
            println!("skipped: COUNT [DIRECTORY]");
            return;
        }
    };
    let lab = tempfile::tempdir().unwrap();
    let port = LabServer::bind().unwrap();
    let declaration = Declaration::standard().unwrap();
    let made = Lab::make(declaration, lab.path(), port.base_url(), clock::now()).unwrap();
    let server = port.serve(made, clock::now).unwrap();
    let mut trust = Trust::default();
    trust.add(server.lab().member("tsa-root").unwrap().certificate().clone(), &[Role::Tsa]);
    let judge = Judge::new(Policy::standard(trust).unwrap());
    let tsas = [server.lab().tsa_url("tsa-ec")];
    let order = StampOrder { algorithm: DigestAlgorithm::Sha256, tsas: &tsas };
    let shop = Shop { folder };
    let before = peak();
    let begin = Instant::now();
    let (mut records, mut largest) = (0, 0);
    create(count, order, (&judge, &mut EvidenceSet::default()), &shop, &mut |_, done| {
        records += 1;
        largest = largest.max(done.unwrap().proof_octets);
    })
    .unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{records} records: {seconds:.1} s, {} MiB at most ({before} before), proof of {largest} octets",
        peak()
    );
}
