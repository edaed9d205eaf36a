#include "report/tree_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ondisk/file_extent.h"
#include "report/size_text.h"
#include "tree/search.h"

namespace canopy {
namespace {

class TreeWalk {
 public:
  TreeWalk(Filesystem& filesystem, bool find_inline, const std::atomic<bool>* stop,
           std::atomic<u64>* counted)
      : cache_(filesystem.cache()),
        nodesize_(filesystem.super().nodesize),
        find_inline_(find_inline),
        stop_(stop),
        counted_(counted) {}

  Result<TreeStats> run(const RootPointer& root) {
    const auto begin = std::chrono::steady_clock::now();
    stats_.level = root.level;
    stats_.nodesize = nodesize_;
    stats_.lowest = stats_.highest = root.bytenr;
    stats_.largest_cluster = nodesize_;
    const BlockRef block = TRY(read_root(cache_, root));
    if (block->is_leaf()) {
      walk_leaf(*block);
    } else {
      TRY(walk_node(*block, root.tree));
      stats_.took = std::chrono::duration_cast<std::chrono::microseconds>(
          std::chrono::steady_clock::now() - begin);
    }
    if (stats_.smallest_cluster == ~u64{0}) {
      stats_.smallest_cluster = 0;
      stats_.clusters = 1;
    }
    return std::move(stats_);
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
      if (stop_ != nullptr && *stop_) return {};
      if (counted_ != nullptr) counted_->fetch_add(1, std::memory_order_relaxed);
      auto child = cache_.read_child(node, slot, tree);
      if (!child.ok()) {
        stats_.problems.push_back(child.error().to_string());
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

  BlockCache& cache_;
  const u64 nodesize_;
  const bool find_inline_;
  const std::atomic<bool>* const stop_;
  std::atomic<u64>* const counted_;
  TreeStats stats_;
};

// Distances that are rare are put together with their neighbours.
void print_histogram(const TreeStats& stats, std::string& text) {
  if (stats.seeks < 20) return;
  const auto put = std::back_inserter(text);
  const u64 tick = stats.seeks / 20;
  const std::size_t digits = fmt::format("{}", stats.longest_seek).size();
  fmt::format_to(put, "\tSeek histogram\n");
  u64 start = 0;
  u64 end = 0;
  u64 count = 0;
  auto print_line = [&](u64 from, u64 to, u64 seeks, u64 ticks) {
    fmt::format_to(put, "\t\t{:>{}} - {:>{}}: {:>{}} {}\n", from, digits, to, digits, seeks, digits,
                   ticks > 0 ? std::string(static_cast<std::size_t>(ticks), '#') : "|");
  };
  for (const auto& [distance, seeks] : stats.seek_counts) {
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

}  // namespace

Result<TreeStats> read_tree_stats(Filesystem& filesystem, const RootPointer& root, bool find_inline,
                                  const std::atomic<bool>* stop, std::atomic<u64>* counted) {
  return TreeWalk(filesystem, find_inline, stop, counted).run(root);
}

std::string tree_stats_text(const TreeStats& s, bool raw) {
  std::string text;
  const auto put = std::back_inserter(text);
  auto size = [raw](u64 bytes) { return raw ? fmt::format("{}", bytes) : size_text(bytes); };
  fmt::format_to(put, "\tTotal size: {}\n\t\tInline data: {}\n", size(s.total_nodes * s.nodesize),
                 size(s.inline_bytes));
  fmt::format_to(put, "\tTotal seeks: {}\n\t\tForward seeks: {}\n\t\tBackward seeks: {}\n", s.seeks,
                 s.forward_seeks, s.backward_seeks);
  fmt::format_to(put, "\t\tAvg seek len: {}\n", size(s.seeks == 0 ? 0 : s.seek_bytes / s.seeks));
  print_histogram(s, text);
  fmt::format_to(put, "\tTotal clusters: {}\n\t\tAvg cluster size: {}\n", s.clusters,
                 size(s.cluster_bytes / s.clusters));
  fmt::format_to(put, "\t\tMin cluster size: {}\n\t\tMax cluster size: {}\n",
                 size(s.smallest_cluster), size(s.largest_cluster));
  fmt::format_to(put, "\tTotal disk spread: {}\n", size(s.highest - s.lowest));
  fmt::format_to(put, "\tTotal read time: {} s {} us\n", s.took.count() / 1000000,
                 s.took.count() % 1000000);
  fmt::format_to(put, "\tLevels: {}\n\tTotal nodes: {}\n", s.level + 1, s.total_nodes);
  for (u8 i = 0; i <= s.level; ++i) {
    fmt::format_to(put, "\t\tOn level {}: {:>8}", i, s.blocks[i]);
    if (i > 0 && s.blocks[i] > 0)
      fmt::format_to(put, "  (avg fanout {})", s.blocks[i - 1u] / s.blocks[i]);
    fmt::format_to(put, "\n");
  }
  return text;
}

}  // namespace canopy
