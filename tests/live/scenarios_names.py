"""Send scenarios about names: renames, moved and removed directories, hard links, orphans.

Each is a function of a Stage (scenario_kit.py): it changes s.root and calls s.snap() where the state is to be
sent. They are the situations that people's bug reports about incremental send were made of.
"""
import os

from scenario_kit import scenario


@scenario
def directory_moves_below_its_former_child(s):
    s.dirs("a/b/c/d")
    s.file("a/b/c/file", 100)
    s.file("a/b/c/d/file2", 200)
    s.snap()
    s.mv("a/b/c", "a/b/c2")
    s.write("a/b/c2/file", 100, 50)
    s.mv("a/b/c2/d", "a/b/d2")
    s.snap()
    s.mv("a/b/d2", "d3")
    s.mv("a/b", "d3/b")
    s.mv("a", "d3/b/a")
    s.snap()


@scenario
def parent_and_child_change_places(s):
    s.dirs("a/b/c")
    s.file("a/b/c/x", 10)
    s.snap()
    s.mv("a/b/c", "c")
    s.mv("a/b", "c/b")
    s.mv("a", "c/b/a")
    s.snap()
    s.mv("c/b/a", "a")
    s.mv("c/b", "a/b")
    s.mv("c", "a/b/c")
    s.snap()


@scenario
def two_branches_swap_their_children(s):
    s.dirs("p/q/r", "x/y/z")
    s.file("p/q/f", 5000)
    s.file("x/y/g", 5000)
    s.snap()
    s.mv("p/q", "x/q")
    s.mv("x/y", "p/y")
    s.mv("p/y/z", "x/q/z")
    s.mv("x/q/r", "p/y/r")
    s.snap()
    s.mv("x", "tmp")
    s.mv("p", "x")
    s.mv("tmp", "p")
    s.snap()


@scenario
def moves_wait_for_moves_in_a_chain(s):
    s.dirs("testdir", "f/merlin/d1", "g")
    for i in range(6):
        s.dirs(f"chain{i}/sub{i}")
    s.snap()
    for i in range(5):
        s.mv(f"chain{i}", f"chain{i + 1}/sub{i + 1}/c{i}")
    s.snap()
    s.mv("chain5", "testdir/chain5")
    s.mv("f/merlin/d1", "testdir/d1")
    s.mv("f/merlin", "testdir/d1/merlin")
    s.mv("f", "testdir/d1/merlin/f")
    s.snap()
    s.mv("testdir/chain5/sub5/c4/sub4/c3", "back")
    s.mv("testdir", "back/testdir")
    s.snap()


@scenario
def descendant_with_higher_number_moved_first(s):
    s.dirs("foo", "bar", "foo/a", "foo/b", "bar/x1")
    s.dirs("foo/a/a1/a2/a3", "bar/x1/y1/z1")
    s.snap()
    s.mv("foo/a/a1/a2/a3", "bar/x1/y1/a3")
    s.mv("bar/x1/y1", "foo/a/a1/a2/y1")
    s.mv("foo/a/a1", "foo/a1")
    s.mv("bar/x1", "foo/a1/x1")
    s.mv("foo/b", "foo/a1/a2/y1/a3/b")
    s.snap()


@scenario
def emptied_directory_is_removed_late(s):
    s.dirs("a/b", "z")
    for i in range(4):
        s.dirs(f"a/b/e{i}")
        s.file(f"a/b/e{i}/f", 100 * i)
    s.snap()
    for i in range(4):
        s.mv(f"a/b/e{i}", f"z/e{i}")
    s.rmdir("a/b")
    s.snap()
    s.mv("z", "a/z")
    s.mv("a/z/e1/f", "f")
    s.rm("a/z/e2/f")
    s.rmdir("a/z/e2")
    s.snap()


@scenario
def removed_directories_inside_each_other(s):
    s.dirs("d1/d2/d3/d4")
    s.dirs("keep")
    for depth in ("d1", "d1/d2", "d1/d2/d3", "d1/d2/d3/d4"):
        s.file(depth + "/file", 300)
    s.snap()
    s.mv("d1/d2/d3/d4/file", "keep/file4")
    s.mv("d1/file", "keep/file1")
    s.rmtree("d1")
    s.snap()
    s.dirs("d1/d2")
    s.mv("keep/file4", "d1/d2/file")
    s.snap()


@scenario
def new_directory_takes_the_name_of_a_moved_one(s):
    s.dirs("a/b/c")
    s.file("a/b/c/one", 1000)
    s.snap()
    s.mv("a/b", "b_old")
    s.dirs("a/b/c")
    s.file("a/b/c/two", 1000)
    s.snap()
    s.mv("a/b/c/two", "b_old/c/two")
    s.rmtree("a/b")
    s.mv("b_old", "a/b")
    s.snap()


@scenario
def file_takes_the_name_of_a_directory(s):
    s.dirs("d/sub")
    s.file("f", 4096)
    s.file("d/inner", 10)
    s.snap()
    s.mv("d", "d2")
    s.mv("f", "d")
    s.mv("d2", "f")
    s.snap()
    s.rm("d")
    s.rmtree("f")
    s.dirs("d")
    s.file("f", 12)
    s.snap()


@scenario
def names_rotate_in_one_directory(s):
    s.dirs("dir")
    for i in range(5):
        s.file(f"dir/n{i}", 10 + i)
        s.dirs(f"dir/d{i}/s{i}")
    s.snap()
    for kind in "nd":
        s.mv(f"dir/{kind}0", "dir/tmp")
        for i in range(1, 5):
            s.mv(f"dir/{kind}{i}", f"dir/{kind}{i - 1}")
        s.mv("dir/tmp", f"dir/{kind}4")
    s.snap()
    s.exchange("dir/n0", "dir/d0")
    s.exchange("dir/d1", "dir/d2")
    s.exchange("dir/d3/s4", "dir/d4/s0")
    s.snap()


@scenario
def orphaned_twice_and_renamed_over(s):
    s.dirs("a", "b")
    s.file("a/f1", 111)
    s.file("a/f2", 222)
    s.file("b/f3", 333)
    s.snap()
    s.mv("a/f2", "b/f2")
    s.mv("a/f1", "a/f2")
    s.mv("b/f3", "a/f1")
    s.mv("b/f2", "b/f3")
    s.snap()
    s.mv("a/f2", "b/f3")
    s.mv("a/f1", "a/f2")
    s.snap()


@scenario
def hard_links_to_deep_directories(s):
    s.dirs("x/y/z", "w")
    s.file("x/y/z/f", 900)
    s.ln("x/y/z/f", "w/f")
    s.ln("x/y/z/f", "g")
    s.snap()
    s.mv("x/y", "w/y")
    s.rm("g")
    s.ln("w/f", "x/g")
    s.rm("w/f")
    s.snap()
    s.mv("w/y/z", "x/z")
    s.ln("x/g", "w/y/h")
    s.rmdir("w/y") if not os.listdir(s.path("w/y")) else s.mv("w/y", "y")
    s.snap()


@scenario
def link_count_drops_to_one_of_several_parents(s):
    s.dirs("d1", "d2", "d3")
    s.file("d1/f", 50)
    for i in range(20):
        s.ln("d1/f", f"d{1 + i % 3}/link{i}")
    s.snap()
    for i in range(0, 20, 2):
        s.rm(f"d{1 + i % 3}/link{i}")
    s.rm("d1/f")
    s.mv("d2", "d3/d2")
    s.snap()
    s.mv("d3/d2", "d1/d2")
    s.ln("d1/d2/link1", "d1/f")
    s.snap()


@scenario
def many_links_need_extended_references(s):
    s.dirs("links")
    s.file("target", 77)
    for i in range(700):
        s.ln("target", f"links/{'n' * 60}{i:05}")
    s.snap()
    for i in range(0, 700, 3):
        s.rm(f"links/{'n' * 60}{i:05}")
    for i in range(50):
        s.ln("target", f"links/new{i}")
    s.mv(f"links/{'n' * 60}00001", "moved")
    s.snap()
    s.rm("target")
    for i in range(1, 700, 3):
        if os.path.lexists(s.path(f"links/{'n' * 60}{i:05}")):
            s.rm(f"links/{'n' * 60}{i:05}")
    s.snap()


@scenario
def deleted_while_open(s):
    s.file("gone", 20000)
    s.file("stays", 100)
    fd = s.hold_open("gone")
    s.rm("gone")
    s.snap()
    tmp = os.open(s.root, os.O_TMPFILE | os.O_RDWR)
    os.write(tmp, b"t" * 5000)
    s.write("stays", 100, 100)
    s.snap()
    os.close(tmp)
    os.close(fd)
    s.file("after", 3)
    s.snap()


@scenario
def unlinked_in_one_snapshot_linked_in_the_next(s):
    fd = os.open(s.root, os.O_TMPFILE | os.O_RDWR, 0o644)
    os.write(fd, b"q" * 9000)
    s.file("a", 5)
    s.snap()
    os.link(f"/proc/self/fd/{fd}", s.path("named"), src_dir_fd=fd, follow_symlinks=True)
    s.snap()
    s.rm("named")
    s.snap()
    os.close(fd)


@scenario
def inode_numbers_come_back_after_a_new_subvolume(s):
    """Two unrelated subvolumes, sent as if one came from the other: every number is used again."""
    s.dirs("a/b")
    s.file("a/b/f", 10000)
    s.ln("a/b/f", "l")
    os.symlink("a/b", s.path("sym"))
    s.snap()
    s.fresh_subvolume()
    s.file("a", 77)
    s.dirs("b/f", "sym")
    s.file("b/f/l", 5000)
    os.mkfifo(s.path("l"))
    s.snap()
    s.fresh_subvolume()
    s.dirs("sym/a/b")
    s.mv("sym/a/b", "b")
    s.file("sym/l", 1)
    s.snap()


@scenario
def special_files_replace_each_other(s):
    os.mkfifo(s.path("p"))
    os.mknod(s.path("c"), 0o20600, os.makedev(5, 1))
    os.mknod(s.path("b"), 0o60640, os.makedev(259, 70000))
    os.mknod(s.path("sock"), 0o140755)
    os.symlink("p" * 3000, s.path("long"))
    s.snap()
    s.mv("p", "x")
    s.mv("c", "p")
    s.mv("x", "c")
    s.rm("long")
    os.symlink("c", s.path("long"))
    s.rm("b")
    s.file("b", 44)
    s.snap()


@scenario
def names_of_every_byte_and_of_full_length(s):
    s.dirs("n")
    for byte in list(range(1, 32)) + [0x5C, 0x7F, 0x80, 0xFF]:
        s.file(b"n/" + bytes([byte]) + b"x", 1)
    s.file("n/" + "L" * 255, 10)
    s.dirs("n/" + "D" * 255 + "/" + "E" * 255)
    s.snap()
    s.mv("n/" + "L" * 255, "n/" + "D" * 255 + "/" + "M" * 255)
    s.mv("n/" + "D" * 255, "n/d")
    s.rm(b"n/\x01x")
    s.snap()


@scenario
def paths_close_to_the_longest(s):
    base = "/".join(["p" * 200] * 15)
    s.dirs(base)
    s.file(base + "/f", 3000)
    s.snap()
    s.mv("p" * 200, "q")
    s.write("q/" + "/".join(["p" * 200] * 14) + "/f", 0, 100)
    s.snap()
    s.mv("q/" + "/".join(["p" * 200] * 7), "half")
    s.snap()


@scenario
def more_directories_than_the_time_cache_holds(s):
    for i in range(150):
        s.dirs(f"d{i:03}/in")
        s.file(f"d{i:03}/f", i)
    s.snap()
    for i in range(0, 150, 2):
        s.mv(f"d{i:03}/f", f"d{i + 1:03}/in/f")
        s.file(f"d{i:03}/new", 1)
    for i in range(1, 150, 10):
        s.rmtree(f"d{i:03}")
    s.snap()


@scenario
def nested_subvolumes_are_left_out(s):
    s.dirs("d")
    s.subvolume("d/nested")
    s.subvolume("top")
    s.file("d/nested/secret", 10)
    s.snap()
    s.mv("d/nested", "moved")
    s.rmdir("d")
    s.subvolume("e")
    s.snap()
    s.drop_subvolume("moved")
    s.drop_subvolume("top")
    s.dirs("top")
    s.snap()


@scenario
def directory_with_a_nested_subvolume_is_removed(s):
    s.dirs("a/b")
    s.subvolume("a/b/sub")
    s.file("a/b/f", 4)
    s.snap()
    s.drop_subvolume("a/b/sub")
    s.rmtree("a")
    s.file("z", 1)
    s.snap()


@scenario
def directories_swap_and_their_files_stay(s):
    s.dirs("d1/a", "d2/b")
    s.file("d1/a/f", 100)
    s.file("d2/b/f", 200)
    s.snap()
    s.mv("d1/a/f", "t")
    s.mv("d2/b/f", "d1/a/f")
    s.mv("t", "d2/b/f")
    s.exchange("d1", "d2")
    s.snap()
    s.exchange("d1/b", "d2/a")
    s.exchange("d1/b/f", "d2")
    s.snap()


@scenario
def orphan_names_exist_already(s):
    s.file("f", 1)
    ino = os.stat(s.path("f")).st_ino
    for n in range(2):
        for gen in range(1, 60):
            s.file(f"o{ino + 1}-{gen}-{n}", 0)
    s.snap()
    s.dirs("later")
    s.file("later/x", 10)
    s.mv("f", "later/f")
    s.snap()
    s.mv("later", "f")
    s.snap()
