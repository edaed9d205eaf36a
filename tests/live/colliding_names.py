"""Names of directory entries: their hash, and names that collide under it."""
from sendstream import CRC_TABLE, crc32c


def name_hash(name):
    """btrfs_name_hash: the key offset of DIR_ITEM and XATTR_ITEM."""
    return crc32c(0xFFFFFFFE, name)


def colliding_names(rng, count, prefix=b"", alphabet=None):
    """`count` different names of equal length with one name_hash.

    crc32c is linear, so four final bytes can force any hash; names of equal length that collide
    under one crc seed collide under all, hence in the INODE_EXTREF hash too.
    """
    high = {entry >> 24: i for i, entry in enumerate(CRC_TABLE)}
    target, names = rng.getrandbits(32), set()
    while len(names) < count:
        stem = prefix + b"%08x" % rng.getrandbits(32)
        state, indexes = target, []
        for _ in range(4):                          # run the crc backwards over 4 unknown bytes
            i = high[state >> 24]
            indexes.append(i)
            state = ((state ^ CRC_TABLE[i]) << 8) & 0xFFFFFFFF
        tail, state = bytearray(), name_hash(stem)
        for i in reversed(indexes):
            tail.append((state ^ i) & 0xFF)
            state = (state >> 8) ^ CRC_TABLE[i]
        if 0 not in tail and ord("/") not in tail:
            name = stem + bytes(tail)
            assert name_hash(name) == target
            names.add(name)
    return sorted(names)
