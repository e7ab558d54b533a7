import com.fasterxml.jackson.databind.JsonNode;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.client.http.NativeHTTPDataLoader;
import eu.europa.esig.dss.spi.validation.CertificateVerifier;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** Whom a job trusts, and what evidence it has. */
final class World {
    private World() {}

    /** Judging takes only what the job names; making an LT asks the servers that the certificates name. */
    static CertificateVerifier verifier(JsonNode job) {
        var verifier = new CommonCertificateVerifier(true);
        var trusted = new CommonTrustedCertificateSource();
        paths(job, "trust").forEach(path -> trusted.addCertificate(certificate(path)));
        verifier.setTrustedCertSources(trusted);
        var known = new CommonCertificateSource();
        List<DSSDocument> lists = new ArrayList<>();
        List<DSSDocument> answers = new ArrayList<>();
        for (String path : paths(job, "evidence")) {
            if (path.endsWith(".crl")) {
                lists.add(new FileDocument(path));
            } else if (path.endsWith(".ors")) {
                answers.add(new FileDocument(path));
            } else {
                known.addCertificate(certificate(path));
            }
        }
        verifier.setAdjunctCertSources(known);
        if (job.path("online").asBoolean()) {
            verifier.setCrlSource(new OnlineCRLSource(new NativeHTTPDataLoader()));
            verifier.setOcspSource(new OnlineOCSPSource(new NativeHTTPDataLoader()));
        } else {
            verifier.setCrlSource(new ExternalResourcesCRLSource(lists.toArray(new DSSDocument[0])));
            verifier.setOcspSource(new ExternalResourcesOCSPSource(answers.toArray(new DSSDocument[0])));
        }
        return verifier;
    }

    static List<String> paths(JsonNode job, String name) {
        List<String> paths = new ArrayList<>();
        job.path(name).forEach(path -> paths.add(path.asText()));
        return paths;
    }

    private static CertificateToken certificate(String path) {
        return DSSUtils.loadCertificate(new File(path));
    }
}
