// Random balances of the recorded cases: random chunks, conversions, sizes of batches, with discard
// and without, and ends by cancelling anywhere, one after the other on the same disks. The
// consistency check finds nothing wrong after any commit, and what is visible stays the same, after
// crashes between commits too. CANOPY_RELOCATION_SEEDS says how many are played.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "check/check.h"
#include "recorded_case.h"
#include "relocation/balance.h"
#include "support/crash_replay.h"
#include "support/must.h"
#include "support/visible_state.h"

namespace canopy {
namespace {

constexpr u64 PROFILES[] = {0,
                            BLOCK_GROUP_DUP,
                            BLOCK_GROUP_RAID0,
                            BLOCK_GROUP_RAID1,
                            BLOCK_GROUP_RAID10,
                            BLOCK_GROUP_RAID5,
                            BLOCK_GROUP_RAID6,
                            BLOCK_GROUP_RAID1C3,
                            BLOCK_GROUP_RAID1C4};

BalanceFilter random_filter(Random& random) {
  BalanceFilter filter;
  switch (random.below(6)) {
    case 0:
      filter.limit = U64Range{0, 1 + random.below(u64{3})};
      break;
    case 1:
      filter.usage = U64Range{0, random.below(u64{100})};
      break;
    case 2:
      filter.vrange = U64Range{random.below(u64{1} << 28), u64{1} << 29};
      break;
    case 3:
      filter.convert = PROFILES[random.below(std::size(PROFILES))];
      filter.soft = random.below(2) == 0;
      break;
    default:
      break;
  }
  return filter;
}

BalanceRequest random_request(Random& random) {
  BalanceRequest request;
  request.force = true;
  if (random.below(3) != 0) request.data = random_filter(random);
  if (random.below(3) != 0) request.metadata = request.system = random_filter(random);
  return request;
}

Result<BalanceReport> random_balance(JournaledDisks& disks, Random& random) {
  auto filesystem = TRY(Filesystem::open(disks.open()));
  RelocationOptions options;
  options.batch_blocks = 1 + random.below(u64{60});
  options.batch_data_bytes = 1 + random.below(u64{1} << 21);
  const BalanceRequest request = random_request(random);
  RelocationControl control;
  u64 left = random.below(u64{6});
  auto on_chunk = [&](const BalancedChunk&) {
    if (left-- == 0) control.cancel();
  };
  // In the middle of a batch: the batch is the last one.
  if (random.below(3) == 0) disks.call_after(random.below(u64{2000}), [&] { control.cancel(); });
  FilesystemWriter& writer = *TRY(filesystem->writer());
  writer.set_discard(random.below(2) == 0);
  auto report = balance(writer, request, options, control, on_chunk);
  disks.call_after(0, nullptr);
  return report;
}

// What the consistency check finds wrong, one on a line. After a crash some superblocks are those
// of the commit before.
std::string faults_of(Filesystem& filesystem, bool with_data, bool crashed = false) {
  CheckOptions options;
  options.check_data_csum = with_data;
  auto report = check_filesystem(filesystem, options);
  if (!report.ok()) return report.error().to_string();
  std::string faults;
  for (const Finding& finding : report.value().findings)
    if (finding.severity == Severity::error && !(crashed && finding.problem == Problem::superblock))
      faults += finding.to_string() + "\n";
  return faults;
}

bool has_parity(Filesystem& filesystem) {
  return std::ranges::any_of(filesystem.volume().chunks().all(),
                             [](const auto& chunk) { return chunk->profile->parity > 0; });
}

void check_crashes(const JournaledDisks& disks, const VisibleState& before, Random& random) {
  CrashReplay replay(disks);
  const u64 every = 1 + disks.events().size() / 150;
  while (replay.next()) {
    if (random.below(every) != 0) continue;
    auto filesystem =
        Filesystem::open(random.below(2) == 0 ? replay.flushed() : replay.torn(random));
    ASSERT_TRUE(filesystem.ok()) << filesystem.error().to_string();
    auto state = visible_state(*filesystem.value());
    ASSERT_TRUE(state.ok()) << state.error().to_string();
    ASSERT_TRUE(state.value().is_same(before));
    // The write hole: a crash leaves parity that does not fit, until somebody scrubs.
    if (has_parity(*filesystem.value()) || random.below(4) != 0) continue;
    ASSERT_EQ(faults_of(*filesystem.value(), false, true), "");
  }
}

// Every commit ends with two flushes of each disk: of the tree blocks, then of the superblocks.
void check_commits(const JournaledDisks& disks, Random& random) {
  CrashReplay replay(disks);
  const u64 flushes = 2 * disks.disk_count();
  u64 generation = must(Filesystem::open(replay.flushed()))->super().generation;
  for (u64 commit = 1;; ++commit) {
    for (u64 i = 0; i < flushes; ++i)
      if (!replay.next()) return;
    auto filesystem = Filesystem::open(replay.flushed());
    ASSERT_TRUE(filesystem.ok()) << filesystem.error().to_string();
    ASSERT_EQ(filesystem.value()->super().generation, ++generation);
    ASSERT_EQ(faults_of(*filesystem.value(), random.below(8) == 0), "") << "commit " << commit;
  }
}

class RandomBalance : public testing::TestWithParam<u64> {};

TEST_P(RandomBalance, KeepsWhatIsVisibleAtEveryCommitAndCrash) {
  Random random(GetParam());
  const std::vector<std::string> folders = case_folders(corpus_folder());
  const std::string& folder = folders[random.below(folders.size())];
  SCOPED_TRACE(folder);
  auto loaded = RecordedCase::load(folder);
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  JournaledDisks disks(loaded.value()->devices());
  const VisibleState before = must(visible_state(*must(Filesystem::open(disks.open()))));
  for (int round = 0; round < 3; ++round) {
    auto report = random_balance(disks, random);
    if (report.ok()) continue;
    const Code code = report.error().code();
    ASSERT_TRUE(code == Code::invalid || code == Code::cancelled || code == Code::no_space)
        << report.error().to_string();
  }
  {
    auto filesystem = must(Filesystem::open(disks.open()));
    auto after = visible_state(*filesystem);
    ASSERT_TRUE(after.ok()) << after.error().to_string();
    EXPECT_TRUE(after.value().is_same(before));
    EXPECT_EQ(faults_of(*filesystem, true), "");
  }
  check_commits(disks, random);
  check_crashes(disks, before, random);
}

u64 seed_count() {
  const char* count = std::getenv("CANOPY_RELOCATION_SEEDS");
  return count != nullptr ? std::strtoull(count, nullptr, 10) : 24;
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomBalance, testing::Range(u64{0}, seed_count()));

}  // namespace
}  // namespace canopy
