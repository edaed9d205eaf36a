"""Staged situations: several operations that only together reach a corner of send."""
import errno
import os
import struct

import btrfskit as kit
from colliding_names import colliding_names
from workload_model import WORDS, Skip


class StagedSituations:
    def piece_links_overflow(self, count=300, name_length=250):
        """So many references of one inode in one directory that INODE_REF spills into INODE_EXTREF."""
        node = self.pick("f")
        name = self.new_name(b"links")
        os.mkdir(name)
        parent = self.sv.add("d", self.sv.root, name)
        for i in range(count):
            link = (b"%04d_" % i) + b"L" * (name_length - 5)
            os.link(node.path, self.join(parent, link))
            self.sv.add("f", parent, link)
        for link in colliding_names(self.rng, 6, b"X" * 100):      # colliding INODE_EXTREF keys
            os.link(node.path, self.join(parent, link))
            self.sv.add("f", parent, link)

    def piece_links_change(self):
        """Remove, rename and re-add some names of a file with very many links."""
        for parent in [d for d in self.sv.nodes["d"] if d.name.startswith(b"links")]:
            for node in self.rng.sample(list(parent.children.values()), min(60, len(parent.children))):
                how = self.rng.random()
                if how < 0.5:
                    os.unlink(node.path)
                    self.sv.drop(node)
                else:
                    self.rename(node, parent, b"moved" + node.name[:200])

    def piece_collisions(self):
        """A directory with names of one hash, of files, directories and links."""
        name = self.new_name(b"coll")
        os.mkdir(name)
        parent = self.sv.add("d", self.sv.root, name)
        for i, child in enumerate(colliding_names(self.rng, 9)):
            path = self.join(parent, child)
            if i % 3 == 0:
                os.mkdir(path)
            elif i % 3 == 1:
                os.symlink(b"target", path)
            else:
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            self.sv.add("dlf"[i % 3], parent, child)

    def piece_collisions_change(self):
        for parent in [d for d in self.sv.nodes["d"] if d.name.startswith(b"coll")]:
            nodes = list(parent.children.values())
            if len(nodes) >= 4:
                a, b, c, d = self.rng.sample(nodes, 4)
                self.exchange(a, b)
                self.rename(c, self.sv.root, self.new_name(b"uncoll"))
                if not d.children:
                    self.remove_tree(d)

    def piece_deep_path(self, total=3890):
        """A path close to PATH_MAX."""
        node = self.sv.root
        length = 0
        while length < total - 256:
            name = self.new_name(b"deep") + b"D" * 230
            name = name[:self.rng.randint(150, 250)]
            os.mkdir(self.join(node, name))
            node = self.sv.add("d", node, name)
            length = len(node.path)
        name = b"F" * min(255, total - length - 1)
        os.close(os.open(self.join(node, name), os.O_CREAT | os.O_WRONLY))
        self.sv.add("f", node, name)

    def piece_dir_chain(self, depth=24):
        """A deep chain of directories; piece_dir_chain_reverse turns it upside down."""
        node = self.sv.root
        for i in range(depth):
            name = b"chain%d" % i
            if name in node.children:
                raise Skip
            os.mkdir(self.join(node, name))
            node = self.sv.add("d", node, name)
            child = b"file"
            os.close(os.open(self.join(node, child), os.O_CREAT | os.O_WRONLY))
            self.sv.add("f", node, child)

    def piece_dir_chain_reverse(self):
        chain = [n for n in self.sv.nodes["d"] if n.name.startswith(b"chain") and n.name[5:].isdigit()]
        chain.sort(key=lambda n: len(n.path))
        self.rng.shuffle(chain) if self.rng.random() < 0.3 else None
        for n in reversed(chain):                       # all to the root, then nest in reverse
            if n.parent is not self.sv.root:
                self.do("rename", n, self.sv.root, b"t" + n.name)
        below = None
        for n in reversed(chain):
            parent = below or self.sv.root
            if not parent.is_below(n):
                self.do("rename", n, parent, b"chain" + n.name.split(b"chain")[-1])
                below = n

    def piece_swap_parents(self):
        """a/b and c/d become a/d and c/b, with a and c exchanged: orphan names and delayed moves."""
        made = []
        for stem in (b"A", b"C"):
            outer = self.new_name(stem)
            os.mkdir(outer)
            o = self.sv.add("d", self.sv.root, outer)
            for inner in (b"x", b"y"):
                os.mkdir(self.join(o, inner))
                n = self.sv.add("d", o, inner)
                os.close(os.open(self.join(n, b"leaf"), os.O_CREAT | os.O_WRONLY))
                self.sv.add("f", n, b"leaf")
            made.append(o)
        self.swap_pairs = getattr(self, "swap_pairs", []) + [(self.sv, made)]

    def piece_swap_parents_now(self):
        for sv, (a, c) in getattr(self, "swap_pairs", []):
            if sv is self.sv and a.parent is sv.root and c.parent is sv.root and b"x" in a.children and b"x" in c.children:
                self.exchange(a.children[b"x"], c.children[b"x"])
                self.exchange(a, c)
                if b"y" in c.children and b"z" not in a.children:
                    self.rename(c.children[b"y"], a, b"z")

    def piece_big_dir(self, count=400):
        """Many small files in one directory: leaves fill up, the tree gets deeper."""
        name = self.new_name(b"big")
        os.mkdir(name)
        parent = self.sv.add("d", self.sv.root, name)
        for i in range(count):
            child = b"file-%06d-%s" % (i, self.rng.choice(WORDS))
            fd = os.open(self.join(parent, child), os.O_CREAT | os.O_WRONLY)
            os.write(fd, self.data(self.rng.randint(0, 300)))
            os.close(fd)
            self.sv.add("f", parent, child)

    def piece_fragmented_file(self, blocks=150):
        """One file of very many extents (several leaves of EXTENT_DATA items)."""
        name = self.new_name(b"frag")
        fd = os.open(name, os.O_CREAT | os.O_RDWR)
        self.sv.add("f", self.sv.root, name)
        try:
            for start in range(0, blocks, 2):
                os.pwrite(fd, self.rng.choice(self.pool), start * 4096)
            os.fsync(fd)
            for start in range(1, blocks, 3):
                os.pwrite(fd, self.rng.choice(self.pool), start * 4096)
        finally:
            os.close(fd)

    def piece_many_refs(self, refs=1100):
        """One extent referenced more than 1024 times: send gives up looking for clones."""
        name = self.new_name(b"refs")
        fd = os.open(name, os.O_CREAT | os.O_RDWR)
        self.sv.add("f", self.sv.root, name)
        try:
            os.write(fd, self.pool[0])
            os.fsync(fd)
            for i in range(1, refs):
                kit.clone_range(fd, fd, 0, 4096, i * 4096)
        finally:
            os.close(fd)

    def piece_large_xattr(self):
        """The largest xattr value the leaf size and the VFS allow."""
        node = self.pick("f")
        for length in (65000, 16000, 3900):
            try:
                os.setxattr(node.path, b"user.huge", self.rng.randbytes(length))
                return
            except OSError as e:
                if e.errno not in (errno.ENOSPC, errno.E2BIG, errno.ERANGE):
                    raise

    def piece_bulk(self, files, total_bytes):
        """Many files in a wide tree (benchmarks): data comes from a pool, so images compress."""
        per_dir = 300
        parent = None
        for i in range(files):
            if i % per_dir == 0:
                name = b"bulk%04d" % (i // per_dir)
                base = self.sv.root if i % (per_dir * 5) == 0 or parent is None else parent
                if len(base.path) > 200:
                    base = self.sv.root
                os.mkdir(self.join(base, name))
                parent = self.sv.add("d", base, name)
                prefix = parent.path
            child = b"f%06d" % i
            fd = os.open(prefix + b"/" + child, os.O_CREAT | os.O_WRONLY)
            size = int(self.rng.expovariate(1.0 / (total_bytes * 0.6 / files)))
            if i % 1000 == 17:
                size += int(total_bytes * 0.4 / (files / 1000))
            stamp = struct.pack("<Q", i)
            while size > 0:
                block = b"".join(stamp + self.rng.choice(self.pool)[8:] for _ in range(min(64, size // 4096 + 1)))
                size -= os.write(fd, block[:size])
            os.close(fd)
            self.sv.add("f", parent, child)
