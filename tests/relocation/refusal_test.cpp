// Images that cannot be relocated as they are: each is refused with the reason, and stays
// untouched.

#include <gtest/gtest.h>

#include <cstring>

#include "cow/items.h"
#include "filesystem/filesystem.h"
#include "relocation/balance.h"
#include "sharing_image.h"
#include "support/must.h"

namespace canopy {
namespace {

// Why a balance of all is refused; nothing may have been written by it.
std::string refusal(JournaledDisks& disks) {
  const std::size_t events = disks.events().size();
  auto filesystem = must(Filesystem::open(disks.open()));
  auto writer = filesystem->writer();
  std::string why = error_text(writer);
  if (writer.ok()) {
    RelocationControl control;
    why = error_text(balance(*writer.value(), {}, {}, control, nullptr));
  }
  EXPECT_EQ(disks.events().size(), events);
  return why;
}

// Changes the root tree in a transaction.
void change_root_tree(JournaledDisks& disks,
                      const std::function<void(Transaction&, Tree&, const RootItem&)>& change) {
  auto filesystem = must(Filesystem::open(disks.open()));
  FilesystemWriter& writer = *must(filesystem->writer());
  auto transaction = must(writer.begin());
  Tree& root_tree = *must(transaction->tree(ROOT_TREE_OBJECTID));
  change(*transaction, root_tree, must(filesystem->forest().root(256))->item());
  must(writer.commit(std::move(transaction), {}));
}

Key key_of_root(JournaledDisks& disks, u64 id) {
  auto filesystem = must(Filesystem::open(disks.open()));
  CommittedForest& forest = filesystem->forest();
  Path path;
  must(search_at_or_after(forest.cache(), must(forest.root(ROOT_TREE_OBJECTID))->pointer(),
                          {id, ROOT_ITEM_KEY, 0}, path));
  return path.key();
}

TEST(Refusal, OfALogTree) {
  JournaledDisks disks = sharing_image();
  for (u64 offset : {SUPER_OFFSETS[0], SUPER_OFFSETS[1]}) {
    auto device = std::move(disks.open()[0]);
    std::vector<u8> bytes(SUPER_INFO_SIZE);
    if (!device->read(offset, bytes).ok()) continue;
    auto super = load_struct<Superblock>(bytes);
    super.log_root = super.root;
    const ChecksumInfo& checksum = *checksum_info(super.csum_type);
    std::memset(super.csum, 0, sizeof super.csum);
    checksum.write(as_bytes(super).subspan(CSUM_SIZE), super.csum);
    must(device->write(offset, as_bytes(super)));
  }
  EXPECT_NE(refusal(disks).find("log tree"), std::string::npos);
}

TEST(Refusal, OfAnInterruptedDeletion) {
  JournaledDisks disks = sharing_image();
  const Key key = key_of_root(disks, 256);
  change_root_tree(disks, [&](Transaction& transaction, Tree& tree, const RootItem& root) {
    RootItem item = root;
    item.refs = 0;
    item.drop_progress = DiskKey::encode({300, INODE_ITEM_KEY, 0});
    must(replace_item(transaction, tree, key, as_bytes(item)));
  });
  EXPECT_NE(refusal(disks).find("deletion of subvolume 256 was interrupted"), std::string::npos);
}

TEST(Refusal, OfADeletionThatHasNotBegunIsNotNeeded) {
  JournaledDisks disks = sharing_image();
  const Key key = key_of_root(disks, 256);
  change_root_tree(disks, [&](Transaction& transaction, Tree& tree, const RootItem& root) {
    RootItem item = root;
    item.refs = 0;
    must(replace_item(transaction, tree, key, as_bytes(item)));
  });
  auto filesystem = must(Filesystem::open(disks.open()));
  RelocationControl control;
  EXPECT_GT(must(balance(*must(filesystem->writer()), {}, {}, control, nullptr)).relocated, 0u);
}

TEST(Refusal, OfAnInterruptedRelocationByTheKernel) {
  JournaledDisks disks = sharing_image();
  change_root_tree(disks, [&](Transaction& transaction, Tree& tree, const RootItem& root) {
    must(insert_item(transaction, tree, {TREE_RELOC_OBJECTID, ROOT_ITEM_KEY, 256}, as_bytes(root)));
  });
  EXPECT_NE(refusal(disks).find("relocation by the kernel was interrupted"), std::string::npos);
}

}  // namespace
}  // namespace canopy
