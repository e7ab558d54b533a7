import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import eu.europa.esig.dss.cades.validation.CMSDocumentValidator;
import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.enumerations.ValidationLevel;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.validation.reports.Reports;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/** A signature by EN 319 102-1 clause 5.6, as DSS applies it. */
final class Judge {
    private Judge() {}

    static ObjectNode judge(JsonNode job) {
        // By its name: the jar lists the validator of PDF alone among its services.
        var validator = new CMSDocumentValidator(new FileDocument(job.get("file").asText()));
        validator.setCertificateVerifier(World.verifier(job));
        if (job.has("content")) {
            validator.setDetachedContents(List.of(new FileDocument(job.get("content").asText())));
        }
        if (job.has("at")) {
            validator.setValidationTime(Date.from(Instant.parse(job.get("at").asText())));
        }
        validator.setValidationLevel(ValidationLevel.ARCHIVAL_DATA);
        validator.setEnableEtsiValidationReport(false);
        Reports reports = validator.validateDocument(Policy.policy());
        return told(reports.getSimpleReport(), reports.getDiagnosticData());
    }

    private static ObjectNode told(SimpleReport report, DiagnosticData data) {
        ObjectNode answer = Dss.JSON.createObjectNode();
        ArrayNode signatures = answer.putArray("signatures");
        for (String id : report.getSignatureIdList()) {
            ObjectNode signature = signatures.addObject();
            var sub = report.getSubIndication(id);
            signature.put("indication", report.getIndication(id).name().replace("TOTAL_", ""));
            signature.put("sub_indication", sub == null ? "" : sub.name());
            signature.put("level", report.getSignatureFormat(id).name().replace("CAdES_BASELINE_", ""));
            ArrayNode errors = signature.putArray("errors");
            report.getAdESValidationErrors(id).stream().map(Message::getValue).forEach(errors::add);
            ArrayNode stamps = signature.putArray("timestamps");
            for (var stamp : data.getSignatureById(id).getTimestampList()) {
                stamps.addObject()
                    .put("type", stamp.getType().name())
                    .put("time", stamp.getProductionTime().toInstant().toString())
                    .put("intact", stamp.isMessageImprintDataIntact() && stamp.isSignatureIntact())
                    .put("indication", String.valueOf(report.getIndication(stamp.getId())));
            }
        }
        return answer;
    }
}
