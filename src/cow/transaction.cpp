#include "cow/transaction.h"

#include <cstring>

namespace canopy {

Transaction::~Transaction() {
  for (const auto& [logical, buffer] : dirty_)
    cache_.drop_dirty(logical);
}

Result<Tree*> Transaction::find_tree(u64 objectid) {
  auto found = trees_.find(objectid);
  if (found != trees_.end()) return &found->second;
  auto committed = TRY(forest_.root(objectid));
  if (committed == nullptr) return static_cast<Tree*>(nullptr);
  return &trees_.emplace(objectid, Tree{committed->pointer(), false}).first->second;
}

Result<Tree*> Transaction::tree(u64 objectid) {
  Tree* found = TRY(find_tree(objectid));
  if (found == nullptr)
    return error(Code::not_found, "there is no tree {}", objectid_name(objectid));
  return found;
}

AllocationRule Transaction::block_rule(u64 block_group_type) const {
  return {block_group_type, nodesize(), nodesize(), STRIPE_LEN,
          groups_.target_profile(block_group_type)};
}

Result<u64> Transaction::allocate_address(u64 tree) {
  AllocationRule rule = block_rule(block_group_type_of(tree));
  auto logical = TRY(groups_.allocate(rule, 0));
  if (!logical && rule.profile) {
    rule.profile.reset();
    logical = TRY(groups_.allocate(rule, 0));
  }
  if (logical) return *logical;
  return error(Code::no_space, "no room for a block of {}", objectid_name(tree)).as_errno("ENOSPC");
}

Result<BufferRef> Transaction::allocate_block(u64 tree, u8 level, const Key& first_key,
                                              const ExtentBuffer& like) {
  u64 logical = TRY(allocate_address(tree));
  BufferRef buffer = cache_.create_dirty(logical);
  MutableBytes bytes = buffer->mutable_bytes();
  std::memset(bytes.data(), 0, bytes.size());
  auto header = load_struct<Header>(like.bytes());
  header.bytenr = logical;
  header.flags = u64{MIXED_BACKREF_REV} << 56;
  header.generation = transid_;
  header.owner = tree;
  header.nritems = 0;
  header.level = level;
  std::memcpy(bytes.data(), &header, sizeof header);
  dirty_[logical] = buffer;
  delayed_refs_.insert_tree_block(logical, nodesize(), transid_, level, first_key,
                                  Backref::tree_block(tree));
  return buffer;
}

BufferRef Transaction::copy_block_to(const ExtentBuffer& from, u64 logical) {
  BufferRef buffer = cache_.create_dirty(logical);
  CHECK(buffer.get() != &from);
  MutableBytes bytes = buffer->mutable_bytes();
  std::memcpy(bytes.data(), from.bytes().data(), bytes.size());
  store_le<u64>(bytes.data() + offsetof(Header, bytenr), logical);
  store_le<u64>(bytes.data() + offsetof(Header, generation), transid_);
  dirty_[logical] = buffer;
  return buffer;
}

BufferRef Transaction::writable(const ExtentBuffer& block) const {
  auto found = dirty_.find(block.start());
  CHECK(found != dirty_.end() && found->second.get() == &block);
  return found->second;
}

Result<void> Transaction::free_block(const ExtentBuffer& block, u64 tree) {
  u64 logical = block.start();
  bool ours = block.generation() == transid_;
  bool reusable = delayed_refs_.change(logical, nodesize(), false, Backref::tree_block(tree), -1);
  if (ours) {
    // The caller's reference may be the one in the map.
    cache_.drop_dirty(logical);
    dirty_.erase(logical);
  }
  return groups_.release(logical, nodesize(), reusable);
}

void Transaction::forget_dirty_blocks() {
  for (const auto& [logical, buffer] : dirty_)
    cache_.clean_dirty(logical);
  dirty_.clear();
}

}  // namespace canopy
