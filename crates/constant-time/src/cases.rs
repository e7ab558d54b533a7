//! The cases: each takes one of inkan's own paths, with what is secret there marked as secret.

mod controls;
mod files;
mod making;
mod signing;

use crate::Outcome;

/// One path with a secret.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Outcome,
}

const fn case(name: &'static str, run: fn() -> Outcome) -> Case {
    Case { name, run }
}

/// Every case. The names of the controls that must be caught begin with `leak-`.
pub(crate) const ALL: &[Case] = &[
    case("leak-early-exit", controls::early_exit),
    case("leak-table-lookup", controls::table_lookup),
    case("control-clean", controls::clean),
    case("sign-p256", signing::p256),
    case("sign-p384", signing::p384),
    case("sign-ed25519", signing::ed25519),
    case("sign-rsa2048-pkcs1", signing::rsa_2048_pkcs1),
    case("sign-rsa2048-pss", signing::rsa_2048_pss),
    case("sign-rsa3072-pkcs1", signing::rsa_3072_pkcs1),
    case("sign-rsa3072-pss", signing::rsa_3072_pss),
    case("sign-ml-dsa-44", signing::ml_dsa_44),
    case("sign-ml-dsa-65", signing::ml_dsa_65),
    case("sign-ml-dsa-87", signing::ml_dsa_87),
    case("import-ml-dsa-44-both", files::ml_dsa_in_both_forms),
    case("open-pbkdf2", files::open_pbkdf2),
    case("open-pbkdf2-wrong", files::open_pbkdf2_with_the_wrong_password),
    case("open-scrypt", files::open_scrypt),
    case("open-pkcs12", files::open_pkcs12),
    case("open-pkcs12-wrong", files::open_pkcs12_with_the_wrong_password),
    case("seal-p256", files::seal_p256),
    case("seal-rsa2048", files::seal_rsa_2048),
    case("passwords-same", files::passwords_that_are_the_same),
    case("passwords-differ", files::passwords_that_differ),
    case("make-p256", making::p256),
    case("make-p384", making::p384),
    case("make-rsa2048", making::rsa_2048),
    case("make-ml-dsa-65", making::ml_dsa_65),
];
