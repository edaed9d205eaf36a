#include "session/usage_view.h"

#include <fmt/format.h>

#include <shared_mutex>

#include "report/min_dev_size.h"
#include "report/subvolume_text.h"
#include "tree/search.h"

namespace canopy {
namespace {

// The ids of all trees that the root tree lists, and before them those that it does not.
Result<std::vector<u64>> list_trees(CommittedForest& forest) {
  std::vector<u64> trees = {ROOT_TREE_OBJECTID, CHUNK_TREE_OBJECTID};
  const auto root = TRY(forest.root(ROOT_TREE_OBJECTID));
  Path path;
  bool more = TRY(search_at_or_after(forest.cache(), root->pointer(), Key{}, path));
  for (; more; more = TRY(next_item(forest.cache(), ROOT_TREE_OBJECTID, path)))
    if (path.key().type == ROOT_ITEM_KEY) trees.push_back(path.key().objectid);
  return trees;
}

}  // namespace

UsageView read_usage_view(Filesystem& filesystem) {
  UsageView view;
  std::shared_lock hold(filesystem.forest().commit_root_semaphore());
  if (auto usage = read_usage(filesystem); usage.ok()) {
    view.usage = std::move(usage).value();
    view.usage_text = usage_text(view.usage, false);
  } else {
    view.problem = usage.error().to_string();
  }
  if (auto chunks = read_chunk_list(filesystem); chunks.ok()) {
    view.chunks = std::move(chunks).value();
    view.chunks_text = chunk_list_text(view.chunks, false);
  } else if (view.problem.empty()) {
    view.problem = chunks.error().to_string();
  }
  for (const auto& [devid, device] : view.usage.devices) {
    if (device.image == 0) continue;
    const auto size = min_dev_size(filesystem, devid);
    view.smallest.push_back(
        {devid, size.ok() ? std::optional(size.value()) : std::nullopt,
         size.ok() ? min_dev_size_text(size.value()) : size.error().to_string()});
  }
  return view;
}

DiskUseView read_disk_use(Filesystem& filesystem, std::atomic<u64>& counted,
                          const std::atomic<bool>& dropped) {
  DiskUseView view;
  std::shared_lock hold(filesystem.forest().commit_root_semaphore());
  view.generation = filesystem.forest().generation();
  const auto read = [&]() -> Result<void> {
    const SubvolumeList list = TRY(SubvolumeList::read(filesystem.forest()));
    const auto reader = TRY(DiskUseReader::open(filesystem, list));
    reader->stop = &dropped;
    reader->files_counted = &counted;
    for (const Subvolume& subvolume : list.all()) {
      if (!subvolume.is_top_level() && !subvolume.has_path()) continue;
      auto use = reader->read(subvolume.is_top_level() ? "/" : subvolume.path);
      if (use.ok()) {
        view.text += use.value().to_string(false);
        view.rows.push_back({subvolume.id, std::move(use).value()});
      } else if (view.problem.empty()) {
        view.problem = use.error().to_string();
      }
      if (dropped) break;
    }
    return {};
  };
  view.text = disk_use_header;
  if (const auto done = read(); !done.ok()) view.problem = done.error().to_string();
  return view;
}

TreeStatsView read_all_tree_stats(Filesystem& filesystem, std::atomic<u64>& counted,
                                  const std::atomic<bool>& dropped) {
  TreeStatsView view;
  CommittedForest& forest = filesystem.forest();
  std::shared_lock hold(forest.commit_root_semaphore());
  view.generation = forest.generation();
  const auto read = [&]() -> Result<void> {
    for (const u64 id : TRY(list_trees(forest))) {
      if (dropped) break;
      const auto root = TRY(forest.root(id));
      if (root == nullptr) continue;
      auto stats =
          read_tree_stats(filesystem, root->pointer(), is_subvolume_id(id), &dropped, &counted);
      if (!stats.ok()) {
        view.problem = stats.error().to_string();
        continue;
      }
      if (!stats.value().problems.empty()) view.problem = stats.value().problems.front();
      view.text += fmt::format("Calculating size of tree ({})\n", id) +
                   tree_stats_text(stats.value(), false);
      view.rows.push_back({id, std::move(stats).value()});
    }
    return {};
  };
  if (const auto done = read(); !done.ok()) view.problem = done.error().to_string();
  return view;
}

std::string read_subvolume_text(Filesystem& filesystem, u64 subvolume) {
  CommittedForest& forest = filesystem.forest();
  std::shared_lock hold(forest.commit_root_semaphore());
  const auto list = SubvolumeList::read(forest);
  const Subvolume* const found = list.ok() ? list.value().find(subvolume) : nullptr;
  if (found == nullptr) return {};
  auto text = subvolume_text(forest, list.value(), *found);
  return text.ok() ? std::move(text).value() : std::string();
}

}  // namespace canopy
