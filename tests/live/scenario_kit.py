"""What the scenarios stand on: a list of them, and the Stage on which each plays.

A Stage is one writable subvolume of a mounted filesystem and the read-only snapshots taken of it. Contents come from
a seeded generator, so that a scenario does the same each time, but for times, ids and where the kernel puts things.
"""
import os
import random
import shutil
import subprocess
import time

import btrfskit as kit

SCENARIOS = []


def scenario(function):
    """Adds a function of a Stage to the list, in the order of the files."""
    SCENARIOS.append(function)
    return function


class Stage:
    def __init__(self, mnt, name, seed):
        self.mnt, self.name, self.random = mnt, name, random.Random(f"{name} {seed}")
        self.snapshots = []         # paths from the top of the filesystem
        self.open_files = []
        os.mkdir(os.path.join(mnt, name))
        self.fresh_subvolume()

    # --- subvolumes ---

    def fresh_subvolume(self):
        """A new, empty subvolume takes the place of the one that was played on."""
        self.root = os.path.join(self.mnt, self.name, f"live{len(self.snapshots)}")
        kit.run("btrfs", "subvolume", "create", self.root)

    def snap(self):
        path = os.path.join(self.name, f"snap{len(self.snapshots)}")
        kit.run("btrfs", "subvolume", "snapshot", "-r", self.root, os.path.join(self.mnt, path))
        self.snapshots.append(path)

    def subvolume(self, path):
        kit.run("btrfs", "subvolume", "create", self.path(path))

    def drop_subvolume(self, path):
        kit.run("btrfs", "subvolume", "delete", self.path(path))

    def finish(self):
        for fd in self.open_files:
            os.close(fd)

    # --- names ---

    def path(self, path):
        if isinstance(path, bytes):
            return os.fsencode(self.root) + b"/" + path
        return os.path.join(self.root, path)

    def dirs(self, *paths):
        for path in paths:
            os.makedirs(self.path(path), exist_ok=True)

    def mv(self, old, new):
        os.rename(self.path(old), self.path(new))

    def exchange(self, a, b):
        kit.rename_exchange(os.fsencode(self.path(a)), os.fsencode(self.path(b)))

    def ln(self, old, new):
        os.link(self.path(old), self.path(new))

    def rm(self, path):
        os.unlink(self.path(path))

    def rmdir(self, path):
        os.rmdir(self.path(path))

    def rmtree(self, path):
        shutil.rmtree(self.path(path))

    def hold_open(self, path):
        return os.open(self.path(path), os.O_RDWR)

    # --- contents ---

    def noise(self, length):
        return self.random.randbytes(length)

    def file(self, path, length):
        with open(self.path(path), "wb") as f:
            f.write(self.noise(length))

    def text(self, path, length):
        """Compressible: the same bytes at each call with the same name and length."""
        rng = random.Random(f"{self.name} {path}")
        words = [b"%x " % rng.getrandbits(24) for _ in range(200)]
        with open(self.path(path), "wb") as f:
            f.write(b"".join(rng.choice(words) for _ in range(length // 4 + 1))[:length])

    def zeros(self, path, length):
        with open(self.path(path), "wb") as f:
            f.write(bytes(length))

    def write(self, path, offset, length, create=False):
        fd = os.open(self.path(path), os.O_RDWR | (os.O_CREAT if create else 0), 0o644)
        try:
            os.pwrite(fd, self.noise(length), offset)
        finally:
            os.close(fd)

    def sparse(self, path, size, pieces):
        self.truncate_new(path, size)
        for offset, length in pieces:
            self.write(path, offset, length)

    def truncate(self, path, size):
        os.truncate(self.path(path), size)

    def truncate_new(self, path, size):
        self.file(path, 0)
        self.truncate(path, size)

    def touch(self, path):
        os.utime(self.path(path))

    def sync(self):
        kit.syncfs(self.mnt)

    def _with(self, path, action, flags=os.O_RDWR | os.O_CREAT):
        fd = os.open(self.path(path), flags, 0o644)
        try:
            return action(fd)
        finally:
            os.close(fd)

    def fallocate(self, path, offset, length, keep_size=False):
        self._with(path, lambda fd: kit.fallocate(fd, kit.FALLOC_KEEP_SIZE if keep_size else 0, offset, length))

    def punch(self, path, offset, length):
        mode = kit.FALLOC_KEEP_SIZE | kit.FALLOC_PUNCH_HOLE
        self._with(path, lambda fd: kit.fallocate(fd, mode, offset, length))

    def zero_range(self, path, offset, length):
        mode = kit.FALLOC_KEEP_SIZE | kit.FALLOC_ZERO_RANGE
        self._with(path, lambda fd: kit.fallocate(fd, mode, offset, length))

    def clone(self, source, target):
        self.clone_range(source, 0, 0, target, 0)

    def clone_range(self, source, offset, length, target, target_offset):
        """A length of 0 means up to the end of the source."""
        self._with(source, lambda src: self._with(
            target, lambda dst: kit.clone_range(dst, src, offset, length, target_offset)))

    def dedupe(self, source, offset, length, target, target_offset):
        return self._with(source, lambda src: self._with(
            target, lambda dst: kit.dedupe_range(src, offset, length, dst, target_offset)))

    def nocow(self, path, length):
        self._with(path, lambda fd: kit.set_flags(fd, kit.get_flags(fd) | kit.FL_NOCOW))
        self.write(path, 0, length)
        self.sync()

    def clone_within_nocow(self, source, target):
        self._with(target, lambda fd: kit.set_flags(fd, kit.get_flags(fd) | kit.FL_NOCOW))
        self.clone(source, target)

    # --- attributes ---

    def try_setxattr(self, path, name, value):
        """What does not fit in this filesystem's nodes is left out."""
        try:
            os.setxattr(self.path(path), name, value)
        except OSError:
            pass

    def flag(self, path, letter):
        sign, letter = ("-", letter[1:]) if letter.startswith("-") else ("+", letter)
        subprocess.run(["chattr", sign + letter, self.path(path)], check=True)


def settle(mnt):
    """All that was written is in the committed trees, and deleted subvolumes are gone."""
    kit.syncfs(mnt)
    kit.wait_for_deletions(mnt)
    time.sleep(0.05)
    kit.syncfs(mnt)
