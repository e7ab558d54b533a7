// BouncyCastle beside inkan: makes, renews and checks the evidence records (FILE.ers) of files. Words are what
// to do (make, renew, rehash, check), the address of a TSA or "-", and the files.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.ers.ERSArchiveTimeStampGenerator;
import org.bouncycastle.tsp.ers.ERSByteData;
import org.bouncycastle.tsp.ers.ERSData;
import org.bouncycastle.tsp.ers.ERSEvidenceRecord;
import org.bouncycastle.tsp.ers.ERSEvidenceRecordGenerator;

class Records {
    static final DigestCalculatorProvider DIGESTS = new BcDigestCalculatorProvider();
    static final AlgorithmIdentifier SHA256 = named(NISTObjectIdentifiers.id_sha256);
    static final AlgorithmIdentifier SHA512 = named(NISTObjectIdentifiers.id_sha512);

    static AlgorithmIdentifier named(ASN1ObjectIdentifier algorithm) {
        return new AlgorithmIdentifier(algorithm, org.bouncycastle.asn1.DERNull.INSTANCE);
    }

    public static void main(String[] words) throws Exception {
        List<Path> files = new ArrayList<>();
        for (int at = 2; at < words.length; at++) {
            files.add(Path.of(words[at]));
        }
        switch (words[0]) {
            case "make" -> make(words[1], files);
            case "renew" -> {
                for (Path file : files) {
                    ERSEvidenceRecord old = record(file);
                    TimeStampRequest request = old.generateTimeStampRenewalRequest(wanting());
                    Files.write(beside(file), old.renewTimeStamp(ask(words[1], request)).getEncoded());
                }
            }
            case "rehash" -> {
                for (Path file : files) {
                    ERSEvidenceRecord old = record(file);
                    TimeStampRequest request = old.generateHashRenewalRequest(DIGESTS.get(SHA512), data(file), wanting());
                    var answer = ask(words[1], request);
                    Files.write(beside(file), old.renewHash(DIGESTS.get(SHA512), data(file), answer).getEncoded());
                }
            }
            default -> {
                for (Path file : files) {
                    System.out.println(check(file));
                }
            }
        }
    }

    static void make(String tsa, List<Path> files) throws Exception {
        var generator = new ERSArchiveTimeStampGenerator(DIGESTS.get(SHA256));
        for (Path file : files) {
            generator.addData(data(file));
        }
        TimeStampResponse answer = ask(tsa, generator.generateTimeStampRequest(wanting()));
        var stamps = generator.generateArchiveTimeStamps(answer);
        for (ERSEvidenceRecord record : new ERSEvidenceRecordGenerator(DIGESTS).generate(stamps)) {
            for (Path file : files) {
                if (!Files.exists(beside(file)) && record.isContaining(data(file), new Date())) {
                    Files.write(beside(file), record.getEncoded());
                    break;
                }
            }
        }
    }

    static String check(Path file) {
        try {
            ERSEvidenceRecord record = record(file);
            record.validate(new JcaSimpleSignerInfoVerifierBuilder().build(record.getSigningCertificate()));
            record.validatePresent(data(file), new Date());
            return "ok";
        } catch (Exception error) {
            return error.toString();
        }
    }

    static ERSData data(Path file) throws Exception {
        return new ERSByteData(Files.readAllBytes(file));
    }

    static ERSEvidenceRecord record(Path file) throws Exception {
        return new ERSEvidenceRecord(Files.readAllBytes(beside(file)), DIGESTS);
    }

    static Path beside(Path file) {
        return Path.of(file + ".ers");
    }

    static TimeStampRequestGenerator wanting() {
        var generator = new TimeStampRequestGenerator();
        generator.setCertReq(true);
        return generator;
    }

    static TimeStampResponse ask(String tsa, TimeStampRequest request) throws Exception {
        HttpRequest post = HttpRequest.newBuilder(URI.create(tsa))
                .header("Content-Type", "application/timestamp-query")
                .POST(HttpRequest.BodyPublishers.ofByteArray(request.getEncoded()))
                .build();
        byte[] body = HttpClient.newHttpClient().send(post, HttpResponse.BodyHandlers.ofByteArray()).body();
        return new TimeStampResponse(body);
    }
}
