#include "concurrency/pipe.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/bytes.h"
#include "base/random.h"

namespace canopy {
namespace {

TEST(Pipe, HandsOnAllBytesInOrderWhateverTheSizesOfThePieces) {
  Random random(1);
  std::vector<u8> sent(300'000);
  for (u8& byte : sent)
    byte = static_cast<u8>(random.next());

  Pipe pipe(1000);
  std::thread writer([&] {
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
  });

  std::vector<u8> got;
  Random sizes(3);
  for (;;) {
    std::vector<u8> part(1 + sizes.below(1700));
    auto length = pipe.read(part);
    ASSERT_TRUE(length.ok());
    if (length.value() == 0) break;
    got.insert(got.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(length.value()));
  }
  writer.join();
  EXPECT_EQ(got, sent);
}

TEST(Pipe, NeverHoldsMoreThanItsCapacity) {
  Pipe pipe(64);
  std::atomic<bool> written = false;
  std::thread writer([&] {
    const std::vector<u8> bytes(200);
    const Bytes piece = bytes;
    ASSERT_TRUE(pipe.write(std::span(&piece, 1)).ok());
    written = true;
  });
  while (!pipe.is_full())
    std::this_thread::yield();
  EXPECT_FALSE(written);
  EXPECT_EQ(pipe.fill(), 64u);
  u8 out[200];
  std::size_t total = 0;
  while (total < 200)
    total += pipe.read(out).value();
  writer.join();
  EXPECT_EQ(total, 200u);
  EXPECT_EQ(pipe.fill(), 0u);
}

TEST(Pipe, GivesWhatIsLeftBeforeTheEnd) {
  Pipe pipe;
  const Bytes piece = as_bytes(std::string_view("last words"));
  ASSERT_TRUE(pipe.write(std::span(&piece, 1)).ok());
  pipe.close();
  u8 out[64];
  EXPECT_EQ(pipe.read(out).value(), 10u);
  EXPECT_EQ(pipe.read(out).value(), 0u);
  EXPECT_EQ(pipe.read(out).value(), 0u);
}

TEST(Pipe, BreakingItFreesAWriterThatWaits) {
  Pipe pipe(16);
  std::thread reader([&] {
    while (!pipe.is_full())
      std::this_thread::yield();
    pipe.break_off();
  });
  const std::vector<u8> bytes(100);
  const Bytes piece = bytes;
  auto result = pipe.write(std::span(&piece, 1));
  reader.join();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::cancelled);
}

TEST(Pipe, BreakingItFreesAReaderThatWaits) {
  Pipe pipe;
  std::thread other([&] { pipe.break_off(); });
  u8 out[16];
  auto result = pipe.read(out);
  other.join();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::cancelled);
}

}  // namespace
}  // namespace canopy
