//! What is measured, and the two classes of its secret.

use crate::keys::{P256, P384, RSA_2048};
use inkan::key::software::{KeyAlgorithm, SoftwareKey};
use inkan::key::{KeyError, Password, SigningKey as _};
use std::error::Error;
use std::hint::black_box;
use std::rc::Rc;

/// One path whose time is measured.
pub(super) struct Subject {
    pub(super) name: &'static str,
    /// The control, which must be seen.
    pub(super) leaks: bool,
    /// What is to be timed, with the fixed secret or a random one.
    pub(super) prepare: Box<dyn Fn(bool) -> Result<Work, Box<dyn Error>>>,
}

type Work = Box<dyn FnOnce()>;

/// Random keys to choose from; making one for each sample would take all the time. Of the fixed key there are
/// as many copies, so that neither class has the caches to itself.
const KEYS: usize = 16;
/// One comparison is shorter than the clock ticks.
const COMPARISONS: usize = 200;
const OCTETS: usize = 512;

/// The controls first.
pub(super) fn all() -> Result<Vec<Subject>, Box<dyn Error>> {
    Ok(vec![
        comparison("early-exit comparison", true, |ours, theirs| ours.expose() == theirs.expose()),
        comparison("password comparison", false, Password::is_same_as),
        signing("sign P-256", P256, KeyAlgorithm::P256)?,
        signing("sign P-384", P384, KeyAlgorithm::P384)?,
        signing("sign RSA-2048", RSA_2048, KeyAlgorithm::Rsa2048)?,
    ])
}

/// A key that is always the same, against keys that are not. inkan verifies each signature within the
/// time that is measured; what a verification takes depends on the public key and the signature alone.
fn signing(
    name: &'static str,
    fixed: &[u8],
    algorithm: KeyAlgorithm,
) -> Result<Subject, Box<dyn Error>> {
    let copies = many(|| SoftwareKey::open(fixed, None))?;
    let others = many(|| SoftwareKey::generate(algorithm))?;
    let prepare = move |is_fixed| -> Result<Work, Box<dyn Error>> {
        let random = random::<17>()?;
        let keys = if is_fixed { &copies } else { &others };
        let key = Rc::clone(keys.get(usize::from(random[0]) % KEYS).ok_or("no key")?);
        Ok(Box::new(move || {
            let _ = black_box(key.sign(&random));
        }))
    };
    Ok(Subject { name, leaks: false, prepare: Box::new(prepare) })
}

/// Each has signed once: what is set up at the first use is not measured.
fn many(key: impl Fn() -> Result<SoftwareKey, KeyError>) -> Result<Vec<Rc<SoftwareKey>>, KeyError> {
    let used = || {
        let key = key()?;
        key.sign(b"the first")?;
        Ok(Rc::new(key))
    };
    (0..KEYS).map(|_| used()).collect()
}

/// The right password against one that differs somewhere.
fn comparison(name: &'static str, leaks: bool, same: fn(&Password, &Password) -> bool) -> Subject {
    let prepare = move |is_fixed| -> Result<Work, Box<dyn Error>> {
        let ours = random::<OCTETS>()?;
        // Both classes copy and draw the same.
        let theirs = random::<OCTETS>()?;
        let theirs = if is_fixed { ours } else { theirs };
        let password = |octets: [u8; OCTETS]| Password::new(octets.to_vec().into());
        let (ours, theirs) = (password(ours), password(theirs));
        Ok(Box::new(move || {
            for _ in 0..COMPARISONS {
                black_box(same(black_box(&ours), black_box(&theirs)));
            }
        }))
    };
    Subject { name, leaks, prepare: Box::new(prepare) }
}

fn random<const N: usize>() -> Result<[u8; N], Box<dyn Error>> {
    let mut octets = [0; N];
    aws_lc_rs::rand::fill(&mut octets)?;
    Ok(octets)
}
