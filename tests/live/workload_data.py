"""Operations on file data: writes, holes, preallocation, and extents shared by cloning."""
import os

import btrfskit as kit
from workload_model import Skip


class DataOperations:
    def op_overwrite(self):
        def f(fd, size):
            os.pwrite(fd, self.data(self.rng.choice((1, 100, 4096, 8192, self.rng.randint(1, 30000)))), self.rng.randint(0, size))
        self.with_file(f)

    def op_append(self):
        self.with_file(lambda fd, size: os.pwrite(fd, self.data(self.rng.randint(1, 12000)), size))

    def op_sparse_write(self):
        self.with_file(lambda fd, size: os.pwrite(fd, self.data(self.rng.randint(1, 9000)), size + self.rng.randint(1, 4 << 20)))

    def op_truncate(self):
        def f(fd, size):
            os.ftruncate(fd, self.rng.choice((0, size // 2, max(0, size - 1), size // 4096 * 4096, size + 1, size + self.rng.randint(1, 300000))))
        self.with_file(f)

    def aligned_range(self, size, slack=16384):
        off, length = self.rng.randint(0, size + slack), self.rng.randint(1, 20000)
        if self.rng.random() < 0.6:
            off, length = off & ~4095, (length + 4095) & ~4095
        return off, length

    def op_punch(self):
        self.with_file(lambda fd, size: kit.fallocate(fd, kit.FALLOC_PUNCH_HOLE | kit.FALLOC_KEEP_SIZE, *self.aligned_range(size, 0)))

    def op_zero_range(self):
        self.with_file(lambda fd, size: kit.fallocate(fd, kit.FALLOC_ZERO_RANGE | self.rng.choice((0, kit.FALLOC_KEEP_SIZE)), *self.aligned_range(size)))

    def op_fallocate(self):
        self.with_file(lambda fd, size: kit.fallocate(fd, self.rng.choice((0, kit.FALLOC_KEEP_SIZE)), *self.aligned_range(size, 100000)))

    def op_fragment(self):
        """Split a file into many extents."""
        def f(fd, size):
            blocks = min(size // 4096, 40)
            if blocks < 4:
                raise Skip
            os.fsync(fd)
            for b in range(self.rng.randrange(2), blocks, 2):
                if self.rng.random() < 0.5:
                    kit.fallocate(fd, kit.FALLOC_PUNCH_HOLE | kit.FALLOC_KEEP_SIZE, b * 4096, 4096)
                else:
                    os.pwrite(fd, self.rng.choice(self.pool), b * 4096)
        self.with_file(f)

    def op_rewrite_same(self):
        """Write the same bytes again: a new extent with unchanged content."""
        def f(fd, size):
            off = self.rng.randint(0, size) & ~4095
            data = os.pread(fd, 16384, off)
            os.pwrite(fd, data, off)
        self.with_file(f)

    def op_nocow(self):
        parent, name = self.place(b"nocow")
        fd = os.open(self.join(parent, name), os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            self.sv.add("f", parent, name)
            kit.set_flags(fd, kit.FL_NOCOW)
            os.write(fd, self.data(self.size()))
        finally:
            os.close(fd)

    def op_compress_file(self):
        parent, name = self.place(b"comp")
        fd = os.open(self.join(parent, name), os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            self.sv.add("f", parent, name)
            os.setxattr(fd, b"btrfs.compression", self.rng.choice((b"zlib", b"lzo", b"zstd")))
            os.write(fd, self.data(self.size()))
        finally:
            os.close(fd)

    # --- operations: shared extents ---

    def op_clone_file(self):
        import fcntl
        src, (parent, name) = self.pick("f"), self.place(b"cl")
        sfd = self.open(src, os.O_RDONLY)
        dfd = os.open(self.join(parent, name), os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            self.sv.add("f", parent, name)
            fcntl.ioctl(dfd, kit.FICLONE, sfd)
        finally:
            os.close(sfd)
            os.close(dfd)

    def clone_blocks(self, sfd, dfd):
        size, dsize = os.fstat(sfd).st_size, os.fstat(dfd).st_size
        if size < 1:
            raise Skip
        off = self.rng.randrange(size) & ~4095
        tail = self.rng.random() < 0.3                  # to the (unaligned) end of the source
        length = 0 if tail else min(4096 * self.rng.randint(1, 8), (size - off) & ~4095)
        if not tail and length == 0:
            raise Skip
        kit.clone_range(dfd, sfd, off, length, self.rng.randint(0, dsize + 8192) & ~4095)

    def op_clone_within(self):
        self.with_file(lambda fd, size: self.clone_blocks(fd, fd))

    def op_clone_range(self):
        sfd = self.open(self.pick("f"), os.O_RDONLY)
        try:
            self.with_file(lambda fd, size: self.clone_blocks(sfd, fd))
        finally:
            os.close(sfd)

    def op_clone_across(self):
        """From a file of another subvolume."""
        others = [s for s in self.subvols if s is not self.sv and s.nodes["f"]]
        if not others:
            raise Skip
        here, other = self.sv, self.rng.choice(others)
        self.enter(other)
        try:
            sfd = self.open(self.pick("f"), os.O_RDONLY)
        finally:
            self.enter(here)
        try:
            self.with_file(lambda fd, size: self.clone_blocks(sfd, fd))
        finally:
            os.close(sfd)

    def op_dedupe(self):
        a, b = self.pick("f"), self.pick("f")
        block = self.rng.choice(self.pool) * 4

        def f(fd, size):
            off = self.rng.randint(0, size) & ~4095
            os.pwrite(fd, block, off)
            return off
        off_a, off_b = self.with_file(f, a), self.with_file(f, b)
        fa, fb = self.open(a), self.open(b)
        try:
            kit.dedupe_range(fa, off_a, len(block), fb, off_b)
        finally:
            os.close(fa)
            os.close(fb)
