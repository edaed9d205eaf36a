#include "stream/model.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

ModelSubvolume new_subvolume() { return ModelSubvolume("snap", {}, 1); }

std::string errno_of(const Result<void>& result) {
  return result.ok() ? "no error" : result.error().kernel_errno();
}
std::string errno_of(const Result<u64>& result) {
  return result.ok() ? "no error" : result.error().kernel_errno();
}

u64 make(ModelSubvolume& subvolume, std::string_view path, u32 type = model_regular) {
  Result<u64> made = subvolume.create(path, type | 0600);
  EXPECT_TRUE(made.ok()) << path;
  return made.value();
}

TEST(Model, EmptyPathIsTheRoot) {
  const ModelSubvolume subvolume = new_subvolume();
  EXPECT_EQ(subvolume.find("").value(), ModelSubvolume::root_ino);
  EXPECT_TRUE(subvolume.inode(ModelSubvolume::root_ino).is_directory());
}

TEST(Model, PathsLeadThroughDirectoriesOnly) {
  ModelSubvolume subvolume = new_subvolume();
  make(subvolume, "d", model_directory);
  const u64 file = make(subvolume, "d/file");
  EXPECT_EQ(subvolume.find("d/file").value(), file);
  EXPECT_EQ(subvolume.find("d//file/").value(), file);
  EXPECT_EQ(errno_of(subvolume.find("d/other")), "ENOENT");
  EXPECT_EQ(errno_of(subvolume.find("x/file")), "ENOENT");
  EXPECT_EQ(errno_of(subvolume.find("d/file/x")), "ENOTDIR");
  EXPECT_EQ(errno_of(subvolume.create("d/file/x", model_regular)), "ENOTDIR");
  EXPECT_EQ(errno_of(subvolume.create("d/file", model_regular)), "EEXIST");
  EXPECT_EQ(errno_of(subvolume.create("", model_regular)), "EINVAL");
  EXPECT_EQ(errno_of(subvolume.create("d/..", model_regular)), "EINVAL");
  EXPECT_EQ(errno_of(subvolume.create(std::string(256, 'x'), model_regular)), "ENAMETOOLONG");
  EXPECT_EQ(errno_of(subvolume.find(std::string(4096, 'x'))), "ENAMETOOLONG");
}

TEST(Model, InodeLivesAsLongAsItHasNames) {
  ModelSubvolume subvolume = new_subvolume();
  const u64 file = make(subvolume, "a");
  ASSERT_TRUE(subvolume.link("a", "b").ok());
  EXPECT_EQ(subvolume.inode(file).nlink, 2u);
  EXPECT_EQ(errno_of(subvolume.link("a", "b")), "EEXIST");
  ASSERT_TRUE(subvolume.unlink("a").ok());
  EXPECT_EQ(subvolume.find("b").value(), file);
  EXPECT_EQ(subvolume.inode(file).nlink, 1u);
  ASSERT_TRUE(subvolume.unlink("b").ok());
  EXPECT_EQ(subvolume.inode_count(), 1u);
  EXPECT_EQ(errno_of(subvolume.unlink("b")), "ENOENT");
}

TEST(Model, DirectoriesAreRemovedWhenEmpty) {
  ModelSubvolume subvolume = new_subvolume();
  make(subvolume, "d", model_directory);
  make(subvolume, "d/file");
  EXPECT_EQ(errno_of(subvolume.rmdir("d")), "ENOTEMPTY");
  EXPECT_EQ(errno_of(subvolume.rmdir("d/file")), "ENOTDIR");
  EXPECT_EQ(errno_of(subvolume.unlink("d")), "EISDIR");
  EXPECT_EQ(errno_of(subvolume.link("d", "e")), "EPERM");
  EXPECT_EQ(errno_of(subvolume.rmdir("")), "EINVAL");
  ASSERT_TRUE(subvolume.unlink("d/file").ok());
  EXPECT_TRUE(subvolume.rmdir("d").ok());
  EXPECT_EQ(errno_of(subvolume.rmdir("d")), "ENOENT");
}

TEST(Model, RenameReplacesAsPosixSays) {
  ModelSubvolume subvolume = new_subvolume();
  const u64 a = make(subvolume, "a");
  make(subvolume, "b");
  make(subvolume, "d", model_directory);
  make(subvolume, "e", model_directory);
  make(subvolume, "e/file");
  EXPECT_EQ(errno_of(subvolume.rename("none", "x")), "ENOENT");
  EXPECT_EQ(errno_of(subvolume.rename("a", "d")), "EISDIR");
  EXPECT_EQ(errno_of(subvolume.rename("d", "a")), "ENOTDIR");
  EXPECT_EQ(errno_of(subvolume.rename("d", "e")), "ENOTEMPTY");
  EXPECT_EQ(errno_of(subvolume.rename("a", "none/x")), "ENOENT");
  ASSERT_TRUE(subvolume.rename("a", "b").ok());
  EXPECT_EQ(subvolume.find("b").value(), a);
  EXPECT_EQ(errno_of(subvolume.find("a")), "ENOENT");
  ASSERT_TRUE(subvolume.rename("e", "d").ok());
  EXPECT_TRUE(subvolume.find("d/file").ok());
  // Two names of one inode both stay.
  ASSERT_TRUE(subvolume.link("b", "c").ok());
  ASSERT_TRUE(subvolume.rename("b", "c").ok());
  EXPECT_EQ(subvolume.find("b").value(), a);
  EXPECT_EQ(subvolume.find("c").value(), a);
}

TEST(Model, DirectoryCannotMoveIntoItself) {
  ModelSubvolume subvolume = new_subvolume();
  make(subvolume, "d", model_directory);
  make(subvolume, "d/e", model_directory);
  make(subvolume, "f", model_directory);
  EXPECT_EQ(errno_of(subvolume.rename("d", "d/e/g")), "EINVAL");
  ASSERT_TRUE(subvolume.rename("d/e", "f/e").ok());
  EXPECT_TRUE(subvolume.rename("d", "f/e/g").ok());
}

TEST(Model, NamesTakeTheTimeOfTheirDirectory) {
  ModelSubvolume subvolume = new_subvolume();
  const auto known = [&] { return subvolume.inode(ModelSubvolume::root_ino).mtime.has_value(); };
  const auto set = [&] { subvolume.edit(ModelSubvolume::root_ino).mtime = StreamTime{1, 2}; };
  EXPECT_FALSE(known());
  set();
  make(subvolume, "a");
  EXPECT_FALSE(known());
  set();
  ASSERT_TRUE(subvolume.rename("a", "b").ok());
  EXPECT_FALSE(known());
  set();
  ASSERT_TRUE(subvolume.unlink("b").ok());
  EXPECT_FALSE(known());
}

TEST(Model, SnapshotsChangeApart) {
  Model model;
  ModelSubvolume first = new_subvolume();
  const u64 file = make(first, "file");
  first.finished = true;
  ModelSubvolume* added = model.add(first).value();
  ModelSubvolume second(*added);
  second.name = "second";
  second.edit(file).uid = 5;
  ASSERT_TRUE(second.rename("file", "other").ok());
  EXPECT_EQ(added->inode(file).uid, 0u);
  EXPECT_TRUE(added->find("file").ok());
  EXPECT_FALSE(model.add(first).ok());
  EXPECT_TRUE(model.add(second).ok());
  EXPECT_EQ(model.find(first.uuid), added);
  EXPECT_EQ(model.find_by_name("second")->find("other").value(), file);
}

TEST(Model, WalkVisitsDirectoriesBeforeWhatIsInThem) {
  ModelSubvolume subvolume = new_subvolume();
  for (const char* directory : {"b", "b/c", "a"})
    make(subvolume, directory, model_directory);
  for (const char* file : {"b/c/x", "b/a", "b.txt", "z"})
    make(subvolume, file);
  std::string walk;
  subvolume.for_each([&](const std::string& path, u64) { walk += path + ";"; });
  EXPECT_EQ(walk, ";a;b;b/a;b/c;b/c/x;b.txt;z;");
}

}  // namespace
}  // namespace canopy
