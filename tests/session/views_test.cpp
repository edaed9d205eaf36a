// What the views of the page show of the sample: its space, differences, a check.
#include <gtest/gtest.h>

#include <algorithm>

#include "sample_session.h"

namespace canopy {
namespace {

template <typename Key, typename Value>
std::shared_ptr<const Value> wait_for(News& news, Lookup<Key, Value>& lookup, const Key& key) {
  std::shared_ptr<const Value> value;
  news.wait([&] { return (value = lookup.find(key)) != nullptr; });
  return value;
}

TEST(Views, ALookupKeepsOnlyWhatWasAskedForLast) {
  News news;
  std::atomic<u32> made{0};
  Lookup<int, int> lookup(
      [&](const int& key, const std::atomic<bool>&) {
        made++;
        return key * key;
      },
      news.changed());
  EXPECT_EQ(*wait_for(news, lookup, 3), 9);
  EXPECT_EQ(*wait_for(news, lookup, 4), 16);
  EXPECT_EQ(*lookup.find(4), 16);
  EXPECT_EQ(made, 2U);
  EXPECT_EQ(*wait_for(news, lookup, 3), 9);
  EXPECT_EQ(made, 3U);
}

TEST(Views, WhatBlockGroupsHoldAddsUpToWhatTheSuperblockSays) {
  News news;
  auto session = open_sample(news);
  const u64 generation = session->summary().generation;
  const auto space = wait_for(news, session->lookups().space, {generation});
  EXPECT_EQ(space->problem, "");
  u64 used = 0;
  for (const GroupView& group : space->groups) {
    EXPECT_TRUE(group.is_known);
    EXPECT_LE(group.used, group.chunk->length);
    used += group.used;
    // What extents cover of each group is what its item says.
    const u32 cells = 64;
    const auto extents = wait_for(news, session->lookups().extents,
                                  {group.chunk->logical, group.chunk->end(), cells, generation});
    double covered = 0;
    for (const float fill : extents->fill)
      covered += static_cast<double>(fill) * static_cast<double>(group.chunk->length) / cells;
    EXPECT_NEAR(covered, static_cast<double>(group.used),
                static_cast<double>(group.chunk->length) * 1e-4);
    EXPECT_EQ(space->find(group.chunk->logical), &group);
    EXPECT_EQ(space->find(group.chunk->end() - 1), &group);
  }
  EXPECT_EQ(used, session->summary().used_bytes);
  EXPECT_EQ(space->find(0), nullptr);
}

TEST(Views, ADifferenceSkipsWhatBothShare) {
  News news;
  auto session = open_sample(news);
  const SubvolumeList& all = session->summary().subvolumes;
  const u64 monday = all.find_path("snapshots/monday")->id;
  const u64 wednesday = all.find_path("snapshots/wednesday")->id;
  const u64 generation = session->summary().generation;
  const auto view = wait_for(news, session->lookups().difference, {monday, wednesday, generation});
  ASSERT_EQ(view->problem, "");
  EXPECT_GT(view->shared_subtrees, 0U);
  EXPECT_LT(view->after.blocks_read, view->after.blocks);
  EXPECT_EQ(view->items.size(), view->added + view->removed + view->changed);
  EXPECT_GT(view->items.size(), 0U);
  const auto filesystem = filesystem_of_sample();
  for (const DifferentItem& item : view->items) {
    const auto block = read_block_view(*filesystem, item.place.block);
    ASSERT_LT(*item.place.slot, block->entries.size()) << block->problem;
    EXPECT_EQ(block->entries[*item.place.slot].key, item.key);
    if (item.key.objectid == SubvolumeFiles::ROOT_INO) {
      EXPECT_EQ(item.path, "");
    }
  }
  EXPECT_TRUE(std::ranges::any_of(view->items, [](const DifferentItem& item) {
    return item.path.starts_with("notes/") && item.key.type == INODE_ITEM_KEY;
  }));
  // The other way round it is the same, the other way round.
  const auto back = wait_for(news, session->lookups().difference, {wednesday, monday, generation});
  EXPECT_EQ(back->added, view->removed);
  EXPECT_EQ(back->removed, view->added);
  EXPECT_EQ(back->changed, view->changed);
  for (const TreeWalk* walk : {&view->before, &view->after}) {
    EXPECT_TRUE(std::ranges::is_sorted(walk->parts, {}, &TreePart::begin));
    EXPECT_NEAR(walk->parts.front().begin, 0, 1e-9);
    EXPECT_NEAR(walk->parts.back().end, 1, 1e-9);
  }
  const auto self = wait_for(news, session->lookups().difference, {monday, monday, generation});
  EXPECT_TRUE(self->items.empty());
  EXPECT_EQ(self->problem, "");
  EXPECT_NE(wait_for(news, session->lookups().difference, {monday, 4711, generation})->problem, "");
}

TEST(Views, ACheckOfTheSampleFindsNothingAndCanBeCancelled) {
  News news;
  auto session = open_sample(news);
  const auto job = session->check_consistency(true).value();
  // Nobody may change what is being checked.
  BalanceRequest request;
  request.data = BalanceFilter();
  const auto refused = session->balance(request, false);
  if (!job->snapshot().ended()) {
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::would_block);
  }
  news.wait([&] { return job->snapshot().ended(); });
  EXPECT_EQ(job->snapshot().state, JobState::done) << job->snapshot().problem;
  EXPECT_EQ(job->snapshot().errors, 0U);
  EXPECT_TRUE(job->findings(0).empty());

  const auto cancelled = session->check_consistency(true).value();
  cancelled->cancel();
  news.wait([&] { return cancelled->snapshot().ended(); });
  EXPECT_NE(cancelled->snapshot().state, JobState::failed);
}

TEST(Views, AnEarlierCommitIsShownButNotBalanced) {
  News news;
  const auto super = filesystem_of_sample()->super();
  std::optional<u32> slot;
  for (u32 i = 0; i < NUM_BACKUP_ROOTS; i++) {
    const u64 generation = super.super_roots[i].tree_root_gen;
    if (generation != 0 && generation != super.generation) slot = i;
  }
  ASSERT_TRUE(slot);
  OpenChoice choice;
  choice.filesystem.backup_root = slot;
  const auto session = open_sample(news, choice);
  EXPECT_EQ(session->summary().generation, super.super_roots[*slot].tree_root_gen);
  BalanceRequest request;
  request.data = BalanceFilter();
  const auto refused = session->balance(request, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::unsupported);
}

}  // namespace
}  // namespace canopy
