#include "send/clone_source.h"

#include <algorithm>

#include "concurrency/point.h"
#include "send/current_inode.h"
#include "trace/trace.h"

namespace canopy {
namespace {

// An extent, or a tree block on the way to its roots, with more references is not walked from.
constexpr u64 max_extent_refs = 1024;
constexpr std::size_t leaves_kept = 128;

}  // namespace

// The search for one item's source, as a visitor of the walk.
class CloneFinder::Search final : public BackrefVisitor {
 public:
  Search(CloneFinder& finder, const ExtentItemAt& item, u64 length)
      : finder_(finder), item_(item), length_(length) {}

  // With one reference and nothing to clone from but the send root, that reference is our own.
  bool wants_references(const ExtentInfo& info) override {
    if (info.refs == 1 && finder_.candidates_.size() == 1) return false;
    return info.refs <= max_extent_refs;
  }

  // Our own reference need not be resolved. Where other clone roots may share our leaf it must.
  bool skip_data_ref(u64 root, u64 ino, u64 offset) override {
    return finder_.candidates_.size() == 1 && ino == item_.key.objectid &&
           root == item_.leaf_owner && offset == item_.key.offset - item_.extent.item.offset;
  }

  std::optional<std::span<const u64>> known_roots(u64 leaf) override {
    auto& cache = finder_.leaf_roots_;
    if (cache.size() == 0) return std::nullopt;
    LeafRoots* roots = cache.lookup(cache_key(leaf));
    if (roots == nullptr) return std::nullopt;
    return std::span<const u64>(roots->ids).first(roots->count);
  }

  void roots_found(u64 leaf, std::span<const u64> roots) override {
    LeafRoots kept{};
    for (u64 root : roots) {
      if (finder_.candidate_of(root) == nullptr) continue;
      if (kept.count == roots_kept_of_leaf) return;
      kept.ids[kept.count++] = root;
    }
    finder_.leaf_roots_.store(cache_key(leaf), 0, kept);
  }

  WalkStep found(const ExtentUser& user) override {
    Candidate* candidate = finder_.candidate_of(user.root);
    if (candidate == nullptr || !receiver_has(user)) return WalkStep::go_on;
    candidate->found = true;
    if (user.num_bytes <= candidate->num_bytes) return WalkStep::go_on;
    candidate->ino = user.ino;
    candidate->offset = user.offset;
    candidate->num_bytes = user.num_bytes;
    return user.num_bytes >= length_ ? WalkStep::stop : WalkStep::go_on;
  }

 private:
  // By the leaf's name, so that the cache lasts over relocations. (The kernel empties it.)
  u64 cache_key(u64 leaf) const {
    const SendContext& context = finder_.context_;
    return context.send_root.forest().renaming().name_of(leaf) / context.nodesize;
  }

  // Other clone roots are there as a whole; of the send root only what was sent before.
  bool receiver_has(const ExtentUser& user) const {
    if (user.root != finder_.context_.send_root.objectid()) return true;
    if (user.ino != item_.key.objectid) return user.ino < item_.key.objectid;
    return user.offset != item_.key.offset &&
           user.offset + length_ <= finder_.inode_.next_write_offset;
  }

  CloneFinder& finder_;
  const ExtentItemAt& item_;
  u64 length_;
};

CloneFinder::CloneFinder(SendContext& context, const CurrentInode& inode)
    : context_(context),
      inode_(inode),
      walk_(context.send_root.forest(), max_extent_refs),
      leaf_roots_(leaves_kept) {
  for (const RootReader* root : context.clone_roots) {
    candidates_.push_back({.root = root});
  }
}

Result<std::optional<CloneSource>> CloneFinder::find(const ExtentItemAt& item) {
  const std::optional<CloneSource> none;
  if (item.key.offset >= inode_.size || item.extent.is_inline()) return none;
  for (Candidate& candidate : candidates_) {
    candidate = {.root = candidate.root};
  }
  yield_point(Point::send_before_clone_search);
  TraceSpan span(TraceKind::clone_search, item.extent.item.disk_bytenr);
  HoldCommitRoots hold(context_.send_root.forest());
  const FileExtentItem extent = where_it_lies(context_, item).item;
  if (extent.disk_bytenr == 0) return none;
  // The last extent of a file may reach behind its end.
  const u64 num_bytes = extent.num_bytes;
  const u64 length =
      item.key.offset + num_bytes >= inode_.size ? inode_.size - item.key.offset : num_bytes;
  // For compressed extents the kernel asks for their first byte, and then accepts any part.
  const u64 position = item.extent.is_compressed() ? 0 : extent.offset.value();
  Search search(*this, item, length);
  TRY(walk_.extent_users(extent.disk_bytenr, position, search));
  return best(length);
}

CloneFinder::Candidate* CloneFinder::candidate_of(u64 root) {
  auto at = std::lower_bound(
      candidates_.begin(), candidates_.end(), root,
      [](const Candidate& candidate, u64 id) { return candidate.root->objectid() < id; });
  return at != candidates_.end() && at->root->objectid() == root ? &*at : nullptr;
}

std::optional<CloneSource> CloneFinder::best(u64 length) const {
  const Candidate* chosen = nullptr;
  for (const Candidate& candidate : candidates_) {
    if (!candidate.found) continue;
    if (chosen == nullptr || candidate.num_bytes > chosen->num_bytes) chosen = &candidate;
    if (chosen->num_bytes >= length) break;
  }
  if (chosen == nullptr) return std::nullopt;
  return CloneSource{chosen->root, chosen->ino, chosen->offset};
}

}  // namespace canopy
