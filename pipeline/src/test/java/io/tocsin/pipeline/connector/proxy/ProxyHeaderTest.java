package io.tocsin.pipeline.connector.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
    private static final byte[] FOUR = HexFormat.of().parseHex("c0000207cb0071099c4101bb");

    private static byte[] version2(int commandByte, int familyByte, byte[]... parts) {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            rest.writeBytes(part);
        }
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.writeBytes(SIGNATURE);
        header.write(commandByte);
        header.write(familyByte);
        header.write(rest.size() >> 8);
        header.write(rest.size());
        header.writeBytes(rest.toByteArray());
        return header.toByteArray();
    }

    private static byte[] option(int type, byte... value) {
        byte[] option = new byte[3 + value.length];
        option[0] = (byte) type;
        option[1] = (byte) (value.length >> 8);
        option[2] = (byte) value.length;
        System.arraycopy(value, 0, option, 3, value.length);
        return option;
    }

    private static @Nullable ProxyHeader read(byte[] bytes) throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        stream.writeBytes(bytes);
        stream.writeBytes("rest".getBytes(ISO_8859_1));
        ByteArrayInputStream in = new ByteArrayInputStream(stream.toByteArray());
        ProxyHeader header = ProxyReader.read(in);
        assertThat(new String(in.readAllBytes(), ISO_8859_1)).isEqualTo("rest");
        return header;
    }

    private static ProxyHeader readText(String text) throws IOException {
        return Objects.requireNonNull(read(text.getBytes(ISO_8859_1)));
    }

    @Test
    void takesThePeerFromALineAndNotAByteMore() throws IOException {
        ProxyHeader four = readText("PROXY TCP4 192.0.2.7 203.0.113.9 40001 443\r\n");
        assertThat(four.source()).isEqualTo(new InetSocketAddress("192.0.2.7", 40001));
        assertThat(four.destination()).isEqualTo(new InetSocketAddress("203.0.113.9", 443));
        ProxyHeader six = readText("PROXY TCP6 2001:db8::7 ::1 0 65535\r\n");
        assertThat(six.source()).isEqualTo(new InetSocketAddress("2001:db8::7", 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY UNKNOWN\r\n",
                "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
                "PROXY UNKNOWN any words\r\n"
            })
    void keepsThePeerOfTheConnectionWhenTheLineNamesNone(String line) throws IOException {
        assertThat(readText(line).source()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<13>no header\r\n",
                "PROXY\r\n",
                "PROXY TCP4\r\n",
                "PROXY TCP4 192.0.2.7 203.0.113.9 40001 443\n",
                "PROXY TCP4 192.0.2.7 203.0.113.9 40001\r443\r\n",
                "PROXY TCP4 192.0.2.07 203.0.113.9 40001 443\r\n",
                "PROXY TCP4 192.0.2.7 203.0.113.9 040001 443\r\n",
                "PROXY TCP4 192.0.2.7 203.0.113.9 65536 443\r\n",
                "PROXY TCP4 192.0.2.256 203.0.113.9 1 443\r\n",
                "PROXY TCP4 2001:db8::7 ::1 1 443\r\n",
                "PROXY TCP6 192.0.2.7 203.0.113.9 1 443\r\n",
                "PROXY TCP6 a.example ::1 1 443\r\n",
                "PROXY TCP4  192.0.2.7 203.0.113.9 1 443\r\n",
                "PROXY UDP4 192.0.2.7 203.0.113.9 1 443\r\n",
                "proxy TCP4 192.0.2.7 203.0.113.9 1 443\r\n",
                "PROXY UNKNOWN"
                        + " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
            })
    void refusesLinesThatAreWrong(String line) {
        assertThatThrownBy(() -> ProxyReader.read(new ByteArrayInputStream(line.getBytes(ISO_8859_1))))
                .isInstanceOf(ProxyException.class);
    }

    @Test
    void takesThePeerFromVersionTwoAndSkipsOptions() throws IOException {
        byte[] bytes =
                version2(0x21, 0x11, FOUR, option(0x04), option(0xE0, (byte) 1, (byte) 2), option(0x02, (byte) 'a'));
        ProxyHeader header = Objects.requireNonNull(read(bytes));
        assertThat(header.source()).isEqualTo(new InetSocketAddress("192.0.2.7", 40001));
        assertThat(header.destination()).isEqualTo(new InetSocketAddress("203.0.113.9", 443));
        assertThat(header.length()).isEqualTo(bytes.length);
        byte[] six = HexFormat.of()
                .parseHex("20010db8000000000000000000000007" + "00000000000000000000000000000001" + "9c4101bb");
        assertThat(Objects.requireNonNull(read(version2(0x21, 0x21, six))).source())
                .isEqualTo(new InetSocketAddress("2001:db8::7", 40001));
    }

    @Test
    void keepsThePeerOfTheConnectionForLocalAndOtherFamilies() throws IOException {
        assertThat(Objects.requireNonNull(read(version2(0x20, 0x00))).source()).isNull();
        assertThat(Objects.requireNonNull(read(version2(0x20, 0x11, FOUR))).source())
                .isNull();
        assertThat(Objects.requireNonNull(read(version2(0x20, 0x00, new byte[7])))
                        .source())
                .isNull();
        assertThat(Objects.requireNonNull(read(version2(0x21, 0x31, new byte[216])))
                        .source())
                .isNull();
        assertThat(Objects.requireNonNull(read(version2(0x21, 0x00))).source()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0x11, 0x11", "0x22, 0x11", "0x21, 0x41", "0x21, 0x13"})
    void refusesUnknownVersionsCommandsAndFamilies(String command, String family) {
        byte[] bytes = version2(Integer.decode(command), Integer.decode(family), FOUR);
        assertThatThrownBy(() -> ProxyReader.read(new ByteArrayInputStream(bytes)))
                .isInstanceOf(ProxyException.class)
                .hasMessageContaining("unknown");
    }

    @Test
    void refusesHeadersThatAreTooShortForWhatTheySay() {
        assertThatThrownBy(() -> read(version2(0x21, 0x11, new byte[11]))).isInstanceOf(ProxyException.class);
        assertThatThrownBy(() -> read(version2(0x21, 0x21, FOUR))).isInstanceOf(ProxyException.class);
        assertThatThrownBy(() -> read(version2(0x21, 0x11, FOUR, new byte[] {4, 0})))
                .isInstanceOf(ProxyException.class);
        assertThatThrownBy(() -> read(version2(0x21, 0x11, FOUR, new byte[] {4, 0, 9, 1})))
                .isInstanceOf(ProxyException.class);
        byte[] endless = version2(0x21, 0x11, new byte[20_000]);
        assertThatThrownBy(() -> read(endless)).hasMessageContaining("too long");
    }

    @Test
    void verifiesTheChecksumWhenThereIsOne() throws IOException {
        byte[] bytes = version2(0x21, 0x11, FOUR, option(0x03, new byte[4]), option(0x04, (byte) 9));
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        for (int i = 0; i < 4; i++) {
            bytes[31 + i] = (byte) (sum.getValue() >> (24 - 8 * i));
        }
        assertThat(Objects.requireNonNull(read(bytes)).source()).isEqualTo(new InetSocketAddress("192.0.2.7", 40001));
        bytes[16]++;
        assertThatThrownBy(() -> read(bytes)).hasMessageContaining("checksum");
    }

    @Test
    void takesAnEndBeforeTheFirstByteForACheck() throws IOException {
        assertThat(ProxyReader.read(new ByteArrayInputStream(new byte[0]))).isNull();
        byte[] whole = version2(0x21, 0x11, FOUR);
        for (int length = 1; length < whole.length; length++) {
            ByteArrayInputStream cut = new ByteArrayInputStream(whole, 0, length);
            assertThatThrownBy(() -> ProxyReader.read(cut)).isInstanceOf(ProxyException.class);
        }
    }

    @Test
    void readsOneHeaderOfEachDatagram() throws IOException {
        byte[] header = version2(0x21, 0x12, FOUR);
        byte[] datagram = new byte[3 + header.length + 5];
        System.arraycopy(header, 0, datagram, 3, header.length);
        ProxyHeader read = ProxyHeader.ofDatagram(datagram, 3, header.length + 5);
        assertThat(read.source()).isEqualTo(new InetSocketAddress("192.0.2.7", 40001));
        assertThat(read.length()).isEqualTo(header.length);
        assertThatThrownBy(() -> ProxyHeader.ofDatagram(datagram, 3, header.length - 1))
                .hasMessageContaining("longer than its datagram");
        assertThatThrownBy(() -> ProxyHeader.ofDatagram("<13>text of a message".getBytes(ISO_8859_1), 0, 20))
                .isInstanceOf(ProxyException.class);
    }

    @Test
    void survivesWhateverIsSent() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] sample = version2(0x21, 0x11, FOUR, option(0x03, new byte[4]), option(0x20, new byte[9]));
        byte[] line = "PROXY TCP4 192.0.2.7 203.0.113.9 40001 443\r\n".getBytes(ISO_8859_1);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = (i % 2 == 0 ? sample : line).clone();
            for (int j = 0; j <= random.nextInt(3); j++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                ProxyReader.read(new ByteArrayInputStream(bytes));
                ProxyHeader.ofDatagram(bytes, 0, bytes.length);
            } catch (ProxyException e) {
                assertThat(e).as("seed %d", seed).hasMessageContaining("PROXY");
            }
        }
    }

    @Test
    void believesOnlyProxiesOfTheNetworksNamed() throws IOException {
        TrustedProxies proxies = TrustedProxies.of(List.of("10.1.0.0/20", "fd00::/9", "192.0.2.1"));
        assertThat(proxies.trusts(InetAddress.getByName("10.1.15.255"))).isTrue();
        assertThat(proxies.trusts(InetAddress.getByName("10.1.16.0"))).isFalse();
        assertThat(proxies.trusts(InetAddress.getByName("fd7f::1"))).isTrue();
        assertThat(proxies.trusts(InetAddress.getByName("fd80::1"))).isFalse();
        assertThat(proxies.trusts(InetAddress.getByName("192.0.2.1"))).isTrue();
        assertThat(proxies.trusts(InetAddress.getByName("192.0.2.2"))).isFalse();
        assertThat(TrustedProxies.of(List.of()).trusts(InetAddress.getByName("8.8.8.8")))
                .isTrue();
        assertThatThrownBy(() -> TrustedProxies.of(List.of("10.1.0.0/33"))).hasMessageContaining("10.1.0.0/33");
        assertThatThrownBy(() -> TrustedProxies.of(List.of("proxy.example"))).hasMessageContaining("proxy.example");
    }
}
