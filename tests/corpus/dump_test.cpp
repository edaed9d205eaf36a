// Dumps of btrfs-image: of what the kernel sent without data the streams are the same from a dump
// as from the images, and what needs data is refused.

#include <gtest/gtest.h>

#include "checksum/sha256.h"
#include "container/btrfs_image.h"
#include "device/memory_device.h"
#include "recorded_case.h"
#include "support/metadata_dump.h"
#include "support/must.h"

namespace canopy {
namespace {

class Dump : public testing::TestWithParam<std::string> {};

TEST_P(Dump, SendsWithoutDataWhatTheImagesDo) {
  auto recorded = must(RecordedCase::load(GetParam()));
  const auto images = must(Filesystem::open(recorded->devices()));
  EXPECT_TRUE(images->volume().has_data());
  for (const DumpPacking packing : {DumpPacking::none, DumpPacking::zlib}) {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(must(open_btrfs_image(
        std::make_unique<MemoryDevice>("dump", must(metadata_dump(*images, packing))))));
    auto filesystem = must(Filesystem::open(std::move(devices)));
    EXPECT_FALSE(filesystem->volume().has_data());
    EXPECT_FALSE(filesystem->writer().ok());
    u64 sent = 0;
    for (const RecordedJob& job : recorded->jobs()) {
      if (!job.errno_name.empty()) continue;
      MemorySink sink;
      auto done = send_subvolume(*filesystem, job.request, sink);
      EXPECT_EQ(done.ok(), job.request.flags.no_data) << job.id;
      if (!done.ok()) {
        EXPECT_EQ(done.error().code(), Code::unsupported) << done.error().to_string();
        EXPECT_TRUE(sink.bytes().empty());
        continue;
      }
      EXPECT_EQ(sha256_text(sink.bytes()), job.sha256) << job.id;
      ++sent;
    }
    EXPECT_GT(sent, 0u);
  }
}

// Of one device and of several, as they are also where the dump has only one superblock.
INSTANTIATE_TEST_SUITE_P(Corpus, Dump,
                         testing::Values("cases/basic-1", "cases/raid10-1", "cases/raid5-1",
                                         "cases/nodesize-64k-1", "cases/csum-xxhash-2"),
                         case_name);

}  // namespace
}  // namespace canopy
