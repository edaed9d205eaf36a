// A send beside somebody who commits: wherever in the stream a relocation's transaction is
// committed, the bytes stay the same.
//
// The commit is made from within the sink, where a receiver on the same filesystem might cause it.
// It takes the commit root semaphore exclusively: were it still held while commands are written,
// this test would never end.

#include <gtest/gtest.h>

#include "base/random.h"
#include "recorded_case.h"

namespace canopy {
namespace {

class CommittingSink final : public Sink {
 public:
  CommittingSink(Filesystem& filesystem, u64 at_command)
      : filesystem_(filesystem), at_command_(at_command) {}

  Result<void> write(std::span<const Bytes> pieces) override {
    TRY(stream_.write(pieces));
    if (++commands_ != at_command_) return {};
    CommittedForest& forest = filesystem_.forest();
    forest.commit_root_semaphore().lock();
    if (!filesystem_.cache().writer_attached()) filesystem_.cache().attach_writer();
    auto switched = forest.switch_roots(filesystem_.super(), /*relocating=*/true);
    forest.commit_root_semaphore().unlock();
    return switched;
  }

  u64 commands() const { return commands_; }
  const std::vector<u8>& bytes() const { return stream_.bytes(); }

 private:
  Filesystem& filesystem_;
  u64 at_command_;
  u64 commands_ = 0;
  MemorySink stream_;
};

class BesideCommits : public testing::TestWithParam<const char*> {};

TEST_P(BesideCommits, TheBytesStayTheSame) {
  auto loaded = RecordedCase::load(std::string("cases/") + GetParam());
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  Random random(1);
  u64 relocated = 0;
  for (const RecordedJob& job : loaded.value()->jobs()) {
    if (!job.errno_name.empty() || !job.stream) continue;
    for (int round = 0; round < 2; ++round) {
      auto filesystem = Filesystem::open(loaded.value()->devices());
      ASSERT_TRUE(filesystem.ok());
      CommittingSink sink(*filesystem.value(), 1 + random.below(round == 0 ? 5 : 200));
      auto result = send_subvolume(*filesystem.value(), job.request, sink);
      ASSERT_TRUE(result.ok()) << result.error().to_string();
      const std::string difference = first_difference(sink.bytes(), *job.stream);
      EXPECT_TRUE(difference.empty()) << job.id << " (" << job.why << "): " << difference;
      if (filesystem.value()->forest().last_reloc_trans() != 0) ++relocated;
    }
  }
  EXPECT_GT(relocated, 20u);
}

std::string commits_name(const testing::TestParamInfo<const char*>& parameter) {
  std::string name = parameter.param;
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

// Cases without clones, whose source a relocation may change.
INSTANTIATE_TEST_SUITE_P(Cases, BesideCommits,
                         testing::Values("renames-2", "links-1", "xattrs-2", "orphans-2"),
                         commits_name);

}  // namespace
}  // namespace canopy
