package io.tocsin.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The house rules that a machine can hold.
final class ArchitectureTest {
    private static final Path ROOT = Path.of("..");
    private static final List<String> MODULES = List.of("event", "pipeline", "correlator", "storage", "core", "app");
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.tocsin");

    @Test
    void seesTheWholeProduct() {
        assertThat(CLASSES.size()).isGreaterThan(300);
        for (String module : MODULES) {
            assertThat(CLASSES.stream().anyMatch(type -> type.getPackageName().startsWith("io.tocsin." + module)))
                    .as(module)
                    .isTrue();
        }
    }

    @Test
    void modulesPointOneWay() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.tocsin.event..",
                        "io.tocsin.expression..",
                        "io.tocsin.config..",
                        "io.tocsin.error..",
                        "io.tocsin.time..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.tocsin.pipeline..",
                        "io.tocsin.correlator..",
                        "io.tocsin.storage..",
                        "io.tocsin.core..",
                        "io.tocsin.app..")
                .check(CLASSES);
        for (String module : List.of("pipeline", "correlator", "storage", "core")) {
            String[] others = MODULES.stream()
                    .filter(other -> !other.equals(module) && !other.equals("event"))
                    .map(other -> "io.tocsin." + other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage("io.tocsin." + module + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others)
                    .check(CLASSES);
        }
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.tocsin.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyTheEngineTouchesNativeMemory() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.tocsin.storage.embedded..", "io.tocsin.pipeline.connector.kernel..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(CLASSES);
    }

    @Test
    void normalizersAndConditionsDoNoInputOrOutput() {
        noClasses()
                .that()
                .resideInAnyPackage("io.tocsin.expression..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.net..", "java.util.concurrent..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("io.tocsin.pipeline.normalizer..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.nio.channels..",
                        "java.net..",
                        "io.tocsin.pipeline.connector..",
                        "io.tocsin.pipeline.transport..")
                .check(CLASSES);
    }

    @Test
    void librariesStayBehindOneClass() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.tocsin.expression.BoundedRegex")
                .and()
                .haveNameNotMatching("io\\.tocsin\\.expression\\.BoundedRegex\\$.*")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.google.re2j..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tocsin.config..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.snakeyaml..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tocsin.core..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework..")
                .check(CLASSES);
        noClasses()
                .that()
                .haveNameNotMatching("io\\.tocsin\\.pipeline\\.enrich\\.lookup\\.(Dns|Ldap)Resolver(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.xbill.DNS..", "com.unboundid..")
                .check(CLASSES);
        noClasses()
                .that()
                .haveNameNotMatching("io\\.tocsin\\.pipeline\\.(kafka\\..*"
                        + "|connector\\.Kafka(Consumption|Partition|Places)(\\$.*)?|destination\\.KafkaSender(\\$.*)?)")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka..")
                .check(CLASSES);
        noClasses()
                .that()
                .haveNameNotMatching("io\\.tocsin\\.pipeline\\.destination\\.NatsSender(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.nats..")
                .check(CLASSES);
    }

    @Test
    void eventTextIsNeverGivenToBacktrackingExpressions() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.tocsin.pipeline.normalizer..",
                        "io.tocsin.expression..",
                        "io.tocsin.correlator.engine..",
                        "io.tocsin.correlator.index..",
                        "io.tocsin.correlator.window..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.regex..")
                .check(CLASSES);
    }

    @Test
    void onlyTheApplicationEndsTheProcess() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tocsin.app..")
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(CLASSES);
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.tocsin.time.SystemClock")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .check(CLASSES);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Helpers|Manager|Impl)(\\$.*)?")
                .check(CLASSES);
        classes()
                .that()
                .haveSimpleName("package-info")
                .should()
                .beAnnotatedWith(org.jspecify.annotations.NullMarked.class)
                .check(CLASSES);
    }

    @Test
    void everyPackageSaysWhatItIsFor() throws IOException {
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                List<Path> undocumented = files.filter(Files::isDirectory)
                        .filter(ArchitectureTest::holdsJava)
                        .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
                        .toList();
                assertThat(undocumented).isEmpty();
            }
        }
    }

    @Test
    void classesThatChangeSayWhichThreadsMayUseThem() throws IOException {
        for (JavaClass type : CLASSES) {
            // Commands are filled by the command line parser and used once.
            boolean changes = !type.getPackageName().equals("io.tocsin.app.command")
                    && type.getFields().stream()
                            .anyMatch(field -> !field.getModifiers().contains(JavaModifier.FINAL)
                                    && !field.getModifiers().contains(JavaModifier.SYNTHETIC));
            if (changes) {
                Path file = sourceOf(type);
                assertThat(Files.readString(file))
                        .as("%s has fields that change: write a line 'Thread-safety:'", file)
                        .contains("Thread-safety:");
            }
        }
    }

    private static Path sourceOf(JavaClass type) {
        String name = type.getSource().flatMap(Source::getFileName).orElseThrow();
        String folder = type.getPackageName().replace('.', '/');
        return MODULES.stream()
                .map(module -> ROOT.resolve(module)
                        .resolve("src/main/java")
                        .resolve(folder)
                        .resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no source of " + type.getName()));
    }

    @Test
    void filesStaySmall() throws IOException {
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    try (Stream<String> lines = Files.lines(file)) {
                        assertThat(lines.count()).as("%s", file).isLessThanOrEqualTo(800);
                    }
                }
            }
        }
    }

    private static boolean holdsJava(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".java"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
