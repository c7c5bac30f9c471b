package io.tocsin.pipeline.assemble;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// What is known of the types of Linux audit records: their names by number, and which of them come as one of several.
/// Source: the header `linux/audit.h` and the message dictionary of the audit project. Immutable.
final class AuditdTypes {
    static final String EOE = "EOE";
    static final String PROCTITLE = "PROCTITLE";
    static final String SYSCALL = "SYSCALL";
    static final String PATH = "PATH";

    private static final Map<String, String> NAMES = new HashMap<>();
    /// Kernel types that stand alone although their numbers lie among those that do not.
    private static final Set<String> ALONE = Set.of("USER", "KERNEL", "TTY", "DAEMON_START");
    private static final Set<String> PARTS = Set.of(
            "LOGIN", "USER_AVC_PATH", "CAPSET", "MMAP", "CWD", "PATH", "EXECVE", "IPC", "SOCKETCALL", "SOCKADDR");

    static {
        String numbered = """
                1006 LOGIN 1300 SYSCALL 1302 PATH 1303 IPC 1304 SOCKETCALL 1305 CONFIG_CHANGE 1306 SOCKADDR 1307 CWD
                1309 EXECVE 1311 IPC_SET_PERM 1312 MQ_OPEN 1313 MQ_SENDRECV 1314 MQ_NOTIFY 1315 MQ_GETSETATTR
                1316 KERNEL_OTHER 1317 FD_PAIR 1318 OBJ_PID 1319 TTY 1320 EOE 1321 BPRM_FCAPS 1322 CAPSET 1323 MMAP
                1324 NETFILTER_PKT 1325 NETFILTER_CFG 1326 SECCOMP 1327 PROCTITLE 1328 FEATURE_CHANGE 1329 REPLACE
                1330 KERN_MODULE 1331 FANOTIFY 1332 TIME_INJOFFSET 1333 TIME_ADJNTPVAL 1334 BPF 1335 EVENT_LISTENER
                1336 URINGOP 1337 OPENAT2 1338 DM_CTRL 1339 DM_EVENT 1400 AVC 1401 SELINUX_ERR 1402 AVC_PATH
                1403 MAC_POLICY_LOAD 1404 MAC_STATUS 1405 MAC_CONFIG_CHANGE 1700 ANOM_PROMISCUOUS 1701 ANOM_ABEND
                1702 ANOM_LINK 1703 ANOM_CREAT 1800 INTEGRITY_DATA 1801 INTEGRITY_METADATA 1802 INTEGRITY_STATUS
                1803 INTEGRITY_HASH 1804 INTEGRITY_PCR 1805 INTEGRITY_RULE 1806 INTEGRITY_EVM_XATTR
                1807 INTEGRITY_POLICY_RULE 2000 KERNEL
                """;
        String[] words = numbered.strip().split("\\s+");
        for (int i = 0; i < words.length; i += 2) {
            NAMES.put(words[i], words[i + 1]);
        }
    }

    private static final Set<String> KERNEL_NAMES = Set.copyOf(NAMES.values());

    private AuditdTypes() {}

    /// The name of a type that may be a number or `UNKNOWN[number]`.
    static String name(String type) {
        String number = type;
        if (type.startsWith("UNKNOWN[") && type.endsWith("]")) {
            number = type.substring(8, type.length() - 1);
        }
        return NAMES.getOrDefault(number, type);
    }

    /// True when a record of this type is one of several. Everything the kernel makes on behalf of a system call is;
    /// what programs send (1005, 1100 to 1299, 2100 and above) stands alone.
    static boolean isPart(String type) {
        if (ALONE.contains(type)) {
            return false;
        }
        if (PARTS.contains(type) || KERNEL_NAMES.contains(type)) {
            return true;
        }
        int number = number(type);
        return number >= 1300 && number < 2100 && !(number >= 1406 && number <= 1419);
    }

    private static int number(String type) {
        String digits = type.startsWith("UNKNOWN[") && type.endsWith("]") ? type.substring(8, type.length() - 1) : type;
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        return Integer.parseInt(digits);
    }
}
