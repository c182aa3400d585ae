import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// An application on an instance, of what the JDK has alone: it reads the role's credentials from
/// the metadata service with a token, and asks the token service over TLS who it is.
public class Identity {
    static final String METADATA = "http://100.100.100.200/latest/";
    static final String CREDENTIALS = METADATA + "meta-data/ram/security-credentials/";
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws Exception {
        String token = send(HttpRequest.newBuilder(URI.create(METADATA + "api/token"))
            .header("X-aliyun-ecs-metadata-token-ttl-seconds", "60")
            .PUT(HttpRequest.BodyPublishers.noBody()));
        String role = item(CREDENTIALS, token);
        String key = item(CREDENTIALS + role, token);
        TreeMap<String, String> query = new TreeMap<>(Map.of(
            "Action", "GetCallerIdentity", "Version", "2015-04-01", "Format", "JSON",
            "AccessKeyId", field(key, "AccessKeyId"), "SecurityToken", field(key, "SecurityToken"),
            "SignatureMethod", "HMAC-SHA1", "SignatureVersion", "1.0",
            "SignatureNonce", UUID.randomUUID().toString(),
            "Timestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
        String canonical = query.entrySet().stream()
            .map(pair -> encode(pair.getKey()) + "=" + encode(pair.getValue()))
            .collect(Collectors.joining("&"));
        String signature = sign(
            field(key, "AccessKeySecret") + "&", "GET&%2F&" + encode(canonical));
        URI uri = URI.create("https://sts.aliyuncs.com/?" + canonical + "&Signature=" + encode(signature));
        System.out.println(field(send(HttpRequest.newBuilder(uri)), "Arn"));
    }

    static String item(String uri, String token) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(uri))
            .header("X-aliyun-ecs-metadata-token", token));
    }

    static String send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> answer =
            CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    static String field(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no " + name);
        }
        return found.group(1);
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
            .replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
    }

    static String sign(String key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
        byte[] made = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        return Base64.getEncoder().encodeToString(made);
    }
}
