#include "concurrency/shared_semaphore.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace canopy {
namespace {

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
  std::thread writer([&] {
    semaphore.lock();
    semaphore.unlock();
  });
  while (!semaphore.is_contended())
    std::this_thread::yield();
  semaphore.unlock_shared();
  writer.join();
  EXPECT_FALSE(semaphore.is_contended());
}

}  // namespace
}  // namespace canopy
