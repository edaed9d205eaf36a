#include "container/btrfs_image.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/bytes.h"
#include "container/open_container.h"
#include "disk_images.h"
#include "ondisk/superblock.h"
#include "support/must.h"

namespace canopy {
namespace {

constexpr std::size_t CLUSTER = 1024;

std::vector<u8> pattern(std::size_t length, u8 seed) {
  std::vector<u8> bytes(length);
  for (std::size_t i = 0; i < length; ++i)
    bytes[i] = static_cast<u8>(i * seed + i / 256);
  return bytes;
}

std::vector<u8> zlib_of(const std::vector<u8>& bytes) {
  std::vector<u8> out(compressBound(static_cast<uLong>(bytes.size())));
  uLongf size = static_cast<uLongf>(out.size());
  CHECK(compress(out.data(), &size, bytes.data(), static_cast<uLong>(bytes.size())) == Z_OK);
  out.resize(size);
  return out;
}

struct Item {
  u64 logical;
  std::vector<u8> bytes;
};

void add_cluster(std::vector<u8>& file, const std::vector<Item>& items, bool packed) {
  const std::size_t at = file.size();
  file.resize(at + CLUSTER);
  store_le<u64>(&file[at], 0xbd5c25e27295668bu);
  store_le<u64>(&file[at + 8], at);
  store_le<u32>(&file[at + 16], static_cast<u32>(items.size()));
  file[at + 20] = packed ? 1 : 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::vector<u8> bytes = packed ? zlib_of(items[i].bytes) : items[i].bytes;
    store_le<u64>(&file[at + 21 + i * 12], items[i].logical);
    store_le<u32>(&file[at + 29 + i * 12], static_cast<u32>(bytes.size()));
    file.insert(file.end(), bytes.begin(), bytes.end());
  }
  file.resize((file.size() + CLUSTER - 1) / CLUSTER * CLUSTER);
}

// Two items behind each other, one that lies alone, and one of a second cluster.
std::vector<u8> sample(bool packed) {
  std::vector<u8> file;
  add_cluster(file, {{1 << 20, pattern(8192, 3)}, {65536, pattern(4096, 5)}}, packed);
  add_cluster(file, {{(1 << 20) + 8192, pattern(4096, 7)}}, packed);
  return file;
}

TEST(BtrfsImage, GivesBlocksByTheirLogicalAddresses) {
  for (const bool packed : {false, true}) {
    auto dump = must(open_btrfs_image(memory_device(sample(packed))));
    EXPECT_TRUE(dump->has_logical_addresses());
    std::vector<u8> super(4096);
    must(dump->read(65536, super));
    EXPECT_EQ(super, pattern(4096, 5));
    // From one item into the next.
    std::vector<u8> both(6000), wanted = pattern(8192, 3);
    const std::vector<u8> second = pattern(4096, 7);
    wanted.insert(wanted.end(), second.begin(), second.end());
    must(dump->read((1 << 20) + 5000, both));
    EXPECT_TRUE(std::equal(both.begin(), both.end(), wanted.begin() + 5000));
  }
}

TEST(BtrfsImage, SaysOfWhatItDoesNotHaveThatItIsData) {
  for (const bool packed : {false, true}) {
    auto dump = must(open_btrfs_image(memory_device(sample(packed))));
    std::vector<u8> bytes(4096);
    for (const u64 logical : {u64{0}, u64{70000}, u64{1} << 30, (u64{1} << 20) + 10000}) {
      auto read = dump->read(logical, bytes);
      ASSERT_FALSE(read.ok()) << logical;
      EXPECT_EQ(read.error().code(), Code::unsupported);
    }
  }
}

TEST(BtrfsImage, RefusesClustersThatCannotBe) {
  const auto changed = [](std::size_t at, u8 value) {
    std::vector<u8> file = sample(false);
    file[at] = value;
    return error_text(open_btrfs_image(memory_device(file)));
  };
  const auto expect_says = [](const std::string& text, const char* what) {
    EXPECT_NE(text.find(what), std::string::npos) << text;
  };
  expect_says(changed(8, 1), "is none");
  expect_says(changed(16, 84), "has 84 items");
  expect_says(changed(20, 2), "has compression 2");
  expect_says(changed(31, 0x7f), "has an item of");
  expect_says(changed(29 + 12 + 1, 0), "has an item of");
  std::vector<u8> file = sample(false);
  file.resize(file.size() - 5000);
  expect_says(error_text(open_btrfs_image(memory_device(file))), "is cut short");
  auto dump = must(open_btrfs_image(memory_device([] {
    std::vector<u8> bytes = sample(true);
    bytes[CLUSTER + 5] ^= 0x55;
    return bytes;
  }())));
  std::vector<u8> bytes(100);
  EXPECT_EQ(dump->read(1 << 20, bytes).error().code(), Code::corrupt);
  EXPECT_TRUE(dump->read(65536, bytes).ok());
}

TEST(BtrfsImage, IsFoundInWhatIsAroundIt) {
  std::vector<u8> super = pattern(4096, 5);
  store_le<u64>(&super[offsetof(Superblock, magic)], SUPER_MAGIC);
  std::vector<u8> file;
  add_cluster(file, {{65536, super}}, true);
  EXPECT_TRUE(must(open_container(memory_device(file)))->has_logical_addresses());
  EXPECT_TRUE(must(open_container(memory_device(gzip_of(file))))->has_logical_addresses());
}

}  // namespace
}  // namespace canopy
