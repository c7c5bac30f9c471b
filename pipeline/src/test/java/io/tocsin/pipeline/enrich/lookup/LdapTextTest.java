package io.tocsin.pipeline.enrich.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class LdapTextTest {
    @Test
    void writesIdentifiersOfActiveDirectoryAsPeopleKnowThem() {
        assertThat(LdapResolver.guid(HexFormat.of().parseHex("78563412bc9af0de1234567890abcdef")))
                .isEqualTo("12345678-9abc-def0-1234-567890abcdef");
        assertThat(LdapResolver.sid(
                        HexFormat.of().parseHex("010500000000000515000000010000000200000003000000f4010000")))
                .isEqualTo("S-1-5-21-1-2-3-500");
        assertThat(LdapResolver.guid(new byte[3])).isNull();
        assertThat(LdapResolver.sid(new byte[9])).isNull();
    }
}
