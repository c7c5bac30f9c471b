package io.tocsin.pipeline.enrich;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a real directory: OpenLDAP's slapd.
final class LdapEnrichmentTest {
    private static final Path PROGRAM = Path.of("/usr/sbin/slapd");

    @TempDir
    private static Path folder;

    private static @Nullable Process server;
    private static int port;

    @BeforeAll
    static void startServer() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "slapd is not installed: apt-get install slapd");
        Files.createDirectories(folder.resolve("data"));
        Path config = Files.writeString(folder.resolve("slapd.conf"), """
                include /etc/ldap/schema/core.schema
                include /etc/ldap/schema/cosine.schema
                include /etc/ldap/schema/inetorgperson.schema
                modulepath /usr/lib/ldap
                moduleload back_mdb
                pidfile %1$s/slapd.pid
                database mdb
                maxsize 10485760
                suffix "dc=corp,dc=example"
                rootdn "cn=admin,dc=corp,dc=example"
                rootpw secret
                directory %1$s/data
                access to * by dn.exact="cn=admin,dc=corp,dc=example" read by anonymous auth by * none
                """.formatted(folder));
        Path people = Files.writeString(folder.resolve("people.ldif"), """
                dn: dc=corp,dc=example
                objectClass: dcObject
                objectClass: organization
                o: Corp
                dc: corp

                dn: uid=anna,dc=corp,dc=example
                objectClass: inetOrgPerson
                uid: anna
                cn: Anna Example
                sn: Example
                departmentNumber: 7
                mail: anna@corp.example

                dn: uid=bert,dc=corp,dc=example
                objectClass: inetOrgPerson
                uid: bert
                uid: twice
                cn: Bert
                sn: Example

                dn: uid=carl,dc=corp,dc=example
                objectClass: inetOrgPerson
                uid: carl
                uid: twice
                cn: Carl
                sn: Example
                """);
        Process load = new ProcessBuilder(
                        PROGRAM.toString(), "-T", "add", "-f", config.toString(), "-l", people.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(load.getInputStream().readAllBytes(), UTF_8);
        assertThat(load.waitFor()).as(output).isZero();
        port = FreePorts.next();
        server = new ProcessBuilder(
                        PROGRAM.toString(), "-d", "0", "-f", config.toString(), "-h", "ldap://127.0.0.1:" + port + "/")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Awaitility.await().ignoreExceptions().until(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 500);
                return true;
            }
        });
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.destroy();
        }
    }

    private static StageRun open(int toPort, String secret, String more) {
        return StageRun.of(EnrichConfig.SPEC, """
                timeLimit: 5s
                rules:
                  - type: ldap
                    servers: ldap://127.0.0.1:%d
                    user: cn=admin,dc=corp,dc=example
                    secret: %s
                    base: dc=corp,dc=example
                    filter: (uid={key})
                    convert: [ { regexp: '[^\\\\]+$' }, lower ]
                    accounts:
                      SourceUserName: { SourceAccountID: entryUUID, N.sourceDepartment: departmentNumber, S.sourceMail: mail }
                      DestinationUserName: { S.destinationName: cn, S.destinationDn: dn }
                %s
                """.formatted(toPort, secret, more));
    }

    @Test
    void fillsAttributesOfAccounts() {
        try (StageRun run = open(port, "secret", "")) {
            List<String> events = run.all(List.of(
                    List.of("SourceUserName", "CORP\\Anna", "DestinationUserName", "bert"),
                    List.of("SourceUserName", "nobody"),
                    List.of("SourceUserName", "twice"),
                    List.of("DestinationUserName", "an*)(uid=*"),
                    List.of("SourcePort", "1")));
            assertThat(events.get(0))
                    .containsPattern("\"SourceAccountID\":\"[0-9a-f-]{36}\"")
                    .contains(
                            "\"sourceDepartment\":7",
                            "\"sourceMail\":\"anna@corp.example\"",
                            "\"destinationName\":\"Bert\"",
                            "\"destinationDn\":\"uid=bert,dc=corp,dc=example\"");
            assertThat(events.get(1)).isEqualTo("{\"SourceUserName\":\"nobody\"}");
            assertThat(events.get(2)).isEqualTo("{\"SourceUserName\":\"twice\"}");
            assertThat(events.get(3)).isEqualTo("{\"DestinationUserName\":\"an*)(uid=*\"}");
            assertThat(run.count("ldap.hits")).isEqualTo(2);
            assertThat(run.count("ldap.misses")).isEqualTo(3);
            assertThat(run.count("ldap.failures")).isZero();
            assertThat(run.one("SourceUserName", "anna")).contains("anna@corp.example");
            assertThat(run.count("ldap.asked")).isEqualTo(5);
        }
    }

    @Test
    void saysWhenTheDirectoryRefusesOrIsAway() throws IOException {
        try (StageRun run = open(port, "wrong", "")) {
            assertThat(run.one("SourceUserName", "anna")).contains("\"enrichmentError\":\"ldap: failed\"");
        }
        try (StageRun run = open(FreePorts.next(), "secret", "")) {
            assertThat(run.one("SourceUserName", "anna")).contains("\"enrichmentError\":\"ldap: failed\"");
            assertThat(run.count("ldap.errors")).isOne();
        }
    }
}
