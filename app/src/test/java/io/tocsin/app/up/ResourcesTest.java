package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResourcesTest {
    @TempDir
    Path folder;

    private Path shipped;
    private Path own;
    private final Problems problems = new Problems();

    @BeforeEach
    void prepare() throws IOException {
        shipped = Files.createDirectories(folder.resolve("shipped"));
        own = Files.createDirectories(folder.resolve("own").resolve("deep"));
        Files.writeString(shipped.resolve("a.yaml"), "kind: collector\nname: syslog\nspec: {}\n");
        Files.writeString(
                shipped.resolve("n.yaml"),
                "kind: normalizer\nname: syslog\nspec: {}\n---\nkind: normalizer\nname: cef\nspec: {}\n");
        Files.writeString(shipped.resolve("n.tests.yaml"), "- nothing of interest\n");
    }

    private Resources load(boolean withOwn) {
        return Resources.load(shipped, withOwn ? own.getParent() : null, Map.of("PORT", "99")::get, problems);
    }

    @Test
    void readsShippedResourcesAndPassesOverTests() {
        Resources resources = load(false);
        assertThat(problems.list()).isEmpty();
        assertThat(resources.ofKind("collector"))
                .extracting(Resources.Resource::name)
                .containsExactly("syslog");
        assertThat(resources.ofKind("normalizer"))
                .extracting(Resources.Resource::name)
                .containsExactly("syslog", "cef");
    }

    @Test
    void ownCollectorsReplaceTheShippedOnesAndOwnNormalizersJoinThem() throws IOException {
        Files.writeString(
                own.resolve("c.yaml"),
                "kind: collector\nname: mine\nspec: { listen: \"${HOST:-127.0.0.1}:${PORT}\" }\n");
        Files.writeString(own.resolve("n.yaml"), "kind: normalizer\nname: cef\nspec: { mine: true }\n");
        Resources resources = load(true);
        assertThat(problems.list()).isEmpty();
        assertThat(resources.ofKind("collector"))
                .extracting(Resources.Resource::name)
                .containsExactly("mine");
        assertThat(resources.ofKind("collector").getFirst().document().toString())
                .contains("127.0.0.1:99");
        assertThat(resources.find("normalizer", "cef"))
                .isNotNull()
                .extracting(Resources.Resource::shipped)
                .isEqualTo(false);
        assertThat(resources.find("normalizer", "syslog")).isNotNull();
    }

    @Test
    void setsSigmaRulesApart() throws IOException {
        Files.writeString(
                own.resolve("s.yml"),
                "title: t\nlogsource: { product: linux }\ndetection: { a: { b: c }, condition: a }\n");
        assertThat(load(true).sigmaFiles()).containsExactly(own.resolve("s.yml"));
        assertThat(problems.list()).isEmpty();
    }

    @Test
    void namesEverythingThatIsWrongWithItsPlace() throws IOException {
        Files.writeString(
                own.resolve("w.yaml"),
                "kind: colector\nname: x\n---\nkind: rule\n---\nkind: rule\nname: r\n---\nkind: rule\nname: r\n---\n- list\n");
        load(true);
        assertThat(problems.toString())
                .contains("w.yaml:1:1")
                .contains("did you mean")
                .contains("no name")
                .contains("name stands twice")
                .contains("this is a list");
    }
}
