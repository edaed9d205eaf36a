#include "stream/sink.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/random.h"

namespace canopy {
namespace {

class CountingSink final : public Sink {
 public:
  Result<void> write(std::span<const Bytes> pieces) override {
    ++calls;
    for (const Bytes piece : pieces)
      addresses.push_back(piece.data());
    return memory.write(pieces);
  }
  int calls = 0;
  std::vector<const u8*> addresses;
  MemorySink memory;
};

TEST(BufferedSink, BytesArriveInOrderWithFewerCalls) {
  CountingSink target;
  BufferedSink buffered(target, 1000);
  Random random(4);
  std::vector<u8> expected;
  for (int command = 0; command < 500; ++command) {
    std::vector<u8> head(random.below(40), static_cast<u8>(command));
    std::vector<u8> data(random.below(20) == 0 ? random.below(3000) : 0, 0xdd);
    const Bytes pieces[] = {head, data};
    ASSERT_TRUE(buffered.write(pieces).ok());
    expected.insert(expected.end(), head.begin(), head.end());
    expected.insert(expected.end(), data.begin(), data.end());
  }
  ASSERT_TRUE(buffered.flush().ok());
  EXPECT_EQ(target.memory.bytes(), expected);
  EXPECT_LT(target.calls, 100);
  ASSERT_TRUE(buffered.flush().ok());
  EXPECT_EQ(target.memory.bytes(), expected);
}

TEST(BufferedSink, LargePiecesAreNotCopied) {
  CountingSink target;
  BufferedSink buffered(target, 1000);
  const std::vector<u8> small(10), large(5000);
  const Bytes first[] = {small};
  const Bytes second[] = {small, large};
  ASSERT_TRUE(buffered.write(first).ok());
  ASSERT_TRUE(buffered.write(second).ok());
  EXPECT_EQ(target.calls, 1);
  ASSERT_EQ(target.addresses.size(), 3u);
  EXPECT_EQ(target.addresses[2], large.data());
}

}  // namespace
}  // namespace canopy
