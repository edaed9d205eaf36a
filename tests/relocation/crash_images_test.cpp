// States that crashes leave, written as images for the live kernel (tests/live/balance-cases
// --crashes). The environment says of which images, in order, and where to:
//
//   CANOPY_CRASH_IMAGES=A.img:B.img CANOPY_CRASH_SEED=N CANOPY_CRASH_OUTPUT=FOLDER
//
// writes FOLDER/0.img, FOLDER/1.img, ...

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "device/file_device.h"
#include "filesystem/filesystem.h"
#include "relocation/balance.h"
#include "support/crash_replay.h"
#include "support/must.h"

namespace canopy {
namespace {

void write_sparse(Device& device, const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr) << path;
  std::vector<u8> bytes(65536);
  for (u64 at = 0; at < device.size_bytes(); at += bytes.size()) {
    bytes.resize(static_cast<std::size_t>(std::min<u64>(65536, device.size_bytes() - at)));
    must(device.read(at, bytes));
    bool last = at + bytes.size() == device.size_bytes();
    if (!last && std::ranges::all_of(bytes, [](u8 byte) { return byte == 0; })) continue;
    ASSERT_EQ(std::fseek(file, static_cast<long>(at), SEEK_SET), 0);
    ASSERT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
  }
  ASSERT_EQ(std::fclose(file), 0);
}

TEST(CrashImages, AreWrittenForTheKernel) {
  const char* images = std::getenv("CANOPY_CRASH_IMAGES");
  const char* seed = std::getenv("CANOPY_CRASH_SEED");
  const char* output = std::getenv("CANOPY_CRASH_OUTPUT");
  if (images == nullptr || seed == nullptr || output == nullptr) return;
  JournaledDisks::Devices devices;
  std::istringstream paths(images);
  for (std::string path; std::getline(paths, path, ':');)
    devices.push_back(must(open_file_device(path)));
  JournaledDisks disks(std::move(devices));
  Random random(std::strtoull(seed, nullptr, 10));
  {
    auto filesystem = must(Filesystem::open(disks.open()));
    RelocationOptions options;
    options.batch_blocks = 1 + random.below(u64{60});
    RelocationControl control;
    must(balance(*must(filesystem->writer()), {}, options, control, nullptr));
  }
  auto flushes = std::ranges::count_if(disks.events(), &JournalEvent::is_flush);
  ASSERT_GT(flushes, 0);
  auto left = random.below(static_cast<u64>(flushes));
  CrashReplay replay(disks);
  while (replay.next() && left > 0)
    --left;
  auto torn = replay.torn(random);
  for (std::size_t i = 0; i < torn.size(); ++i)
    write_sparse(*torn[i], fmt::format("{}/{}.img", output, i));
}

}  // namespace
}  // namespace canopy
