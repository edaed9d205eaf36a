#include "ui/tree_layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace canopy::ui {

namespace {

constexpr double narrowest_box = 2;       // pixels
constexpr double narrowest_to_open = 12;  // a node whose children are worth reading
constexpr double narrowest_with_items = 36;
constexpr float lowest_cell = 2;

class Layout {
 public:
  Layout(const std::vector<PlacedTree>& trees, const Axis& axis, const TreeMetrics& metrics,
         const std::function<BlockViewPtr(const BlockAddress&)>& find)
      : trees_(trees), axis_(axis), metrics_(metrics), find_(find) {}

  TreeCanvas run() {
    for (const PlacedTree& tree : trees_) {
      canvas_.top_level = std::max(canvas_.top_level, tree.root.level);
    }
    for (u32 i = 0; i < trees_.size(); i++) {
      tree_ = i;
      parent_ = TreeBox::none;
      if (pixel(trees_[i].end) - pixel(trees_[i].begin) < narrowest_box) continue;
      place(trees_[i].root, trees_[i].begin, trees_[i].end);
    }
    return std::move(canvas_);
  }

 private:
  double pixel(double world) const {
    return axis_.to_pixel(world, static_cast<double>(metrics_.width));
  }
  bool is_seen(double begin, double end) const {
    return pixel(end) > 0 && pixel(begin) < static_cast<double>(metrics_.width);
  }

  Rect band_rect(double begin, double end, u8 level) const {
    // Whole pixels, one of them free between neighbours where there is room. What goes far beyond
    // the window is cut, since floats would not hold it.
    const double left = std::clamp(pixel(begin), -1e5, 1e6);
    const double right = std::clamp(pixel(end), -1e5, 1e6);
    const auto x = static_cast<float>(std::round(left));
    auto width = static_cast<float>(std::round(right)) - x;
    if (width >= 4) width -= 1;
    return {x, band_y(canvas_, metrics_, level), std::max(width, 1.0f), metrics_.band};
  }

  TreeBox& add(TreeBox::Kind kind, const BlockAddress& address, double begin, double end) {
    TreeBox& box = canvas_.boxes.emplace_back();
    box.kind = kind;
    box.rect = band_rect(begin, end, address.level);
    box.tree = tree_;
    box.address = address;
    box.parent = parent_;
    box.begin = begin;
    box.end = end;
    return box;
  }

  void place(const BlockAddress& address, double begin, double end) {
    if (!is_seen(begin, end)) return;
    const double width = pixel(end) - pixel(begin);
    BlockViewPtr view;
    const bool open = width >= (address.level == 0 ? narrowest_with_items : narrowest_to_open);
    if (open) {
      view = find_(address);
      if (view != nullptr && view->is_outdated) view = nullptr;
      if (view == nullptr) canvas_.wanted.push_back(address);
    }
    TreeBox& box =
        add(view != nullptr && view->failed() ? TreeBox::Kind::failed : TreeBox::Kind::block,
            address, begin, end);
    box.view = view;
    if (!open) return;
    if (view == nullptr) {
      if (address.level > 0) {
        BlockAddress below = address;
        below.level = static_cast<u8>(address.level - 1);
        add(TreeBox::Kind::pending, below, begin, end);
      }
      return;
    }
    if (view->failed() || view->entries.empty()) return;
    if (address.level == 0) {
      place_items(static_cast<u32>(canvas_.boxes.size() - 1), *view);
    } else {
      const u32 outer = std::exchange(parent_, static_cast<u32>(canvas_.boxes.size() - 1));
      place_children(*view, begin, end);
      parent_ = outer;
    }
  }

  BlockAddress child(const BlockView& node, std::size_t slot) const {
    const BlockEntry& entry = node.entries[slot];
    return {entry.blockptr, entry.generation, trees_[tree_].root.tree,
            static_cast<u8>(node.level - 1)};
  }

  void place_children(const BlockView& node, double begin, double end) {
    const std::size_t count = node.entries.size();
    const double each = (end - begin) / static_cast<double>(count);
    const auto slot_at = [&](double world) {
      const double slot = std::floor((world - begin) / each);
      return static_cast<std::size_t>(std::clamp(slot, 0.0, static_cast<double>(count) - 1));
    };
    const std::size_t first = slot_at(axis_.begin());
    const std::size_t last = slot_at(axis_.end());
    const auto edge = [&](std::size_t slot) { return begin + each * static_cast<double>(slot); };

    const double each_pixels = pixel(edge(1)) - pixel(edge(0));
    if (each_pixels >= narrowest_box) {
      for (std::size_t slot = first; slot <= last; slot++) {
        place(child(node, slot), edge(slot), edge(slot + 1));
      }
      return;
    }
    // Runs of two pixels or of equal generation, whichever is longer.
    const auto least = static_cast<std::size_t>(std::ceil(narrowest_box / each_pixels));
    for (std::size_t slot = first; slot <= last;) {
      std::size_t next = std::min(slot + least, last + 1);
      BlockAddress address = child(node, slot);
      for (std::size_t i = slot; i < next; i++) {
        address.generation = std::max(address.generation, node.entries[i].generation);
      }
      while (next <= last && node.entries[next].generation == address.generation)
        next++;
      TreeBox& box = add(TreeBox::Kind::run, address, edge(slot), edge(next));
      box.count = static_cast<u32>(next - slot);
      slot = next;
    }
  }

  // Items go down below their leaf; where that would make them too low, in several columns.
  void place_items(u32 box_index, const BlockView& leaf) {
    const Rect box = canvas_.boxes[box_index].rect;
    const float left = std::max(box.x, 0.0f);
    const float width = std::min(box.right(), metrics_.width) - left;
    const float top = box.bottom() + metrics_.gap;
    const float height = metrics_.height - top;
    if (width < static_cast<float>(narrowest_with_items) / 2 || height < lowest_cell) return;

    // Of a leaf that is wider than the window, the part of its items that is seen.
    const TreeBox& leaf_box = canvas_.boxes[box_index];
    const auto all = static_cast<double>(leaf.entries.size());
    const auto slot_at = [&](double world) {
      const double part = (world - leaf_box.begin) / (leaf_box.end - leaf_box.begin);
      return std::clamp(part, 0.0, 1.0) * all;
    };
    const auto first = static_cast<u32>(std::min(std::floor(slot_at(axis_.begin())), all - 1));
    const u32 end = std::max(first + 1, static_cast<u32>(std::ceil(slot_at(axis_.end()))));
    const u32 count = end - first;
    const u32 most_columns = std::max(1u, static_cast<u32>(width / metrics_.text_width));
    const auto cell_height = [&](u32 columns) {
      const u32 rows = (count + columns - 1) / columns;
      return std::min(metrics_.text_row, std::floor(height / static_cast<float>(rows)));
    };
    u32 columns = 1;
    while (columns < most_columns && cell_height(columns) < metrics_.text_row)
      columns++;
    const bool has_text = cell_height(columns) >= metrics_.text_row && width >= metrics_.text_width;
    if (!has_text) columns = 1;
    while (cell_height(columns) < lowest_cell && width / static_cast<float>(columns + 1) >= 4) {
      columns++;
    }
    const float cell = std::max(cell_height(columns), lowest_cell);
    const u32 rows = (count + columns - 1) / columns;
    const float column_width = std::floor(width / static_cast<float>(columns));
    for (u32 i = 0; i < count; i++) {
      const u32 column = i / rows;
      const float y = top + static_cast<float>(i % rows) * cell;
      if (y + cell > metrics_.height) continue;
      const float x = left + static_cast<float>(column) * column_width;
      canvas_.items.push_back({{x, y, column_width, cell}, box_index, first + i, has_text});
    }
  }

  const std::vector<PlacedTree>& trees_;
  const Axis& axis_;
  const TreeMetrics& metrics_;
  const std::function<BlockViewPtr(const BlockAddress&)>& find_;
  TreeCanvas canvas_;
  u32 tree_ = 0;
  u32 parent_ = TreeBox::none;  // of what is placed next
};

}  // namespace

std::vector<PlacedTree> place_trees(const std::vector<BlockAddress>& roots,
                                    const std::vector<std::string>& names,
                                    const std::vector<u64>& blocks) {
  std::vector<PlacedTree> trees;
  double total = 0;
  const auto weight = [&](std::size_t i) {
    return std::sqrt(static_cast<double>(std::max<u64>(blocks[i], 1)));
  };
  for (std::size_t i = 0; i < roots.size(); i++)
    total += weight(i);
  // A part of the axis lies between the trees, so that they are seen to be several.
  const double gap = roots.size() < 2 ? 0 : 0.04 / static_cast<double>(roots.size() - 1);
  const double room = roots.size() < 2 ? 1 : 0.96;
  double at = 0;
  for (std::size_t i = 0; i < roots.size(); i++) {
    const double width = weight(i) / total * room;
    trees.push_back({roots[i], names[i], at, at + width});
    at += width + gap;
  }
  return trees;
}

float band_y(const TreeCanvas& canvas, const TreeMetrics& metrics, u8 level) {
  return metrics.title + static_cast<float>(canvas.top_level - std::min(level, canvas.top_level)) *
                             (metrics.band + metrics.gap);
}

TreeCanvas layout_trees(const std::vector<PlacedTree>& trees, const Axis& axis,
                        const TreeMetrics& metrics,
                        const std::function<BlockViewPtr(const BlockAddress&)>& find) {
  return Layout(trees, axis, metrics, find).run();
}

const TreeBox* TreeCanvas::box_at(float x, float y) const {
  for (const TreeBox& box : boxes) {
    if (box.rect.contains(x, y) && box.kind != TreeBox::Kind::pending) return &box;
  }
  return nullptr;
}

const ItemCell* TreeCanvas::item_at(float x, float y) const {
  for (const ItemCell& item : items) {
    if (item.rect.contains(x, y)) return &item;
  }
  return nullptr;
}

}  // namespace canopy::ui
