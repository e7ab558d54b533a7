import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * EU DSS as judge and as maker of CAdES signatures: jobs come as lines of JSON, and so do the answers, in the
 * form of testdata/peers/judge.py. One process serves many jobs, because starting it takes two seconds.
 */
public final class Dss {
    static final ObjectMapper JSON = new ObjectMapper();

    private Dss() {}

    /** Answers every line. An answer that is not a verdict says why, and the next line is still read. */
    public static void main(String[] arguments) throws Exception {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            ObjectNode answer;
            try {
                answer = answer(JSON.readTree(line));
            } catch (Exception error) {
                answer = JSON.createObjectNode().put("error", error.toString());
            }
            System.out.println(JSON.writeValueAsString(answer));
        }
    }

    private static ObjectNode answer(JsonNode job) throws Exception {
        String what = job.get("do").asText();
        return switch (what) {
            case "judge" -> Judge.judge(job);
            case "make" -> Maker.make(job);
            case "extend" -> Maker.extend(job);
            default -> throw new IllegalArgumentException("unknown job: " + what);
        };
    }
}
