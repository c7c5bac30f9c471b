package io.tocsin.app.demo;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// An hour in a small company: people sign in, run sudo, browse; a firewall lets through and blocks. In it somebody
/// scans the firewall (minute 12), searches the web servers for holes (minute 22), guesses passwords on the bastion
/// (minute 31), gets in (minute 37), makes an account, gives it rights (minute 40) and stops the audit service
/// (minute 46). Addresses are from the documentation ranges.
///
/// The same seed gives the same lines. Immutable.
public final class DemoScenario {
    /// @param at when the line was written at its source
    /// @param text a whole syslog message without a line end
    public record Line(Instant at, String text) {}

    private static final int FACILITY_AUTH = 10;
    private static final int FACILITY_CRON = 9;
    private static final int FACILITY_DAEMON = 3;
    private static final int FACILITY_LOCAL = 16;

    private static final int ERROR = 3;
    private static final int WARNING = 4;
    private static final int NOTICE = 5;
    private static final int INFORMATIONAL = 6;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSSxxx", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter WEB_TIME =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String SCANNER = "203.0.113.66";
    private static final String INTRUDER = "198.51.100.23";
    private static final List<String> ADMINISTRATORS = List.of("alice", "bob", "carol");
    private static final List<String> SERVERS = List.of("bastion", "db-01", "web-01", "web-02");
    private static final List<String> PAGES = List.of(
            "/",
            "/news",
            "/products?id=17",
            "/products?id=23",
            "/login",
            "/static/app.css",
            "/static/app.js",
            "/contact");
    private static final String BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

    private final SplittableRandom random;
    private final Instant start;
    private final List<Line> lines = new ArrayList<>();

    private DemoScenario(Instant start, long seed) {
        this.start = start;
        this.random = new SplittableRandom(seed);
    }

    /// The lines of the hour that begins at `start`, in order of time.
    public static List<Line> lines(Instant start, long seed) {
        DemoScenario scenario = new DemoScenario(start, seed);
        scenario.ordinarySignIns();
        scenario.ordinarySudo();
        scenario.ordinaryWeb();
        scenario.ordinaryFirewall();
        scenario.cron();
        scenario.portScan();
        scenario.webScan();
        scenario.bruteForce();
        scenario.breakIn();
        scenario.lines.sort(Comparator.comparing(Line::at));
        return List.copyOf(scenario.lines);
    }

    private void ordinarySignIns() {
        for (int i = 0; i < 60; i++) {
            double second = random.nextDouble(3600);
            String host = pick(SERVERS);
            String user = pick(ADMINISTRATORS);
            String address = "192.0.2." + (10 + ADMINISTRATORS.indexOf(user));
            int process = random.nextInt(2000, 30_000);
            int port = random.nextInt(32_768, 61_000);
            if (random.nextInt(12) == 0) {
                sshd(
                        second - 6,
                        host,
                        process,
                        "Failed password for " + user + " from " + address + " port " + port + " ssh2");
            }
            sshd(
                    second,
                    host,
                    process,
                    "Accepted publickey for " + user + " from " + address + " port " + port + " ssh2: ED25519 SHA256:"
                            + key());
            sshd(
                    second + 0.1,
                    host,
                    process,
                    "pam_unix(sshd:session): session opened for user " + user + "(uid=1000) by (uid=0)");
            double leave = second + random.nextDouble(60, 900);
            if (leave < 3600) {
                sshd(leave, host, process, "Disconnected from user " + user + " " + address + " port " + port);
                sshd(leave + 0.1, host, process, "pam_unix(sshd:session): session closed for user " + user);
            }
        }
    }

    private void ordinarySudo() {
        List<String> commands = List.of(
                "/usr/bin/systemctl status nginx",
                "/usr/bin/journalctl -u nginx",
                "/usr/bin/apt-get update",
                "/usr/bin/tail /var/log/syslog");
        for (int i = 0; i < 40; i++) {
            String user = pick(ADMINISTRATORS);
            sudo(random.nextDouble(3600), pick(SERVERS), user, pick(commands));
        }
    }

    private void ordinaryWeb() {
        for (int i = 0; i < 2500; i++) {
            String address = "198.18." + random.nextInt(4) + "." + random.nextInt(1, 250);
            int status = random.nextInt(40) == 0 ? 404 : random.nextInt(15) == 0 ? 304 : 200;
            web(random.nextDouble(3600), address, "GET", pick(PAGES), status, random.nextInt(200, 40_000), BROWSER);
        }
    }

    private void ordinaryFirewall() {
        for (int i = 0; i < 2500; i++) {
            boolean blocked = random.nextInt(9) == 0;
            String from = blocked
                    ? "198.18." + random.nextInt(4, 8) + "." + random.nextInt(1, 250)
                    : "192.0.2." + random.nextInt(10, 60);
            String to = blocked ? "192.0.2." + random.nextInt(1, 9) : "198.18.9." + random.nextInt(1, 250);
            int port =
                    blocked ? List.of(23, 445, 3389, 8080).get(random.nextInt(4)) : random.nextInt(3) == 0 ? 80 : 443;
            firewall(random.nextDouble(3600), from, to, port, blocked ? "deny" : "accept");
        }
    }

    private void cron() {
        for (int minute = 0; minute < 60; minute += 5) {
            for (String host : SERVERS) {
                line(
                        minute * 60 + 1,
                        FACILITY_CRON,
                        INFORMATIONAL,
                        host,
                        "CRON[" + random.nextInt(2000, 30_000) + "]: (root) CMD (/usr/lib/sysstat/debian-sa1 1 1)");
            }
        }
    }

    private void portScan() {
        double second = 12 * 60;
        for (int i = 0; i < 180; i++) {
            second += random.nextDouble(0.2, 0.5);
            firewall(second, SCANNER, "192.0.2.2", random.nextInt(1, 10_000), "deny");
        }
    }

    private void webScan() {
        List<String> probes = List.of(
                "/admin.php",
                "/wp-login.php",
                "/.git/config",
                "/.env",
                "/phpmyadmin/",
                "/backup.zip",
                "/server-status",
                "/cgi-bin/test.cgi",
                "/../../../../etc/passwd",
                "/index.php?file=../../../../etc/passwd",
                "/products?id=17%27%20OR%20%271%27=%271",
                "/search?q=%3Cscript%3Ealert(1)%3C/script%3E");
        double second = 22 * 60;
        for (int i = 0; i < 220; i++) {
            second += random.nextDouble(0.3, 1.2);
            String path = pick(probes);
            web(
                    second,
                    SCANNER,
                    "GET",
                    path + (path.contains("?") ? "&n=" : "?n=") + i,
                    404,
                    153,
                    "Mozilla/5.00 (Nikto/2.5.0)");
        }
    }

    private void bruteForce() {
        List<String> names = List.of("root", "admin", "test", "deploy", "oracle", "backup");
        double second = 31 * 60;
        for (int i = 0; i < 160; i++) {
            second += random.nextDouble(0.8, 3);
            String name = pick(names);
            boolean known = name.equals("root") || name.equals("deploy");
            int port = random.nextInt(32_768, 61_000);
            int process = 31_000 + i;
            if (!known) {
                sshd(second - 0.2, "bastion", process, "Invalid user " + name + " from " + INTRUDER + " port " + port);
            }
            sshd(
                    second,
                    "bastion",
                    process,
                    "Failed password for " + (known ? "" : "invalid user ") + name + " from " + INTRUDER + " port "
                            + port + " ssh2");
        }
    }

    private void breakIn() {
        double second = 37 * 60 + 20;
        sshd(second, "bastion", 31_777, "Failed password for deploy from " + INTRUDER + " port 50122 ssh2");
        sshd(second + 4, "bastion", 31_778, "Accepted password for deploy from " + INTRUDER + " port 50124 ssh2");
        sshd(
                second + 4.2,
                "bastion",
                31_778,
                "pam_unix(sshd:session): session opened for user deploy(uid=1004) by (uid=0)");
        second = 40 * 60;
        sudo(second, "bastion", "deploy", "/usr/sbin/useradd -m -s /bin/bash support");
        line(
                second + 0.5,
                FACILITY_AUTH,
                INFORMATIONAL,
                "bastion",
                "useradd[31802]: new user: name=support, UID=1011, GID=1011, home=/home/support, shell=/bin/bash, from=/dev/pts/3");
        sudo(second + 9, "bastion", "deploy", "/usr/sbin/usermod -aG sudo support");
        line(second + 9.4, FACILITY_AUTH, INFORMATIONAL, "bastion", "usermod[31809]: add 'support' to group 'sudo'");
        second = 46 * 60;
        sudo(second, "bastion", "deploy", "/usr/bin/systemctl stop auditd");
        line(
                second + 0.6,
                FACILITY_DAEMON,
                NOTICE,
                "bastion",
                "systemd[1]: Stopped auditd.service - Security Auditing Service.");
        sudo(second + 14, "bastion", "deploy", "/usr/bin/truncate -s 0 /var/log/auth.log");
    }

    private void sshd(double second, String host, int process, String message) {
        line(second, FACILITY_AUTH, INFORMATIONAL, host, "sshd[" + process + "]: " + message);
    }

    private void sudo(double second, String host, String user, String command) {
        line(
                second,
                FACILITY_AUTH,
                NOTICE,
                host,
                "sudo: " + user + " : TTY=pts/0 ; PWD=/home/" + user + " ; USER=root ; COMMAND=" + command);
    }

    private void web(double second, String address, String method, String path, int status, int bytes, String agent) {
        Instant at = at(second);
        line(
                second,
                FACILITY_LOCAL,
                status >= 500 ? ERROR : INFORMATIONAL,
                random.nextBoolean() ? "web-01" : "web-02",
                "nginx: " + address + " - - [" + WEB_TIME.format(at) + "] \"" + method + " " + path + " HTTP/1.1\" "
                        + status + " " + bytes + " \"-\" \"" + agent + "\"");
    }

    private void firewall(double second, String from, String to, int port, String action) {
        boolean denied = action.equals("deny");
        line(
                second,
                FACILITY_LOCAL + 4,
                denied ? WARNING : NOTICE,
                "fw-01",
                "CEF:0|Example|Gate|4.2|"
                        + (denied ? "traffic-deny" : "traffic-accept") + "|"
                        + (denied ? "Connection denied" : "Connection allowed") + "|"
                        + (denied ? 6 : 2) + "|rt=" + at(second).toEpochMilli() + " act=" + action + " src=" + from
                        + " spt=" + random.nextInt(1024, 65_000)
                        + " dst=" + to + " dpt=" + port + " proto=TCP in=" + (denied ? 0 : random.nextInt(100, 90_000))
                        + " out=" + random.nextInt(40, 9_000)
                        + " deviceInboundInterface=wan0 deviceOutboundInterface=dmz0 cs1Label=policy cs1="
                        + (denied ? "default-deny" : "out-web"));
    }

    private void line(double second, int facility, int severity, String host, String rest) {
        Instant at = at(second);
        lines.add(new Line(at, "<" + (facility * 8 + severity) + ">" + TIME.format(at) + " " + host + " " + rest));
    }

    private Instant at(double second) {
        return start.plusNanos((long) (Math.clamp(second, 0, 3599.9) * 1e9))
                .truncatedTo(java.time.temporal.ChronoUnit.MICROS);
    }

    private String key() {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        StringBuilder text = new StringBuilder(43);
        for (int i = 0; i < 43; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    private <T> T pick(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
