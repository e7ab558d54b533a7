//! Random numbers from the operating system: nonces and file names, never keys (`key::software`).

/// The operating system gave no random numbers.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the operating system gives no random numbers: {0}")]
pub struct NoEntropy(String);

/// Random octets.
pub fn random<const N: usize>() -> Result<[u8; N], NoEntropy> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|error| NoEntropy(error.to_string()))?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random::<16>().unwrap(), random::<16>().unwrap());
    }
}
