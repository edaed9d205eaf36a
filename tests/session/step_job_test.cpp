// A send beside a balance, stepped, on the sample image of the page.

#include "session/step_job.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "checksum/sha256_stream.h"
#include "concurrency/explorer.h"
#include "sample_session.h"
#include "trace/chrome_trace.h"

namespace canopy {
namespace {

using State = StepSnapshot::State;

class Steps : public testing::Test {
 protected:
  void begin(const InterplaySettings& settings = small(), const char* path = "snapshots/tuesday",
             const char* parent = "snapshots/monday") {
    session_ = open_sample(news_);
    auto job = session_->step({request_for(*session_, path, parent), settings});
    ASSERT_TRUE(job.ok()) << job.error().to_string();
    job_ = std::move(job).value();
    news_.wait([&] { return job_->snapshot()->state != State::preparing; });
    ASSERT_EQ(job_->snapshot()->state, State::standing) << job_->snapshot()->problem;
  }

  static InterplaySettings small() {
    InterplaySettings settings;
    settings.balance = true;
    settings.batch_blocks = 4;
    settings.pipe_bytes = 4096;
    return settings;
  }

  StepSnapshot after(u64 command) {
    news_.wait([&] { return job_->snapshot()->done >= command; });
    return *job_->snapshot();
  }

  News news_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<StepJob> job_;
};

TEST_F(Steps, ADeduplicationMovesBesideTheSend) {
  InterplaySettings settings = small();
  settings.balance = false;
  settings.dedupe = {"home"};
  begin(settings);
  const StepSnapshot snapshot = after(job_->run(StepJob::Until::end, 3));
  ASSERT_EQ(snapshot.state, State::ended) << snapshot.problem;
  EXPECT_EQ(snapshot.verdict, StepVerdict::equal) << snapshot.run.problem;
  EXPECT_TRUE(std::ranges::any_of(snapshot.run.threads, [](const Scheduler::Standing& thread) {
    return thread.name == "dedupe" && thread.finished;
  }));
  const std::string schedule = job_->schedule();
  const StepSnapshot again = after(job_->load(schedule));
  EXPECT_EQ(again.state, State::ended) << again.problem;
  EXPECT_EQ(again.run.steps, snapshot.run.steps);
}

TEST_F(Steps, ARunBySeedMakesTheStreamThatIsMadeAlone) {
  begin();
  const StepSnapshot snapshot = after(job_->run(StepJob::Until::end, 7));
  ASSERT_EQ(snapshot.state, State::ended);
  EXPECT_EQ(snapshot.verdict, StepVerdict::equal) << snapshot.run.problem;
  EXPECT_EQ(snapshot.sha256, snapshot.alone_sha256);
  EXPECT_EQ(snapshot.bytes, snapshot.alone_bytes);
  EXPECT_GT(snapshot.run.commits, 0u);
  EXPECT_EQ(snapshot.run.transactions.size(), snapshot.run.commits);
  // The whole stream is there until the run is another.
  ASSERT_NE(job_->stream(), nullptr);
  EXPECT_EQ(job_->stream()->size(), snapshot.bytes);
  Sha256 sha;
  sha.update(*job_->stream());
  EXPECT_EQ(sha.finish_hex(), snapshot.sha256);
  (void)after(job_->rewind(0));
  EXPECT_EQ(job_->stream(), nullptr);
  // The session's own filesystem has seen nothing of it.
  EXPECT_EQ(session_->changed_bytes(), 0u);
}

TEST_F(Steps, ASavedScheduleReplaysWithTheSameTrace) {
  begin();
  after(job_->run(StepJob::Until::end, 3));
  const std::string schedule = job_->schedule();
  const std::string trace = chrome_trace_json(*job_->trace());
  const StepSnapshot first = *job_->snapshot();
  after(job_->rewind(0));
  const StepSnapshot second = after(job_->load(schedule));
  EXPECT_EQ(second.problem, "");
  EXPECT_EQ(second.state, State::ended);
  EXPECT_EQ(second.sha256, first.sha256);
  EXPECT_EQ(second.run.restarts, first.run.restarts);
  EXPECT_EQ(job_->schedule(), schedule);
  EXPECT_EQ(chrome_trace_json(*job_->trace()), trace);
}

TEST_F(Steps, AThreadIsSteppedAndTheRunRewound) {
  begin();
  StepSnapshot snapshot = after(job_->step("send"));
  EXPECT_EQ(snapshot.state, State::standing);
  EXPECT_EQ(snapshot.run.steps, 1u);
  snapshot = after(job_->run(StepJob::Until::commit));
  EXPECT_EQ(snapshot.run.commits, 1u);
  ASSERT_EQ(snapshot.run.transactions.size(), 1u);
  EXPECT_EQ(snapshot.run.transactions[0].thread, "balance");
  EXPECT_FALSE(snapshot.run.transactions[0].released);
  snapshot = after(job_->rewind(1));
  EXPECT_EQ(snapshot.run.steps, 1u);
  EXPECT_EQ(snapshot.run.commits, 0u);
  snapshot = after(job_->step("nobody"));
  EXPECT_NE(snapshot.problem, "");
  EXPECT_EQ(snapshot.state, State::standing);
}

TEST_F(Steps, ARuleThatExcludesASendRefusesWhoComesSecond) {
  InterplaySettings settings = small();
  settings.rules = Rules::kernel_5_3;
  begin(settings);
  after(job_->step("balance"));
  after(job_->step("balance"));
  const StepSnapshot snapshot = after(job_->run(StepJob::Until::end));
  EXPECT_EQ(snapshot.state, State::ended);
  EXPECT_EQ(snapshot.verdict, StepVerdict::refused);
  ASSERT_EQ(snapshot.run.outcome.refused.size(), 1u);
}

TEST_F(Steps, WithoutTheLeafCloneSomeSeedFailsAndWithItNone) {
  InterplaySettings settings = small();
  settings.until_sent = true;
  settings.protections.leave_out(Protection::leaf_clones);
  begin(settings);
  StepVerdict verdict = StepVerdict::equal;
  u64 seed = 0;
  while (verdict == StepVerdict::equal && seed < 40) {
    after(job_->rewind(0));
    verdict = after(job_->run(StepJob::Until::end, ++seed)).verdict;
  }
  EXPECT_TRUE(verdict == StepVerdict::problem || verdict == StepVerdict::different);
  const StepSnapshot failed = *job_->snapshot();
  const StepSnapshot replayed = after(job_->load(job_->schedule()));
  EXPECT_EQ(replayed.verdict, verdict);
  EXPECT_EQ(replayed.run.problem, failed.run.problem);

  settings.protections = {};
  after(job_->set(settings));
  EXPECT_EQ(after(job_->run(StepJob::Until::end, seed)).verdict, StepVerdict::equal);
}

TEST_F(Steps, WhatIsNoScheduleIsRefusedAndSaysWhy) {
  begin();
  const StepSnapshot snapshot = after(job_->load("hello"));
  EXPECT_NE(snapshot.problem.find("this is no schedule"), std::string::npos) << snapshot.problem;
  EXPECT_EQ(snapshot.state, State::standing);
}

TEST_F(Steps, ARunIsPaused) {
  begin();
  const u64 command = job_->run(StepJob::Until::end);
  job_->pause();
  EXPECT_NE(after(command).state, State::moving);
}

TEST_F(Steps, ShowsTheClonesThatSendKeepsBesideWhatLiesThereNow) {
  begin();
  EXPECT_TRUE(job_->snapshot()->kept->empty());
  StepSnapshot snapshot;
  for (int i = 0; i < 40 && snapshot.kept->empty(); i++)
    snapshot = after(job_->step("send"));
  ASSERT_FALSE(snapshot.kept->empty());
  for (const KeptView& clone : *snapshot.kept) {
    EXPECT_EQ(clone.name, clone.logical);
    EXPECT_FALSE(clone.is_moved());
    EXPECT_GT(clone.items, 0u);
    ASSERT_NE(clone.live, nullptr);
    EXPECT_EQ(clone.different_bytes, 0u);
  }
  snapshot = after(job_->run(StepJob::Until::held_block_moved));
  ASSERT_EQ(snapshot.state, State::standing);
  const auto moved = std::ranges::find_if(*snapshot.kept, [&](const KeptView& clone) {
    return std::ranges::count(snapshot.run.moved_blocks, clone.logical) > 0;
  });
  ASSERT_NE(moved, snapshot.kept->end());
  EXPECT_TRUE(moved->is_moved());
  EXPECT_GT(moved->age_ns, 0u);
}

TEST_F(Steps, ShowsTheAddressSpaceOfItsOwnFilesystem) {
  begin();
  StepSnapshot snapshot = *job_->snapshot();
  ASSERT_NE(snapshot.space, nullptr);
  EXPECT_EQ(snapshot.space->problem, "");
  ASSERT_NE(snapshot.extents, nullptr);
  EXPECT_GT(snapshot.extents->extents, 0u);
  const u64 first = snapshot.space->groups.front().chunk->logical;
  snapshot = after(job_->run(StepJob::Until::end));
  EXPECT_NE(snapshot.space->groups.front().chunk->logical, first);
}

}  // namespace
}  // namespace canopy
