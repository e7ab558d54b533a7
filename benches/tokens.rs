//! A bare loop of `C_SignInit` and `C_Sign` on a token: what `inkan sign` is measured against by
//! `benches/figures`.
//!
//! ```sh
//! cargo bench --bench tokens -- MODULE TOKEN PIN rsa|ec COUNT
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads its arguments and the clock, prints, and fails by panicking"
)]

use inkan_pkcs11::attribute as a;
use inkan_pkcs11::{Access, Initialize, Module, ObjectClass, Pin, SignMechanism, Template, User};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [module, label, pin, kind, count] = arguments.as_slice() else {
        println!("skipped: MODULE TOKEN PIN rsa|ec COUNT");
        return;
    };
    let count: u32 = count.parse().unwrap();
    let module = Module::load(module, Initialize::OsLocking).unwrap();
    let mut slots = module.slots_with_token().unwrap().into_iter();
    let slot = slots.find(|s| module.token_info(*s).unwrap().label == *label).unwrap();
    let mut session = module.open_session(slot, Access::ReadOnly).unwrap();
    session.login(User::User, Pin::Given(pin.as_bytes())).unwrap();
    let template = Template::new().with(a::CLASS, ObjectClass::PrivateKey);
    let key = session.find_objects(&template).unwrap().into_iter().next().unwrap();
    // A DigestInfo of SHA-256 is 51 octets, a digest 32.
    let (mechanism, input) = match kind.as_str() {
        "rsa" => (SignMechanism::RsaPkcs, vec![1; 51]),
        _ => (SignMechanism::Ecdsa, vec![1; 32]),
    };
    let begin = Instant::now();
    for _ in 0..count {
        let signing = session.sign_init(mechanism, key).unwrap();
        signing.sign(&input, Some(512)).unwrap();
    }
    println!("{:.3}", begin.elapsed().as_secs_f64() * 1e3 / f64::from(count));
}
