// The extent tree, item by item in the order of addresses: each extent by itself, its block group,
// and the facts that are to be held against what the trees show (tree_blocks.cpp).

#include "backref/extent_refs.h"
#include "check/extent_facts.h"
#include "check/tree_scan.h"

namespace canopy {
namespace {

class ExtentTree {
 public:
  ExtentTree(CheckContext& context, ExtentFacts& facts)
      : context_(context), facts_(facts), first_pass_(!facts.is_collecting()) {}

  Result<void> run(const CheckedTree& tree) {
    TreeScan scan(context_, tree);
    while (TRY(scan.next())) {
      const Key& key = scan.key();
      if (key.type == EXTENT_ITEM_KEY || key.type == METADATA_ITEM_KEY) {
        finish();
        begin(key, scan.item(), scan.leaf().start());
      } else if (key.type >= TREE_BLOCK_REF_KEY && key.type <= SHARED_DATA_REF_KEY) {
        add_keyed(key, scan.item(), scan.leaf().start());
      }
    }
    finish();
    if (!scan.complete()) context_.extents_complete = false;
    return {};
  }

 private:
  CheckContext::Place place() const { return {info_.bytenr, EXTENT_TREE_OBJECTID, key_}; }

  template <typename... Args>
  void error(Problem problem, fmt::format_string<Args...> format, Args&&... args) {
    if (first_pass_) context_.error(problem, place(), format, std::forward<Args>(args)...);
  }

  void begin(const Key& key, Bytes item, u64 leaf) {
    key_ = key;
    auto info = parse_extent_info(key, item);
    refs_.clear();
    if (info.ok()) {
      auto parsed = parse_inline_refs(key, item, context_.sectorsize, refs_);
      if (!parsed.ok()) info = std::move(parsed).error();
    }
    if (!info.ok()) {
      if (first_pass_)
        context_.error(Problem::extent_item, {leaf, EXTENT_TREE_OBJECTID, key}, "{}",
                       info.error().message());
      return;
    }
    info_ = info.value();
    has_extent_ = true;
    counted_ = 0;
    for (const ExtentRef& ref : refs_)
      add(ref);
    if (!first_pass_) return;
    check_place();
    note_owner(key, item);
    if (!info_.is_data()) {
      ++context_.metadata_blocks;
      if ((info_.flags & BLOCK_FLAG_FULL_BACKREF) != 0) context_.full_backref.insert(info_.bytenr);
      if (info_.refs > 1) context_.shared_block.insert(info_.bytenr);
    }
  }

  void add_keyed(const Key& key, Bytes item, u64 leaf) {
    auto ref = parse_keyed_ref(key, item, context_.sectorsize);
    const bool belongs = has_extent_ && key.objectid == info_.bytenr;
    if (!ref.ok() || !belongs) {
      if (first_pass_)
        context_.error(Problem::extent_item, {leaf, EXTENT_TREE_OBJECTID, key}, "{}",
                       ref.ok() ? "reference without an extent" : ref.error().message());
      return;
    }
    if (ref.value()) add(*ref.value());
  }

  void add(const ExtentRef& ref) {
    const bool of_data = ref.type == EXTENT_DATA_REF_KEY || ref.type == SHARED_DATA_REF_KEY;
    if (of_data != info_.is_data())
      error(Problem::extent_item, "{} of {}", key_type_name(ref.type),
            info_.is_data() ? "a data extent" : "a tree block");
    counted_ += ref.count;
    facts_.add(reference_fact(info_.bytenr, info_.length, ref), -static_cast<i64>(ref.count));
  }

  void finish() {
    if (!has_extent_) return;
    has_extent_ = false;
    if (counted_ != info_.refs)
      error(Problem::extent_item, "says {} references, but has {}", info_.refs, counted_);
    if (counted_ == 0) error(Problem::extent_item, "nothing refers to it");
    facts_.note_recorded(info_.bytenr);
    if (!info_.is_data()) facts_.add(block_fact(info_.bytenr, info_.level, info_.generation), -1);
  }

  // Extents lie in block groups of their kind, one behind the other.
  void check_place() {
    const u64 length = info_.is_data() ? info_.length : context_.nodesize;
    const u64 end = info_.bytenr + length;
    if (info_.bytenr < last_end_)
      error(Problem::extent_item, "overlaps the extent before it, which ends at {}", last_end_);
    last_end_ = std::max(last_end_, end);
    context_.report.bytes_used += length;
    auto chunk = context_.volume().chunks().find(info_.bytenr);
    if (chunk == nullptr || length > chunk->end() - info_.bytenr) {
      error(Problem::extent_item, "{} bytes do not lie in one chunk", length);
      return;
    }
    const u64 wanted =
        info_.is_data() ? BLOCK_GROUP_DATA : BLOCK_GROUP_METADATA | BLOCK_GROUP_SYSTEM;
    if ((chunk->type & wanted) == 0)
      error(Problem::extent_item, "{} in a chunk of {}", info_.is_data() ? "data" : "a tree block",
            block_group_flags_text(chunk->type));
    if (info_.generation > context_.super().generation + 1)
      error(Problem::extent_item, "generation {}", info_.generation);
    add_to_group(*chunk, info_.bytenr, end);
  }

  void add_to_group(const ChunkMapping& chunk, u64 start, u64 end) {
    auto [entry, is_new] = context_.groups.try_emplace(chunk.logical);
    GroupUse& group = entry->second;
    if (is_new) group.last_end = chunk.logical;
    if (start > group.last_end) add_free_run(group, group.last_end, start);
    group.used += end - start;
    group.last_end = std::max(group.last_end, end);
  }

  void note_owner(const Key& key, Bytes item) {
    for (std::size_t at = sizeof(ExtentItem); at < item.size();) {
      const u8 type = item[at];
      const u32 size = extent_inline_ref_size(type);
      if (key.type != EXTENT_ITEM_KEY || !info_.is_data() || size == 0) return;
      if (type == EXTENT_OWNER_REF_KEY) owner_found(load_struct<ExtentInlineRef>(item, at).offset);
      at += size;
    }
  }

  void owner_found(u64 root) {
    if (!is_subvolume_id(root))
      error(Problem::extent_item, "is owned by tree {}, which is no subvolume", root);
    if (context_.is_charged(info_.generation)) context_.owned_bytes[root] += info_.length;
  }

  CheckContext& context_;
  ExtentFacts& facts_;
  const bool first_pass_;
  bool has_extent_ = false;
  Key key_;
  ExtentInfo info_;
  std::vector<ExtentRef> refs_;
  u64 counted_ = 0;
  u64 last_end_ = 0;
};

}  // namespace

Result<void> add_recorded_facts(CheckContext& context, ExtentFacts& facts) {
  const CheckedTree* tree = context.tree(EXTENT_TREE_OBJECTID);
  if (tree == nullptr) {
    context.extents_complete = false;
    return {};
  }
  TRY(ExtentTree(context, facts).run(*tree));
  if (facts.is_collecting()) return {};
  for (const auto& chunk : context.volume().chunks().all()) {
    auto [entry, is_new] = context.groups.try_emplace(chunk->logical);
    GroupUse& group = entry->second;
    if (is_new) group.last_end = chunk->logical;
    if (group.last_end < chunk->end()) add_free_run(group, group.last_end, chunk->end());
  }
  return {};
}

}  // namespace canopy
