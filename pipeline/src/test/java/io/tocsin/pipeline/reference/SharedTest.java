package io.tocsin.pipeline.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedTest {
    @TempDir
    Path folder;

    private final List<Object> closed = new ArrayList<>();
    private final Shared<String, Object> shared = new Shared<>(closed::add);

    @Test
    void closesWhatIsSharedWithTheLastLease() {
        Shared.Lease<Object> first = shared.take("a", Object::new);
        Shared.Lease<Object> second = shared.take("a", Object::new);
        assertThat(second.get()).isSameAs(first.get());
        assertThat(shared.take("b", Object::new).get()).isNotSameAs(first.get());
        first.close();
        first.close();
        assertThat(closed).isEmpty();
        second.close();
        assertThat(closed).containsExactly(first.get());
        assertThat(shared.take("a", Object::new).get()).isNotSameAs(first.get());
    }

    @Test
    void holdsNothingWhenOpeningFails() {
        assertThatThrownBy(() -> shared.take("a", () -> {
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(shared.size()).isZero();
    }

    @Test
    void opensOnceForAllThatAskAtTheSameTime() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Shared.Lease<Object>>> asking = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                asking.add(() -> shared.take("a", opened::incrementAndGet));
            }
            for (Future<Shared.Lease<Object>> lease : threads.invokeAll(asking)) {
                assertThat(lease.get().get()).isEqualTo(1);
                lease.get().close();
            }
        }
        assertThat(closed).containsExactly(1);
    }

    private DictionaryConfig config() {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("test", "{ file: \"%s/d.csv\" }".formatted(folder), problems);
        return Objects.requireNonNull(
                DictionaryConfig.read(DictionaryConfig.DICTIONARY_KIND, Objects.requireNonNull(node), problems));
    }

    @Test
    void aDictionaryThatIsReadAgainIsSoForAll() throws IOException {
        Files.writeString(folder.resolve("d.csv"), "key,value\n1,one\n");
        try (Shared.Lease<DictionarySource> first = DictionarySource.share("d", config());
                Shared.Lease<DictionarySource> second = DictionarySource.share("d", config())) {
            assertThat(second.get().current()).isSameAs(first.get().current());
            Files.writeString(folder.resolve("d.csv"), "key,value\n1,one\n2,two\n");
            assertThat(first.get().refresh()).isTrue();
            assertThat(second.get().current().size()).isEqualTo(2);
            // Who comes later sees the file as it is then.
            Files.writeString(folder.resolve("d.csv"), "key,value\n1,one\n2,two\n3,three\n");
            try (Shared.Lease<DictionarySource> third = DictionarySource.share("d", config())) {
                assertThat(third.get()).isSameAs(first.get());
                assertThat(first.get().current().size()).isEqualTo(3);
            }
        }
    }
}
