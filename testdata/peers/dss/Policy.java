import eu.europa.esig.dss.enumerations.Context;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.Level;
import eu.europa.esig.dss.enumerations.ValidationModel;
import eu.europa.esig.dss.model.policy.CertificateApplicabilityRule;
import eu.europa.esig.dss.model.policy.CryptographicSuite;
import eu.europa.esig.dss.model.policy.LevelRule;
import eu.europa.esig.dss.model.policy.MultiValuesRule;
import eu.europa.esig.dss.model.policy.ValidationPolicy;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Set;

/**
 * What DSS is asked to check. The jar has no reader for its policy files, so the rules that fail in its default
 * policy stand here by the name of the question; what is not named is not asked. Algorithms have no end dates here:
 * those are a matter of inkan's own policy.
 */
final class Policy {
    private static final Set<String> FAIL = Set.of(
        // The signature and what it covers (EN 319 102-1 clauses 5.2.2 and 5.2.7).
        "getReferenceDataExistenceConstraint", "getReferenceDataIntactConstraint", "getSignatureIntactConstraint",
        "getSignatureDuplicatedConstraint", "getStructuralValidationConstraint", "getSignerInformationStoreConstraint",
        "getMessageDigestOrSignedPropertiesConstraint",
        // The signing certificate (clause 5.2.3).
        "getSigningCertificateRecognitionConstraint", "getSigningCertificateAttributePresentConstraint",
        "getSigningCertificateDigestValuePresentConstraint", "getSigningCertificateDigestValueMatchConstraint",
        "getSigningCertificateIssuerSerialMatchConstraint",
        // The path (clause 5.2.6).
        "getProspectiveCertificateChainConstraint", "getCertificateSignatureConstraint",
        "getCertificateNotExpiredConstraint", "getCertificateCAConstraint", "getCertificateIssuerNameConstraint",
        "getCertificateMaxPathLengthConstraint", "getCertificateKeyUsageConstraint",
        "getCertificateExtendedKeyUsageConstraint", "getCertificatePolicyTreeConstraint",
        "getCertificateNameConstraintsConstraint", "getRevocationDataAvailableConstraint",
        "getAcceptableRevocationDataFoundConstraint", "getCertificateNotRevokedConstraint",
        "getCertificateNotOnHoldConstraint", "getUnknownStatusConstraint", "getThisUpdatePresentConstraint",
        "getRevocationIssuerKnownConstraint", "getRevocationIssuerValidAtProductionTimeConstraint",
        "getRevocationAfterCertificateIssuanceConstraint", "getRevocationHasInformationAboutCertificateConstraint",
        "getOCSPResponseResponderIdMatchConstraint",
        // Timestamps (clauses 5.4 to 5.6) and the index of an archive timestamp (EN 319 122-1 clause 5.5.2).
        "getBestSignatureTimeBeforeExpirationDateOfSigningCertificateConstraint", "getTimestampCoherenceConstraint",
        "getTimestampValidConstraint", "getAtsHashIndexConstraint");

    private Policy() {}

    static ValidationPolicy policy() {
        return (ValidationPolicy) Proxy.newProxyInstance(
            Policy.class.getClassLoader(), new Class<?>[] {ValidationPolicy.class}, (self, method, given) -> answer(method, given));
    }

    private static Object answer(Method method, Object[] given) {
        String name = method.getName();
        if (name.equals("getValidationModel")) {
            return ValidationModel.SHELL;
        }
        if (method.getReturnType() == boolean.class) {
            return false;
        }
        if (method.getReturnType() == String.class) {
            return "the rules that fail by default";
        }
        if (name.equals("getRevocationDataSkipConstraint")) {
            return given[0] == Context.REVOCATION ? skipped() : null;
        }
        if (method.getReturnType() == CryptographicSuite.class) {
            return suite();
        }
        if (!FAIL.contains(name)) {
            return null;
        }
        if (name.equals("getCertificateCAConstraint") && leaf(given)) {
            return null;
        }
        if (name.equals("getCertificateKeyUsageConstraint")) {
            return keyUsage(given);
        }
        if (name.equals("getCertificateExtendedKeyUsageConstraint")) {
            return given[0] == Context.TIMESTAMP && leaf(given) ? values("timeStamping") : null;
        }
        return (LevelRule) () -> Level.FAIL;
    }

    /** Every algorithm, at any time: it is asked for without being able to say nothing. */
    private static CryptographicSuite suite() {
        return (CryptographicSuite) Proxy.newProxyInstance(
            Policy.class.getClassLoader(), new Class<?>[] {CryptographicSuite.class}, (self, method, given) -> switch (method.getName()) {
                case "getAcceptableDigestAlgorithms" -> List.of(DigestAlgorithm.values());
                case "getAcceptableEncryptionAlgorithms" -> List.of(EncryptionAlgorithm.values());
                case "getAcceptableEncryptionAlgorithmsWithMinKeySizes" -> List.of();
                case "getAcceptableDigestAlgorithmsWithExpirationDates", "getAcceptableEncryptionAlgorithmsWithExpirationDates" -> new HashMap<>();
                case "getPolicyName" -> "every algorithm";
                default -> method.getReturnType() == Level.class ? Level.IGNORE : null;
            });
    }

    private static Object keyUsage(Object[] given) {
        if (!leaf(given)) {
            return values("keyCertSign");
        }
        return given[0] == Context.SIGNATURE ? values("nonRepudiation") : null;
    }

    private static boolean leaf(Object[] given) {
        return given[1].toString().equals("SIGNING_CERT");
    }

    /** A responder that says id-pkix-ocsp-nocheck is not asked about itself (RFC 6960 section 4.2.2.2.1). */
    private static CertificateApplicabilityRule skipped() {
        return new CertificateApplicabilityRule() {
            @Override
            public Level getLevel() {
                return Level.IGNORE;
            }

            @Override
            public MultiValuesRule getCertificateExtensions() {
                return values("1.3.6.1.5.5.7.48.1.5");
            }

            @Override
            public MultiValuesRule getCertificatePolicies() {
                return null;
            }
        };
    }

    private static MultiValuesRule values(String... accepted) {
        return new MultiValuesRule() {
            @Override
            public List<String> getValues() {
                return List.of(accepted);
            }

            @Override
            public Level getLevel() {
                return Level.FAIL;
            }
        };
    }
}
