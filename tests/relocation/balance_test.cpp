// A real image (tests/support/images) is balanced in batches of any size: what is visible stays,
// and so does the order of addresses.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "check/check.h"
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

// The addresses that blocks on the device say they lie at, of any age.
std::set<u64> blocks_found(Device& device, const Superblock& super) {
  std::set<u64> found;
  std::vector<u8> bytes(super.sectorsize);
  for (u64 at = 0; at + bytes.size() <= device.size_bytes(); at += bytes.size()) {
    must(device.read(at, bytes));
    auto header = load_struct<Header>(bytes);
    if (std::memcmp(header.fsid, super.fsid, sizeof header.fsid) == 0) found.insert(header.bytenr);
  }
  return found;
}

std::set<u64> all_addresses(const VisibleState& state) {
  std::set<u64> all;
  for (const auto& [level, addresses] : state.addresses)
    all.insert(addresses.begin(), addresses.end());
  return all;
}

TEST(Balance, WithDiscardLeavesNothingOfWhatHasMoved) {
  for (bool discard : {false, true}) {
    JournaledDisks disks = sharing_image();
    const VisibleState before = state_of(disks);
    auto filesystem = must(Filesystem::open(disks.open()));
    RelocationControl control;
    FilesystemWriter& writer = *must(filesystem->writer());
    writer.set_discard(discard);
    must(balance(writer, {}, batches_of(20), control, nullptr));
    const VisibleState after = state_of(disks);
    EXPECT_TRUE(after.is_same(before));
    const std::set<u64> old = all_addresses(before), now = all_addresses(after);
    const std::set<u64> found = blocks_found(*disks.open()[0], filesystem->super());
    auto left = std::ranges::count_if(
        old, [&](u64 bytenr) { return !now.contains(bytenr) && found.contains(bytenr); });
    EXPECT_EQ(left == 0, discard) << left;
    EXPECT_TRUE(std::ranges::includes(found, now));
  }
}

// Who goes on with the filesystem that was changed sees the superblock of its last commit, as one
// who opens the devices anew.
TEST(Balance, LeavesAFilesystemThatIsCleanAlsoWithoutOpeningItAgain) {
  JournaledDisks disks = sharing_image();
  auto filesystem = must(Filesystem::open(disks.open()));
  const u64 used_before = filesystem->super().dev_item.bytes_used;
  BalanceRequest request;
  request.data = must(parse_balance_filter("convert=single"));
  request.metadata = request.system = request.data;
  request.force = true;
  RelocationControl control;
  must(balance(*must(filesystem->writer()), request, {}, control, nullptr));
  EXPECT_NE(filesystem->super().dev_item.bytes_used, used_before);
  for (const Finding& finding : must(check_filesystem(*filesystem)).findings)
    ADD_FAILURE() << finding.to_string();
  auto again = must(Filesystem::open(disks.open()));
  EXPECT_EQ(again->super().dev_item.bytes_used, filesystem->super().dev_item.bytes_used);
}

// A real image, in which the kernel was told to pause.
TEST(Balance, SaysInItsPlanThatTheKernelHasPausedOne) {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(must(load_recorded_image(TEST_IMAGES_DIR "/paused.img.zst")));
  auto filesystem = must(Filesystem::open(std::move(devices)));
  EXPECT_TRUE(must(plan_balance(*must(filesystem->writer()), {})).is_paused_by_kernel);
}

}  // namespace
}  // namespace canopy
