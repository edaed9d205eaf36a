// A person steps a send and a balance: what stands where, and how to come back to it.

#include "interplay/controlled_run.h"

#include <gtest/gtest.h>

#include "support/must.h"
#include "tiny_interplay.h"

namespace canopy {
namespace {

using State = ControlledSnapshot::State;
using Until = ControlledRun::Until;

class Stepped : public testing::Test {
 protected:
  void begin(TinySetup setup = {.image = "levels", .batch_blocks = 2, .pipe_bytes = 64}) {
    tiny_ = std::make_unique<TinyInterplay>(setup);
    run_ = must(ControlledRun::start(tiny_->stepped(stream_)));
    run_->wait();
  }

  ControlledSnapshot after(const Result<void>& command) {
    EXPECT_TRUE(command.ok());
    run_->wait();
    return run_->snapshot();
  }

  MemorySink stream_;
  std::unique_ptr<TinyInterplay> tiny_;
  std::unique_ptr<ControlledRun> run_;
};

TEST_F(Stepped, EverythingStandsBeforeItsFirstPoint) {
  begin();
  const ControlledSnapshot snapshot = run_->snapshot();
  EXPECT_EQ(snapshot.state, State::standing);
  ASSERT_EQ(snapshot.threads.size(), 3u);
  EXPECT_EQ(snapshot.threads[0].name, "send");
  EXPECT_EQ(snapshot.threads[1].name, "send.reader");
  EXPECT_EQ(snapshot.threads[2].name, "balance");
  for (const Scheduler::Standing& thread : snapshot.threads) {
    EXPECT_EQ(thread.at, Point::thread_start);
    EXPECT_TRUE(thread.can_move);
  }
  EXPECT_EQ(snapshot.steps, 0u);
  EXPECT_EQ(run_->schedule(), "");
}

TEST_F(Stepped, AStepMovesOneThreadToItsNextPoint) {
  begin();
  const ControlledSnapshot snapshot = after(run_->step("send"));
  EXPECT_EQ(snapshot.steps, 1u);
  EXPECT_NE(snapshot.threads[0].at, Point::thread_start);
  EXPECT_EQ(snapshot.threads[2].at, Point::thread_start);
  EXPECT_EQ(run_->schedule(), "send@thread_start");
  EXPECT_EQ(run_->step("nobody").error().code(), Code::invalid);
}

TEST_F(Stepped, AThreadThatWaitsCannotStepAndSaysForWhat) {
  begin();
  after(run_->step("send.reader"));
  const ControlledSnapshot snapshot = after(run_->step("send.reader"));
  EXPECT_EQ(snapshot.threads[1].waits_for, "bytes in the pipe");
  const auto refused = run_->step("send.reader");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::would_block);
}

TEST_F(Stepped, GoesOnToACommitAndToARestart) {
  begin({.image = "levels", .batch_blocks = 2});
  ControlledSnapshot snapshot = after(run_->run(Until::commit));
  EXPECT_EQ(snapshot.state, State::standing);
  EXPECT_EQ(snapshot.commits, 1u);
  EXPECT_EQ(snapshot.threads[1].at, Point::commit_roots_switched);
  // Now that send has begun, a commit makes it search again.
  for (int i = 0; i < 12; ++i)
    after(run_->step("send"));
  snapshot = after(run_->run(Until::restart));
  EXPECT_EQ(snapshot.state, State::standing);
  EXPECT_EQ(snapshot.restarts, 1u);
  EXPECT_GT(snapshot.commits, 1u);
}

TEST_F(Stepped, StopsWhenABlockThatSendKeepsHasMoved) {
  begin();
  const ControlledSnapshot snapshot = after(run_->run(Until::held_block_moved));
  EXPECT_EQ(snapshot.state, State::standing);
  EXPECT_FALSE(snapshot.moved_blocks.empty());
  EXPECT_GT(snapshot.commits, 0u);
}

TEST_F(Stepped, RunsToTheEndWithTheSameStreamForAnySeed) {
  for (u64 seed : {1u, 2u}) {
    begin();
    const ControlledSnapshot snapshot = after(run_->run(Until::end, seed));
    EXPECT_EQ(snapshot.state, State::ended);
    EXPECT_EQ(snapshot.problem, "");
    EXPECT_EQ(stream_.bytes(), tiny_->alone());
    EXPECT_EQ(run_->step("send").error().code(), Code::would_block);
  }
}

TEST_F(Stepped, IsAfterRewindingWhereItWas) {
  begin();
  after(run_->run(Until::restart, 5));
  const ControlledSnapshot there = run_->snapshot();
  const std::string schedule = run_->schedule();
  after(run_->run(Until::commit));
  const ControlledSnapshot again = after(run_->rewind(there.steps));
  EXPECT_EQ(run_->schedule(), schedule);
  EXPECT_EQ(again.steps, there.steps);
  EXPECT_EQ(again.commits, there.commits);
  EXPECT_EQ(again.restarts, there.restarts);
  for (std::size_t i = 0; i < again.threads.size(); ++i)
    EXPECT_EQ(again.threads[i].at, there.threads[i].at);
  EXPECT_EQ(after(run_->rewind(0)).steps, 0u);
  EXPECT_EQ(after(run_->load(schedule)).steps, there.steps);
}

TEST_F(Stepped, SaysWhereAScheduleDoesNotFit) {
  begin();
  const ControlledSnapshot snapshot =
      after(run_->load("send@thread_start balance@commit_unpinned"));
  EXPECT_EQ(snapshot.steps, 1u);
  EXPECT_EQ(snapshot.stopped, "the schedule does not fit: step 2 cannot be taken");
  EXPECT_EQ(run_->load("send@nowhere").error().code(), Code::invalid);
}

TEST_F(Stepped, TellsWhoWaitsForWhomInADeadlock) {
  begin({.image = "levels",
         .batch_blocks = 2,
         .pipe_bytes = 64,
         .commit_every_bytes = 128,
         .without = Protection::release_before_callback});
  std::string problem;
  for (u64 seed = 0; seed < 50 && problem.empty(); ++seed) {
    after(run_->rewind(0));
    problem = after(run_->run(Until::end, seed)).problem;
  }
  EXPECT_TRUE(problem.starts_with("deadlock: ")) << problem;
  EXPECT_NE(problem.find("waits for the commit root semaphore"), std::string::npos) << problem;
}

}  // namespace
}  // namespace canopy
