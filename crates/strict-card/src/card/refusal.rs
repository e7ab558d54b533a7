//! Why a call was not done.

use cryptoki_sys::CK_RV;

/// A return value other than `CKR_OK`, and how the contract was broken if it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    pub(crate) value: CK_RV,
    pub(crate) breach: Option<&'static str>,
}

impl Refusal {
    /// Something that happens to a caller who does all right.
    pub(crate) fn plain(value: CK_RV) -> Self {
        Self { value, breach: None }
    }

    /// Something that a caller who keeps to the contract never meets.
    pub(crate) fn breach(value: CK_RV, how: &'static str) -> Self {
        Self { value, breach: Some(how) }
    }

    #[cfg(test)]
    pub(super) fn is_plain(&self, value: CK_RV) -> bool {
        self.value == value && self.breach.is_none()
    }

    #[cfg(test)]
    pub(super) fn is_breach(&self, value: CK_RV) -> bool {
        self.value == value && self.breach.is_some()
    }
}
