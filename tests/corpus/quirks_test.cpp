// Where the kernel's own stream does not make the snapshot, the check says why.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "recorded_case.h"
#include "send/receive_quirks.h"
#include "send/send_check.h"

namespace canopy {
namespace {

// The reasons given for what is wrong in a case's jobs against the order of time, each once.
std::set<std::string> quirks_of(const std::string& folder) {
  std::set<std::string> quirks;
  auto recorded = RecordedCase::load(folder);
  EXPECT_TRUE(recorded.ok());
  auto filesystem = Filesystem::open(recorded.value()->devices());
  EXPECT_TRUE(filesystem.ok());
  const SubvolumeList subvolumes = SubvolumeList::read(filesystem.value()->forest()).value();
  for (const RecordedJob& job : recorded.value()->jobs()) {
    const bool against_time =
        job.why.find("reverse") != job.why.npos || job.why.find("unrelated") != job.why.npos;
    if (!against_time || !job.errno_name.empty() || job.request.flags.omit_stream_header) continue;
    SCOPED_TRACE(fmt::format("{} {} ({})", folder, job.id, job.why));
    NoSink sink;
    auto check = run_checked_send_plan(*filesystem.value(), subvolumes, plan_of(job.request), sink);
    EXPECT_TRUE(check.ok());
    if (!check.ok()) continue;
    const CheckedSubvolume& result = check.value().subvolumes[0];
    if (!result.failure.empty()) {
      EXPECT_FALSE(result.failure_quirk.empty()) << result.failure;
      quirks.insert(result.failure_quirk);
    }
    for (const SendDifference& difference : result.differences) {
      EXPECT_FALSE(difference.quirk.empty()) << difference.path << ": " << difference.what;
      quirks.insert(difference.quirk);
    }
  }
  return quirks;
}

bool has(const std::set<std::string>& quirks, std::string_view part) {
  return std::any_of(quirks.begin(), quirks.end(),
                     [&](const std::string& quirk) { return quirk.find(part) != quirk.npos; });
}

TEST(Quirks, NameBytesBehindTheEndThatTheParentHad) {
  EXPECT_TRUE(has(quirks_of("cases/balance-1"), "the parent's file ends at 16383"));
  EXPECT_TRUE(has(quirks_of("cases/raid5-1"), "the parent's file ends at"));
}

TEST(Quirks, NameAnInodeThatOnlyHasTheSameNumber) {
  EXPECT_TRUE(has(quirks_of("cases/raid6-1"), "send takes the two for one"));
}

TEST(Quirks, NameADirectoryThatCountsAsMovedAside) {
  auto recorded = RecordedCase::load("cases/balance-1");
  ASSERT_TRUE(recorded.ok());
  auto filesystem = Filesystem::open(recorded.value()->devices());
  ASSERT_TRUE(filesystem.ok());
  ReceiveQuirks quirks(*filesystem.value(), 260, 259);
  const FailedCommand failed{
      .orphan = "o277-14-0", .orphan_comes_later = true, .clones_from_itself = false};
  EXPECT_NE(quirks.of_failure(failed).value().find("through o277-14-0"), std::string::npos);
  ReceiveQuirks full(*filesystem.value(), 260, std::nullopt);
  EXPECT_EQ(full.of_failure(failed).value(), "");
}

TEST(Quirks, NameTheSubvolumeThatGoesByTheSameUuid) {
  auto recorded = RecordedCase::load("cases/received-2");
  ASSERT_TRUE(recorded.ok());
  auto filesystem = Filesystem::open(recorded.value()->devices());
  ASSERT_TRUE(filesystem.ok());
  const SubvolumeList subvolumes = SubvolumeList::read(filesystem.value()->forest()).value();
  const FailedCommand failed{.orphan = "", .orphan_comes_later = false, .clones_from_itself = true};
  // It was received from the other one, in the same filesystem.
  ReceiveQuirks received(*filesystem.value(), subvolumes.find_path("recv/sv0.0")->id, std::nullopt);
  EXPECT_NE(received.of_failure(failed).value().find("and snaps/sv0.0 go by one uuid"),
            std::string::npos);
  ReceiveQuirks alone(*filesystem.value(), subvolumes.find_path("snaps/resumed.1")->id,
                      std::nullopt);
  EXPECT_EQ(alone.of_failure(failed).value(), "");
}

TEST(Quirks, KnowAnOrphanName) {
  EXPECT_EQ(orphan_above("o277-14-0/t71/d36"), "o277-14-0");
  for (const char* path : {"o277-14-0", "o277-14/x", "o277-14-0-1/x", "x277-14-0/x", "o-1-2/x", "",
                           "a/o1-2-3/x", "o1-2-/x", "o99999999999999999999-1-0/x"}) {
    EXPECT_EQ(orphan_above(path), "") << path;
  }
}

}  // namespace
}  // namespace canopy
