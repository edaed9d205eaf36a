#include "session/difference.h"

#include <algorithm>
#include <map>

#include "files/subvolume_files.h"
#include "send/tree_cursor.h"

namespace canopy {

namespace {

constexpr std::size_t most_items = 50'000;  // that are listed; all are counted
constexpr std::size_t most_paths = 5'000;   // that are looked up
constexpr std::size_t most_parts = 20'000;
constexpr u32 steps_at_once = 2'000;  // while commits have to wait

// One of the two trees, and what was seen of it.
struct Side {
  Side(CommittedForest& forest, std::shared_ptr<const CommittedRoot> root, u32 nodesize)
      : reader(forest, std::move(root)), cursor(reader) {
    walk.blocks_read = 1;
    walk.blocks = reader.item().bytes_used / nodesize;
  }

  RootReader reader;
  TreeCursor cursor;
  TreeWalk walk;
  bool goes_down = false, goes_over = false;

  Result<void> step() {
    if ((goes_down || goes_over) && !cursor.ended()) {
      const bool reads = goes_down && !cursor.at_leaf();
      TRY(cursor.advance(goes_down));
      walk.blocks_read += reads ? 1 : 0;
    }
    goes_down = goes_over = false;
    return {};
  }
  // Where the slot of the cursor lies on the axis.
  std::pair<double, double> span() const {
    double begin = 0;
    double width = 1;
    const Path& path = cursor.path();
    for (std::size_t level = path.nodes.size(); level-- > cursor.level();) {
      if (path.nodes[level] == nullptr) continue;
      width /= std::max<u32>(path.nodes[level]->nritems(), 1);
      begin += width * path.slots[level];
    }
    return {begin, begin + width};
  }
  // Parts that follow each other are joined; when there are too many, near ones too.
  void note(TreePart::Kind kind) {
    const auto [begin, end] = span();
    if (!walk.parts.empty()) {
      TreePart& last = walk.parts.back();
      const bool joins = last.kind == kind && begin - last.end < 1e-9;
      if (joins || walk.parts.size() >= most_parts) {
        last.end = std::max(last.end, end);
        last.kind = std::max(last.kind, kind);
        return;
      }
    }
    walk.parts.push_back({begin, end, kind});
  }
  Place place() const {
    const Path& path = cursor.path();
    Place place;
    place.block = {path.leaf().start(), path.leaf().generation(), reader.objectid(), 0};
    place.slot = path.slot();
    for (std::size_t level = path.nodes.size() - 1; level > 0; level--) {
      if (path.nodes[level] != nullptr)
        place.steps.emplace_back(path.slots[level], path.nodes[level]->nritems());
    }
    return place;
  }
  u32 item_size() const { return cursor.path().leaf().item_size(cursor.path().slot()); }
};

class Walk {
 public:
  Walk(CommittedForest& forest, Side& after, Side& before, DifferenceView& view)
      : forest_(forest), after_(after), before_(before), view_(view) {}

  Result<void> run(const std::atomic<bool>& dropped) {
    {
      HoldCommitRoots hold(forest_);
      TRY(after_.cursor.start());
      TRY(before_.cursor.start());
      seen_ = forest_.last_reloc_trans();
    }
    while (!dropped && TRY(go_on())) {
    }
    return {};
  }

 private:
  // Some steps; false at the end.
  Result<bool> go_on() {
    HoldCommitRoots hold(forest_);
    if (forest_.last_reloc_trans() > seen_) {
      seen_ = forest_.last_reloc_trans();
      TRY(after_.cursor.search_again());
      TRY(before_.cursor.search_again());
    }
    for (u32 i = 0; i < steps_at_once; i++) {
      TRY(after_.step());
      TRY(before_.step());
      if (after_.cursor.ended() && before_.cursor.ended()) return false;
      look();
    }
    return true;
  }

  void look() {
    const TreeCursor& after = after_.cursor;
    const TreeCursor& before = before_.cursor;
    if (after.ended()) {
      if (before.at_leaf()) take(ItemDifference::removed);
      before_.goes_down = true;
    } else if (before.ended()) {
      if (after.at_leaf()) take(ItemDifference::added);
      after_.goes_down = true;
    } else if (after.level() != before.level()) {
      (after.level() > before.level() ? after_ : before_).goes_down = true;
    } else {
      look_at_same_level();
    }
  }

  void look_at_same_level() {
    const TreeCursor& after = after_.cursor;
    const TreeCursor& before = before_.cursor;
    const auto order = after.key() <=> before.key();
    after_.goes_down = order <= 0;
    before_.goes_down = order >= 0;
    if (!after.at_leaf()) {
      const bool shared = order == 0 && after.blockptr() == before.blockptr() &&
                          after.ptr_generation() == before.ptr_generation();
      if (!shared) return;
      view_.shared_subtrees++;
      for (Side* side : {&after_, &before_}) {
        side->note(TreePart::Kind::shared);
        side->goes_down = false;
        side->goes_over = true;
      }
      return;
    }
    if (order < 0) return take(ItemDifference::added);
    if (order > 0) return take(ItemDifference::removed);
    if (!std::ranges::equal(after.path().item(), before.path().item())) {
      return take(ItemDifference::changed);
    }
    view_.same++;
    after_.note(TreePart::Kind::same);
    before_.note(TreePart::Kind::same);
  }

  void take(ItemDifference what) {
    const bool is_removed = what == ItemDifference::removed;
    (what == ItemDifference::added ? view_.added : is_removed ? view_.removed : view_.changed)++;
    if (what != ItemDifference::added) before_.note(TreePart::Kind::different);
    if (!is_removed) after_.note(TreePart::Kind::different);
    if (view_.items.size() == most_items) return;
    const Side& side = is_removed ? before_ : after_;
    DifferentItem item;
    item.what = what;
    item.key = side.cursor.key();
    if (what != ItemDifference::added) item.size_before = before_.item_size();
    if (!is_removed) item.size_after = after_.item_size();
    item.place = side.place();
    view_.items.push_back(std::move(item));
  }

  CommittedForest& forest_;
  Side& after_;
  Side& before_;
  DifferenceView& view_;
  u64 seen_ = 0;  // the commit of a relocation
};

Result<std::shared_ptr<const CommittedRoot>> root_of(CommittedForest& forest, u64 subvolume) {
  HoldCommitRoots hold(forest);
  auto root = is_subvolume_id(subvolume) ? TRY(forest.root(subvolume)) : nullptr;
  if (root == nullptr) return error(Code::not_found, "there is no subvolume {}", subvolume);
  return root;
}

// The first path of the inode of each of the first items. Who has none keeps his key.
Result<void> name_items(CommittedForest& forest, DifferenceView& view,
                        const std::atomic<bool>& dropped) {
  const SubvolumeFiles after = TRY(SubvolumeFiles::open(forest, view.key.subvolume));
  const SubvolumeFiles before = TRY(SubvolumeFiles::open(forest, view.key.parent));
  std::map<std::pair<bool, u64>, std::string> known;
  for (DifferentItem& item : view.items) {
    const bool is_removed = item.what == ItemDifference::removed;
    const u64 ino = item.key.objectid;
    auto found = known.find({is_removed, ino});
    if (found == known.end()) {
      if (dropped || known.size() == most_paths) break;
      auto paths = (is_removed ? before : after).paths(ino);
      const bool is_named = paths.ok() && !paths.value().empty();
      found =
          known.emplace(std::pair(is_removed, ino), is_named ? paths.value().front() : "").first;
    }
    item.path = found->second;
  }
  return {};
}

}  // namespace

DifferenceView find_difference(Filesystem& filesystem, const DifferenceKey& key,
                               const std::atomic<bool>& dropped) {
  DifferenceView view;
  view.key = key;
  const auto find = [&]() -> Result<void> {
    CommittedForest& forest = filesystem.forest();
    const u32 nodesize = filesystem.super().nodesize;
    Side after(forest, TRY(root_of(forest, key.subvolume)), nodesize);
    Side before(forest, TRY(root_of(forest, key.parent)), nodesize);
    Result<void> walked = Walk(forest, after, before, view).run(dropped);
    view.after = std::move(after.walk);
    view.before = std::move(before.walk);
    TRY(std::move(walked));
    return name_items(forest, view, dropped);
  };
  if (const Result<void> found = find(); !found.ok()) view.problem = found.error().to_string();
  return view;
}

}  // namespace canopy
