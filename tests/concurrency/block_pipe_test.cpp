#include "concurrency/block_pipe.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/random.h"

namespace canopy {
namespace {

std::vector<u8> random_bytes(std::size_t size) {
  Random random(1);
  std::vector<u8> bytes(size);
  for (u8& byte : bytes)
    byte = static_cast<u8>(random.next());
  return bytes;
}

Result<void> write_all(BlockPipe& pipe, Bytes bytes) { return pipe.write(std::span(&bytes, 1)); }

std::vector<u8> read_all(BlockPipe& pipe, u32 reader) {
  std::vector<u8> got;
  for (;;) {
    auto block = pipe.read(reader);
    EXPECT_TRUE(block.ok());
    if (!block.ok() || block.value() == nullptr) return got;
    got.insert(got.end(), block.value()->begin(), block.value()->end());
  }
}

TEST(BlockPipe, GivesAllBytesInOrderToEachReaderWhateverTheSizesOfThePieces) {
  const std::vector<u8> sent = random_bytes(300'000);
  BlockPipe pipe(1000, 3, 2);
  std::vector<u8> got[2];
  std::thread readers[2];
  for (u32 i = 0; i < 2; ++i)
    readers[i] = std::thread([&, i] { got[i] = read_all(pipe, i); });
  Random sizes(2);
  for (std::size_t at = 0; at < sent.size();) {
    const auto first = std::min<std::size_t>(sizes.below(2500), sent.size() - at);
    const auto second = std::min<std::size_t>(sizes.below(50), sent.size() - at - first);
    const Bytes pieces[] = {Bytes(sent).subspan(at, first),
                            Bytes(sent).subspan(at + first, second)};
    ASSERT_TRUE(pipe.write(pieces).ok());
    at += first + second;
  }
  pipe.close();
  for (std::thread& reader : readers)
    reader.join();
  EXPECT_EQ(got[0], sent);
  EXPECT_EQ(got[1], sent);
}

TEST(BlockPipe, LetsTheWriterWaitWhileAReaderHoldsABlock) {
  const std::vector<u8> sent = random_bytes(250);
  BlockPipe pipe(100, 2, 1);
  std::atomic<bool> written = false;
  std::thread writer([&] {
    EXPECT_TRUE(write_all(pipe, sent).ok());
    written = true;
    pipe.close();
  });
  BlockPipe::BlockPtr first = pipe.read(0).value();
  BlockPipe::BlockPtr second = pipe.read(0).value();
  EXPECT_FALSE(written);
  second.reset();
  EXPECT_EQ(pipe.read(0).value()->size(), 50u);
  EXPECT_EQ(pipe.read(0).value(), nullptr);
  first.reset();
  writer.join();
}

TEST(BlockPipe, EndsAtOnceWhenItIsClosedEmpty) {
  BlockPipe pipe(100, 2, 1);
  pipe.close();
  EXPECT_EQ(pipe.read(0).value(), nullptr);
}

TEST(BlockPipe, SendsAWaitingWriterAndAWaitingReaderAwayWhenItBreaks) {
  const std::vector<u8> sent = random_bytes(500);
  BlockPipe pipe(100, 2, 2);
  std::thread writer([&] { EXPECT_EQ(write_all(pipe, sent).error().code(), Code::cancelled); });
  std::thread reader([&] {
    for (;;) {
      auto block = pipe.read(0);
      if (block.ok()) continue;
      EXPECT_EQ(block.error().code(), Code::cancelled);
      return;
    }
  });
  // Reader 1 never reads, so both wait in the end.
  while (pipe.fill() < pipe.capacity())
    std::this_thread::yield();
  pipe.break_off();
  writer.join();
  reader.join();
  EXPECT_EQ(pipe.read(1).error().code(), Code::cancelled);
}

}  // namespace
}  // namespace canopy
