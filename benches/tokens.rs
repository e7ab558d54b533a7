//! What `inkan sign` on a token is measured against by `benches/figures`: a bare loop of `C_SignInit` and
//! `C_Sign`, and the same loop where all processors meanwhile read and hash a file for each signature. Nothing
//! is judged and nothing written.
//!
//! ```sh
//! cargo bench --bench tokens -- MODULE TOKEN PIN rsa|ec COUNT|FILE...
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads its arguments and the clock, prints, and fails by panicking"
)]

use inkan::digest::{DigestAlgorithm, Hasher};
use inkan_pkcs11::attribute as a;
use inkan_pkcs11::{
    Access, Initialize, Module, ObjectClass, ObjectHandle, Pin, Session, SignMechanism, Template,
    User,
};
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

/// What stands before a SHA-256 in a DigestInfo (RFC 8017 §9.2, note 1).
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

struct Key {
    session: Session,
    handle: ObjectHandle,
    mechanism: SignMechanism,
    before: &'static [u8],
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [module, label, pin, kind, files @ ..] = arguments.as_slice() else {
        println!("skipped: MODULE TOKEN PIN rsa|ec COUNT|FILE...");
        return;
    };
    let mut key = Key::open(module, label, pin, kind);
    let begin = Instant::now();
    let count = match files {
        [count] if count.parse::<u32>().is_ok() => {
            let count = count.parse().unwrap();
            (0..count).for_each(|_| key.sign(&[1; 32]));
            count
        }
        files => {
            hashed_ahead(files, |digest| key.sign(digest));
            u32::try_from(files.len()).unwrap()
        }
    };
    println!("{:.3}", begin.elapsed().as_secs_f64() * 1e3 / f64::from(count));
}

impl Key {
    fn open(module: &str, label: &str, pin: &str, kind: &str) -> Self {
        let module = Module::load(module, Initialize::OsLocking).unwrap();
        let mut slots = module.slots_with_token().unwrap().into_iter();
        let slot = slots.find(|s| module.token_info(*s).unwrap().label == *label).unwrap();
        let session = module.open_session(slot, Access::ReadOnly).unwrap();
        session.login(User::User, Pin::Given(pin.as_bytes())).unwrap();
        let template = Template::new().with(a::CLASS, ObjectClass::PrivateKey);
        let handle = session.find_objects(&template).unwrap().into_iter().next().unwrap();
        let (mechanism, before): (_, &[u8]) = match kind {
            "rsa" => (SignMechanism::RsaPkcs, &SHA256_INFO),
            _ => (SignMechanism::Ecdsa, &[]),
        };
        Self { session, handle, mechanism, before }
    }

    fn sign(&mut self, digest: &[u8]) {
        let signing = self.session.sign_init(self.mechanism, self.handle).unwrap();
        signing.sign(&[self.before, digest].concat(), Some(512)).unwrap();
    }
}

/// Hashes the files on all processors, and hands over each digest as it comes.
fn hashed_ahead(files: &[String], mut sign: impl FnMut(&[u8])) {
    let next = AtomicUsize::new(0);
    let (to_key, digests) = mpsc::sync_channel(16);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            let (next, to_key) = (&next, to_key.clone());
            scope.spawn(move || {
                let mut buffer = vec![0; 32 << 10];
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    to_key.send(hashed(path, &mut buffer)).unwrap();
                }
            });
        }
        drop(to_key);
        digests.into_iter().for_each(|digest| sign(&digest));
    });
}

fn hashed(path: &str, buffer: &mut [u8]) -> Vec<u8> {
    let mut file = std::fs::File::open(path).unwrap();
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    loop {
        let count = file.read(buffer).unwrap();
        let Some(piece @ [_, ..]) = buffer.get(..count) else { break };
        hasher.update(piece);
    }
    hasher.finish().value().to_vec()
}
