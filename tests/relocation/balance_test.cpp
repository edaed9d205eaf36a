// A real image (tests/support/images) is balanced in batches of any size: what is visible stays,
// and so does the order of addresses.

#include <gtest/gtest.h>

#include "relocation/balance.h"
#include "sharing_image.h"
#include "support/must.h"
#include "support/visible_state.h"

namespace canopy {
namespace {

VisibleState state_of(JournaledDisks& disks) {
  return must(visible_state(*must(Filesystem::open(disks.open()))));
}

RelocationOptions batches_of(u64 blocks) {
  RelocationOptions options;
  options.batch_blocks = blocks;
  options.batch_data_bytes = blocks * 65536;
  return options;
}

BalanceReport balance_disks(JournaledDisks& disks, const BalanceRequest& request,
                            const RelocationOptions& options) {
  auto filesystem = must(Filesystem::open(disks.open()));
  RelocationControl control;
  return must(balance(*must(filesystem->writer()), request, options, control, nullptr));
}

// Balances with batches of `blocks`, looks at the image before and after, and again after a second
// balance.
void expect_same_after_balance(const BalanceRequest& request, u64 blocks) {
  SCOPED_TRACE(blocks);
  JournaledDisks disks = sharing_image();
  VisibleState before = state_of(disks);
  ASSERT_GT(before.blocks, 50u);
  ASSERT_GT(before.extents, 50u);
  for (int round = 0; round < 2; ++round) {
    BalanceReport report = balance_disks(disks, request, batches_of(blocks));
    EXPECT_GT(report.relocated, 0u);
    EXPECT_EQ(report.no_space, 0u);
    VisibleState after = state_of(disks);
    EXPECT_TRUE(after.is_same(before));
    EXPECT_TRUE(same_address_order(before, after));
  }
}

TEST(Balance, OfEverythingKeepsWhatIsVisibleAndTheOrderOfAddresses) {
  for (u64 blocks : {1u, 2u, 3u, 10u, 50u, 100000u})
    expect_same_after_balance({}, blocks);
}

TEST(Balance, OfSomeChunksKeepsWhatIsVisible) {
  JournaledDisks disks = sharing_image();
  VisibleState before = state_of(disks);
  BalanceRequest request;
  request.data = BalanceFilter();
  request.data->limit = U64Range{0, 1};
  request.metadata = request.data;
  EXPECT_EQ(balance_disks(disks, request, batches_of(4)).relocated, 1u);
  EXPECT_TRUE(state_of(disks).is_same(before));
}

}  // namespace
}  // namespace canopy
