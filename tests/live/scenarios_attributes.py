"""Send scenarios about everything else of an inode: owners, modes, xattrs, ACLs, capabilities, flags, times.

Each is a function of a Stage (scenario_kit.py).
"""
import os
import struct

from scenario_kit import scenario

CAPABILITY = struct.pack("<IIIII", 0x02000001, 0x3000, 0, 0, 0)


def acl(*entries):
    """system.posix_acl_*: version 2, then (tag, permissions, id) of each entry."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)


NOBODY = 0xFFFFFFFF
ACL = acl((1, 7, NOBODY), (2, 5, 1000), (4, 5, NOBODY), (16, 5, NOBODY), (32, 4, NOBODY))
ACL2 = acl((1, 7, NOBODY), (2, 1, 1001), (4, 5, NOBODY), (16, 5, NOBODY), (32, 0, NOBODY))


@scenario
def owners_modes_and_times(s):
    s.dirs("d")
    s.file("f", 10)
    s.file("suid", 10)
    os.chmod(s.path("suid"), 0o6755)
    os.symlink("f", s.path("l"))
    s.snap()
    os.chown(s.path("f"), 1000, 1001)
    os.chmod(s.path("d"), 0o1777)
    os.lchown(s.path("l"), 5, 6)
    os.chown(s.path("suid"), 7, 7)
    os.utime(s.path("f"), (0, -1000000000))
    s.snap()
    os.chmod(s.path("f"), 0)
    os.utime(s.path("d"), (2**33, 2**33))
    os.chmod(s.path(""), 0o700)
    s.snap()


@scenario
def xattrs_come_change_and_go(s):
    s.dirs("d")
    s.file("f", 10)
    for i in range(30):
        os.setxattr(s.path("f"), f"user.x{i}", os.urandom(i * 50))
    os.setxattr(s.path("d"), "user.dir", b"1")
    os.setxattr(s.path(""), "user.root", b"top")
    os.setxattr(s.path("f"), "trusted.t", b"")
    s.snap()
    for i in range(0, 30, 3):
        os.removexattr(s.path("f"), f"user.x{i}")
    os.setxattr(s.path("f"), "user.x1", b"changed")
    os.setxattr(s.path("d"), "user.dir", b"")
    os.removexattr(s.path(""), "user.root")
    s.snap()
    s.mv("f", "d/f")
    os.setxattr(s.path("d/f"), "user." + "n" * 250, b"v")
    s.snap()


@scenario
def largest_xattrs(s):
    s.file("f", 1)
    for i, size in enumerate((1000, 3000, 3900)):
        s.try_setxattr("f", f"user.large{i}", b"v" * size)
    s.try_setxattr("f", "user.max", b"m" * 16000)
    s.snap()
    s.try_setxattr("f", "user.large1", b"w" * 3000)
    s.snap()


@scenario
def capabilities_survive_a_change_of_owner(s):
    s.file("bin", 5000)
    s.file("other", 5000)
    os.setxattr(s.path("bin"), "security.capability", CAPABILITY)
    s.snap()
    os.chown(s.path("bin"), 1000, 1000)
    os.setxattr(s.path("bin"), "security.capability", CAPABILITY)
    os.setxattr(s.path("other"), "security.capability", CAPABILITY)
    s.snap()
    s.write("bin", 0, 10)
    os.setxattr(s.path("bin"), "security.capability", CAPABILITY)
    os.removexattr(s.path("other"), "security.capability")
    s.snap()
    os.chmod(s.path("bin"), 0o711)
    s.snap()


@scenario
def xattr_names_that_begin_alike(s):
    s.file("f", 1)
    for name in ("security.cap", "security.capa", "security.capability2"):
        s.try_setxattr("f", name, b"x")
    s.snap()
    s.try_setxattr("f", "security.cap", b"y")
    s.write("f", 0, 2)
    s.snap()


@scenario
def acls_on_files_and_directories(s):
    s.file("f", 1)
    s.dirs("d")
    os.setxattr(s.path("f"), "system.posix_acl_access", ACL)
    os.setxattr(s.path("d"), "system.posix_acl_default", ACL)
    s.dirs("d/inherits")
    s.file("d/inherits/too", 2)
    s.snap()
    os.setxattr(s.path("f"), "system.posix_acl_access", ACL2)
    os.removexattr(s.path("d"), "system.posix_acl_default")
    s.mv("d/inherits", "i")
    s.snap()


@scenario
def inode_flags(s):
    s.file("append", 100)
    s.file("noatime", 100)
    s.dirs("dir")
    s.flag("noatime", "A")
    s.snap()
    s.flag("append", "a")
    s.flag("dir", "d")
    s.file("fresh", 10)
    s.flag("fresh", "A")
    s.snap()
    s.flag("append", "-a")
    s.flag("dir", "S")
    s.flag("noatime", "-A")
    s.snap()
    s.flag("append", "i")
    s.flag("noatime", "m")
    s.snap()
    s.flag("append", "-i")


@scenario
def compression_properties(s):
    s.dirs("z")
    os.setxattr(s.path("z"), "btrfs.compression", b"zstd")
    s.text("z/f", 100000)
    s.file("p", 10)
    os.setxattr(s.path("p"), "btrfs.compression", b"lzo")
    s.snap()
    os.setxattr(s.path("p"), "btrfs.compression", b"zlib")
    os.removexattr(s.path("z"), "btrfs.compression")
    s.text("z/g", 50000)
    s.snap()


@scenario
def replaced_with_all_attributes(s):
    s.file("f", 2000)
    os.setxattr(s.path("f"), "user.a", b"1")
    os.setxattr(s.path("f"), "security.capability", CAPABILITY)
    os.chmod(s.path("f"), 0o4711)
    s.snap()
    s.rm("f")
    s.dirs("f")
    os.setxattr(s.path("f"), "user.a", b"2")
    os.setxattr(s.path("f"), "system.posix_acl_default", ACL)
    s.snap()
    s.rmdir("f")
    s.file("f", 2000)
    s.ln("f", "g")
    os.setxattr(s.path("g"), "user.b", b"3")
    s.snap()
