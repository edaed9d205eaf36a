#include "commit/extent_record.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace canopy {
namespace {

ExtentRecord data_record(u32 refs, u64 seed) {
  Random random(seed);
  ExtentRecord record;
  record.bytenr = 1u << 20;
  record.num_bytes = 65536;
  record.generation = 7;
  record.flags = EXTENT_FLAG_DATA;
  for (u32 i = 0; i < refs; ++i) {
    Backref ref = random.below(2) == 0
                      ? Backref::shared_data(65536 * (1 + i))
                      : Backref::extent_data(256 + random.below(4), 257 + i, 4096 * i);
    record.refs.push_back({ref, 1 + static_cast<u32>(random.below(9))});
  }
  return record;
}

bool by_ref(const CountedRef& a, const CountedRef& b) { return a.ref < b.ref; }

void expect_same_refs(std::vector<CountedRef> a, std::vector<CountedRef> b) {
  std::ranges::sort(a, by_ref);
  std::ranges::sort(b, by_ref);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].ref, b[i].ref);
    EXPECT_EQ(a[i].count, b[i].count);
  }
}

TEST(ExtentRecord, SurvivesBeingWrittenWithFewAndManyReferences) {
  for (u32 refs : {1u, 3u, 20u, 200u}) {
    ExtentRecord record = data_record(refs, refs);
    auto items = build_extent(record, {16384, true});
    EXPECT_TRUE(std::ranges::is_sorted(items, {}, &ItemValue::key));
    auto parsed = parse_extent(items, 16384);
    ASSERT_TRUE(parsed.ok()) << parsed.error().to_string();
    EXPECT_EQ(parsed.value().total_refs(), record.total_refs());
    expect_same_refs(parsed.value().refs, record.refs);
  }
}

TEST(ExtentRecord, InlineReferencesFallInTheOrderThatTheKernelDemands) {
  ExtentRecord record;
  record.bytenr = 1u << 20;
  record.num_bytes = 16384;
  record.flags = EXTENT_FLAG_TREE_BLOCK;
  for (u64 value : {300u, 256u, 280u}) {
    record.refs.push_back({Backref::tree_block(value), 1});
    record.refs.push_back({Backref::shared_block(value << 16), 1});
  }
  auto items = build_extent(record, {16384, true});
  ASSERT_EQ(items.size(), 1u);
  Bytes refs = Bytes(items[0].data).subspan(sizeof(ExtentItem));
  std::vector<std::pair<int, u64>> order;
  for (; !refs.empty(); refs = refs.subspan(9))
    order.emplace_back(refs[0], load_le<u64>(refs.data() + 1));
  std::vector<std::pair<int, u64>> expected = {
      {176, 300}, {176, 280}, {176, 256}, {182, 300 << 16}, {182, 280 << 16}, {182, 256 << 16}};
  EXPECT_EQ(order, expected);
}

TEST(ExtentRecord, KeepsTheOwnerThatSimpleQuotasCharge) {
  ExtentRecord record = data_record(2, 1);
  record.owner = 257;
  auto parsed = parse_extent(build_extent(record, {16384, true}), 16384);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().owner, std::optional<u64>(257));
}

TEST(ExtentRecord, HashIsThatOfTheKernel) {
  // From an image that Linux wrote: tree 5, inode 257, offset 0.
  EXPECT_EQ(hash_extent_data_ref(5, 257, 0), 1007496934145758698u);
}

TEST(ExtentRecord, RefusesCountsThatDoNotAddUpAndTornReferences) {
  auto items = build_extent(data_record(3, 2), {16384, true});
  auto wrong_count = items;
  wrong_count[0].data[0] += 1;
  EXPECT_FALSE(parse_extent(wrong_count, 16384).ok());
  auto torn = items;
  torn[0].data.pop_back();
  EXPECT_FALSE(parse_extent(torn, 16384).ok());
}

}  // namespace
}  // namespace canopy
