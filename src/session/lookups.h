// What the panels look at beside tree blocks: each is found out on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "session/command_origins.h"
#include "session/contents_view.h"
#include "session/difference.h"
#include "session/file_details.h"
#include "session/folder_view.h"
#include "session/item_finder.h"
#include "session/kept_view.h"
#include "session/lookup.h"
#include "session/owners_view.h"
#include "session/search.h"
#include "session/space_view.h"
#include "session/usage_view.h"

namespace canopy {

struct Lookups {
  Lookups(const std::shared_ptr<Filesystem>& filesystem, const std::function<void()>& changed)
      : folder([filesystem](const FolderKey& key,
                            const auto& dropped) { return read_folder(*filesystem, key, dropped); },
               changed),
        file(
            [filesystem](const FileKey& key, const auto& dropped) {
              return read_file_details(*filesystem, key, dropped);
            },
            changed),
        contents([filesystem](const ContentsKey& key,
                              const auto&) { return read_contents(*filesystem, key); },
                 changed),
        search([filesystem](const SearchKey& key,
                            const auto&) { return canopy::search(*filesystem, key); },
               changed),
        space(
            [filesystem](const SpaceKey& key, const auto&) { return read_space(*filesystem, key); },
            changed),
        usage([filesystem](const UsageKey&, const auto&) { return read_usage_view(*filesystem); },
              changed),
        disk_use(
            [filesystem, counter = files_counted](const UsageKey&, const auto& dropped) {
              *counter = 0;
              return read_disk_use(*filesystem, *counter, dropped);
            },
            changed),
        tree_stats(
            [filesystem, counter = blocks_counted](const UsageKey&, const auto& dropped) {
              *counter = 0;
              return read_all_tree_stats(*filesystem, *counter, dropped);
            },
            changed),
        subvolume_text(
            [filesystem](const SubvolumeTextKey& key, const auto&) {
              return read_subvolume_text(*filesystem, key.subvolume);
            },
            changed),
        owners([filesystem](const OwnersKey& key,
                            const auto& dropped) { return read_owners(*filesystem, key, dropped); },
               changed),
        extents(
            [filesystem](const ExtentsKey& key, const auto& dropped) {
              return read_extents(*filesystem, key, dropped);
            },
            changed),
        kept([filesystem](const KeptKey& key, const auto&) { return watch_kept(*filesystem, key); },
             changed),
        difference(
            [filesystem](const DifferenceKey& key, const auto& dropped) {
              return find_difference(*filesystem, key, dropped);
            },
            changed),
        origins(
            [filesystem](const OriginsKey& key, const auto& dropped) {
              return find_origins(*filesystem, key, dropped);
            },
            changed),
        item_of_type(
            [filesystem, counter = leaves_looked_at](const ItemOfTypeKey& key,
                                                     const auto& dropped) {
              *counter = 0;
              return find_item_of_type(*filesystem, key, *counter, dropped);
            },
            changed),
        caused([](const CausedKey& key,
                  const auto&) { return key.origins->caused_by(key.tree, key.key, most_caused); },
               changed) {}

  // So many of the commands of an item are listed.
  static constexpr std::size_t most_caused = 200;

  // By the last search for an item of a type.
  std::shared_ptr<std::atomic<u64>> leaves_looked_at = std::make_shared<std::atomic<u64>>(0);

  // By the last reads of what subvolumes take, and of how trees lie.
  std::shared_ptr<std::atomic<u64>> files_counted = std::make_shared<std::atomic<u64>>(0);
  std::shared_ptr<std::atomic<u64>> blocks_counted = std::make_shared<std::atomic<u64>>(0);

  Lookup<FolderKey, FolderView> folder;
  Lookup<FileKey, FileDetails> file;
  Lookup<ContentsKey, ContentsView> contents;
  Lookup<SearchKey, SearchResult> search;
  Lookup<SpaceKey, SpaceView> space;
  Lookup<UsageKey, UsageView> usage;
  Lookup<UsageKey, DiskUseView> disk_use;
  Lookup<UsageKey, TreeStatsView> tree_stats;
  Lookup<SubvolumeTextKey, std::string> subvolume_text;
  Lookup<OwnersKey, OwnersView> owners;
  Lookup<ExtentsKey, ExtentsView> extents;
  Lookup<KeptKey, KeptViews> kept;
  Lookup<DifferenceKey, DifferenceView> difference;
  Lookup<OriginsKey, CommandOrigins> origins;
  Lookup<ItemOfTypeKey, ItemOfType> item_of_type;
  Lookup<CausedKey, CommandOrigins::Caused> caused;
};

}  // namespace canopy
