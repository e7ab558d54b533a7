//! Memory that is handed to a library.

use super::said;
use crate::attribute::Template;
use crate::error::Error;
use cryptoki_sys::{CK_ATTRIBUTE, CK_ULONG};
use std::ffi::c_void;
use zeroize::Zeroizing;

const WORD: usize = size_of::<CK_ULONG>();

/// Bytes aligned for `CK_ULONG`; wiped when dropped.
#[derive(Debug)]
pub(super) struct Buffer {
    words: Zeroizing<Vec<CK_ULONG>>,
    length: usize,
}

/// A template as the library takes it; the values live as long as this does.
#[derive(Debug)]
pub(super) struct Lowered {
    list: Vec<CK_ATTRIBUTE>,
    values: Vec<Buffer>,
}

impl Buffer {
    pub(super) fn zeroed(length: usize) -> Self {
        Self { words: Zeroizing::new(vec![0; length.div_ceil(WORD)]), length }
    }

    fn holding(bytes: &[u8]) -> Self {
        let words = bytes.chunks(WORD).map(|chunk| {
            let mut word = [0; WORD];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            CK_ULONG::from_ne_bytes(word)
        });
        Self { words: Zeroizing::new(words.collect()), length: bytes.len() }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Valid for writes of `len` bytes.
    pub(super) fn as_mut_ptr<T>(&mut self) -> *mut T {
        self.words.as_mut_ptr().cast()
    }

    /// The first `length` bytes, or all there are.
    pub(super) fn take(&self, length: usize) -> Vec<u8> {
        let bytes = self.words.iter().flat_map(|word| word.to_ne_bytes());
        bytes.take(length.min(self.length)).collect()
    }
}

impl Lowered {
    pub(super) fn new(function: &'static str, template: &Template) -> Result<Self, Error> {
        let mut list = Vec::with_capacity(template.entries.len());
        let mut values = Vec::with_capacity(template.entries.len());
        for (code, _, bytes) in &template.entries {
            let mut value = Buffer::holding(bytes);
            // The words are on the heap: moving `value` leaves the pointer valid.
            let pointer: *mut c_void = value.as_mut_ptr();
            let length = said(function, value.len())?;
            list.push(CK_ATTRIBUTE { type_: *code, pValue: pointer, ulValueLen: length });
            values.push(value);
        }
        Ok(Self { list, values })
    }

    /// Valid for as many attributes as `len` says.
    pub(super) fn as_mut_ptr(&mut self) -> *mut CK_ATTRIBUTE {
        self.list.as_mut_ptr()
    }

    pub(super) fn len(&self, function: &'static str) -> Result<CK_ULONG, Error> {
        said(function, self.values.len())
    }
}
