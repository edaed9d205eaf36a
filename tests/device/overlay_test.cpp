#include "device/overlay.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "device/memory_device.h"

namespace canopy {
namespace {

constexpr u64 SIZE = 5 * OverlayDevice::PIECE_SIZE + 1234;

std::vector<u8> noise(Random& random, std::size_t size) {
  std::vector<u8> bytes(size);
  for (u8& byte : bytes)
    byte = static_cast<u8>(random.next());
  return bytes;
}

TEST(Overlay, ReadsWhatWasWrittenAndElseTheBaseWhichStays) {
  Random random(1);
  std::vector<u8> original = noise(random, SIZE), model = original;
  auto base = std::make_unique<MemoryDevice>("image", original);
  MemoryDevice& below = *base;
  OverlayDevice overlay(std::move(base));
  for (int i = 0; i < 200; ++i) {
    auto length = static_cast<std::size_t>(random.below(2 * OverlayDevice::PIECE_SIZE));
    auto offset = static_cast<std::size_t>(random.below(SIZE - length));
    if (i % 4 == 0) {
      std::vector<u8> bytes = noise(random, length);
      ASSERT_TRUE(overlay.write(offset, bytes).ok());
      std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<std::ptrdiff_t>(offset));
    }
    std::vector<u8> read(length);
    ASSERT_TRUE(overlay.read(offset, read).ok());
    Bytes expected = Bytes(model).subspan(offset, length);
    ASSERT_TRUE(std::equal(read.begin(), read.end(), expected.begin()));
    auto place = overlay.mapped(offset, length);
    ASSERT_TRUE(!place || std::ranges::equal(*place, expected));
  }
  EXPECT_TRUE(std::ranges::equal(below.bytes(), original));
}

// As a dump: far more addresses than it has bytes.
class DumpDevice final : public Device {
 public:
  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return 100; }
  bool has_logical_addresses() const override { return true; }
  Result<void> read(u64 logical, MutableBytes out) override {
    std::ranges::fill(out, static_cast<u8>(logical >> 20));
    return {};
  }

 private:
  std::string name_ = "dump";
};

TEST(Overlay, OfADumpAllAddressesAreRead) {
  OverlayDevice overlay(std::make_unique<DumpDevice>());
  EXPECT_TRUE(overlay.has_logical_addresses());
  std::vector<u8> read(16384);
  ASSERT_TRUE(overlay.read(u64{7} << 20, read).ok());
  EXPECT_TRUE(std::ranges::all_of(read, [](u8 byte) { return byte == 7; }));
}

TEST(Overlay, ChangedPiecesOverTheBaseAreTheWhole) {
  Random random(2);
  std::vector<u8> model = noise(random, SIZE);
  OverlayDevice overlay(std::make_unique<MemoryDevice>("image", model));
  std::vector<u8> whole = model, bytes = noise(random, 100);
  for (u64 offset : {u64{5}, 2 * OverlayDevice::PIECE_SIZE - 50, SIZE - 100}) {
    ASSERT_TRUE(overlay.write(offset, bytes).ok());
    std::ranges::copy(bytes, model.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  u64 last = 0;
  auto visited = overlay.visit_changed([&](u64 offset, Bytes piece) -> Result<void> {
    EXPECT_GE(offset, last);
    last = offset + piece.size();
    std::ranges::copy(piece, whole.begin() + static_cast<std::ptrdiff_t>(offset));
    return {};
  });
  ASSERT_TRUE(visited.ok());
  EXPECT_EQ(last, SIZE);
  EXPECT_EQ(whole, model);
  EXPECT_EQ(overlay.changed_bytes(), 4 * OverlayDevice::PIECE_SIZE);
}

TEST(Overlay, GivesTheMemoryOfDiscardedPiecesBack) {
  Random random(3);
  const std::vector<u8> original = noise(random, SIZE);
  OverlayDevice overlay(std::make_unique<MemoryDevice>("image", original));
  ASSERT_TRUE(overlay.write(0, std::vector<u8>(SIZE)).ok());
  ASSERT_EQ(overlay.changed_bytes(), 6 * OverlayDevice::PIECE_SIZE);
  // The first and the last piece of the range are not whole in it.
  const u64 from = OverlayDevice::PIECE_SIZE - 1, to = 4 * OverlayDevice::PIECE_SIZE + 5;
  ASSERT_TRUE(overlay.discard(from, to - from).ok());
  EXPECT_EQ(overlay.changed_bytes(), 3 * OverlayDevice::PIECE_SIZE);
  std::vector<u8> read(SIZE);
  ASSERT_TRUE(overlay.read(0, read).ok());
  EXPECT_EQ(read[from], 0);
  EXPECT_EQ(read[to], 0);
  EXPECT_TRUE(
      std::equal(read.begin() + from + 1, read.begin() + to - 5, original.begin() + from + 1));
  ASSERT_TRUE(
      overlay.discard(4 * OverlayDevice::PIECE_SIZE, SIZE - 4 * OverlayDevice::PIECE_SIZE).ok());
  EXPECT_EQ(overlay.changed_bytes(), OverlayDevice::PIECE_SIZE);
  EXPECT_FALSE(overlay.discard(SIZE, 1).ok());
}

TEST(Overlay, RefusesToWriteBeyondTheBase) {
  OverlayDevice overlay(std::make_unique<MemoryDevice>("image", std::vector<u8>(100)));
  std::vector<u8> bytes(10);
  EXPECT_FALSE(overlay.write(95, bytes).ok());
  EXPECT_FALSE(overlay.write(~u64{0}, bytes).ok());
  EXPECT_EQ(overlay.changed_bytes(), 0u);
}

}  // namespace
}  // namespace canopy
