#include "ui/tree_walk.h"

#include <algorithm>

namespace canopy::ui {

namespace {

using Outcome = TreeWalk::Outcome;

// A block on the way from the root, and which child of the block above it is.
struct Step {
  BlockAddress block;
  u32 slot = 0;
  u32 count = 1;
};

class Walker {
 public:
  Walker(const std::vector<PlacedTree>& trees,
         const std::function<BlockViewPtr(const BlockAddress&)>& find)
      : trees_(trees), find_(find) {}

  TreeWalk walk(const std::optional<TreePlace>& from, TreeMove move) {
    tree_ = from ? tree_of(from->block.tree) : 0;
    way_ = {{trees_[tree_].root}};
    if (!from || trees_[tree_].root.tree != from->block.tree) return told(Outcome::moved);
    const BlockViewPtr view = find_(from->block);
    if (view == nullptr) return {Outcome::unread, {}, 0, 0};
    if (!view->entries.empty() && !go_to(from->block, view->entries.front().key))
      return {Outcome::unread, {}, 0, 0};
    // It is not in its tree any more, or what lies there cannot be read.
    if (way_.back().block.logical != from->block.logical) {
      way_.resize(1);
      return told(Outcome::moved);
    }
    slot_ = from->slot;
    switch (move) {
      case TreeMove::up:
        return told(up());
      case TreeMove::down:
        return told(down(*view));
      case TreeMove::left:
        return told(aside(false));
      case TreeMove::right:
        return told(aside(true));
    }
    return {};
  }

 private:
  std::size_t tree_of(u64 number) const {
    for (std::size_t i = 0; i < trees_.size(); i++)
      if (trees_[i].root.tree == number) return i;
    return 0;
  }

  // Goes to a child of the last block of the way; `view` is that block.
  void enter(const BlockView& view, std::size_t slot) {
    const BlockEntry& entry = view.entries[slot];
    way_.push_back({{entry.blockptr, entry.generation, trees_[tree_].root.tree,
                     static_cast<u8>(way_.back().block.level - 1)},
                    static_cast<u32>(slot),
                    static_cast<u32>(view.entries.size())});
  }

  // Down to the block, or as far as the way leads. False: something was not read.
  bool go_to(const BlockAddress& block, const Key& key) {
    while (way_.back().block.logical != block.logical && way_.back().block.level > block.level) {
      const BlockViewPtr view = find_(way_.back().block);
      if (view == nullptr) return false;
      if (view->is_leaf() || view->entries.empty()) break;
      const auto after = std::ranges::upper_bound(view->entries, key, {}, &BlockEntry::key);
      enter(*view, static_cast<std::size_t>(
                       std::max<std::ptrdiff_t>(after - view->entries.begin() - 1, 0)));
    }
    return true;
  }

  // Down along one edge of what is below, to that level or as far as it goes. False: as above.
  bool go_down(u8 level, bool first) {
    while (way_.back().block.level > level) {
      const BlockViewPtr view = find_(way_.back().block);
      if (view == nullptr) return false;
      if (view->is_leaf() || view->entries.empty()) break;
      enter(*view, first ? 0 : view->entries.size() - 1);
    }
    return true;
  }

  Outcome up() {
    if (slot_) {
      slot_ = *slot_ == 0 ? std::nullopt : std::optional(*slot_ - 1);
      return Outcome::moved;
    }
    if (way_.size() == 1) return Outcome::nothing_there;
    way_.pop_back();
    return Outcome::moved;
  }

  Outcome down(const BlockView& view) {
    const u32 next = slot_ ? *slot_ + 1 : 0;
    if (next >= view.entries.size()) return Outcome::nothing_there;
    if (view.is_leaf()) {
      slot_ = next;
    } else {
      enter(view, 0);
    }
    return Outcome::moved;
  }

  // The neighbour on the same level: below the nearest block above that has one, or in the next
  // tree.
  Outcome aside(bool right) {
    const u8 level = way_.back().block.level;
    slot_.reset();
    std::size_t at = way_.size() - 1;
    while (at > 0 && (right ? way_[at].slot + 1 >= way_[at].count : way_[at].slot == 0))
      at--;
    if (at == 0) {
      if (right ? tree_ + 1 >= trees_.size() : tree_ == 0) return Outcome::nothing_there;
      tree_ = right ? tree_ + 1 : tree_ - 1;
      way_ = {{trees_[tree_].root}};
      return go_down(level, right) ? Outcome::moved : Outcome::unread;
    }
    const u32 slot = right ? way_[at].slot + 1 : way_[at].slot - 1;
    way_.resize(at);
    const BlockViewPtr above = find_(way_.back().block);
    if (above == nullptr) return Outcome::unread;
    if (slot >= above->entries.size()) return Outcome::nothing_there;
    enter(*above, slot);
    return go_down(level, right) ? Outcome::moved : Outcome::unread;
  }

  TreeWalk told(Outcome outcome) const {
    TreeWalk walk{outcome, {way_.back().block, slot_}, trees_[tree_].begin, trees_[tree_].end};
    for (const Step& step : way_) {
      const double width = (walk.end - walk.begin) / step.count;
      walk.begin += width * step.slot;
      walk.end = walk.begin + width;
    }
    return walk;
  }

  const std::vector<PlacedTree>& trees_;
  const std::function<BlockViewPtr(const BlockAddress&)>& find_;
  std::size_t tree_ = 0;
  std::vector<Step> way_;  // from the root
  std::optional<u32> slot_;
};

}  // namespace

TreeWalk walk_trees(const std::vector<PlacedTree>& trees, const std::optional<TreePlace>& from,
                    TreeMove move, const std::function<BlockViewPtr(const BlockAddress&)>& find) {
  if (trees.empty()) return {};
  return Walker(trees, find).walk(from, move);
}

}  // namespace canopy::ui
