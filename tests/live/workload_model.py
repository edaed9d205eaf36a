"""What a workload remembers of a filesystem: directory entries and subvolumes."""
import stat

import btrfskit as kit

MAX_PATH = 3900             # keep below PATH_MAX including orphan names (a kernel limit of send)
WORDS = (b"snapshot extent subvol backref inode the of and tree leaf node checksum stream clone "
         b"parent root delayed ref key item offset chunk device block group").split()


class Node:
    """A directory entry of the model; kind: d(irectory) f(ile) l(ink) s(pecial) v (nested subvolume)."""
    __slots__ = ("kind", "name", "parent", "children")

    def __init__(self, kind, name, parent):
        self.kind, self.name, self.parent = kind, name, parent
        self.children = {} if kind == "d" else None

    @property
    def path(self):
        parts, node = [], self
        while node.parent is not None:
            parts.append(node.name)
            node = node.parent
        return b"/".join(reversed(parts)) or b"."

    def is_below(self, other):
        node = self
        while node is not None:
            if node is other:
                return True
            node = node.parent
        return False

    def height(self):
        """Length of the longest path below this node."""
        if not self.children:
            return 0
        return max(len(c.name) + 1 + c.height() for c in self.children.values())


class Subvol:
    """The model of one subvolume."""

    def __init__(self, path):
        self.path = path
        self.root = Node("d", b"", None)
        self.nodes = {k: [] for k in "dflsv"}
        self.nodes["d"].append(self.root)
        self.serial = 0

    @classmethod
    def scan(cls, path):
        """Model of an existing subvolume."""
        sv = cls(path)
        by_path = {b"": sv.root}
        for p, _, name, st in kit.walk(path):
            if p:
                kind = {stat.S_IFDIR: "d", stat.S_IFREG: "f", stat.S_IFLNK: "l"}.get(stat.S_IFMT(st.st_mode), "s")
                by_path[p] = sv.add(kind, by_path[p.rpartition(b"/")[0]], name)
        sv.serial = 1000 + len(by_path)
        return sv

    def add(self, kind, parent, name):
        node = Node(kind, name, parent)
        parent.children[name] = node
        self.nodes[kind].append(node)
        return node

    def drop(self, node):
        for child in list((node.children or {}).values()):
            self.drop(child)
        del node.parent.children[node.name]
        self.nodes[node.kind].remove(node)

    def move(self, node, parent, name):
        victim = parent.children.get(name)
        if victim is not None:
            self.drop(victim)
        del node.parent.children[node.name]
        node.parent, node.name = parent, name
        parent.children[name] = node

    def swap(self, a, b):
        a.parent.children[a.name], b.parent.children[b.name] = b, a
        a.parent, b.parent = b.parent, a.parent
        a.name, b.name = b.name, a.name


class Skip(Exception):
    """This operation has nothing to work on; not an error."""
