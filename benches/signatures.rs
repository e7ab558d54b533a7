//! What verifying signature files cannot be cheaper than, for `benches/figures`: their contents read and hashed,
//! and the bare verification of every signature inside, those of timestamps too. Nothing is parsed in the loop,
//! and no path, list or rule is looked at.
//!
//! ```sh
//! cargo bench --bench signatures -- FILE...    # each beside its content, whose name it extends
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads its arguments and the clock, prints, and fails by panicking"
)]

use inkan::crypto::SignatureScheme;
use inkan::crypto::verify::verify;
use inkan::der::certificate::Certificate;
use inkan::der::cms::{SignedData, SignerIdentifier, SignerInfo};
use inkan::digest::{DigestAlgorithm, Hasher};
use inkan::oid;
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Each timed this often; the best counts, since a bound is asked for.
const TURNS: usize = 5;

/// A signature with all that its bare verification takes.
struct Bare {
    scheme: SignatureScheme,
    certificate: Certificate,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// A file: its content, and every signature in it.
struct Work {
    content: PathBuf,
    bare: Vec<Bare>,
}

fn main() {
    let files = std::env::args().skip(1).filter(|a| a != "--bench");
    let works: Vec<Work> = files.map(|file| Work::of(Path::new(&file))).collect();
    if works.is_empty() {
        println!("skipped: FILE...");
        return;
    }
    // Milliseconds a file: of CPU, and of wall time on all processors.
    println!("{:.4} {:.4}", alone(&works), on_all(&works));
}

fn alone(works: &[Work]) -> f64 {
    let mut buffer = vec![0; 32 << 10];
    best(works, || {
        let begin = cpu_ms();
        works.iter().for_each(|work| work.done(&mut buffer));
        cpu_ms() - begin
    })
}

/// What this thread has computed, as the scheduler counts it: other programs do not disturb that.
fn cpu_ms() -> f64 {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    counted.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
}

fn on_all(works: &[Work]) -> f64 {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    best(works, || {
        let (begin, next) = (Instant::now(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..processors {
                scope.spawn(|| {
                    let mut buffer = vec![0; 32 << 10];
                    while let Some(work) = works.get(next.fetch_add(1, Ordering::Relaxed)) {
                        work.done(&mut buffer);
                    }
                });
            }
        });
        begin.elapsed().as_secs_f64() * 1e3
    })
}

fn best(works: &[Work], turn: impl FnMut() -> f64) -> f64 {
    let best = std::iter::repeat_with(turn).take(TURNS).fold(f64::INFINITY, f64::min);
    best / f64::from(u32::try_from(works.len()).unwrap())
}

impl Work {
    fn of(file: &Path) -> Self {
        let mut bare = Vec::new();
        gather(&std::fs::read(file).unwrap(), &mut bare);
        Self { content: file.with_extension(""), bare }
    }

    fn done(&self, buffer: &mut [u8]) {
        let mut file = std::fs::File::open(&self.content).unwrap();
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        loop {
            let count = file.read(buffer).unwrap();
            let Some(piece @ [_, ..]) = buffer.get(..count) else { break };
            hasher.update(piece);
        }
        std::hint::black_box(hasher.finish());
        for bare in &self.bare {
            let key = bare.certificate.public_key();
            verify(bare.scheme, key, &bare.message, &bare.signature).unwrap();
        }
    }
}

/// The signatures of a CMS file, and of the timestamps in it.
fn gather(bytes: &[u8], into: &mut Vec<Bare>) {
    let data = SignedData::parse(bytes).unwrap();
    for signer in &data.signers {
        let digest = signer.digest_algorithm.digest();
        into.push(Bare {
            scheme: SignatureScheme::from_identifier(&signer.signature_algorithm, digest).unwrap(),
            certificate: certificate_of(&data, signer),
            message: signer.signed_attributes.as_ref().unwrap().signed_bytes(),
            signature: signer.signature.to_vec(),
        });
        let stamps = [oid::SIGNATURE_TIME_STAMP, oid::ARCHIVE_TIME_STAMP_V3];
        for attribute in signer.unsigned_attributes.iter().flat_map(|unsigned| unsigned.list()) {
            if stamps.contains(&attribute.oid) {
                attribute.values.iter().for_each(|token| gather(token, into));
            }
        }
    }
}

fn certificate_of(data: &SignedData, signer: &SignerInfo) -> Certificate {
    let all = data.certificates.iter().filter_map(|der| Certificate::parse(der.clone()).ok());
    let is_it = |certificate: &Certificate| match &signer.signer {
        SignerIdentifier::IssuerSerial(issuer, serial) => {
            certificate.issuer() == issuer && certificate.serial() == serial.as_ref()
        }
        SignerIdentifier::KeyId(id) => certificate.subject_key_id().as_ref() == Some(id),
    };
    all.into_iter().find(is_it).unwrap()
}
