#include "send/lru_cache.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(LruCache, DropsWhatWasNotLookedUpForLongest) {
  LruCache<int> cache(2);
  cache.store(1, 0, 10);
  cache.store(2, 0, 20);
  EXPECT_NE(cache.lookup(1), nullptr);
  cache.store(3, 0, 30);
  EXPECT_EQ(cache.lookup(2), nullptr);
  EXPECT_NE(cache.lookup(1), nullptr);
  EXPECT_NE(cache.lookup(3), nullptr);
}

TEST(LruCache, StoringWhatIsThereChangesNothing) {
  LruCache<int> cache(2);
  cache.store(1, 0, 10);
  cache.store(2, 0, 20);
  cache.store(1, 0, 11);
  EXPECT_EQ(cache.oldest().key, 1u);
  EXPECT_EQ(cache.oldest().value, 10);
  EXPECT_EQ(cache.size(), 2u);
}

TEST(LruCache, TellsGenerationsOfANumberApart) {
  LruCache<int> cache(0);
  cache.store(5, 1, 1);
  cache.store(5, 2, 2);
  cache.remove(5, 1);
  EXPECT_EQ(cache.lookup(5, 1), nullptr);
  ASSERT_NE(cache.lookup(5, 2), nullptr);
  EXPECT_EQ(*cache.lookup(5, 2), 2);
}

TEST(LruCache, WithoutCapacityKeepsAll) {
  LruCache<int> cache(0);
  for (u64 key = 0; key < 1000; ++key)
    cache.store(key, 0, 0);
  EXPECT_EQ(cache.size(), 1000u);
  EXPECT_EQ(cache.oldest().key, 0u);
  EXPECT_EQ(cache.newest().key, 999u);
}

}  // namespace
}  // namespace canopy
