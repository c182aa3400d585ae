import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.CredentialsProvider;
import com.aliyun.oss.common.auth.CredentialsProviderFactory;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.model.OSSObjectSummary;
import com.aliyuncs.CommonRequest;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.auth.AlibabaCloudCredentialsProvider;
import com.aliyuncs.auth.BasicSessionCredentials;
import com.aliyuncs.auth.InstanceProfileCredentialsProvider;
import com.aliyuncs.auth.StaticCredentialsProvider;
import com.aliyuncs.http.MethodType;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// An application on an instance: it has no key, no variable and no configuration. It finds the
/// credentials of its role with Alibaba's SDKs for Java, asks the token service who it is and
/// reads objects at the public endpoints, over TLS. One JSON command a line, one JSON answer a
/// line: see programs/reader.py.
public class Application {
    static final String REGION = "cn-hangzhou";
    static final String METADATA =
        "http://100.100.100.200/latest/meta-data/ram/security-credentials/";

    AlibabaCloudCredentialsProvider core;
    CredentialsProvider objects;
    AlibabaCloudCredentialsProvider kept;

    public static void main(String[] arguments) throws Exception {
        Application application = new Application();
        Gson gson = new Gson();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject command = new JsonParser().parse(line).getAsJsonObject();
            String[] words = gson.fromJson(command.get("with"), String[].class);
            System.out.println(gson.toJson(application.answer(command.get("do").getAsString(), words)));
        }
    }

    Map<String, Object> answer(String name, String[] words) {
        try {
            return Map.of("ok", call(name, words));
        } catch (com.aliyuncs.exceptions.ClientException refused) {
            return Map.of("code", String.valueOf(refused.getErrCode()), "says", refused.toString());
        } catch (OSSException refused) {
            return Map.of("code", refused.getErrorCode(), "says", refused.toString());
        } catch (Exception error) {
            return Map.of("error", error.toString());
        }
    }

    Object call(String name, String[] words) throws Exception {
        switch (name) {
            case "use":
                return use(words[0], words.length > 1 ? words[1] : role());
            case "key":
                return key();
            case "identity":
                return identity();
            case "read":
                return read(words[0], words[1]);
            case "list":
                return list(words[0], words[1]);
            default:
                throw new IllegalArgumentException(name);
        }
    }

    /// Takes credentials from one of the two SDKs, or keeps those that it has now.
    String use(String library, String role) throws Exception {
        switch (library) {
            case "credentials":
                core = new InstanceProfileCredentialsProvider(role);
                break;
            case "objects":
                objects = CredentialsProviderFactory.newInstanceProfileCredentialsProvider(role);
                break;
            case "kept":
                BasicSessionCredentials now = (BasicSessionCredentials) core.getCredentials();
                kept = new StaticCredentialsProvider(now);
                String[] of = {now.getAccessKeyId(), now.getAccessKeySecret(), now.getSessionToken()};
                objects = new DefaultCredentialProvider(of[0], of[1], of[2]);
                break;
            default:
                throw new IllegalArgumentException(library);
        }
        return key();
    }

    String key() throws Exception {
        return core != null
            ? core.getCredentials().getAccessKeyId()
            : objects.getCredentials().getAccessKeyId();
    }

    String identity() throws Exception {
        CommonRequest request = new CommonRequest();
        request.setSysDomain("sts." + REGION + ".aliyuncs.com");
        request.setSysVersion("2015-04-01");
        request.setSysAction("GetCallerIdentity");
        request.setSysMethod(MethodType.POST);
        request.setSysProtocol(ProtocolType.HTTPS);
        DefaultAcsClient client =
            new DefaultAcsClient(DefaultProfile.getProfile(REGION), kept != null ? kept : core);
        String body = client.getCommonResponse(request).getData();
        return new JsonParser().parse(body).getAsJsonObject().get("Arn").getAsString();
    }

    String read(String bucket, String key) throws Exception {
        OSS client = oss();
        byte[] bytes = client.getObject(bucket, key).getObjectContent().readAllBytes();
        client.shutdown();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    List<String> list(String bucket, String prefix) {
        OSS client = oss();
        List<OSSObjectSummary> found = client.listObjects(bucket, prefix).getObjectSummaries();
        client.shutdown();
        return found.stream().map(OSSObjectSummary::getKey).collect(Collectors.toList());
    }

    OSS oss() {
        return new OSSClientBuilder().build("https://oss-" + REGION + ".aliyuncs.com", objects);
    }

    static String role() throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient().send(
            HttpRequest.newBuilder(URI.create(METADATA)).build(),
            HttpResponse.BodyHandlers.ofString());
        return answer.body();
    }
}
