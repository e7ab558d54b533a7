//! What is told of a PKCS #12 store, for people.

use crate::digest::hex;
use crate::key::pkcs12::Storage;
use crate::report::catalogue::escaped;
use crate::report::human::Page;
use crate::task::bundle::store::{Label, StoreSheet};
use crate::task::inspect::InspectedFile;

impl Page<'_> {
    pub(super) fn store(&mut self, store: &StoreSheet, file: &InspectedFile) {
        self.line(1, self.c.label("store"));
        match &store.integrity {
            Some(mac) => {
                let text = self.storage(mac);
                self.said(2, "store-integrity", &text);
            }
            None => {
                let text = self.paint(self.c.label("store-no-integrity"), "failed");
                self.said(2, "store-integrity", &text);
            }
        }
        for storage in &store.kept {
            let text = self.storage(storage);
            self.said(2, "store-kept", &text);
        }
        for key in &store.keys {
            let text = self.storage(&key.storage);
            self.said(2, "store-key", &text);
            self.label_of(3, &key.label);
        }
        if file.crls > 0 {
            self.said(2, "store-crls", &file.crls.to_string());
        }
        if store.others > 0 {
            self.said(2, "store-others", &store.others.to_string());
        }
        self.gap();
    }

    /// What a key or certificate is called.
    pub(super) fn label_of(&mut self, depth: usize, label: &Label) {
        if let Some(name) = &label.friendly_name {
            self.said(depth, "friendly-name", &escaped(name));
        }
        if let Some(mark) = &label.local_key_id {
            self.said(depth, "local-key-id", &hex(mark));
        }
    }

    fn storage(&self, storage: &Storage) -> String {
        let plain = || self.c.label("store-clear").to_owned();
        let mut parts = vec![storage.algorithm.clone().unwrap_or_else(plain)];
        parts.extend(storage.kdf.clone());
        if let Some(count) = storage.iterations {
            parts.push(self.c.label_with("iterations", &[("count", &count.to_string())]));
        }
        let mut text = parts.join(", ");
        for weakness in &storage.weak {
            let why = self.c.word("weakness", weakness.name());
            let weak = self.c.label_with("weak", &[("why", why)]);
            text.push_str("; ");
            text.push_str(&self.paint(&weak, "failed"));
        }
        text
    }
}
