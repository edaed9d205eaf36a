#include "files/subvolume.h"

#include <gtest/gtest.h>

#include "filesystem/filesystem.h"
#include "ondisk/inode_item.h"
#include "support/image_builder.h"
#include "support/must.h"
#include "support/recorded_image.h"

namespace canopy {
namespace {

constexpr u64 TOP = FS_TREE_OBJECTID;

TestItem directory(u64 ino) {
  InodeItem inode{};
  inode.generation = 7;
  inode.transid = 7;
  inode.nlink = 1;
  inode.mode = MODE_DIRECTORY | 0755;
  return {{ino, INODE_ITEM_KEY, 0}, item_bytes(inode)};
}

TestItem name_of(u64 ino, u64 parent, std::string_view name) {
  const InodeRef ref{2, static_cast<u16>(name.size())};
  return {{ino, INODE_REF_KEY, parent}, joined({item_bytes(ref), text_bytes(name)})};
}

TestItem backref(u64 subvolume, u64 parent, u64 dirid, std::string_view name) {
  const RootRef ref{dirid, 2, static_cast<u16>(name.size())};
  return {{subvolume, ROOT_BACKREF_KEY, parent}, joined({item_bytes(ref), text_bytes(name)})};
}

std::vector<TestItem> empty_subvolume() { return {directory(256), name_of(256, 256, "..")}; }

SubvolumeList list_of(ImageBuilder& builder) {
  auto filesystem = must(Filesystem::open(builder.build().devices()));
  return must(SubvolumeList::read(filesystem->forest()));
}

// "a/b/sv" in the top level, "inner" in it, and one without a name.
ImageBuilder nested() {
  ImageBuilder builder;
  builder.tree(TOP, {directory(256), name_of(256, 256, ".."), directory(257),
                     name_of(257, 256, "a"), directory(258), name_of(258, 257, "b")});
  for (u64 id : {u64{300}, u64{301}, u64{302}, u64{303}})
    builder.tree(id, empty_subvolume());
  builder.tree(ROOT_TREE_OBJECTID, {backref(300, TOP, 258, "sv"), backref(301, 300, 256, "inner"),
                                    backref(303, 302, 256, "in a deleted one")});
  return builder;
}

TEST(SubvolumeList, PathsGoThroughDirectoriesAndSubvolumes) {
  ImageBuilder builder = nested();
  const SubvolumeList list = list_of(builder);
  EXPECT_EQ(list.find(300)->path, "a/b/sv");
  EXPECT_EQ(list.find(301)->path, "a/b/sv/inner");
  EXPECT_EQ(list.find(TOP)->path, "");
}

TEST(SubvolumeList, WithoutANameASubvolumeIsDeletedAndSoIsWhatLiesInIt) {
  ImageBuilder builder = nested();
  const SubvolumeList list = list_of(builder);
  EXPECT_TRUE(list.find(302)->deleted);
  EXPECT_TRUE(list.find(303)->deleted);
  EXPECT_FALSE(list.find(303)->has_path());
  EXPECT_EQ(list.find(302)->display_name(), "deleted subvolume 302");
}

TEST(SubvolumeList, APersonMayNameASubvolumeInManyWays) {
  ImageBuilder builder = nested();
  const SubvolumeList list = list_of(builder);
  for (const char* text :
       {"a/b/sv", "/a/b/sv", "a/b/sv/", "./a/b/sv", "<FS_TREE>/a/b/sv", "subvolid=300"})
    EXPECT_EQ(must(list.resolve(text))->id, 300u) << text;
  for (const char* text : {"", "/", "<FS_TREE>", "subvolid=5"})
    EXPECT_EQ(must(list.resolve(text))->id, TOP) << text;
  EXPECT_EQ(list.resolve("a/b").error().code(), Code::not_found);
  EXPECT_EQ(list.resolve("subvolid=999").error().code(), Code::not_found);
  EXPECT_EQ(list.resolve("subvolid=x").error().code(), Code::invalid);
}

TEST(SubvolumeList, SubvolumesThatLieInEachOtherAreToldAndEndNothing) {
  ImageBuilder builder = nested();
  builder.tree(400, empty_subvolume()).tree(401, empty_subvolume());
  builder.tree(ROOT_TREE_OBJECTID, {backref(400, 401, 256, "x"), backref(401, 400, 256, "y")});
  const SubvolumeList list = list_of(builder);
  EXPECT_FALSE(list.find(400)->has_path());
  EXPECT_FALSE(list.find(400)->problem.empty());
}

struct Identity {
  u64 id;
  u8 uuid;  // repeated sixteen times; 0: none
  u8 parent_uuid;
  u64 otransid;
  bool read_only;
};

// Subvolumes with these identities, none of them with a name.
SubvolumeList family(const std::vector<Identity>& members) {
  ImageBuilder builder;
  builder.tree(TOP, empty_subvolume());
  for (const Identity& member : members)
    builder.tree(member.id, empty_subvolume());
  std::vector<TestItem> names;
  for (const Identity& member : members)
    names.push_back(backref(member.id, TOP, 256, fmt::format("sv{}", member.id)));
  builder.tree(ROOT_TREE_OBJECTID, names);
  TestImage image = builder.build();
  image.edit_block(image.root(ROOT_TREE_OBJECTID).bytenr, [&](MutableBytes bytes) {
    const ExtentBuffer leaf(0, std::vector<u8>(bytes.begin(), bytes.end()));
    for (u32 slot = 0; slot < leaf.nritems(); ++slot) {
      if (leaf.key(slot).type != ROOT_ITEM_KEY) continue;
      auto item = load_struct<RootItem>(leaf.item(slot));
      for (const Identity& member : members) {
        if (member.id != leaf.key(slot).objectid) continue;
        std::memset(item.uuid, member.uuid, sizeof item.uuid);
        std::memset(item.parent_uuid, member.parent_uuid, sizeof item.parent_uuid);
        item.otransid = member.otransid;
        item.flags = member.read_only ? ROOT_SUBVOL_RDONLY : 0;
        item.generation_v2 = item.generation;
      }
      std::memcpy(bytes.data() + leaf.item_offset(slot), &item, sizeof item);
    }
  });
  auto filesystem = must(Filesystem::open(image.devices()));
  return must(SubvolumeList::read(filesystem->forest()));
}

TEST(SubvolumeFamily, TheSuggestedParentIsTheNewestOlderReadOnlyRelative) {
  const SubvolumeList list = family({{300, 1, 0, 2, false},  // the origin
                                     {301, 2, 1, 3, true},   // its snapshots
                                     {302, 3, 1, 4, true},
                                     {303, 4, 1, 5, false},  // writable
                                     {304, 5, 1, 6, true},
                                     {305, 6, 9, 5, true},    // of another family
                                     {306, 7, 5, 7, true}});  // a snapshot of a snapshot
  EXPECT_EQ(list.suggest_parent(*list.find(304))->id, 302u);
  EXPECT_EQ(list.suggest_parent(*list.find(302))->id, 301u);
  EXPECT_EQ(list.suggest_parent(*list.find(306))->id, 304u);
  EXPECT_EQ(list.suggest_parent(*list.find(301)), nullptr);
  EXPECT_EQ(list.suggest_parent(*list.find(305)), nullptr);
}

TEST(SubvolumeFamily, ACircleOfParentUuidsEnds) {
  const SubvolumeList list = family({{300, 1, 2, 2, true}, {301, 2, 1, 3, true}});
  for (const Subvolume& subvolume : list.all())
    (void)list.suggest_parent(subvolume);
  EXPECT_EQ(list.find(301)->path, "sv301");
}

class RecordedSubvolumes : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(must(load_recorded_image(TEST_IMAGES_DIR "/sharing.img.zst")));
    filesystem_ = must(Filesystem::open(std::move(devices)));
    list_ = must(SubvolumeList::read(filesystem_->forest()));
  }
  std::unique_ptr<Filesystem> filesystem_;
  SubvolumeList list_;
};

TEST_F(RecordedSubvolumes, EachPathLeadsBackToItsSubvolume) {
  u32 live = 0;
  for (const Subvolume& subvolume : list_.all()) {
    if (!subvolume.has_path()) continue;
    ++live;
    EXPECT_EQ(must(list_.resolve(subvolume.path))->id, subvolume.id);
  }
  EXPECT_GT(live, 3u);
}

TEST_F(RecordedSubvolumes, AmongCloneSourcesTheOriginIsTheParent) {
  for (const Subvolume& snapshot : list_.all()) {
    const Subvolume* origin = list_.find_uuid(snapshot.item.parent_uuid);
    if (origin == nullptr) {
      EXPECT_EQ(list_.parent_among(snapshot, std::vector<u64>{TOP}), nullptr);
      continue;
    }
    EXPECT_EQ(list_.parent_among(snapshot, std::vector<u64>{TOP, origin->id}), origin);
  }
}

}  // namespace
}  // namespace canopy
