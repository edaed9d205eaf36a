"""Send scenarios about contents: holes, preallocation, shared extents, compression, sizes.

Each is a function of a Stage (scenario_kit.py). They are the situations that people's bug reports about send
were made of. KiB sizes are chosen around sectors, 48 KiB (a write of protocol 1), 64 and 128 KiB.
"""
from scenario_kit import scenario

K = 1024


@scenario
def file_sizes_around_every_limit(s):
    for size in (0, 1, 2047, 2048, 2049, 3800, 4095, 4096, 4097, 8191, 49151, 49152, 49153, 65536, 65537, 98304,
                 131071, 131072, 131073, 262145, 1048576):
        s.file(f"f{size}", size)
    s.snap()
    for size in (0, 1, 2048, 4096, 49152, 131072):
        s.write(f"f{size}", size, 10)
    for size in (1, 2049, 4097, 49153, 131073):
        s.write(f"f{size}", 0, 5)
    s.truncate("f1048576", 70000)
    s.truncate("f98304", 0)
    s.truncate("f0", 100000)
    s.snap()


@scenario
def holes_are_punched_and_filled(s):
    s.file("f", 1000 * K)
    s.file("g", 300 * K)
    s.sync()
    s.snap()
    s.punch("f", 100 * K, 200 * K)
    s.punch("f", 900 * K, 100 * K)
    s.punch("g", 0, 300 * K)
    s.snap()
    s.write("f", 150 * K, 10)
    s.write("g", 299 * K, 3 * K)
    s.truncate("f", 2000 * K)
    s.snap()
    s.write("f", 1999 * K, 1)
    s.truncate("g", 4097)
    s.snap()


@scenario
def trailing_holes_and_growth(s):
    s.file("a", 5000)
    s.truncate("a", 500 * K)
    s.file("b", 8 * K)
    s.sparse("c", 1 << 30, [(0, 4 * K), (1 << 29, 4 * K)])
    s.truncate_new("d", 3 << 20)
    s.snap()
    s.truncate("a", 4 * K)
    s.truncate("b", 1 << 20)
    s.truncate("c", 1 << 29)
    s.write("d", 1 << 20, 100)
    s.snap()
    s.truncate("b", 2 << 20)
    s.write("b", 1 << 20, 4 * K)
    s.truncate("a", 100)
    s.snap()


@scenario
def preallocation_inside_and_beyond_the_end(s):
    s.file("f", 100 * K)
    s.fallocate("f", 100 * K, 400 * K, keep_size=True)
    s.fallocate("g", 0, 256 * K)
    s.write("g", 64 * K, 8 * K)
    s.fallocate("h", 0, 64 * K, keep_size=True)
    s.snap()
    s.write("f", 100 * K, 40 * K)
    s.write("g", 0, 4 * K)
    s.truncate("g", 512 * K)
    s.zero_range("f", 16 * K, 32 * K)
    s.write("h", 0, 100)
    s.snap()
    s.punch("g", 0, 128 * K)
    s.fallocate("g", 0, 128 * K)
    s.truncate("f", 20 * K)
    s.snap()


@scenario
def whole_files_are_cloned(s):
    s.file("src", 300 * K + 77)
    s.sync()
    for i in range(4):
        s.clone("src", f"copy{i}")
    s.snap()
    s.write("copy1", 100 * K, 4 * K)
    s.rm("src")
    s.clone("copy2", "again")
    s.clone("copy1", "branch")
    s.snap()
    s.truncate("copy0", 50 * K + 1)
    s.clone("copy0", "short")
    s.snap()


@scenario
def clones_within_one_file(s):
    s.file("f", 512 * K)
    s.sync()
    s.clone_range("f", 0, 64 * K, "f", 512 * K)
    s.clone_range("f", 128 * K, 128 * K, "f", 1024 * K)
    s.snap()
    s.clone_range("f", 512 * K, 32 * K, "f", 16 * K)
    s.clone_range("f", 1024 * K, 64 * K, "f", 2048 * K)
    s.write("f", 128 * K, 4 * K)
    s.snap()
    s.clone_range("f", 2048 * K, 64 * K, "f", 0)
    s.clone_range("f", 0, 4 * K, "f", 64 * K)
    s.snap()


@scenario
def clones_overlap_and_shift(s):
    s.file("a", 256 * K)
    s.sync()
    s.clone_range("a", 0, 128 * K, "b", 0)
    s.clone_range("a", 64 * K, 128 * K, "b", 100 * K)
    s.clone_range("b", 32 * K, 100 * K, "c", 8 * K)
    s.write("a", 70 * K, 20 * K)
    s.snap()
    s.clone_range("c", 8 * K, 60 * K, "a", 128 * K)
    s.clone_range("a", 200 * K, 56 * K, "c", 0)
    s.punch("b", 20 * K, 10 * K)
    s.snap()


@scenario
def cloned_tails_are_not_aligned(s):
    s.file("a", 100 * K + 123)
    s.sync()
    s.clone("a", "b")
    s.clone_range("a", 64 * K, 0, "c", 64 * K)
    s.clone_range("a", 64 * K, 0, "d", 0)
    s.snap()
    s.clone_range("a", 96 * K, 0, "e", 0)
    s.truncate("b", 90 * K + 5)
    s.clone("b", "f")
    s.write("a", 100 * K + 123, 9)
    s.snap()
    s.clone_range("f", 0, 0, "c", 128 * K)
    s.truncate("f", 200 * K)
    s.snap()


@scenario
def clone_source_shrinks_later(s):
    s.file("foo", 512 * K)
    s.sync()
    s.clone_range("foo", 0, 512 * K, "bar", 0)
    s.snap()
    s.truncate("foo", 100 * K + 1)
    s.clone_range("bar", 256 * K, 128 * K, "baz", 0)
    s.clone_range("foo", 96 * K, 0, "qux", 0)
    s.snap()
    s.truncate("bar", 300 * K)
    s.clone("bar", "foo2")
    s.snap()


@scenario
def small_clones_at_the_start(s):
    s.file("a", 4 * K)
    s.file("b", 8 * K)
    s.file("c", 100)
    s.sync()
    s.clone("a", "a2")
    s.clone("b", "b2")
    s.clone("c", "c2")
    s.clone_range("b", 4 * K, 4 * K, "b3", 4 * K)
    s.snap()
    s.clone_range("a", 0, 4 * K, "b", 4 * K)
    s.clone_range("b2", 0, 4 * K, "a", 0)
    s.snap()


@scenario
def partial_references_to_large_extents(s):
    s.file("f", 1 << 20)
    s.sync()
    for offset in range(0, 1 << 20, 64 * K):
        s.write("f", offset + 16 * K, 8 * K)
        s.sync()
    s.clone("f", "g")
    s.snap()
    for offset in range(0, 1 << 20, 128 * K):
        s.clone_range("g", offset + 24 * K, 40 * K, "h", offset)
    s.snap()
    s.rm("f")
    s.write("h", 0, 4 * K)
    s.snap()


@scenario
def compressible_data_of_all_kinds(s):
    s.text("t1", 100 * K)
    s.text("t2", 500 * K + 9)
    s.text("inline", 3000)
    s.file("noise", 200 * K)
    s.zeros("z", 400 * K)
    s.sync()
    s.clone_range("t2", 0, 64 * K, "part", 0)
    s.clone_range("t2", 100 * K, 156 * K, "part", 200 * K)
    s.snap()
    s.write("t1", 30 * K, 5 * K)
    s.punch("t2", 40 * K, 200 * K)
    s.clone_range("t2", 300 * K, 100 * K, "t1", 0)
    s.truncate("z", 130 * K + 50)
    s.snap()
    s.text("inline", 1000)
    s.clone("t2", "t3")
    s.truncate("t3", 64 * K + 1)
    s.snap()


@scenario
def compressed_extent_is_cloned_in_parts(s):
    s.text("src", 128 * K)
    s.sync()
    for i in range(8):
        s.clone_range("src", i * 16 * K, 16 * K, "dst", (7 - i) * 16 * K)
    s.clone_range("src", 4 * K, 8 * K, "src", 256 * K)
    s.snap()
    s.write("src", 0, 128 * K)
    s.clone_range("dst", 8 * K, 64 * K, "third", 12 * K)
    s.snap()


@scenario
def duplicate_extents_are_merged(s):
    s.text("a", 256 * K)
    s.text("b", 256 * K)
    s.sync()
    s.snap()
    s.dedupe("a", 0, 128 * K, "b", 0)
    s.snap()
    s.dedupe("a", 128 * K, 128 * K, "b", 128 * K)
    s.file("c", 10)
    s.snap()


@scenario
def extents_shared_with_the_past(s):
    s.file("old", 400 * K)
    s.sync()
    s.snap()
    s.clone_range("old", 100 * K, 200 * K, "new", 0)
    s.rm("old")
    s.snap()
    s.clone_range("new", 0, 100 * K, "newer", 52 * K)
    s.rm("new")
    s.snap()


@scenario
def rewritten_with_the_same_bytes(s):
    s.text("f", 200 * K)
    s.text("g", 1000)
    s.sync()
    s.snap()
    s.text("f", 200 * K)
    s.text("g", 1000)
    s.snap()
    s.touch("f")
    s.snap()


@scenario
def inline_extents_come_and_go(s):
    s.file("a", 500)
    s.file("b", 2000)
    s.file("c", 10 * K)
    s.file("d", 100)
    s.truncate("d", 4 * K)
    s.snap()
    s.write("a", 500, 10 * K)
    s.truncate("b", 8 * K)
    s.truncate("c", 300)
    s.write("d", 0, 10)
    s.snap()
    s.truncate("a", 200)
    s.write("b", 5 * K, 100)
    s.truncate("c", 0)
    s.write("c", 0, 700)
    s.snap()


@scenario
def files_without_checksums(s):
    s.nocow("n", 300 * K)
    s.snap()
    s.write("n", 100 * K, 50 * K)
    s.clone_within_nocow("n", "m")
    s.snap()


@scenario
def an_extent_with_hundreds_of_references(s):
    s.file("one", 8 * K)
    s.sync()
    for i in range(600):
        s.clone_range("one", 4 * K, 4 * K, f"many{i % 3}", (i + 1) * 8 * K)
    s.snap()
    for i in range(0, 600, 7):
        s.write(f"many{i % 3}", (i + 1) * 8 * K, 4 * K)
    s.clone("many0", "copy")
    s.snap()


@scenario
def many_small_files_over_many_leaves(s):
    for d in range(12):
        s.dirs(f"d{d}")
        for i in range(60):
            s.file(f"d{d}/f{i}", (i * 97) % 6000)
    s.snap()
    for d in range(0, 12, 2):
        for i in range(0, 60, 5):
            s.write(f"d{d}/f{i}", 0, 100)
    for i in range(60):
        s.rm(f"d3/f{i}")
    s.rmdir("d3")
    s.mv("d5", "d3")
    s.snap()


@scenario
def fragmented_in_4k_steps(s):
    for i in range(64):
        s.write("f", i * 8 * K, 4 * K, create=True)
        s.sync()
    s.snap()
    for i in range(0, 64, 2):
        s.write("f", i * 8 * K + 4 * K, 4 * K)
    s.snap()
    s.clone_range("f", 0, 256 * K, "g", 4 * K)
    s.snap()
