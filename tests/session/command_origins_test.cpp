#include "session/command_origins.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "sample_session.h"
#include "session/command_rows.h"

namespace canopy {
namespace {

constexpr std::string_view rules[] = {"one", "two", "three"};
constexpr u64 send_root = 301;
constexpr u64 parent_root = 300;

SendRequest incremental() {
  SendRequest request;
  request.subvolume = send_root;
  request.parent = parent_root;
  return request;
}

CommandOrigin random_origin(Random& random) {
  CommandOrigin origin{};
  origin.rule = rules[random.below(3)];
  if (random.below(10) == 0) return origin;
  origin.cause.change = static_cast<ItemChange>(random.below(4));
  origin.cause.tree = origin.cause.change == ItemChange::deleted ? parent_root : send_root;
  origin.cause.leaf = 4096 * (1 + random.below(4));
  origin.cause.slot = static_cast<u32>(random.below(3));
  origin.cause.key = {random.below(3) == 0 ? ~u64{0} - random.below(5) : 256 + random.below(5),
                      static_cast<u8>(random.below(256)), random.next()};
  return origin;
}

std::vector<CommandOrigin> random_origins(std::size_t count) {
  Random random(1);
  std::vector<CommandOrigin> all;
  while (all.size() < count) {
    all.push_back(!all.empty() && random.below(2) == 0 ? all.back() : random_origin(random));
    all.back().rule = rules[random.below(3)];
  }
  return all;
}

TEST(CommandOrigins, AreFoundAsTheyWere) {
  CommandOrigins origins(incremental());
  const std::vector<CommandOrigin> all = random_origins(3000);
  for (const CommandOrigin& origin : all)
    origins.command_written(origin);
  for (std::size_t i = 0; i < all.size(); i++) {
    const auto found = origins.find(i);
    ASSERT_TRUE(found.has_value());
    const ItemCause& cause = all[i].cause;
    EXPECT_EQ(found->rule, all[i].rule) << i;
    EXPECT_EQ(found->cause.has_item(), cause.has_item()) << i;
    if (!cause.has_item()) continue;
    EXPECT_EQ(found->cause.change, cause.change) << i;
    EXPECT_EQ(found->cause.tree, cause.tree) << i;
    EXPECT_EQ(found->cause.leaf, cause.leaf) << i;
    EXPECT_EQ(found->cause.slot, cause.slot) << i;
    EXPECT_EQ(found->cause.key, cause.key) << i;
  }
  EXPECT_FALSE(origins.find(all.size()).has_value());
}

TEST(CommandOrigins, LeadFromAnItemToAllOfItsCommands) {
  CommandOrigins origins(incremental());
  const std::vector<CommandOrigin> all = random_origins(3000);
  for (const CommandOrigin& origin : all)
    origins.command_written(origin);
  for (std::size_t i = 0; i < all.size(); i += 7) {
    const ItemCause& cause = all[i].cause;
    if (!cause.has_item()) continue;
    std::vector<u64> expected;
    for (std::size_t k = 0; k < all.size(); k++) {
      const ItemCause& other = all[k].cause;
      if (other.has_item() && other.tree == cause.tree && other.key == cause.key)
        expected.push_back(k);
    }
    const auto caused = origins.caused_by(cause.tree, cause.key, all.size());
    EXPECT_EQ(caused.first, expected) << i;
    EXPECT_EQ(caused.total, expected.size()) << i;
    const auto one = origins.caused_by(cause.tree, cause.key, 1);
    EXPECT_EQ(one.first, std::vector<u64>{expected[0]}) << i;
    EXPECT_EQ(one.total, expected.size()) << i;
  }
  EXPECT_EQ(origins.caused_by(send_root, {5, 1, 0}, 10).total, 0u);
}

TEST(CommandOrigins, OfMoreCommandsThanThereIsRoomForTheFirstAreKnown) {
  CommandOrigins origins(incremental(), 5000);
  const std::vector<CommandOrigin> all = random_origins(3000);
  for (const CommandOrigin& origin : all)
    origins.command_written(origin);
  EXPECT_FALSE(origins.problem().empty());
  EXPECT_LT(origins.count(), all.size());
  EXPECT_GT(origins.count(), 0u);
  EXPECT_TRUE(origins.find(origins.count() - 1).has_value());
  EXPECT_FALSE(origins.find(origins.count()).has_value());
}

// The commands of the stream itself come from no item, all others from one that is there.
TEST(CommandOrigins, OfTheSampleAreThoseOfItsStream) {
  News news;
  auto session = open_sample(news);
  const SendRequest request = request_for(*session, "snapshots/tuesday", "snapshots/monday");
  auto file = std::make_shared<MemoryStreamFile>();
  auto job = session->send(request, file).value();
  news.wait([&] { return job->snapshot().ended(); });
  const u64 commands = job->snapshot().commands;
  const OriginsKey key{request, session->summary().generation};
  std::shared_ptr<const CommandOrigins> origins;
  news.wait([&] { return (origins = session->lookups().origins.find(key)) != nullptr; });
  EXPECT_TRUE(origins->problem().empty()) << origins->problem();
  ASSERT_EQ(origins->count(), commands);
  for (u64 i = 0; i < commands; i++) {
    const auto origin = origins->find(i);
    ASSERT_TRUE(origin.has_value());
    EXPECT_FALSE(origin->rule.empty());
    EXPECT_EQ(origin->cause.has_item(), i > 0 && i + 1 < commands) << i;
    if (!origin->cause.has_item()) continue;
    BlockViewPtr leaf;
    const BlockAddress address{.logical = origin->cause.leaf, .tree = origin->cause.tree};
    news.wait([&] { return (leaf = session->find_block(address)) != nullptr; });
    ASSERT_LT(origin->cause.slot, leaf->entries.size()) << i;
    EXPECT_EQ(leaf->entries[origin->cause.slot].key, origin->cause.key) << i;
    std::shared_ptr<const CommandOrigins::Caused> caused;
    const CausedKey item{origins, origin->cause.tree, origin->cause.key};
    news.wait([&] { return (caused = session->lookups().caused.find(item)) != nullptr; });
    EXPECT_EQ(std::count(caused->first.begin(), caused->first.end(), i), 1) << i;
  }
}

TEST(CommandOrigins, OfARefusedSendSayWhy) {
  News news;
  auto session = open_sample(news);
  const SendRequest request = request_for(*session, "home", nullptr);  // writable
  const OriginsKey key{request, session->summary().generation};
  std::shared_ptr<const CommandOrigins> origins;
  news.wait([&] { return (origins = session->lookups().origins.find(key)) != nullptr; });
  EXPECT_FALSE(origins->problem().empty());
  EXPECT_EQ(origins->count(), 0u);
}

}  // namespace
}  // namespace canopy
