// A filesystem whose files hold the same data in several extents (interplay/images/make-tiny) is
// deduplicated: files stay what they are, extents go, and the checks have nothing against it.

#include "dedupe/dedupe.h"

#include <gtest/gtest.h>

#include "check/check.h"
#include "files/file_contents.h"
#include "files/subvolume_files.h"
#include "filesystem/filesystem.h"
#include "relocation/balance.h"
#include "send/send.h"
#include "support/journaled_disks.h"
#include "support/must.h"
#include "support/recorded_image.h"

namespace canopy {
namespace {

constexpr u64 top = 256, one = 257, two = 258;

class Dedupe : public testing::Test {
 protected:
  void SetUp() override {
    filesystem_.reset();
    device_ = must(load_recorded_image("../interplay/images/twins.img.zst"));
    filesystem_ = open();
  }

  std::unique_ptr<Filesystem> open() {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(std::make_unique<BorrowedDevice>(*device_));
    return must(Filesystem::open(std::move(devices)));
  }

  // All files of a subvolume, with their bytes.
  std::map<std::string, std::vector<u8>> files_of(u64 subvolume) {
    const SubvolumeFiles files = must(SubvolumeFiles::open(filesystem_->forest(), subvolume));
    FileContents contents(files);
    std::map<std::string, std::vector<u8>> all;
    must(files.for_each([&](const std::string& path, const DirectoryEntry& entry) -> Result<void> {
      std::vector<u8> bytes(to_size(must(files.read_inode(entry.ino)).size));
      if (entry.type != FT_DIR) must(contents.read(entry.ino, 0, bytes));
      all[path] = std::move(bytes);
      return {};
    }));
    return all;
  }

  void expect_clean() {
    CheckOptions options;
    options.check_data_csum = true;
    const CheckReport report = must(check_filesystem(*open(), options));
    for (const Finding& finding : report.findings)
      ADD_FAILURE() << finding.to_string();
  }

  u64 data_bytes() {
    const CheckReport report = must(check_filesystem(*open()));
    return report.bytes_used - report.tree_bytes;
  }

  DedupeReport dedupe(const std::vector<u64>& subvolumes, u64 batch) {
    DedupeOptions options;
    options.batch_items = batch;
    return must(deduplicate(*must(filesystem_->writer()), subvolumes, options));
  }

  std::unique_ptr<SparseDevice> device_;
  std::unique_ptr<Filesystem> filesystem_;
};

TEST_F(Dedupe, LetsGoOfEqualExtentsWhoeverSharesTheTrees) {
  for (u64 batch : {1u, 2u, 100u}) {
    SCOPED_TRACE(batch);
    SetUp();
    std::map<u64, std::map<std::string, std::vector<u8>>> before;
    for (u64 subvolume : {top, one, two})
      before[subvolume] = files_of(subvolume);
    ASSERT_EQ(before[top].at("c"), before[top].at("b"));
    const u64 bytes_before = data_bytes();
    const DedupeReport report = dedupe({top, one, two}, batch);
    EXPECT_GT(report.extents, 2u);
    EXPECT_GT(report.items, report.extents);
    EXPECT_GE(report.commits, batch == 100 ? 3u : 4u);
    expect_clean();
    for (u64 subvolume : {top, one, two})
      EXPECT_EQ(files_of(subvolume), before[subvolume]);
    // What "a" was at first, "b" and "c" are one; so are "unlike" and "d".
    EXPECT_LE(data_bytes() + 3 * 16384, bytes_before);
    EXPECT_EQ(dedupe({top, one, two}, batch).items, 0u);
  }
}

TEST_F(Dedupe, OfOneSubvolumeLeavesTheOthersWithTheirExtents) {
  const auto before = files_of(two);
  EXPECT_GT(dedupe({top}, 2).items, 0u);
  expect_clean();
  EXPECT_EQ(files_of(two), before);
  EXPECT_GT(dedupe({two}, 2).items, 0u);
  expect_clean();
  EXPECT_EQ(files_of(two), before);
}

TEST_F(Dedupe, CanBeBalancedBeforeAndAfterwards) {
  const auto before = files_of(one);
  for (int round = 0; round < 3; ++round) {
    RelocationControl control;
    RelocationOptions options;
    options.batch_blocks = 3;
    must(balance(*must(filesystem_->writer()), {}, options, control, nullptr));
    expect_clean();
    if (round < 2) dedupe({round == 0 ? top : one}, 1);
    expect_clean();
    EXPECT_EQ(files_of(one), before);
  }
}

TEST_F(Dedupe, IsRefusedOnWhatIsBeingSentAndSendOnWhatIsDeduplicated) {
  FilesystemWriter& writer = *must(filesystem_->writer());
  class WhileSending final : public Sink {
   public:
    explicit WhileSending(FilesystemWriter& writer) : writer_(writer) {}
    Result<void> write(std::span<const Bytes>) override {
      for (u64 used : {one, two}) {
        const auto refused = deduplicate(writer_, {top, used});
        EXPECT_EQ(refused.error().code(), Code::would_block);
        EXPECT_STREQ(refused.error().kernel_errno(), "EAGAIN");
      }
      if (!done_) {
        EXPECT_GT(must(deduplicate(writer_, {top})).items, 0u);
      }
      done_ = true;
      return {};
    }

   private:
    FilesystemWriter& writer_;
    bool done_ = false;
  } sink(writer);
  SendRequest request;
  request.subvolume = two;
  request.parent = one;
  ASSERT_TRUE(send_subvolume(*filesystem_, request, sink).ok());
  expect_clean();

  auto use = filesystem_->forest().root_uses().begin(RootUses::By::dedupe, {one});
  const auto refused = send_subvolume(*filesystem_, request, sink);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::would_block);
}

}  // namespace
}  // namespace canopy
