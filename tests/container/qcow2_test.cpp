#include "container/qcow2.h"

#include <gtest/gtest.h>

#include "disk_images.h"
#include "support/must.h"

namespace canopy {
namespace {

using Clusters = Qcow2Shape::Clusters;

std::vector<u8> sample() {
  std::vector<u8> bytes((3u << 20) + 512);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (i / 100000 % 3 != 1) bytes[i] = static_cast<u8>(i / 7 + i / 1000);
  return bytes;
}

TEST(Qcow2, GivesTheDiskWithClustersOfEveryKind) {
  const std::vector<u8> bytes = sample();
  for (const Qcow2Shape shape :
       {Qcow2Shape{}, Qcow2Shape{.version = 2}, Qcow2Shape{.cluster_bits = 9},
        Qcow2Shape{.cluster_bits = 21}, Qcow2Shape{.clusters = Clusters::deflate},
        Qcow2Shape{.version = 2, .cluster_bits = 12, .clusters = Clusters::deflate},
        Qcow2Shape{.clusters = Clusters::zstd}}) {
    SCOPED_TRACE(fmt::format("version {}, clusters of 2^{}", shape.version, shape.cluster_bits));
    auto disk = must(open_qcow2(memory_device(qcow2_image(bytes, shape))));
    EXPECT_EQ(bytes_of(*disk), bytes);
    std::vector<u8> part(70000);
    must(disk->read(65000, part));
    EXPECT_TRUE(std::equal(part.begin(), part.end(), bytes.begin() + 65000));
  }
}

TEST(Qcow2, RefusesABackingFileByItsName) {
  std::vector<u8> file = qcow2_image(sample(), {});
  file[15] = 0xc8;  // the name's place, and its length
  file[19] = 8;
  std::copy_n("base.img", 8, file.begin() + 0xc8);
  const std::string text = error_text(open_qcow2(memory_device(file)));
  EXPECT_NE(text.find("with a backing file (base.img)"), std::string::npos) << text;
}

TEST(Qcow2, RefusesWhatItDoesNotRead) {
  auto refusal = [](std::size_t at, u8 value) {
    std::vector<u8> file = qcow2_image(sample(), {});
    file[at] = value;
    return error_text(open_qcow2(memory_device(file)));
  };
  EXPECT_NE(refusal(35, 1).find("that is encrypted"), std::string::npos);
  EXPECT_NE(refusal(79, 4).find("external data file"), std::string::npos);
  EXPECT_NE(refusal(79, 16).find("extended L2 entries"), std::string::npos);
  EXPECT_NE(refusal(78, 1).find("unknown features 0x100"), std::string::npos);
  EXPECT_NE(refusal(7, 1).find("version 1"), std::string::npos);
}

TEST(Qcow2, RefusesTablesThatCannotBe) {
  auto refusal = [](std::size_t at, u8 value) {
    std::vector<u8> file = qcow2_image(sample(), {});
    file[at] = value;
    return error_text(open_qcow2(memory_device(file)));
  };
  EXPECT_NE(refusal(23, 40).find("clusters of 2^40"), std::string::npos);
  EXPECT_NE(refusal(39, 0).find("L1 table of 0 entries"), std::string::npos);
  EXPECT_NE(refusal(36, 0xff).find("L1 table is too large"), std::string::npos);
}

TEST(Qcow2, GivesAnErrorForClustersThatLieNowhere) {
  std::vector<u8> file = qcow2_image(sample(), {});
  file[2 * 65536 + 3] = 0x7f;  // cluster 0
  auto disk = must(open_qcow2(memory_device(file)));
  std::vector<u8> part(512);
  EXPECT_FALSE(disk->read(0, part).ok());
  EXPECT_TRUE(disk->read(u64{1} << 20, part).ok());
}

}  // namespace
}  // namespace canopy
