"""Operations on names: make, rename, link, remove."""
import os
import stat

import btrfskit as kit
from workload_model import MAX_PATH, Skip


class NameOperations:
    def op_mkfile(self, size=None):
        parent, name = self.place(b"f")
        fd = os.open(self.join(parent, name), os.O_RDWR | os.O_CREAT | os.O_EXCL, self.rng.choice((0o644, 0o600, 0o755)))
        try:
            data = self.data(self.size() if size is None else size)
            while data:
                data = data[os.write(fd, data):]
        finally:
            os.close(fd)
        return self.sv.add("f", parent, name)

    def op_mkempty(self):
        return self.op_mkfile(0)

    def op_mkdir(self):
        parent, name = self.place(b"d")
        os.mkdir(self.join(parent, name))
        return self.sv.add("d", parent, name)

    def op_mktree(self):
        """A small tree at once: parents get lower inode numbers than children."""
        node = self.op_mkdir()
        for _ in range(self.rng.randint(2, 5)):
            name = self.new_name(b"d")
            os.mkdir(self.join(node, name))
            child = self.sv.add("d", node, name)
            if self.rng.random() < 0.7:
                node = child

    def op_mkspecial(self):
        parent, name = self.place(b"s")
        path = self.join(parent, name)
        kind = self.rng.choice((stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK))
        rdev = os.makedev(self.rng.randrange(4096), self.rng.randrange(1 << 20)) if kind in (stat.S_IFCHR, stat.S_IFBLK) else 0
        os.mknod(path, kind | 0o640, rdev)
        self.sv.add("s", parent, name)

    def op_symlink(self):
        parent, name = self.place(b"l")
        limit = min(4095, self.nodesize - 400)          # the target is an inline extent
        length = self.rng.choice((1, 20, 300, limit))
        target = bytes(self.rng.choice(b"abc/.\xff\xe9") for _ in range(length))
        os.symlink(target, self.join(parent, name))
        self.sv.add("l", parent, name)

    def op_unlink(self):
        node = self.pick("fls")
        os.unlink(node.path)
        self.sv.drop(node)

    def remove_tree(self, node):
        for child in list((node.children or {}).values()):
            self.remove_tree(child)
        if node.kind in "d":
            os.rmdir(node.path)
        elif node.kind == "v":
            kit.subvolume("delete", os.path.join(self.sv.path.encode(), node.path))
        else:
            os.unlink(node.path)
        self.sv.drop(node)

    def op_rmtree(self):
        node = self.pick_dir(no_root=True)
        if self.count(node) > 40:
            raise Skip
        self.remove_tree(node)

    def count(self, node):
        return 1 + sum(self.count(c) for c in (node.children or {}).values())

    def op_recreate(self):
        """Delete an entry and make another of its name, maybe of another type."""
        node = self.pick("flsd")
        if node is self.sv.root or self.count(node) > 15:
            raise Skip
        parent, name, path = node.parent, node.name, node.path
        self.remove_tree(node)
        kind = self.rng.choice("fdl")
        if kind == "f":
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            os.write(fd, self.data(self.rng.randint(0, 9000)))
            os.close(fd)
        elif kind == "d":
            os.mkdir(path)
        else:
            os.symlink(b"recreated", path)
        self.sv.add(kind, parent, name)

    def rename(self, node, parent, name):
        if node.kind == "d" and parent.is_below(node):
            raise Skip
        new = self.join(parent, name)
        if len(new) + node.height() > MAX_PATH:
            raise Skip
        victim = parent.children.get(name)
        if victim is node:
            raise Skip
        if victim is not None and node.kind != "d" and victim.kind != "d":
            a, b = os.lstat(node.path), os.lstat(victim.path)
            if a.st_ino == b.st_ino:            # rename(2) of two links of one inode does nothing
                raise Skip
        os.rename(node.path, new)
        self.sv.move(node, parent, name)

    def op_rename(self):
        parent, name = self.place(b"r")
        self.rename(self.pick("fls"), parent, name)

    def op_rename_in_place(self):
        node = self.pick("flsd")
        if node is self.sv.root:
            raise Skip
        self.rename(node, node.parent, self.new_name(b"q"))

    def op_rename_over(self):
        victim = self.pick("fls")
        self.rename(self.pick("fls"), victim.parent, victim.name)

    def op_rename_dir(self):
        parent, name = self.place(b"m")
        self.rename(self.pick_dir(no_root=True), parent, name)

    def op_rename_dir_keep_name(self):
        node, parent = self.pick_dir(no_root=True), self.pick_dir()
        if node.name in parent.children:
            raise Skip
        self.rename(node, parent, node.name)

    def op_rename_dir_over_empty(self):
        victim = self.pick_dir(no_root=True)
        if victim.children:
            raise Skip
        self.rename(self.pick_dir(no_root=True), victim.parent, victim.name)

    def op_exchange(self):
        a, b = self.pick("flsd"), self.pick("flsd")
        self.exchange(a, b)

    def op_exchange_dirs(self):
        self.exchange(self.pick_dir(no_root=True), self.pick_dir(no_root=True))

    def exchange(self, a, b):
        if a is self.sv.root or b is self.sv.root or a is b or a.is_below(b) or b.is_below(a):
            raise Skip
        if max(len(a.path) + b.height(), len(b.path) + a.height()) > MAX_PATH:
            raise Skip
        kit.rename_exchange(a.path, b.path)
        self.sv.swap(a, b)

    def op_rotate_names(self):
        """a -> b, b -> c, c -> a inside one directory."""
        parent = self.pick_dir()
        nodes = [n for n in parent.children.values() if n.kind != "v"]
        if len(nodes) < 3:
            raise Skip
        a, b, c = self.rng.sample(nodes, 3)
        self.exchange(a, b)
        self.exchange(a, c)

    def op_invert(self):
        """Move a directory below its former child."""
        child = self.pick_dir(no_root=True)
        parent = child.parent
        if parent is self.sv.root:
            raise Skip
        grand = parent.parent
        keep = self.rng.random() < 0.5
        name = parent.name if keep else self.new_name(b"i")
        self.rename(child, grand, self.new_name(b"tmp"))
        self.rename(parent, child, parent.name if self.rng.random() < 0.5 else self.new_name(b"i"))
        if name not in grand.children:
            self.rename(child, grand, name)

    def op_chain_move(self):
        """Move one directory into another that moves too (send has to delay one of them)."""
        a, b = self.pick_dir(no_root=True), self.pick_dir(no_root=True)
        if a is b or b.is_below(a):
            raise Skip
        parent, name = self.place(b"c")
        if parent.is_below(a) or parent.is_below(b):
            raise Skip
        self.rename(a, b, self.new_name(b"c"))
        self.rename(b, parent, name)

    def op_take_name(self):
        """Delete or move an entry away and give its name to another one (conflicting references)."""
        victim, node = self.pick_dir(no_root=True), self.pick("fd")
        if node is self.sv.root or node is victim or victim.is_below(node) or node.is_below(victim):
            raise Skip
        parent, name = victim.parent, victim.name
        self.rename(victim, *self.place(b"t"))
        if name not in parent.children:
            self.rename(node, parent, name)

    def op_link(self):
        parent, name = self.place(b"h")
        node = self.pick("fls")
        os.link(node.path, self.join(parent, name), follow_symlinks=False)
        self.sv.add(node.kind, parent, name)

    def op_many_links(self):
        node = self.pick("f")
        parent = self.pick_dir()
        for _ in range(self.rng.randint(10, 40)):
            name = self.new_name(b"hh")
            if len(parent.path) + len(name) < MAX_PATH:
                os.link(node.path, self.join(parent, name))
                self.sv.add("f", parent, name)

    def op_link_shuffle(self):
        """Link a file to a new place and drop the old name, one name taken over by another file."""
        node, other = self.pick("f"), self.pick("f")
        parent, name = self.place(b"k")
        os.link(node.path, self.join(parent, name))
        self.sv.add("f", parent, name)
        self.rename(other, node.parent, node.name)

    def op_orphan(self):
        """Unlink an open file; it stays open until release_held()."""
        node = self.pick("f")
        self.held.append(self.open(node))
        os.unlink(node.path)
        self.sv.drop(node)

    def op_nested_subvol(self):
        parent, name = self.place(b"v")
        path = os.path.join(self.sv.path.encode(), self.join(parent, name))
        if len(path) > 3000:
            raise Skip
        kit.subvolume("create", path)
        self.sv.add("v", parent, name)
        with open(path + b"/inside", "wb") as f:
            f.write(b"in a nested subvolume")

    def op_nested_change(self):
        node = self.pick("v")
        if self.rng.random() < 0.5:
            self.remove_tree(node)
        else:
            self.rename(node, *self.place(b"w"))
