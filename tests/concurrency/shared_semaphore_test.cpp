#include "concurrency/shared_semaphore.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace canopy {
namespace {

// Unlocks what is locked for reading once a writer waits for it, and waits until that has had its
// turn.
void let_a_writer_wait(SharedSemaphore& semaphore) {
  std::thread writer([&] {
    semaphore.lock();
    semaphore.unlock();
  });
  while (!semaphore.is_contended())
    std::this_thread::yield();
  semaphore.unlock_shared();
  writer.join();
}

TEST(SharedSemaphore, WritersExcludeReadersAndEachOther) {
  SharedSemaphore semaphore;
  int a = 0, b = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        semaphore.lock();
        ++a;
        ++b;
        semaphore.unlock();
      }
    });
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        semaphore.lock_shared();
        EXPECT_EQ(a, b);
        semaphore.unlock_shared();
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(a, 4000);
}

TEST(SharedSemaphore, AWaitingWriterIsVisibleToTheReader) {
  SharedSemaphore semaphore;
  semaphore.lock_shared();
  EXPECT_FALSE(semaphore.is_contended());
  let_a_writer_wait(semaphore);
  EXPECT_FALSE(semaphore.is_contended());
}

TEST(SharedSemaphore, TellsHowLongItWasHeldAndWaitedForOnceItMeasures) {
  SharedSemaphore semaphore;
  semaphore.lock();
  semaphore.unlock();
  EXPECT_EQ(semaphore.times().exclusive.taken, 0u);
  semaphore.measure();
  semaphore.lock_shared();
  let_a_writer_wait(semaphore);
  const SemaphoreTimes times = semaphore.times();
  EXPECT_EQ(times.shared.taken, 1u);
  EXPECT_EQ(times.shared.waited, 0u);
  EXPECT_GT(times.shared.hold_ns, 0u);
  EXPECT_EQ(times.exclusive.taken, 1u);
  EXPECT_EQ(times.exclusive.waited, 1u);
  EXPECT_GT(times.exclusive.wait_ns, 0u);
  EXPECT_EQ(times.exclusive.longest_wait_ns, times.exclusive.wait_ns);
}

}  // namespace
}  // namespace canopy
