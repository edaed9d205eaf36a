// The files of each subvolume, and whether the kernel would see which of its blocks are shared.

#include <array>

#include "check/inode.h"
#include "check/tree_scan.h"

namespace canopy {
namespace {

// The kernel asks the extent tree whether a block is shared only if the block is not newer than
// the last snapshot of the subvolume, or says that it was relocated; any other block it takes for
// its own and writes to its children's references accordingly (btrfs_block_can_be_shared). Neither
// `btrfs check` nor mounting nor scrub notices a block that breaks this; the next write to the
// subvolume loses data.
class SharingRule {
 public:
  SharingRule(CheckContext& context, const CheckedTree& tree) : context_(context), tree_(tree) {}

  void see(const ExtentBuffer& block, u8 root_level) {
    const u8 level = block.level();
    const bool is_root = level == root_level;
    const bool above = !is_root && reached_twice_[level + 1u];
    reached_twice_[level] = above || (!is_root && context_.shared_block.contains(block.start()));
    if (is_root || !(reached_twice_[level] || context_.full_backref.contains(block.start())))
      return;
    const bool noticed =
        block.generation() <= tree_.item.last_snapshot || (block.flags() & HEADER_FLAG_RELOC) != 0;
    if (!noticed)
      context_.error(Problem::sharing, {block.start(), tree_.root.tree},
                     "the block is shared, but its generation {} is above the subvolume's "
                     "last_snapshot {}: the next write would damage it",
                     block.generation(), tree_.item.last_snapshot.value());
  }

 private:
  CheckContext& context_;
  const CheckedTree& tree_;
  std::array<bool, MAX_LEVEL + 1> reached_twice_{};
};

class SubvolumeCheck {
 public:
  SubvolumeCheck(CheckContext& context, const CheckedTree& tree) : context_(context), tree_(tree) {}

  Result<void> run() {
    TRY(go_through(true));
    if (!complete_) {
      context_.incomplete_trees.insert(tree_.root.tree);
      context_.error(Problem::incomplete, {{}, tree_.root.tree},
                     "names and links were not compared, since the tree cannot be read whole");
      return {};
    }
    if (links_.agree()) return {};
    links_.collect();
    TRY(go_through(false));
    links_.report(context_, tree_.root.tree);
    return {};
  }

 private:
  Result<void> go_through(bool report) {
    // Nothing of a deleted subvolume is kept up but its blocks.
    const bool has_files = !tree_.is_dead() && tree_.root.tree != TREE_RELOC_OBJECTID;
    SharingRule sharing(context_, tree_);
    InodeCheck inode(context_, tree_, links_, report);
    TreeScan scan(context_, tree_);
    if (report)
      scan.on_block(
          [&](const ExtentBuffer& block, u8 root_level) { sharing.see(block, root_level); });
    while (TRY(scan.next()))
      if (has_files) TRY(inode.add(scan.key(), scan.item(), scan.leaf().start()));
    // What lies beyond a block that is missing may be half of an inode.
    complete_ = scan.complete();
    return inode.finish();
  }

  CheckContext& context_;
  const CheckedTree& tree_;
  Links links_;
  bool complete_ = true;
};

}  // namespace

Result<void> check_subvolumes(CheckContext& context) {
  std::vector<const CheckedTree*> subvolumes;
  for (const CheckedTree& tree : context.trees) {
    const u64 id = tree.root.tree;
    if (is_subvolume_id(id) || id == DATA_RELOC_TREE_OBJECTID || id == TREE_RELOC_OBJECTID)
      subvolumes.push_back(&tree);
  }
  context.begin(CheckStage::subvolumes, subvolumes.size());
  for (const CheckedTree* tree : subvolumes) {
    TRY(SubvolumeCheck(context, *tree).run());
    TRY(context.advance());
  }
  return {};
}

}  // namespace canopy
