// Every recorded case, balanced: the streams of the relocated image are those that the kernel wrote
// of the image before, clone sources included. (The kernel's own balance does not manage that.)

#include <gtest/gtest.h>

#include "recorded_case.h"
#include "relocation/balance.h"
#include "support/journaled_disks.h"
#include "support/must.h"
#include "support/visible_state.h"

namespace canopy {
namespace {

class Relocated : public testing::TestWithParam<std::string> {};

Result<BalanceReport> balance_disks(JournaledDisks& disks, const BalanceRequest& request,
                                    u64 batch_blocks) {
  auto filesystem = TRY(Filesystem::open(disks.open()));
  RelocationOptions options;
  options.batch_blocks = batch_blocks;
  RelocationControl control;
  return balance(*TRY(filesystem->writer()), request, options, control, nullptr);
}

void check_streams(JournaledDisks& disks, const RecordedCase& recorded) {
  for (const RecordedJob& job : recorded.jobs()) {
    auto filesystem = Filesystem::open(disks.open());
    ASSERT_TRUE(filesystem.ok()) << filesystem.error().to_string();
    MemorySink sink;
    auto result = send_subvolume(*filesystem.value(), job.request, sink);
    if (!job.errno_name.empty()) {
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(job.errno_name, result.error().kernel_errno());
    } else {
      EXPECT_TRUE(result.ok()) << result.error().to_string();
    }
    EXPECT_EQ(sha256_text(sink.bytes()), job.sha256)
        << job.id << " (" << job.why
        << "): " << (job.stream ? first_difference(sink.bytes(), *job.stream) : "");
  }
}

TEST_P(Relocated, EveryJobHasTheBytesOfTheKernel) {
  auto loaded = RecordedCase::load(GetParam());
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  for (u64 batch_blocks : {u64{5}, RelocationOptions().batch_blocks}) {
    SCOPED_TRACE(batch_blocks);
    JournaledDisks disks(loaded.value()->devices());
    auto report = balance_disks(disks, {}, batch_blocks);
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    EXPECT_GT(report.value().relocated, 0u);
    check_streams(disks, *loaded.value());
  }
}

TEST_P(Relocated, TreeBlocksComeHomeFromABalanceOfData) {
  auto loaded = RecordedCase::load(GetParam());
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  JournaledDisks disks(loaded.value()->devices());
  auto state = [&] { return must(visible_state(*must(Filesystem::open(disks.open())))); };
  const VisibleState before = state();
  BalanceRequest request;
  request.data = BalanceFilter();
  auto report = balance_disks(disks, request, 5);
  // In mixed groups tree blocks move with the data.
  if (!report.ok() && report.error().to_string().find("mixed groups") != std::string::npos) return;
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  const VisibleState after = state();
  EXPECT_TRUE(after.is_same(before));
  EXPECT_EQ(after.addresses, before.addresses);
}

INSTANTIATE_TEST_SUITE_P(Recorded, Relocated, testing::ValuesIn(case_folders(corpus_folder())),
                         case_name);

}  // namespace
}  // namespace canopy
