"""Lock the current process in: no network, no new processes, no writing outside one folder, bounded
memory.

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


class NoSandbox(OSError):
    """This machine cannot lock a process in; the words say what is missing."""


def enter(folder: Path, memory: int, also: Path | None = None) -> None:
    """Lock this process in, for good.

    folder: the only place to write.  memory: bytes beyond what is used now.  also: one more folder
    to read.

    Raises NoSandbox where Landlock or seccomp is missing.
    """
    if why := missing():
        raise NoSandbox(why)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    limit = virtual_memory() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    _call(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _drop_capabilities()
    _restrict_files(folder, also)
    _restrict_calls()


def missing() -> str:
    """What this machine lacks for `enter`, in words; empty where nothing is."""
    if sys.platform != "linux":
        return f"Linux is needed, this is {sys.platform}"
    if platform.machine() not in CALLS:
        return f"the list of system calls is known for {' and '.join(CALLS)}, not for {platform.machine()}"
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
    """What locked-in code may read: Python, its packages, colorlib, and the system's libraries and
    fonts.
    """
    own = Path(__file__).resolve().parents[2]
    python = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *_site_folders()]
    system = [
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/etc/ld.so.cache",
        "/etc/fonts",
        "/etc/localtime",
        "/etc/mime.types",
    ]
    devices = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"]
    cpu = ["/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"]
    found = {
        Path(p).resolve() for p in [own, *python, *system, *devices, *cpu] if p and Path(p).exists()
    }
    return sorted(p for p in found if p not in (Path("/"), Path.home()))


def _site_folders() -> list[str]:
    """Package folders on the path; not the working directory or a checkout, where hidden tests may
    lie.
    """
    return [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]


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


def landlock_version() -> int:
    """0 where the kernel has no Landlock."""
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def _restrict_files(folder: Path, also: Path | None) -> None:
    version = landlock_version()
    # files, TCP, scopes
    rights = struct.pack("=QQQ", ALL_OF_3, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _call(
        libc.syscall(CREATE_RULESET, rights, ctypes.c_size_t(size), 0), "landlock_create_ruleset"
    )
    for path in [*readable(), *([also] if also else [])]:
        _allow(rules, path, EXECUTE | READ_FILE | READ_DIR)
    _allow(rules, Path("/dev/null"), READ_FILE | WRITE_FILE)
    _allow(rules, folder, ALL_OF_3 & ~MAKE_DEVICES)
    _call(libc.syscall(RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rights = rights if path.is_dir() else rights & ON_FILES
    _call(
        libc.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", rights, place), 0),
        f"landlock_add_rule {path}",
    )
    os.close(place)


# ---- system calls: seccomp (https://docs.kernel.org/userspace-api/seccomp_filter.html)

# Refused: starting processes and programs, sockets, signals to and memory of others, memory that no
# limit counts, mounts and namespaces, times of files (which Landlock does not watch).
REFUSED = """fork vfork execve execveat socket ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd
    pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo tkill memfd_create shmget semget msgget mq_open io_uring_setup
    bpf perf_event_open userfaultfd mount umount2 unshare setns chroot pivot_root add_key request_key keyctl
    utime utimes futimesat utimensat""".split()
# Pretended: rights of files, which Landlock does not watch either.  Honest code (shutil.copy) goes
# on.
PRETENDED = """chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat setxattr
    lsetxattr fsetxattr removexattr lremovexattr fremovexattr""".split()
# The numbers of <asm/unistd_64.h> and <asm-generic/unistd.h>; a call that is not listed does not
# exist there.
SAME = {"pidfd_send_signal": 424, "io_uring_setup": 425, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438,
        "fchmodat2": 452}  # fmt: skip
CALLS = {
    "x86_64": (0xC000003E, SAME | {
        "ioctl": 16, "shmget": 29, "socket": 41, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62,
        "semget": 64, "msgget": 68, "fcntl": 72, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94,
        "ptrace": 101, "rt_sigqueueinfo": 129, "utime": 132, "pivot_root": 155, "chroot": 161, "mount": 165,
        "umount2": 166, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
        "fremovexattr": 199, "tkill": 200, "tgkill": 234, "utimes": 235, "mq_open": 240, "add_key": 248,
        "request_key": 249, "keyctl": 250, "fchownat": 260, "futimesat": 261, "fchmodat": 268, "unshare": 272,
        "utimensat": 280, "rt_tgsigqueueinfo": 297, "perf_event_open": 298, "prlimit64": 302, "setns": 308,
        "process_vm_readv": 310, "process_vm_writev": 311, "memfd_create": 319, "bpf": 321, "execveat": 322,
        "userfaultfd": 323}),
    "aarch64": (0xC00000B7, SAME | {
        "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
        "fcntl": 25, "ioctl": 29, "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "fchmod": 52,
        "fchmodat": 53, "fchownat": 54, "fchown": 55, "utimensat": 88, "unshare": 97, "ptrace": 117, "kill": 129,
        "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "mq_open": 180, "msgget": 186, "semget": 190,
        "shmget": 194, "socket": 198, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220, "execve": 221,
        "rt_tgsigqueueinfo": 240, "perf_event_open": 241, "prlimit64": 261, "setns": 268, "process_vm_readv": 270,
        "process_vm_writev": 271, "memfd_create": 279, "bpf": 280, "execveat": 281, "userfaultfd": 282}),
}  # fmt: skip
LOAD, EQUAL, GREATER, BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
# in struct seccomp_data (low half of it)
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
# Commands that name a process which the kernel will then signal: F_SETOWN, F_SETOWN_EX; FIOSETOWN,
# SIOCSPGRP.
OWNERS = {"fcntl": (8, 15), "ioctl": (0x8901, 0x8902)}
CLONE_THREAD = 0x10000


def _restrict_calls() -> None:
    architecture, numbers = CALLS[platform.machine()]
    refuse, pretend = ERROR | errno.EPERM, ERROR  # error number 0: "done", with nothing done
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if platform.machine() == "x86_64":  # the numbers of the x32 way in
        program += [(GREATER, 0, 1, 0x40000000), (RETURN, 0, 0, refuse)]
    for names, answer in (
        (REFUSED, refuse),
        (PRETENDED, pretend),
        (["clone3"], ERROR | errno.ENOSYS),
    ):
        # clone3 hides its flags: without it the C library uses clone
        for name in set(names) & set(numbers):
            program += [(EQUAL, 0, 1, numbers[name]), (RETURN, 0, 0, answer)]
    # to prlimit64, 0 is oneself too; to kill, it is the whole process group
    oneself = [os.getpid()]
    for name, whom in {"kill": oneself, "tgkill": oneself, "prlimit64": [0, *oneself]}.items():
        allowed = [line for pid in whom for line in ((EQUAL, 0, 1, pid), (RETURN, 0, 0, ALLOW))]
        program += [(EQUAL, 0, len(allowed) + 2, numbers[name]), (LOAD, 0, 0, FIRST_ARGUMENT), *allowed,
                    (RETURN, 0, 0, refuse)]  # fmt: skip
    for name, commands in OWNERS.items():
        refused = [
            line
            for command in commands
            for line in ((EQUAL, 0, 1, command), (RETURN, 0, 0, refuse))
        ]
        program += [(EQUAL, 0, len(refused) + 2, numbers[name]), (LOAD, 0, 0, SECOND_ARGUMENT), *refused,
                    (RETURN, 0, 0, ALLOW)]  # fmt: skip
    program += [(EQUAL, 0, 4, numbers["clone"]), (LOAD, 0, 0, FIRST_ARGUMENT), (BITS, 0, 1, CLONE_THREAD),
                (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, refuse), (RETURN, 0, 0, ALLOW)]  # fmt: skip
    code = b"".join(struct.pack("=HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    head = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    _call(libc.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(head), 0, 0), "seccomp")
