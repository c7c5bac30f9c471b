package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResourceFingerprintTest {
    @TempDir
    private Path folder;

    private ResourceFingerprint collector(String connector, String format, String variable) throws IOException {
        Files.writeString(
                folder.resolve("c.yaml"),
                "kind: collector\nname: first\nspec:\n  connector: " + connector + "\n  normalizer: mine\n");
        Files.writeString(folder.resolve("n.yaml"), "kind: normalizer\nname: mine\nspec: { format: " + format + " }\n");
        Problems problems = new Problems();
        Resources resources = Resources.load(folder, null, _ -> variable, problems);
        problems.throwIfAny();
        return Objects.requireNonNull(
                ResourceFingerprint.of(resources, "collector").get("first"));
    }

    @Test
    void isTheSameOnTwoMachinesWithOtherVariables() throws IOException {
        String connector = "{ type: tcp, listen: \"${PORT:-127.0.0.1:1}\" }";
        assertThat(collector(connector, "kv", "10.0.0.1:514")).isEqualTo(collector(connector, "kv", "10.0.0.2:514"));
    }

    @Test
    void namesTheKeysAndResourcesThatDiffer() throws IOException {
        ResourceFingerprint one = collector("{ type: tcp, listen: \"127.0.0.1:1\" }", "kv", "");
        ResourceFingerprint other = collector("{ type: tcp, listen: \"127.0.0.1:2\" }", "json", "");
        assertThat(other.shown()).isNotEqualTo(one.shown());
        assertThat(one.parts())
                .containsOnlyKeys(
                        "kind", "name", "connector.type", "connector.listen", "normalizer", "normalizer mine");
        assertThat(one.parts().keySet().stream()
                        .filter(part -> !Objects.equals(
                                one.parts().get(part), other.parts().get(part))))
                .containsExactlyInAnyOrder("connector.listen", "normalizer mine");
    }

    @Test
    void showsNothingOfSecretsAndYetNoticesThatTheyChange() throws IOException {
        ResourceFingerprint one = collector("{ type: http, listen: \"127.0.0.1:1\", token: abc }", "json", "");
        ResourceFingerprint other = collector("{ type: http, listen: \"127.0.0.1:1\", token: def }", "json", "");
        assertThat(other.shown()).isEqualTo(one.shown());
        assertThat(other.parts()).isEqualTo(one.parts()).doesNotContainKey("connector.token");
        assertThat(other.whole()).isNotEqualTo(one.whole());
    }
}
