// What a frame of the canvas with all trees costs while a filesystem of 1,000,000 tree blocks is
// panned and zoomed: the layout, and how much a frame gives to the graphics card. Blocks are found
// in a table, as the page finds those that it has read.
#include <benchmark/benchmark.h>

#include <cmath>
#include <unordered_map>

#include "ui/tree_layout.h"

namespace canopy::ui {
namespace {

constexpr u32 leaf_items = 60;

// Ten trees of 100,000 leaves and more, read as far as they are looked at.
class Forest {
 public:
  Forest() {
    std::vector<std::string> names;
    std::vector<u64> blocks;
    for (u64 tree = 0; tree < 10; tree++) {
      roots_.push_back({tree + 1, 100, 256 + tree, 3});
      names.push_back("tree");
      blocks.push_back(100'000);
    }
    trees_ = place_trees(roots_, names, blocks);
  }
  const std::vector<PlacedTree>& trees() const { return trees_; }

  BlockViewPtr find(const BlockAddress& address) {
    BlockViewPtr& view = views_[address.logical];
    if (view == nullptr) view = make(address);
    return view;
  }

 private:
  // 47 x 47 x 46 leaves below each root: 101,614, so that ten trees have 1,038,000 blocks.
  static BlockViewPtr make(const BlockAddress& address) {
    auto view = std::make_shared<BlockView>();
    view->logical = address.logical;
    view->level = address.level;
    view->generation = address.generation;
    view->entries.resize(address.level == 0 ? leaf_items : address.level == 1 ? 46 : 47);
    for (u32 i = 0; i < view->entries.size(); i++) {
      view->entries[i].blockptr = address.logical * 50 + i + 1000;
      view->entries[i].generation = 1 + (address.logical + i) % 90;
    }
    return view;
  }

  std::vector<BlockAddress> roots_;
  std::vector<PlacedTree> trees_;
  std::unordered_map<u64, BlockViewPtr> views_;
};

constexpr TreeMetrics metrics{.width = 1920,
                              .height = 900,
                              .title = 24,
                              .band = 24,
                              .gap = 6,
                              .text_row = 20,
                              .text_width = 210};

// From the whole forest down to one leaf and back, always in motion.
Axis at_frame(u64 frame) {
  Axis axis;
  const double depth = 0.5 - 0.5 * std::cos(static_cast<double>(frame) / 40);
  axis.zoom(std::pow(400'000.0, depth), 777, 1920);
  axis.pan(std::sin(static_cast<double>(frame) / 7) * 300, 1920);
  return axis;
}

void PanAndZoomAMillionBlocks(benchmark::State& state) {
  Forest forest;
  const std::function<BlockViewPtr(const BlockAddress&)> find = [&](const BlockAddress& address) {
    return forest.find(address);
  };
  u64 frame = 0;
  std::size_t most_boxes = 0, most_items = 0;
  for ([[maybe_unused]] auto _ : state) {
    const TreeCanvas canvas = layout_trees(forest.trees(), at_frame(frame++), metrics, find);
    most_boxes = std::max(most_boxes, canvas.boxes.size());
    most_items = std::max(most_items, canvas.items.size());
  }
  state.counters["boxes"] = static_cast<double>(most_boxes);
  state.counters["items"] = static_cast<double>(most_items);
}
BENCHMARK(PanAndZoomAMillionBlocks)->Unit(benchmark::kMillisecond)->MinTime(2);

}  // namespace
}  // namespace canopy::ui
