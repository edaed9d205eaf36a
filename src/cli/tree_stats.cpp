// canopy inspect-internal tree-stats: as btrfs-progs prints it, how large trees are and how their
// blocks lie behind each other.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>

#include "cli/images.h"
#include "cli/inspect_internal.h"
#include "cli/size_text.h"
#include "ondisk/file_extent.h"

namespace canopy {
namespace {

struct TreeStatsOptions {
  std::vector<std::string> images;
  std::optional<u64> tree;
  bool raw = false;
};

struct Stats {
  u64 total_nodes = 0;
  u64 inline_bytes = 0;
  u64 seeks = 0;
  u64 forward_seeks = 0;
  u64 backward_seeks = 0;
  u64 seek_bytes = 0;
  u64 longest_seek = 0;
  u64 clusters = 0;
  u64 cluster_bytes = 0;
  u64 smallest_cluster = ~u64{0};
  u64 largest_cluster = 0;
  u64 lowest = 0;
  u64 highest = 0;
  std::array<u64, MAX_LEVEL> blocks{};
  std::map<u64, u64> seek_counts;  // by distance
};

class TreeStats {
 public:
  TreeStats(Filesystem& filesystem, bool find_inline, bool raw)
      : cache_(filesystem.cache()),
        nodesize_(filesystem.super().nodesize),
        find_inline_(find_inline),
        raw_(raw) {}

  Result<void> run(const RootPointer& root) {
    const auto begin = std::chrono::steady_clock::now();
    stats_.lowest = stats_.highest = root.bytenr;
    stats_.largest_cluster = nodesize_;
    const BlockRef block = TRY(read_root(cache_, root));
    if (block->is_leaf()) {
      walk_leaf(*block);
    } else {
      TRY(walk_node(*block, root.tree));
    }
    std::chrono::microseconds took{0};
    if (!block->is_leaf())
      took = std::chrono::duration_cast<std::chrono::microseconds>(
          std::chrono::steady_clock::now() - begin);
    if (stats_.smallest_cluster == ~u64{0}) {
      stats_.smallest_cluster = 0;
      stats_.clusters = 1;
    }
    print(root.level, took);
    return {};
  }

 private:
  void walk_leaf(const ExtentBuffer& leaf) {
    ++stats_.total_nodes;
    ++stats_.blocks[0];
    if (!find_inline_) return;
    for (u32 slot = 0; slot < leaf.nritems(); ++slot) {
      if (leaf.key(slot).type != EXTENT_DATA_KEY) continue;
      const auto extent = load_file_extent(leaf.item(slot));
      if (extent && extent->type == FILE_EXTENT_INLINE)
        stats_.inline_bytes += leaf.item_size(slot) - FILE_EXTENT_INLINE_DATA_START;
    }
  }

  Result<void> walk_node(const ExtentBuffer& node, u64 tree) {
    ++stats_.total_nodes;
    ++stats_.blocks[node.level()];
    u64 last = node.start();
    u64 cluster = nodesize_;
    for (u32 slot = 0; slot < node.nritems(); ++slot) {
      auto child = cache_.read_child(node, slot, tree);
      if (!child.ok()) {
        fmt::print(stderr, "canopy: {}\n", child.error().to_string());
        continue;
      }
      if (child.value()->is_leaf()) {
        walk_leaf(*child.value());
      } else {
        TRY(walk_node(*child.value(), tree));
      }
      const u64 at = node.blockptr(slot);
      if (last + nodesize_ == at) {
        cluster += nodesize_;
      } else {
        count_seek(last, at);
        if (cluster != nodesize_) count_cluster(cluster);
        cluster = nodesize_;
      }
      last = at;
      stats_.lowest = std::min(stats_.lowest, at);
      stats_.highest = std::max(stats_.highest, at);
    }
    return {};
  }

  void count_seek(u64 from, u64 to) {
    const u64 expected = from + nodesize_;
    const u64 distance = expected < to ? to - expected : expected - to;
    ++stats_.seeks;
    ++(from < to ? stats_.forward_seeks : stats_.backward_seeks);
    stats_.seek_bytes += distance;
    stats_.longest_seek = std::max(stats_.longest_seek, distance);
    ++stats_.seek_counts[distance];
  }

  void count_cluster(u64 bytes) {
    ++stats_.clusters;
    stats_.cluster_bytes += bytes;
    stats_.smallest_cluster = std::min(stats_.smallest_cluster, bytes);
    stats_.largest_cluster = std::max(stats_.largest_cluster, bytes);
  }

  std::string size(u64 bytes) const { return raw_ ? fmt::format("{}", bytes) : size_text(bytes); }

  // Distances that are rare are put together with their neighbours.
  void print_histogram() const {
    if (stats_.seeks < 20) return;
    const u64 tick = stats_.seeks / 20;
    const std::size_t digits = fmt::format("{}", stats_.longest_seek).size();
    fmt::print("\tSeek histogram\n");
    u64 start = 0;
    u64 end = 0;
    u64 count = 0;
    auto print_line = [&](u64 from, u64 to, u64 seeks, u64 ticks) {
      fmt::print("\t\t{:>{}} - {:>{}}: {:>{}} {}\n", from, digits, to, digits, seeks, digits,
                 ticks > 0 ? std::string(static_cast<std::size_t>(ticks), '#') : "|");
    };
    for (const auto& [distance, seeks] : stats_.seek_counts) {
      if (seeks / tick <= 2 && count / tick <= 2) {
        if (count == 0) start = distance;
        end = distance;
        count += seeks;
        continue;
      }
      if (count > 0) print_line(start, end, count, count / tick);
      count = 0;
      if (seeks / tick > 2) print_line(distance, distance, seeks, seeks / tick);
    }
    if (count > 0) print_line(start, end, count, count / tick);
  }

  void print(u8 level, std::chrono::microseconds took) const {
    const Stats& s = stats_;
    fmt::print("\tTotal size: {}\n\t\tInline data: {}\n", size(s.total_nodes * nodesize_),
               size(s.inline_bytes));
    fmt::print("\tTotal seeks: {}\n\t\tForward seeks: {}\n\t\tBackward seeks: {}\n", s.seeks,
               s.forward_seeks, s.backward_seeks);
    fmt::print("\t\tAvg seek len: {}\n", size(s.seeks == 0 ? 0 : s.seek_bytes / s.seeks));
    print_histogram();
    fmt::print("\tTotal clusters: {}\n\t\tAvg cluster size: {}\n", s.clusters,
               size(s.cluster_bytes / s.clusters));
    fmt::print("\t\tMin cluster size: {}\n\t\tMax cluster size: {}\n", size(s.smallest_cluster),
               size(s.largest_cluster));
    fmt::print("\tTotal disk spread: {}\n", size(s.highest - s.lowest));
    fmt::print("\tTotal read time: {} s {} us\n", took.count() / 1000000, took.count() % 1000000);
    fmt::print("\tLevels: {}\n\tTotal nodes: {}\n", level + 1, s.total_nodes);
    for (u8 i = 0; i <= level; ++i) {
      fmt::print("\t\tOn level {}: {:>8}", i, s.blocks[i]);
      if (i > 0 && s.blocks[i] > 0) fmt::print("  (avg fanout {})", s.blocks[i - 1u] / s.blocks[i]);
      fmt::print("\n");
    }
  }

  BlockCache& cache_;
  const u64 nodesize_;
  const bool find_inline_;
  const bool raw_;
  Stats stats_;
};

Result<int> run_tree_stats(const TreeStatsOptions& options) {
  struct Wanted {
    u64 tree;
    std::string name;
    bool find_inline;
  };
  std::vector<Wanted> wanted = {{ROOT_TREE_OBJECTID, "root tree", false},
                                {EXTENT_TREE_OBJECTID, "extent tree", false},
                                {CSUM_TREE_OBJECTID, "csum tree", false},
                                {FS_TREE_OBJECTID, "fs tree", true}};
  if (options.tree) wanted = {{*options.tree, fmt::format("tree ({})", *options.tree), true}};
  auto filesystem = TRY(open_images(options.images));
  for (const Wanted& one : wanted) {
    fmt::print("Calculating size of {}\n", one.name);
    auto root = TRY(filesystem->forest().root(one.tree));
    if (root == nullptr) return error(Code::not_found, "there is no tree {}", one.tree);
    TRY(TreeStats(*filesystem, one.find_inline, options.raw).run(root->pointer()));
  }
  return EXIT_DONE;
}

}  // namespace

void add_tree_stats(CommandLine& line, Command group) {
  auto options = std::make_shared<TreeStatsOptions>();
  Command command = line.add_to(group, "tree-stats", "Show how large trees are and how they lie");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.flag("-b,--raw", options->raw, "Sizes in bytes");
  command.option("-t", options->tree, "Only this tree, by its id");
  line.on_run(command, [options] { return run_tree_stats(*options); });
}

}  // namespace canopy
