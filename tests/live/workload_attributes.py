"""Operations on attributes: modes, owners, times, xattrs, flags, verity."""
import errno
import os
import struct

import btrfskit as kit
from colliding_names import colliding_names
from workload_model import Skip


class AttributeOperations:
    def op_chmod(self):
        os.chmod(self.pick("fsd").path, self.rng.choice((0o600, 0o644, 0o755, 0o4755, 0o2750, 0o1777, 0)))

    def op_chown(self):
        os.chown(self.pick("flsd").path, self.rng.randrange(70000), self.rng.randrange(1 << 31), follow_symlinks=False)

    def op_utimes(self):
        ns = self.rng.choice((0, 1, 999999999, self.rng.getrandbits(62), 1 << 32, 1500000000123456789))
        os.utime(self.pick("flsd").path, ns=(ns, self.rng.choice((ns, 12345678901))), follow_symlinks=False)

    def op_setxattr(self, length=None):
        node = self.pick("fd")
        name = self.rng.choice((b"user.", b"trusted.")) + self.rng.choice((b"a", b"b", b"long" * 40, self.new_name(b"x")))
        length = self.rng.choice((0, 1, 40, 700)) if length is None else length
        os.setxattr(node.path, name[:255], self.data(length), follow_symlinks=False)

    def op_setxattr_large(self):
        self.op_setxattr(self.rng.randint(1000, min(self.nodesize - 1000, 20000)))

    def op_setxattr_link(self):
        os.setxattr(self.pick("ls").path, b"trusted.on-link", self.data(30), follow_symlinks=False)

    def op_rmxattr(self):
        node = self.pick("fd")
        names = sorted(os.listxattr(node.path))
        if not names:
            raise Skip
        os.removexattr(node.path, self.rng.choice(names))

    def op_many_xattrs(self):
        node = self.pick("fd")
        for i in range(self.rng.randint(5, 60)):
            os.setxattr(node.path, b"user.many%d" % i, self.rng.randbytes(self.rng.randint(0, 60)))

    def op_colliding_xattrs(self):
        node = self.pick("fd")
        for name in colliding_names(self.rng, 4, b"user."):
            os.setxattr(node.path, name, self.rng.randbytes(20))

    def op_acl(self):
        node = self.pick("fd")
        entries = [(1, 6, 0xFFFFFFFF), (2, self.rng.randrange(8), self.rng.randint(1000, 70000)), (4, 4, 0xFFFFFFFF),
                   (8, 5, self.rng.randint(1000, 70000)), (16, 7, 0xFFFFFFFF), (32, 4, 0xFFFFFFFF)]
        acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)
        kind = b"system.posix_acl_default" if node.kind == "d" and self.rng.random() < 0.5 else b"system.posix_acl_access"
        os.setxattr(node.path, kind, acl)

    def op_capability(self):
        """setuid + file capabilities; chown drops them, so send has to set them again."""
        node = self.pick("f")
        os.chmod(node.path, 0o4755)
        os.setxattr(node.path, b"security.capability", struct.pack("<IIIII", 0x02000001, 1 << self.rng.randrange(30), 0, 0, 0))
        if self.rng.random() < 0.4:
            os.chown(node.path, self.rng.randrange(2000), -1)
            os.setxattr(node.path, b"security.capability", struct.pack("<IIIII", 0x02000001, 0x2000, 0, 0, 0))

    def op_chattr(self):
        node = self.pick("fd")
        if node is self.sv.root:
            raise Skip
        fd = os.open(node.path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            old = kit.get_flags(fd)
            kit.set_flags(fd, old ^ self.rng.choice((kit.FL_IMMUTABLE, kit.FL_APPEND, kit.FL_NODUMP, kit.FL_NOATIME, kit.FL_SYNC,
                                                     kit.FL_NOCOMP, kit.FL_COMPR) + ((kit.FL_DIRSYNC,) if node.kind == "d" else ())))
        finally:
            os.close(fd)

    def op_property(self):
        node = self.pick("fd")
        os.setxattr(node.path, b"btrfs.compression", self.rng.choice((b"zlib", b"lzo", b"zstd", b"")))

    def op_verity(self):
        """fs-verity, where the kernel has it."""
        if self.verity_supported is False:
            raise Skip
        import fcntl
        fd = self.open(self.pick("f"), os.O_RDONLY)
        try:
            fcntl.ioctl(fd, kit.FS_IOC_ENABLE_VERITY, struct.pack("<IIIIQIIQ", 1, 1, 4096, 0, 0, 0, 0, 0) + bytes(88))
            self.verity_supported = True
        except OSError as e:
            if e.errno in (errno.ENOTTY, errno.EOPNOTSUPP):
                self.verity_supported = False
            raise
        finally:
            os.close(fd)

    def op_sync(self):
        kit.syncfs(self.mnt)

    def op_fsync(self):
        self.with_file(lambda fd, size: os.fsync(fd))
