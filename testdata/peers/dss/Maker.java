import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.service.SecureRandomNonceSource;
import eu.europa.esig.dss.service.http.commons.TimestampDataLoader;
import eu.europa.esig.dss.service.tsp.OnlineTSPSource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import java.io.IOException;
import java.security.KeyStore.PasswordProtection;
import java.util.List;

/** Makes CAdES signatures at every level, and takes them to a further one. */
final class Maker {
    private Maker() {}

    static ObjectNode make(JsonNode job) throws IOException {
        CAdESService service = service(job);
        CAdESSignatureParameters parameters = parameters(job);
        DSSDocument content = new FileDocument(job.get("content").asText());
        var password = new PasswordProtection(job.get("password").asText().toCharArray());
        try (var token = new Pkcs12SignatureToken(job.get("store").asText(), password)) {
            DSSPrivateKeyEntry key = token.getKeys().get(0);
            parameters.setSigningCertificate(key.getCertificate());
            parameters.setCertificateChain(key.getCertificateChain());
            var data = service.getDataToSign(content, parameters);
            var value = token.sign(data, parameters.getDigestAlgorithm(), key);
            service.signDocument(content, parameters, value).save(job.get("out").asText());
        }
        return Dss.JSON.createObjectNode();
    }

    /** At level LTA a second extension adds another archive timestamp: that is a renewal. */
    static ObjectNode extend(JsonNode job) throws IOException {
        CAdESSignatureParameters parameters = parameters(job);
        if (job.has("content")) {
            parameters.setDetachedContents(List.of(new FileDocument(job.get("content").asText())));
        }
        DSSDocument signed = new FileDocument(job.get("file").asText());
        service(job).extendDocument(signed, parameters).save(job.get("out").asText());
        return Dss.JSON.createObjectNode();
    }

    private static CAdESSignatureParameters parameters(JsonNode job) {
        var parameters = new CAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.valueOf("CAdES_BASELINE_" + job.get("level").asText()));
        boolean detached = job.path("form").asText("detached").equals("detached");
        parameters.setSignaturePackaging(detached ? SignaturePackaging.DETACHED : SignaturePackaging.ENVELOPING);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        return parameters;
    }

    private static CAdESService service(JsonNode job) {
        var service = new CAdESService(World.verifier(job));
        if (job.has("tsa")) {
            var source = new OnlineTSPSource(job.get("tsa").asText(), new TimestampDataLoader());
            source.setNonceSource(new SecureRandomNonceSource());
            service.setTspSource(source);
        }
        return service;
    }
}
