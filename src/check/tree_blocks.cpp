// All tree blocks, from the roots down, each once however many point to it: that every copy is
// good, that it is what each parent says, and whom it refers to.

#include <algorithm>

#include "check/extent_facts.h"
#include "ondisk/file_extent.h"

namespace canopy {
namespace {

// Which trees may hold items of this type.
bool belongs_in(u64 tree, const Key& key) {
  const bool files = is_subvolume_id(tree) || tree == TREE_RELOC_OBJECTID ||
                     tree == DATA_RELOC_TREE_OBJECTID || tree == ROOT_TREE_OBJECTID;
  switch (key.type) {
    case INODE_ITEM_KEY:
    case INODE_REF_KEY:
    case INODE_EXTREF_KEY:
    case XATTR_ITEM_KEY:
    case DIR_ITEM_KEY:
    case DIR_INDEX_KEY:
    case EXTENT_DATA_KEY:
    case ORPHAN_ITEM_KEY:
      return files;
    case EXTENT_CSUM_KEY:
      return tree == CSUM_TREE_OBJECTID;
    case ROOT_ITEM_KEY:
    case ROOT_REF_KEY:
    case ROOT_BACKREF_KEY:
      return tree == ROOT_TREE_OBJECTID;
    case EXTENT_ITEM_KEY:
    case METADATA_ITEM_KEY:
    case TREE_BLOCK_REF_KEY:
    case EXTENT_DATA_REF_KEY:
    case SHARED_BLOCK_REF_KEY:
    case SHARED_DATA_REF_KEY:
      return tree == EXTENT_TREE_OBJECTID;
    case BLOCK_GROUP_ITEM_KEY:
      return tree == EXTENT_TREE_OBJECTID || tree == BLOCK_GROUP_TREE_OBJECTID;
    case FREE_SPACE_INFO_KEY:
    case FREE_SPACE_EXTENT_KEY:
    case FREE_SPACE_BITMAP_KEY:
      return tree == FREE_SPACE_TREE_OBJECTID;
    case DEV_EXTENT_KEY:
      return tree == DEV_TREE_OBJECTID;
    case DEV_ITEM_KEY:
    case CHUNK_ITEM_KEY:
      return tree == CHUNK_TREE_OBJECTID;
    default:
      return true;
  }
}

class TreeBlocks {
 public:
  TreeBlocks(CheckContext& context, ExtentFacts& facts)
      : context_(context),
        facts_(facts),
        first_pass_(!facts.is_collecting()),
        visited_(context.sectorsize) {}

  Result<void> run() {
    // What a deleted subvolume shares with others is gone through with those, whole.
    for (const bool partly_dropped : {false, true})
      for (const CheckedTree& tree : context_.trees)
        if (tree.is_partly_dropped() == partly_dropped && tree.root.bytenr != 0)
          TRY(follow_root(tree));
    return {};
  }

 private:
  // A pointer to a block, and what is said of the block beside it.
  struct Edge {
    u64 bytenr;
    BlockExpectation expected;
    Key end;  // the block's keys are below; unlimited if it is Key{}
  };

  Result<void> follow_root(const CheckedTree& tree) {
    tree_ = &tree;
    const RootPointer& root = tree.root;
    const bool is_reloc = root.tree == TREE_RELOC_OBJECTID;
    const ExtentRef ref = is_reloc ? ExtentRef{.type = SHARED_BLOCK_REF_KEY, .parent = root.bytenr}
                                   : ExtentRef{.type = TREE_BLOCK_REF_KEY, .root = root.tree};
    facts_.add(reference_fact(root.bytenr, 0, ref), 1);
    Edge edge{root.bytenr, {}, {}};
    edge.expected.generation = root.generation;
    edge.expected.level = root.level;
    edge.expected.tree = root.tree;
    return follow(edge, true);
  }

  Result<void> follow(const Edge& edge, bool is_root) {
    const bool is_new = visited_.insert(edge.bytenr);
    facts_.note_shown(edge.bytenr);
    if (is_new) TRY(context_.advance());
    const BlockRef block = is_new && first_pass_ ? read_all_copies(edge) : read_again(edge);
    if (block == nullptr) {
      context_.incomplete_trees.insert(edge.expected.tree);
      return {};
    }
    if (first_pass_) check_against_parent(*block, edge);
    if (block->level() != edge.expected.level) {
      context_.incomplete_trees.insert(edge.expected.tree);
      return {};
    }
    if (!is_new) return {};
    facts_.add(block_fact(block->start(), block->level(), block->generation()), 1);
    if (first_pass_) {
      check_flags(*block, is_root);
      count(*block);
    }
    if (block->is_leaf()) {
      look_into_leaf(*block);
      return {};
    }
    return follow_children(*block, edge);
  }

  Result<void> follow_children(const ExtentBuffer& node, const Edge& above) {
    const bool full = context_.full_backref.contains(node.start());
    for (u32 slot = first_child(node); slot < node.nritems(); ++slot) {
      Edge edge{node.blockptr(slot), {}, above.end};
      if (slot + 1 < node.nritems()) edge.end = node.key(slot + 1);
      edge.expected.generation = node.ptr_generation(slot);
      edge.expected.level = static_cast<u8>(node.level() - 1);
      edge.expected.tree = above.expected.tree;
      edge.expected.first_key = node.key(slot);
      const ExtentRef ref = full ? ExtentRef{.type = SHARED_BLOCK_REF_KEY, .parent = node.start()}
                                 : ExtentRef{.type = TREE_BLOCK_REF_KEY, .root = node.owner()};
      facts_.add(reference_fact(edge.bytenr, 0, ref), 1);
      TRY(follow(edge, false));
    }
    return {};
  }

  // Of a subvolume that is partly deleted, the blocks before drop_progress are gone.
  u32 first_child(const ExtentBuffer& node) const {
    if (!tree_->is_partly_dropped() || node.level() < tree_->item.drop_level) return 0;
    bool found = false;
    const u32 slot = node.lower_bound(tree_->item.drop_progress.decode(), found);
    const bool leads_there = node.level() > tree_->item.drop_level && !found && slot > 0;
    return leads_there ? slot - 1 : slot;
  }

  CheckContext::Place place(const Edge& edge) const {
    return {edge.bytenr, edge.expected.tree, edge.expected.first_key};
  }

  BlockRef read_again(const Edge& edge) {
    auto block = context_.cache.read(edge.bytenr, BlockExpectation{.level = edge.expected.level});
    if (block.ok()) return std::move(block).value();
    return nullptr;
  }

  // The best copy of the block; what is wrong with the others is reported.
  BlockRef read_all_copies(const Edge& edge) {
    auto chunk = context_.volume().chunks().find(edge.bytenr);
    if (chunk == nullptr) {
      context_.error(Problem::unreadable_block, place(edge), "no chunk maps this address");
      return nullptr;
    }
    // The second rebuild of RAID6 is made without P; the others go back to the same bytes.
    const u32 copies =
        chunk->profile->parity > 0 ? std::min(chunk->num_mirrors(), 3u) : chunk->num_mirrors();
    BlockRef good;
    BlockRef other;  // good in itself, but not what the parent says
    std::vector<std::pair<u32, std::string>> bad;
    for (u32 mirror = 1; mirror <= copies; ++mirror) {
      if (is_missing(*chunk, edge.bytenr, mirror)) continue;
      auto copy = context_.cache.read_mirror(edge.bytenr, mirror);
      if (!copy.ok()) {
        bad.emplace_back(mirror, copy.error().message());
        continue;
      }
      auto as_expected = check_expected(*copy.value(), edge.expected);
      if (!as_expected.ok()) {
        bad.emplace_back(mirror, as_expected.error().message());
        if (other == nullptr) other = std::move(copy).value();
      } else if (good == nullptr) {
        good = std::move(copy).value();
      } else if (!std::ranges::equal(good->bytes(), copy.value()->bytes())) {
        bad.emplace_back(mirror, "differs from another good copy");
      }
    }
    if (good == nullptr && other == nullptr) {
      std::string reasons;
      for (const auto& [mirror, reason] : bad)
        reasons += fmt::format("{}mirror {}: {}", reasons.empty() ? "" : "; ", mirror, reason);
      context_.error(Problem::unreadable_block, place(edge), "{}",
                     reasons.empty() ? "all devices that it lies on are missing" : reasons);
      return nullptr;
    }
    if (good == nullptr) return other;  // check_against_parent() tells
    for (const auto& [mirror, reason] : bad)
      context_.error(Problem::bad_copy, place(edge), "mirror {}: {}", mirror, reason);
    return good;
  }

  bool is_missing(const ChunkMapping& chunk, u64 bytenr, u32 mirror) {
    if (mirror > chunk.profile->copies)
      return std::ranges::any_of(chunk.stripes, [&](const ChunkStripe& stripe) {
        return context_.volume().device(stripe.devid) == nullptr;
      });
    auto ranges = context_.volume().map(bytenr, context_.nodesize, mirror);
    return ranges.ok() && std::ranges::any_of(ranges.value(), [](const PhysicalRange& range) {
             return range.device == nullptr;
           });
  }

  void check_against_parent(const ExtentBuffer& block, const Edge& edge) {
    auto as_expected = check_expected(block, edge.expected);
    if (!as_expected.ok())
      context_.error(Problem::wrong_block, place(edge), "{}", as_expected.error().message());
    const u32 count = block.nritems();
    if (count > 0 && edge.end != Key{} && block.key(count - 1) >= edge.end)
      context_.error(Problem::key_order, place(edge),
                     "key {} does not lie before {}, where the "
                     "next block begins",
                     key_text(block.key(count - 1)), key_text(edge.end));
  }

  void check_flags(const ExtentBuffer& block, bool is_root) {
    const CheckContext::Place place{block.start(), block.owner()};
    const bool full = context_.full_backref.contains(block.start());
    if (!is_root && (block.flags() & HEADER_FLAG_RELOC) != 0 && !full && context_.extents_complete)
      context_.error(Problem::sharing, place,
                     "the block was relocated, but has not full backreferences");
    if (full && !is_subvolume_id(block.owner()) && block.owner() != TREE_RELOC_OBJECTID &&
        block.owner() != DATA_RELOC_TREE_OBJECTID)
      context_.error(Problem::sharing, place, "full backreferences in a tree that is never shared");
    if (block.start() / STRIPE_LEN != (block.start() + context_.nodesize - 1) / STRIPE_LEN)
      context_.warn(Problem::extent_item, place, "the block crosses a stripe of 64 KiB");
  }

  void count(const ExtentBuffer& block) {
    CheckReport& report = context_.report;
    const u32 size = block.size();
    report.tree_bytes += size;
    const u64 owner = block.owner();
    if (is_subvolume_id(owner) || owner == TREE_RELOC_OBJECTID || owner == DATA_RELOC_TREE_OBJECTID)
      report.fs_tree_bytes += size;
    if (owner == EXTENT_TREE_OBJECTID) report.extent_tree_bytes += size;
    if (is_subvolume_id(owner) && context_.is_charged(block.generation()))
      context_.owned_bytes[owner] += size;
    if (!block.is_leaf()) {
      report.waste_bytes += (block.max_pointers() - block.nritems()) * sizeof(KeyPtr);
      return;
    }
    const u32 used_from = block.nritems() == 0 ? size : block.item_offset(block.nritems() - 1);
    report.waste_bytes += used_from - sizeof(Header) - block.nritems() * sizeof(Item);
  }

  void look_into_leaf(const ExtentBuffer& leaf) {
    for (u32 slot = 0; slot < leaf.nritems(); ++slot) {
      const Key key = leaf.key(slot);
      if (first_pass_ && !belongs_in(leaf.owner(), key))
        context_.error(Problem::wrong_item, {leaf.start(), leaf.owner(), key},
                       "the tree holds no such items");
      if (first_pass_ && key.type == EXTENT_CSUM_KEY)
        context_.report.csum_bytes += leaf.item_size(slot);
      if (key.type == EXTENT_DATA_KEY) add_file_extent(leaf, key, leaf.item(slot));
    }
  }

  void add_file_extent(const ExtentBuffer& leaf, const Key& key, Bytes item) {
    const auto extent = load_file_extent(item);
    if (!extent || extent->type == FILE_EXTENT_INLINE || extent->disk_bytenr == 0) return;
    if (first_pass_) {
      context_.report.data_bytes_allocated += extent->disk_num_bytes;
      context_.report.data_bytes_referenced += extent->num_bytes;
    }
    const bool full = context_.full_backref.contains(leaf.start());
    const ExtentRef ref = full ? ExtentRef{.type = SHARED_DATA_REF_KEY, .parent = leaf.start()}
                               : ExtentRef{.type = EXTENT_DATA_REF_KEY,
                                           .root = leaf.owner(),
                                           .objectid = key.objectid,
                                           .offset = key.offset - extent->offset};
    facts_.note_shown(extent->disk_bytenr);
    facts_.add(reference_fact(extent->disk_bytenr, extent->disk_num_bytes, ref), 1);
  }

  CheckContext& context_;
  ExtentFacts& facts_;
  const bool first_pass_;
  AddressSet visited_;
  const CheckedTree* tree_ = nullptr;
};

}  // namespace

Result<void> add_shown_facts(CheckContext& context, ExtentFacts& facts) {
  return TreeBlocks(context, facts).run();
}

Result<void> check_extent_tree(CheckContext& context) {
  context.begin(CheckStage::extents, 0);
  ExtentFacts facts;
  TRY(add_recorded_facts(context, facts));
  context.begin(CheckStage::extents, context.metadata_blocks);
  TRY(add_shown_facts(context, facts));
  const std::size_t unequal = facts.unequal();
  if (unequal == 0) return {};
  if (!context.extents_complete || !context.incomplete_trees.empty()) {
    context.error(Problem::incomplete, {{}, EXTENT_TREE_OBJECTID},
                  "who refers to which extent was not compared, since trees could not be read "
                  "whole");
    return {};
  }
  facts.collect();
  TRY(add_recorded_facts(context, facts));
  TRY(add_shown_facts(context, facts));
  report_differences(context, facts);
  if (unequal > ExtentFacts::MOST_COLLECTED)
    context.error(Problem::reference, {},
                  "more references differ than are listed: those of about one extent in {}",
                  std::max<std::size_t>(ExtentFacts::SUMS / unequal, 1));
  return {};
}

}  // namespace canopy
