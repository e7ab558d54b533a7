import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
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
            case "bench" -> bench(job);
            case "judge" -> Judge.judge(job);
            case "make" -> Maker.make(job);
            case "extend" -> Maker.extend(job);
            default -> throw new IllegalArgumentException("unknown job: " + what);
        };
    }

    /** The processor time of the second half of some jobs; the first half warms up. */
    private static ObjectNode bench(JsonNode job) throws Exception {
        var clock = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        JsonNode jobs = job.get("jobs");
        int half = jobs.size() / 2;
        long begin = 0;
        for (int number = 0; number < jobs.size(); number++) {
            if (number == half) {
                begin = clock.getProcessCpuTime();
            }
            JsonNode judged = answer(jobs.get(number)).get("signatures").get(0);
            if (!judged.get("indication").asText().equals("PASSED")) {
                throw new IllegalStateException(judged.toString());
            }
        }
        long used = clock.getProcessCpuTime() - begin;
        return JSON.createObjectNode().put("ms", used / 1e6 / (jobs.size() - half));
    }
}
