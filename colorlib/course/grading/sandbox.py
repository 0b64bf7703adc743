"""Lock the current process in: no network, no new processes, one folder to write, bounded memory.

Linux only, without root and without a container: Landlock for files, a seccomp filter for system
calls, resource limits for memory and file size.  All three are inherited, and none can be taken
back, by any code in any language.

What this does not stop: a fault in the kernel; using up processor time (the grader's clock ends
it); reading what `readable` names (Python, its packages, colorlib itself); seeing that a file
exists elsewhere, though not what is in it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
import sysconfig
from pathlib import Path

if sys.platform == "linux":
    import resource

    libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SIGKILL = 1, 22, 38, 9
LARGEST_FILE = 64 << 20  # bytes
OPEN_FILES = 256
# What locked-in code may read besides Python: libraries, fonts, devices, the CPU.
SYSTEM = """/usr /lib /lib64 /bin /etc/ld.so.cache /etc/fonts /etc/localtime /etc/mime.types
    /dev/null /dev/zero /dev/urandom /dev/random
    /proc/cpuinfo /proc/meminfo /sys/devices/system/cpu""".split()
# What holds the right answers: the checks.
SECRET = Path(__file__).resolve().parents[1] / "checks"
# Where programs keep things: all of these lead to the folder of the process.
HOMES = ("HOME", "TMPDIR", "COLORLIB_HOME", "IPYTHONDIR", "MPLCONFIGDIR")


class NoSandbox(OSError):
    """This machine cannot lock a process in; the words say what is missing."""


def enter(folder: Path, memory: int, also: Path | None = None, unaware: bool = False) -> None:
    """Lock this process in, for good.

    folder: the only place to write.  memory: bytes beyond what is used now.  also: one more folder
    to read.  unaware: of what checks hold, whose files cannot be read then.  Raises NoSandbox where
    Landlock or seccomp is missing.
    """
    if why := missing():
        raise NoSandbox(why)
    for limit, most in {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_AS: virtual_memory() + memory,
    }.items():
        resource.setrlimit(limit, (most, most))
    _call(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _drop_capabilities()
    _restrict_files(folder, also, SECRET if unaware else None)
    _restrict_calls()


def missing() -> str:
    """What this machine lacks for `enter`, in words; empty where nothing is."""
    if sys.platform != "linux":
        return f"Linux is needed, this is {sys.platform}"
    if platform.machine() not in CALLS:
        known = " and ".join(CALLS)
        return f"the list of system calls is known for {known}, not for {platform.machine()}"
    if landlock_version() < 3:
        return "Landlock 3 is needed (Linux 6.2 with 'landlock' in /sys/kernel/security/lsm)"
    if libc.prctl(21, 0, 0, 0, 0) < 0:  # PR_GET_SECCOMP
        return "seccomp is needed"
    return ""


def virtual_memory() -> int:
    """Bytes of address space that this process has now, which is what RLIMIT_AS counts."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends."""
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)


def readable() -> list[Path]:
    """What locked-in code may read: Python, its packages, colorlib, and SYSTEM."""
    own = Path(__file__).resolve().parents[2]
    # Package folders on the path; not the working directory or a checkout, where hidden tests may
    # lie.
    packages = [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    python = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *packages]
    found = {Path(p).resolve() for p in [own, *python, *SYSTEM] if p and Path(p).exists()}
    return sorted(found - {Path("/"), Path.home()})


def _call(result: int, what: str) -> int:
    if result < 0:
        raise NoSandbox(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def _drop_capabilities() -> None:
    """Root without root's rights: limits cannot be raised again, files of others not opened."""
    header = struct.pack("=Ii", 0x20080522, 0)  # version 3, this thread
    _call(libc.capset(header, bytes(24)), "capset")


# ---- files: Landlock (https://docs.kernel.org/userspace-api/landlock.html)

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1, 2, 4, 8, 1 << 14
ALL_OF_3 = (1 << 15) - 1  # every right of version 3: also making, removing, renaming, linking
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
MAKE_DEVICES = 1 << 6 | 1 << 11  # character and block
TCP, SCOPES = 3, 3  # all rights of both, which later versions know


def landlock_version() -> int:
    """0 where the kernel has no Landlock."""
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def _restrict_files(folder: Path, also: Path | None, secret: Path | None) -> None:
    version = landlock_version()
    rights = [ALL_OF_3] + [TCP] * (version >= 4) + [SCOPES] * (version >= 6)
    wanted = struct.pack(f"={len(rights)}Q", *rights)
    size = ctypes.c_size_t(len(wanted))
    rules = _call(libc.syscall(CREATE_RULESET, wanted, size, 0), "landlock_create_ruleset")
    for path in [*readable(), *([also] if also else [])]:
        for part, rights in _parts(path, secret):
            _allow(rules, part, rights)
    _allow(rules, Path("/dev/null"), READ_FILE | WRITE_FILE)
    _allow(rules, folder, ALL_OF_3 & ~MAKE_DEVICES)
    _call(libc.syscall(RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _parts(path: Path, secret: Path | None):
    """(path, rights) to read `path`, or all of it but what lies below `secret`."""
    if secret != path and secret not in _below(path, secret):
        yield path, EXECUTE | READ_FILE | READ_DIR
    elif path != secret:
        yield path, READ_DIR
        for child in path.iterdir():
            yield from _parts(child, secret)


def _below(path, secret):
    return [secret] if secret and path in secret.parents else []


def _allow(rules: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = struct.pack("=Qi", rights if path.is_dir() else rights & ON_FILES, place)
    _call(libc.syscall(ADD_RULE, rules, 1, rule, 0), f"landlock_add_rule {path}")
    os.close(place)


# ---- system calls: seccomp (https://docs.kernel.org/userspace-api/seccomp_filter.html)

# Refused: starting processes and programs, sockets, signals to and memory of others, memory that no
# limit counts, mounts and namespaces, times of files (which Landlock does not watch).
REFUSED = """
    fork vfork execve execveat socket ptrace process_vm_readv process_vm_writev pidfd_open
    pidfd_getfd pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo tkill memfd_create shmget semget
    msgget mq_open io_uring_setup bpf perf_event_open userfaultfd mount umount2 unshare setns chroot
    pivot_root add_key request_key keyctl utime utimes futimesat utimensat
""".split()
# Pretended: rights of files, which Landlock does not watch either.  Honest code goes on.
PRETENDED = """
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat setxattr lsetxattr fsetxattr
    removexattr lremovexattr fremovexattr
""".split()
# The numbers of <asm/unistd_64.h> and <asm-generic/unistd.h>; a call that is not listed does not
# exist there.
# fmt: off
BOTH = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "pidfd_open": 434, "clone3": 435,
    "pidfd_getfd": 438, "fchmodat2": 452,
}
CALLS = {
    "x86_64": BOTH | {
        "ioctl": 16, "shmget": 29, "socket": 41, "clone": 56, "fork": 57, "vfork": 58,
        "execve": 59, "kill": 62, "semget": 64, "msgget": 68, "fcntl": 72, "chmod": 90,
        "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101,
        "rt_sigqueueinfo": 129, "utime": 132, "pivot_root": 155, "chroot": 161, "mount": 165,
        "umount2": 166, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197,
        "lremovexattr": 198, "fremovexattr": 199, "tkill": 200, "tgkill": 234, "utimes": 235,
        "mq_open": 240, "add_key": 248, "request_key": 249, "keyctl": 250, "fchownat": 260,
        "futimesat": 261, "fchmodat": 268, "unshare": 272, "utimensat": 280,
        "rt_tgsigqueueinfo": 297, "perf_event_open": 298, "prlimit64": 302, "setns": 308,
        "process_vm_readv": 310, "process_vm_writev": 311, "memfd_create": 319, "bpf": 321,
        "execveat": 322, "userfaultfd": 323,
    },
    "aarch64": BOTH | {
        "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15,
        "fremovexattr": 16, "fcntl": 25, "ioctl": 29, "umount2": 39, "mount": 40, "pivot_root": 41,
        "chroot": 51, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "utimensat": 88,
        "unshare": 97, "ptrace": 117, "kill": 129, "tkill": 130, "tgkill": 131,
        "rt_sigqueueinfo": 138, "mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194,
        "socket": 198, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220,
        "execve": 221, "rt_tgsigqueueinfo": 240, "perf_event_open": 241, "prlimit64": 261,
        "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "memfd_create": 279,
        "bpf": 280, "execveat": 281, "userfaultfd": 282,
    },
}
# fmt: on
AUDITED = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # their numbers in <linux/audit.h>
LOAD, EQUAL, GREATER, BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
# Offsets in struct seccomp_data; of an argument the low half.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
OWNER_OF_FILE = (8, 15)  # F_SETOWN, F_SETOWN_EX: whom the kernel will signal
OWNER_OF_SOCKET = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP
CLONE_THREAD = 0x10000
X32 = 0x40000000  # from here on, numbers of another way in on x86_64


def _restrict_calls() -> None:
    numbers, me = CALLS[platform.machine()], os.getpid()
    refuse, pretend = ERROR | errno.EPERM, ERROR  # error number 0: "done", with nothing done
    answers = dict.fromkeys(REFUSED, refuse) | dict.fromkeys(PRETENDED, pretend)
    answers["clone3"] = ERROR | errno.ENOSYS  # it hides its flags: the C library then uses clone
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, AUDITED[platform.machine()]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if platform.machine() == "x86_64":
        program += [(GREATER, 0, 1, X32), (RETURN, 0, 0, refuse)]
    for name in answers.keys() & numbers.keys():
        program += [(EQUAL, 0, 1, numbers[name]), (RETURN, 0, 0, answers[name])]
    for name, argument, test, values, answer, otherwise in (
        ("kill", FIRST_ARGUMENT, EQUAL, (me,), ALLOW, refuse),  # 0 is the whole process group
        ("tgkill", FIRST_ARGUMENT, EQUAL, (me,), ALLOW, refuse),
        ("prlimit64", FIRST_ARGUMENT, EQUAL, (0, me), ALLOW, refuse),  # 0 is oneself, too
        ("fcntl", SECOND_ARGUMENT, EQUAL, OWNER_OF_FILE, refuse, ALLOW),
        ("ioctl", SECOND_ARGUMENT, EQUAL, OWNER_OF_SOCKET, refuse, ALLOW),
        ("clone", FIRST_ARGUMENT, BITS, (CLONE_THREAD,), ALLOW, refuse),
    ):
        body = [(LOAD, 0, 0, argument)]
        for value in values:
            body += [(test, 0, 1, value), (RETURN, 0, 0, answer)]
        body.append((RETURN, 0, 0, otherwise))
        program += [(EQUAL, 0, len(body), numbers[name]), *body]
    program.append((RETURN, 0, 0, ALLOW))
    code = b"".join(struct.pack("=HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    head = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    _call(libc.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(head), 0, 0), "seccomp")
