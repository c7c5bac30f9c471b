package io.tocsin.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SubnetsTest {
    private static boolean contains(String address, String... networks) {
        byte[] bytes = ("[" + address + "]").getBytes(StandardCharsets.UTF_8);
        return Subnets.of(List.of(networks)).contains(bytes, 1, bytes.length - 2);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1,10.0.0.0/8,true",
        "11.0.0.1,10.0.0.0/8,false",
        "10.0.0.1,10.0.0.1,true",
        "10.0.0.2,10.0.0.1/32,false",
        "255.255.255.255,0.0.0.0/0,true",
        "::1,0.0.0.0/0,false",
        "::ffff:10.0.0.1,10.0.0.0/8,true",
        "10.0.0.1,::ffff:0:0/96,true",
        "2001:db8::1,2001:db8::/32,true",
        "2001:DB8:0:0:0:0:0:1,2001:db8::1,true",
        "fe80::1%eth0,fe80::/10,true",
        "1:2:3:4:5:6:7::,1:2:3:4:5:6:7:0,true",
        "::2:3:4:5:6:7:8,0:2:3:4:5:6:7:8,true",
        "x,0.0.0.0/0,false",
        "010.0.0.1,0.0.0.0/0,false",
        "1.2.3,0.0.0.0/0,false",
        "1.2.3.4.5,0.0.0.0/0,false",
        "1.2.3.256,0.0.0.0/0,false",
        "1:2:3:4:5:6:7,::/0,false",
        "1:2:3:4:5:6:7:8:9,::/0,false",
        "1::2::3,::/0,false",
        "1:2:3:4:5:6:7:8::,::/0,false",
        ":1,::/0,false",
        "1:,::/0,false",
        ":::,::/0,false",
        "12345::,::/0,false",
        "::1.2.3.4,::/0,true",
        "1:2:3:4:5:6:7:1.2.3.4,::/0,false",
    })
    void decides(String address, String network, boolean expected) {
        assertThat(contains(address, network)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0/8", "10.0.0.0/8/8", "/8"})
    void refusesWhatIsNoNetwork(String text) {
        assertThat(Subnets.parse(text)).isNull();
    }

    @Test
    void mergesNetworksWithoutChangingTheAnswer() {
        long seed = 61;
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            String[] networks = new String[random.nextInt(1, 30)];
            for (int i = 0; i < networks.length; i++) {
                networks[i] = "10.0." + random.nextInt(4) + "." + random.nextInt(256) + "/" + random.nextInt(20, 33);
            }
            Subnets all = Subnets.of(List.of(networks));
            for (int i = 0; i < 200; i++) {
                String address = "10.0." + random.nextInt(5) + "." + random.nextInt(256);
                byte[] bytes = address.getBytes(StandardCharsets.UTF_8);
                boolean any = false;
                for (String network : networks) {
                    any |= contains(address, network);
                }
                assertThat(all.contains(bytes, 0, bytes.length))
                        .as("seed %d round %d", seed, round)
                        .isEqualTo(any);
            }
        }
    }

    @Test
    void readsAddressesAsThePlatformDoes() throws UnknownHostException {
        Random random = new Random(67);
        AddressText text = new AddressText();
        for (int round = 0; round < 20_000; round++) {
            byte[] address = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(address);
            if (random.nextBoolean()) {
                java.util.Arrays.fill(address, address.length / 4, address.length / 2, (byte) 0);
            }
            InetAddress expected = InetAddress.getByAddress(address);
            byte[] bytes = expected.getHostAddress().getBytes(StandardCharsets.UTF_8);

            assertThat(text.read(bytes, 0, bytes.length))
                    .as(expected.getHostAddress())
                    .isTrue();
            long low = 0;
            for (int i = Math.max(0, address.length - 8); i < address.length; i++) {
                low = low << 8 | (address[i] & 0xff);
            }
            assertThat(text.low()).isEqualTo(expected.getAddress().length == 4 ? 0xffff_0000_0000L | low : low);
        }
    }
}
