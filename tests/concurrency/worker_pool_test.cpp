#include "concurrency/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

namespace canopy {
namespace {

TEST(WorkerPool, EveryTaskThatIsFinishedHasRunOnce) {
  WorkerPool pool(3);
  std::vector<int> runs(500, 0);
  std::vector<std::shared_ptr<WorkerPool::Task>> tasks;
  for (int& count : runs)
    tasks.push_back(pool.submit([&count] { ++count; }));
  for (const auto& task : tasks)
    pool.finish(task);
  EXPECT_EQ(runs, std::vector<int>(500, 1));
}

TEST(WorkerPool, WithoutThreadsWhoeverNeedsATaskDoesIt) {
  WorkerPool pool(0);
  int runs = 0;
  auto task = pool.submit([&] { ++runs; });
  EXPECT_EQ(runs, 0);
  pool.finish(task);
  EXPECT_EQ(runs, 1);
  pool.finish(task);
  EXPECT_EQ(runs, 1);
}

TEST(WorkerPool, ADroppedTaskIsOverOrNeverBegins) {
  std::atomic<int> runs = 0;
  WorkerPool pool(2);
  for (int i = 0; i < 300; ++i) {
    auto task = pool.submit([&] { ++runs; });
    pool.drop(task);
    const int after = runs;
    pool.finish(task);
    EXPECT_EQ(runs, after);
  }
}

TEST(WorkerPool, APoolThatEndsDropsWhatNobodyBegan) {
  std::atomic<int> runs = 0;
  {
    WorkerPool pool(1);
    for (int i = 0; i < 1000; ++i)
      pool.submit([&] { ++runs; });
  }
  EXPECT_LE(runs, 1000);
}

}  // namespace
}  // namespace canopy
