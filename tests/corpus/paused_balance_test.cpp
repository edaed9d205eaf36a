// A balance that is paused leaves a valid filesystem on the disks, wherever that is; and goes on.

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "check/check.h"
#include "recorded_case.h"
#include "relocation/balance.h"
#include "support/journaled_disks.h"
#include "support/must.h"
#include "support/visible_state.h"

namespace canopy {
namespace {

void expect_valid(JournaledDisks& disks, const VisibleState& before) {
  auto filesystem = must(Filesystem::open(disks.open()));
  EXPECT_TRUE(must(visible_state(*filesystem)).is_same(before));
  CheckOptions options;
  options.check_data_csum = true;
  for (const Finding& finding : must(check_filesystem(*filesystem, options)).findings)
    EXPECT_NE(finding.severity, Severity::error) << finding.to_string();
}

TEST(PausedBalance, LeavesAValidFilesystemAndGoesOn) {
  const std::vector<std::string> folders = case_folders(corpus_folder());
  for (std::size_t i = 0; i < folders.size(); i += 4) {
    SCOPED_TRACE(folders[i]);
    auto loaded = RecordedCase::load(folders[i]);
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    JournaledDisks disks(loaded.value()->devices());
    const VisibleState before = must(visible_state(*must(Filesystem::open(disks.open()))));
    auto filesystem = must(Filesystem::open(disks.open()));
    FilesystemWriter& writer = *must(filesystem->writer());
    RelocationControl control;
    RelocationOptions options;
    options.batch_blocks = 30;
    disks.call_after(20 + 15 * i, [&] { control.pause(); });
    std::atomic<bool> done = false;
    std::thread balancing([&] {
      auto report = balance(writer, {}, options, control, nullptr);
      EXPECT_TRUE(report.ok()) << report.error().to_string();
      done = true;
    });
    // While it is paused it is nobody's turn.
    while (!control.is_paused() && !done)
      std::this_thread::yield();
    must(writer.take_turn());
    {
      std::lock_guard turn(writer.turn(), std::adopt_lock);
      expect_valid(disks, before);
    }
    control.resume();
    balancing.join();
    expect_valid(disks, before);
  }
}

}  // namespace
}  // namespace canopy
