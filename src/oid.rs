//! Object identifiers that inkan knows by name.

/// An object identifier.
pub use const_oid::ObjectIdentifier as Oid;

macro_rules! oids {
    ($($name:ident = $dotted:literal, $text:literal;)*) => {
        $(#[doc = concat!("`", $dotted, "` ", $text)]
        pub const $name: Oid = Oid::new_unwrap($dotted);)*

        /// The usual name of an object identifier, where it has one here.
        pub fn name(oid: &Oid) -> Option<&'static str> {
            static NAMES: &[(Oid, &str)] = &[$(($name, $text),)*];
            NAMES.iter().find(|(known, _)| known == oid).map(|(_, text)| *text)
        }
    };
}

oids! {
    // Hash functions (NIST, RFC 8017).
    MD5 = "1.2.840.113549.2.5", "MD5";
    SHA1 = "1.3.14.3.2.26", "SHA-1";
    SHA224 = "2.16.840.1.101.3.4.2.4", "SHA-224";
    SHA256 = "2.16.840.1.101.3.4.2.1", "SHA-256";
    SHA384 = "2.16.840.1.101.3.4.2.2", "SHA-384";
    SHA512 = "2.16.840.1.101.3.4.2.3", "SHA-512";

    // Public keys and signatures (RFC 3279, 4055, 5480, 5758, 8410, 9881).
    RSA = "1.2.840.113549.1.1.1", "RSA";
    MGF1 = "1.2.840.113549.1.1.8", "MGF1";
    RSA_PSS = "1.2.840.113549.1.1.10", "RSASSA-PSS";
    RSA_MD5 = "1.2.840.113549.1.1.4", "RSA with MD5";
    RSA_SHA1 = "1.2.840.113549.1.1.5", "RSA with SHA-1";
    RSA_SHA224 = "1.2.840.113549.1.1.14", "RSA with SHA-224";
    RSA_SHA256 = "1.2.840.113549.1.1.11", "RSA with SHA-256";
    RSA_SHA384 = "1.2.840.113549.1.1.12", "RSA with SHA-384";
    RSA_SHA512 = "1.2.840.113549.1.1.13", "RSA with SHA-512";
    EC_PUBLIC_KEY = "1.2.840.10045.2.1", "EC public key";
    P256 = "1.2.840.10045.3.1.7", "P-256";
    P384 = "1.3.132.0.34", "P-384";
    P521 = "1.3.132.0.35", "P-521";
    ECDSA_SHA1 = "1.2.840.10045.4.1", "ECDSA with SHA-1";
    ECDSA_SHA224 = "1.2.840.10045.4.3.1", "ECDSA with SHA-224";
    ECDSA_SHA256 = "1.2.840.10045.4.3.2", "ECDSA with SHA-256";
    ECDSA_SHA384 = "1.2.840.10045.4.3.3", "ECDSA with SHA-384";
    ECDSA_SHA512 = "1.2.840.10045.4.3.4", "ECDSA with SHA-512";
    ED25519 = "1.3.101.112", "Ed25519";
    ED448 = "1.3.101.113", "Ed448";
    DSA = "1.2.840.10040.4.1", "DSA";
    ML_DSA_44 = "2.16.840.1.101.3.4.3.17", "ML-DSA-44";
    ML_DSA_65 = "2.16.840.1.101.3.4.3.18", "ML-DSA-65";
    ML_DSA_87 = "2.16.840.1.101.3.4.3.19", "ML-DSA-87";

    // Names (X.520).
    COMMON_NAME = "2.5.4.3", "CN";
    SURNAME = "2.5.4.4", "SN";
    SERIAL_NUMBER = "2.5.4.5", "serialNumber";
    COUNTRY = "2.5.4.6", "C";
    LOCALITY = "2.5.4.7", "L";
    STATE = "2.5.4.8", "ST";
    STREET = "2.5.4.9", "street";
    ORGANIZATION = "2.5.4.10", "O";
    ORGANIZATIONAL_UNIT = "2.5.4.11", "OU";
    TITLE = "2.5.4.12", "title";
    GIVEN_NAME = "2.5.4.42", "givenName";
    INITIALS = "2.5.4.43", "initials";
    GENERATION_QUALIFIER = "2.5.4.44", "generationQualifier";
    DN_QUALIFIER = "2.5.4.46", "dnQualifier";
    ROLE = "2.5.4.72", "role";
    PSEUDONYM = "2.5.4.65", "pseudonym";
    ORGANIZATION_IDENTIFIER = "2.5.4.97", "organizationIdentifier";
    DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25", "DC";
    USER_ID = "0.9.2342.19200300.100.1.1", "UID";
    EMAIL_ADDRESS = "1.2.840.113549.1.9.1", "emailAddress";

    // Certificate and CRL extensions (RFC 5280).
    SUBJECT_DIRECTORY_ATTRIBUTES = "2.5.29.9", "subjectDirectoryAttributes";
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14", "subjectKeyIdentifier";
    KEY_USAGE = "2.5.29.15", "keyUsage";
    SUBJECT_ALT_NAME = "2.5.29.17", "subjectAltName";
    ISSUER_ALT_NAME = "2.5.29.18", "issuerAltName";
    BASIC_CONSTRAINTS = "2.5.29.19", "basicConstraints";
    CRL_NUMBER = "2.5.29.20", "cRLNumber";
    CRL_REASON = "2.5.29.21", "reasonCode";
    INVALIDITY_DATE = "2.5.29.24", "invalidityDate";
    DELTA_CRL_INDICATOR = "2.5.29.27", "deltaCRLIndicator";
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28", "issuingDistributionPoint";
    CERTIFICATE_ISSUER = "2.5.29.29", "certificateIssuer";
    NAME_CONSTRAINTS = "2.5.29.30", "nameConstraints";
    CRL_DISTRIBUTION_POINTS = "2.5.29.31", "cRLDistributionPoints";
    CERTIFICATE_POLICIES = "2.5.29.32", "certificatePolicies";
    ANY_POLICY = "2.5.29.32.0", "anyPolicy";
    POLICY_MAPPINGS = "2.5.29.33", "policyMappings";
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35", "authorityKeyIdentifier";
    POLICY_CONSTRAINTS = "2.5.29.36", "policyConstraints";
    EXT_KEY_USAGE = "2.5.29.37", "extKeyUsage";
    ANY_EXT_KEY_USAGE = "2.5.29.37.0", "anyExtendedKeyUsage";
    FRESHEST_CRL = "2.5.29.46", "freshestCRL";
    INHIBIT_ANY_POLICY = "2.5.29.54", "inhibitAnyPolicy";
    EXPIRED_CERTS_ON_CRL = "2.5.29.60", "expiredCertsOnCRL";
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1", "authorityInfoAccess";
    SUBJECT_INFO_ACCESS = "1.3.6.1.5.5.7.1.11", "subjectInfoAccess";
    QC_STATEMENTS = "1.3.6.1.5.5.7.1.3", "qcStatements";
    CPS_QUALIFIER = "1.3.6.1.5.5.7.2.1", "CPS";
    AD_OCSP = "1.3.6.1.5.5.7.48.1", "OCSP";
    AD_CA_ISSUERS = "1.3.6.1.5.5.7.48.2", "caIssuers";
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1", "basic OCSP response";
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2", "OCSP nonce";
    OCSP_CRL_REFERENCES = "1.3.6.1.5.5.7.48.1.3", "OCSP CRL references";
    OCSP_NOCHECK = "1.3.6.1.5.5.7.48.1.5", "OCSP nocheck";
    OCSP_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6", "OCSP archive cutoff";
    OCSP_EXTENDED_REVOKE = "1.3.6.1.5.5.7.48.1.9", "OCSP extended revoked definition";
    SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9", "SmtpUTF8Mailbox";
    KP_SERVER_AUTH = "1.3.6.1.5.5.7.3.1", "serverAuth";
    KP_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2", "clientAuth";
    KP_CODE_SIGNING = "1.3.6.1.5.5.7.3.3", "codeSigning";
    KP_EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4", "emailProtection";
    KP_TIME_STAMPING = "1.3.6.1.5.5.7.3.8", "timeStamping";
    KP_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9", "OCSPSigning";

    // Healthcare PKI (ISO 17090, MHLW).
    HC_ROLE = "1.0.17090.0.1", "hcRole";
    HPKI_QUALIFICATIONS = "1.2.392.100495.1.6.1.1", "HPKI coding scheme of qualifications";
    HPKI_SIGNING = "1.2.392.100495.1.5.1.1.3.1", "HPKI signing policy";
    HPKI_SIGNING_TEST = "1.2.392.100495.1.5.1.1.0.1", "HPKI signing policy (test)";

    // What the national identity card says of its holder (JPKI).
    JPKI_NAME = "1.2.392.200149.8.5.5.1", "JPKI name";
    JPKI_NAME_SUBSTITUTED = "1.2.392.200149.8.5.5.2", "JPKI name substitution";
    JPKI_GENDER = "1.2.392.200149.8.5.5.3", "JPKI gender";
    JPKI_BIRTH_DATE = "1.2.392.200149.8.5.5.4", "JPKI date of birth";
    JPKI_ADDRESS = "1.2.392.200149.8.5.5.5", "JPKI address";
    JPKI_ADDRESS_SUBSTITUTED = "1.2.392.200149.8.5.5.6", "JPKI address substitution";

    // What the certificates of the commercial registry say of a company.
    REGISTRY_POLICIES = "1.2.392.100300.1.1.1", "certificatePolicies of the commercial registry";
    REGISTRAR = "1.2.392.100300.1.1.2", "registrar";
    REGISTERED_CORPORATION = "1.2.392.100300.1.1.3", "registeredCorporationInfo";

    // CMS (RFC 5652), ESS (RFC 2634, 5035), TSP (RFC 3161), CAdES (EN 319 122-1).
    DATA = "1.2.840.113549.1.7.1", "data";
    SIGNED_DATA = "1.2.840.113549.1.7.2", "signed-data";
    CONTENT_TYPE = "1.2.840.113549.1.9.3", "content-type";
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4", "message-digest";
    SIGNING_TIME = "1.2.840.113549.1.9.5", "signing-time";
    COUNTER_SIGNATURE = "1.2.840.113549.1.9.6", "counter-signature";
    SMIME_CAPABILITIES = "1.2.840.113549.1.9.15", "S/MIME capabilities";
    CMS_ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52", "cms-algorithm-protection";
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12", "signing-certificate";
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47", "signing-certificate-v2";
    CONTENT_HINTS = "1.2.840.113549.1.9.16.2.4", "content-hints";
    CONTENT_IDENTIFIER = "1.2.840.113549.1.9.16.2.7", "content-identifier";
    CONTENT_REFERENCE = "1.2.840.113549.1.9.16.2.10", "content-reference";
    CONTENT_TIME_STAMP = "1.2.840.113549.1.9.16.2.20", "content-time-stamp";
    SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14", "signature-time-stamp";
    COMMITMENT_TYPE = "1.2.840.113549.1.9.16.2.16", "commitment-type-indication";
    SIGNER_LOCATION = "1.2.840.113549.1.9.16.2.17", "signer-location";
    SIGNER_ATTRIBUTES = "1.2.840.113549.1.9.16.2.18", "signer-attributes";
    SIGNER_ATTRIBUTES_V2 = "0.4.0.19122.1.1", "signer-attributes-v2";
    SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.15", "signature-policy-identifier";
    POLICY_QUALIFIER_URI = "1.2.840.113549.1.9.16.5.1", "URI of a signature policy";
    PROOF_OF_ORIGIN = "1.2.840.113549.1.9.16.6.1", "proof of origin";
    PROOF_OF_RECEIPT = "1.2.840.113549.1.9.16.6.2", "proof of receipt";
    PROOF_OF_DELIVERY = "1.2.840.113549.1.9.16.6.3", "proof of delivery";
    PROOF_OF_SENDER = "1.2.840.113549.1.9.16.6.4", "proof of sender";
    PROOF_OF_APPROVAL = "1.2.840.113549.1.9.16.6.5", "proof of approval";
    PROOF_OF_CREATION = "1.2.840.113549.1.9.16.6.6", "proof of creation";
    MIME_TYPE = "0.4.0.1733.2.1", "mime-type";
    COMPLETE_CERTIFICATE_REFS = "1.2.840.113549.1.9.16.2.21", "complete-certificate-references";
    COMPLETE_REVOCATION_REFS = "1.2.840.113549.1.9.16.2.22", "complete-revocation-references";
    ATTRIBUTE_CERTIFICATE_REFS = "1.2.840.113549.1.9.16.2.44", "attribute-certificate-references";
    ATTRIBUTE_REVOCATION_REFS = "1.2.840.113549.1.9.16.2.45", "attribute-revocation-references";
    CADES_C_TIME_STAMP = "1.2.840.113549.1.9.16.2.25", "CAdES-C-time-stamp";
    REFERENCES_TIME_STAMP = "1.2.840.113549.1.9.16.2.26", "time-stamped-certs-crls-references";
    CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23", "certificate-values";
    REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24", "revocation-values";
    LONG_TERM_VALIDATION = "0.4.0.1733.2.2", "long-term-validation";
    ARCHIVE_TIME_STAMP_V1 = "1.2.840.113549.1.9.16.2.27", "archive-time-stamp";
    ARCHIVE_TIME_STAMP_V2 = "1.2.840.113549.1.9.16.2.48", "archive-time-stamp-v2";
    ARCHIVE_TIME_STAMP_V3 = "0.4.0.1733.2.4", "archive-time-stamp-v3";
    ATS_HASH_INDEX = "0.4.0.1733.2.5", "ats-hash-index";
    ATS_HASH_INDEX_V2 = "0.4.0.19122.1.4", "ats-hash-index-v2";
    ATS_HASH_INDEX_V3 = "0.4.0.19122.1.5", "ats-hash-index-v3";
    EVIDENCE_INTERNAL = "1.2.840.113549.1.9.16.2.49", "evidence-record-internal";
    EVIDENCE_EXTERNAL = "1.2.840.113549.1.9.16.2.50", "evidence-record-external";
    TST_INFO = "1.2.840.113549.1.9.16.1.4", "TSTInfo";
    RI_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2", "OCSP response in CMS";
}
