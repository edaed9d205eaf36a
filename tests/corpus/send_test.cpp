// What is told beside the bytes: progress, cancelling; and the rules of `btrfs send` for several
// subvolumes and for choosing a parent.

#include <gtest/gtest.h>

#include "recorded_case.h"
#include "send/send_plan.h"
#include "stream/reader.h"

namespace canopy {
namespace {

class Send : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = RecordedCase::load("cases/basic-1");
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    recorded_ = std::move(loaded).value();
    auto filesystem = Filesystem::open(recorded_->devices());
    ASSERT_TRUE(filesystem.ok());
    filesystem_ = std::move(filesystem).value();
    auto subvolumes = SubvolumeList::read(filesystem_->forest());
    ASSERT_TRUE(subvolumes.ok());
    subvolumes_ = std::move(subvolumes).value();
  }

  u64 id(std::string_view path) const { return subvolumes_.find_path(path)->id; }

  std::unique_ptr<RecordedCase> recorded_;
  std::unique_ptr<Filesystem> filesystem_;
  SubvolumeList subvolumes_;
};

// Cancels in the middle of a stream.
class CancellingSink final : public Sink {
 public:
  explicit CancellingSink(SendProgress& progress) : progress_(progress) {}
  Result<void> write(std::span<const Bytes>) override {
    EXPECT_FALSE(progress_.cancelled);
    if (++writes_ == 20) progress_.cancelled = true;
    return {};
  }

 private:
  SendProgress& progress_;
  int writes_ = 0;
};

TEST_F(Send, StopsWhenItIsCancelled) {
  SendProgress progress;
  CancellingSink sink(progress);
  SendRequest request;
  request.subvolume = id("snaps/sv0.1");
  auto sent = send_subvolume(*filesystem_, request, sink, &progress);
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code(), Code::cancelled);
  EXPECT_LT(progress.commands, 25u);
}

TEST_F(Send, ProgressEndsAtTheWhole) {
  SendProgress progress;
  MemorySink sink;
  SendRequest request;
  request.subvolume = id("snaps/sv0.1");
  auto sent = send_subvolume(*filesystem_, request, sink, &progress);
  ASSERT_TRUE(sent.ok());
  EXPECT_EQ(progress.millionths, 1'000'000u);
  EXPECT_EQ(progress.bytes, sink.bytes().size());
  EXPECT_EQ(progress.commands, sent.value().commands);
}

TEST_F(Send, MeasuringTellsTheLengthOfTheStream) {
  for (const RecordedJob& job : recorded_->jobs()) {
    auto measured = measure_send(*filesystem_, job.request);
    EXPECT_EQ(measured.ok(), job.errno_name.empty());
    if (measured.ok()) {
      EXPECT_EQ(measured.value().bytes, job.length);
    }
  }
}

TEST_F(Send, WritableSubvolumesAreSentOnRequestOnly) {
  SendRequest request;
  request.subvolume = id("sv0");
  MemorySink refused;
  EXPECT_FALSE(send_subvolume(*filesystem_, request, refused).ok());
  EXPECT_TRUE(refused.bytes().empty());
  request.treat_as_read_only = true;
  MemorySink sink;
  EXPECT_TRUE(send_subvolume(*filesystem_, request, sink).ok());
}

TEST_F(Send, TreesThatAreNoSubvolumesAreRefused) {
  for (u64 tree : {ROOT_TREE_OBJECTID, EXTENT_TREE_OBJECTID, CSUM_TREE_OBJECTID}) {
    SendRequest request;
    request.subvolume = id("snaps/sv0.1");
    request.clone_sources = {tree};
    request.treat_as_read_only = true;
    MemorySink sink;
    auto sent = send_subvolume(*filesystem_, request, sink);
    ASSERT_FALSE(sent.ok());
    EXPECT_STREQ(sent.error().kernel_errno(), "EPERM");
  }
}

std::vector<SendCommand> begins_and_ends(Bytes stream) {
  std::vector<SendCommand> found;
  Reader reader;
  reader.feed(stream);
  while (auto next = reader.next().value()) {
    const SendCommand type = next->type();
    if (type == SendCommand::subvol || type == SendCommand::snapshot || type == SendCommand::end) {
      found.push_back(type);
    }
  }
  return found;
}

TEST_F(Send, SeveralSubvolumesAreOneStreamOrSeveral) {
  SendPlan plan;
  plan.clone_sources = {id("snaps/sv0.0")};
  plan.subvolumes = {id("snaps/sv0.1"), id("snaps/sv0.2")};
  using enum SendCommand;
  MemorySink several;
  ASSERT_TRUE(run_send_plan(*filesystem_, subvolumes_, plan, several).ok());
  EXPECT_EQ(begins_and_ends(several.bytes()),
            (std::vector<SendCommand>{snapshot, end, snapshot, end}));
  plan.one_stream = true;
  MemorySink one;
  ASSERT_TRUE(run_send_plan(*filesystem_, subvolumes_, plan, one).ok());
  EXPECT_EQ(begins_and_ends(one.bytes()), (std::vector<SendCommand>{snapshot, snapshot, end}));
}

TEST_F(Send, ASubvolumeThatWasSentCanBeTheParentOfTheNext) {
  SendPlan plan;
  plan.clone_sources = {id("snaps/sv0.0")};
  plan.subvolumes = {id("snaps/sv0.2"), id("snaps/sv0.3")};
  MemorySink sink;
  ASSERT_TRUE(run_send_plan(*filesystem_, subvolumes_, plan, sink).ok());
  // The nearest relative by ctransid is the one that was just sent.
  Reader reader;
  reader.feed(sink.bytes());
  std::vector<u64> parents;
  while (auto next = reader.next().value()) {
    if (next->type() == SendCommand::snapshot) {
      parents.push_back(next->number(SendAttribute::clone_ctransid));
    }
  }
  ASSERT_EQ(parents.size(), 2u);
  EXPECT_EQ(parents[1], subvolumes_.find(id("snaps/sv0.2"))->item.ctransid.value());
}

TEST_F(Send, WithoutARelativeAmongTheCloneSourcesThereIsNoParent) {
  SendPlan plan;
  plan.clone_sources = {id("snaps/sv0.1")};
  plan.subvolumes = {FS_TREE_OBJECTID};
  MemorySink sink;
  auto sent = run_send_plan(*filesystem_, subvolumes_, plan, sink);
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code(), Code::not_found);
}

}  // namespace
}  // namespace canopy
