//! What is peculiar to some tokens: a closed list, so that each word has its code.

use serde::Deserialize;

macro_rules! quirks {
    ($($name:ident = $text:literal,)*) => {
        /// What is peculiar to some tokens; `hsm-profiles/README.md` says what each means.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
        #[allow(missing_docs, reason = "described in hsm-profiles/README.md")]
        pub enum Quirk {
            $(#[serde(rename = $text)] $name,)*
        }

        impl Quirk {
            /// All of them.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// The word in the file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

quirks! {
    AttributesConstant = "attributes-constant",
    AttributesNotReported = "attributes-not-reported",
    CertificateNamesAbsent = "certificate-names-absent",
    CertificateObjectsAbsent = "certificate-objects-absent",
    CertificatePrivate = "certificate-private",
    CertificatesOfAuthorities = "certificates-of-authorities",
    ConfigurationFileNeeded = "configuration-file-needed",
    EcPointDerWrapped = "ec-point-der-wrapped",
    EcPointRaw = "ec-point-raw",
    KeyByModulus = "key-by-modulus",
    LoginStatePerApplication = "login-state-per-application",
    LogoutRemovesToken = "logout-removes-token",
    NoHashMechanism = "no-hash-mechanism",
    NoHashMechanismForEcdsa = "no-hash-mechanism-for-ecdsa",
    OneThread = "one-thread",
    PublicKeyObjectAbsent = "public-key-object-absent",
    ReadWriteSessionsOnly = "read-write-sessions-only",
    SessionTimesOut = "session-times-out",
    SeveralPins = "several-pins",
    SinglePartOnly = "single-part-only",
    SixteenSessions = "sixteen-sessions",
    SlotWithoutLogin = "slot-without-login",
    SoftwareKeys = "software-keys",
    VirtualSlots = "virtual-slots",
}
