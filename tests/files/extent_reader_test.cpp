#include "files/extent_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <sstream>

#include "filesystem/filesystem.h"
#include "ondisk/inode_item.h"
#include "support/must.h"
#include "support/recorded_image.h"

namespace canopy {
namespace {

constexpr u32 sectorsize = 4096;

std::unique_ptr<SparseDevice> sharing_image() {
  return must(load_recorded_image(TEST_IMAGES_DIR "/sharing.img.zst"));
}

std::unique_ptr<Filesystem> open(std::unique_ptr<SparseDevice> device) {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(std::move(device));
  return must(Filesystem::open(std::move(devices)));
}

struct FileId {
  u64 tree;
  u64 ino;
  auto operator<=>(const FileId&) const = default;
};

struct RecordedFile {
  u64 size;
  std::string sha256;
};

// What the kernel read when the image was made.
std::map<FileId, RecordedFile> recorded_files() {
  auto bytes = must(read_test_file(TEST_IMAGES_DIR "/sharing.sha256.zst"));
  std::istringstream lines(std::string(as_text(bytes)));
  std::map<FileId, RecordedFile> files;
  FileId id;
  RecordedFile file;
  while (lines >> id.tree >> id.ino >> file.size >> file.sha256)
    files[id] = file;
  return files;
}

std::string sha256_hex(Bytes bytes) {
  std::string hex;
  const Checksum sum = compute_checksum(*checksum_info(2), bytes);
  for (u8 byte : sum)
    hex += fmt::format("{:02x}", byte);
  return hex;
}

struct Item {
  u64 offset;
  std::vector<u8> bytes;
};

struct File {
  u64 size = 0;
  bool checksummed = true;
  std::vector<Item> items;
};

// All regular files of a tree.
std::map<FileId, File> files_of(Filesystem& fs, u64 tree) {
  std::map<FileId, File> files;
  auto root = must(fs.forest().root(tree));
  Path path;
  bool more = must(search_at_or_after(fs.cache(), root->pointer(), Key{}, path));
  for (; more; more = must(next_item(fs.cache(), tree, path))) {
    Key key = path.key();
    FileId id{tree, key.objectid};
    if (key.type == INODE_ITEM_KEY) {
      auto inode = load_struct<InodeItem>(path.item());
      if ((inode.mode & MODE_TYPE_MASK) != MODE_REGULAR) continue;
      files[id] = {inode.size, (inode.flags & INODE_NODATASUM) == 0, {}};
    } else if (key.type == EXTENT_DATA_KEY && files.contains(id)) {
      files[id].items.push_back({key.offset, {path.item().begin(), path.item().end()}});
    }
  }
  return files;
}

u64 length_of(const FileExtent& extent) {
  return extent.is_inline() ? sectorsize : extent.item.num_bytes.value();
}

// The whole of a file, read in pieces of `piece` bytes; CRCs that came along are checked.
Result<std::vector<u8>> read_file(ExtentReader& reader, const File& file, u64 piece) {
  std::vector<u8> contents(to_size(file.size));
  for (const Item& item : file.items) {
    auto extent = TRY(parse_file_extent(item.bytes, file.checksummed));
    if (item.offset >= file.size) continue;
    const u64 length = std::min(length_of(extent), file.size - item.offset);
    for (u64 done = 0; done < length; done += piece) {
      std::vector<DataSpan> spans;
      TRY(reader.read(extent, done, std::min(piece, length - done), spans));
      u64 at = item.offset + done;
      for (const DataSpan& span : spans) {
        if (span.crc) {
          EXPECT_EQ(*span.crc, crc32c_raw(0, span.bytes));
        }
        std::copy(span.bytes.begin(), span.bytes.end(),
                  contents.begin() + static_cast<std::ptrdiff_t>(at));
        at += span.bytes.size();
      }
      EXPECT_EQ(at, item.offset + std::min(done + piece, length));
    }
  }
  return contents;
}

void expect_all_files_as_recorded(Filesystem& fs, u64 piece, u32 threads = 0) {
  auto recorded = recorded_files();
  ASSERT_GT(recorded.size(), 1000u);
  ExtentReader reader(fs.forest(), threads, piece);
  std::map<FileId, File> files;
  for (const auto& [id, file] : recorded) {
    if (!files.contains(id)) files = files_of(fs, id.tree);
    ASSERT_TRUE(files.contains(id)) << id.tree << " " << id.ino;
    for (const Item& item : files[id].items) {
      reader.expect(must(parse_file_extent(item.bytes, files[id].checksummed)), false);
    }
    auto contents = read_file(reader, files[id], piece);
    ASSERT_TRUE(contents.ok()) << contents.error().to_string();
    EXPECT_EQ(contents.value().size(), file.size);
    EXPECT_EQ(sha256_hex(contents.value()), file.sha256)
        << "tree " << id.tree << " inode " << id.ino;
  }
}

TEST(ExtentReader, FilesReadAsTheKernelReadThem) {
  auto fs = open(sharing_image());
  expect_all_files_as_recorded(*fs, 128 * 1024);
}

TEST(ExtentReader, TheSizeOfThePiecesDoesNotMatter) {
  auto fs = open(sharing_image());
  expect_all_files_as_recorded(*fs, 48 * 1024);
  expect_all_files_as_recorded(*fs, 7777);
}

void damage(SparseDevice& device, Filesystem& fs, u64 logical, u32 mirror) {
  auto place = must(fs.volume().map(logical, 1, mirror))[0];
  u8 byte;
  must(device.read(place.physical, MutableBytes(&byte, 1)));
  byte ^= 0x10;
  must(device.write(place.physical, Bytes(&byte, 1)));
}

TEST(ExtentReader, ReadingAheadChangesNothing) {
  auto fs = open(sharing_image());
  expect_all_files_as_recorded(*fs, 4096, 2);
  expect_all_files_as_recorded(*fs, 48 * 1024, 3);
}

TEST(ExtentReader, WhatWasReadAheadAndIsWrongIsReadAgainFromAnotherMirror) {
  auto device = sharing_image();
  SparseDevice& disk = *device;
  auto fs = open(std::move(device));
  for (u64 tree : {u64{256}, u64{257}, u64{259}, u64{260}}) {
    for (const auto& [id, file] : files_of(*fs, tree)) {
      for (const Item& item : file.items) {
        auto extent = must(parse_file_extent(item.bytes, file.checksummed));
        if (extent.is_inline() || extent.is_zeros() || !file.checksummed) continue;
        damage(disk, *fs, extent.item.disk_bytenr + extent.item.offset % extent.item.disk_num_bytes,
               1);
      }
    }
  }
  expect_all_files_as_recorded(*fs, 48 * 1024, 2);
}

// Counts what is read of it.
class CountingDevice final : public SparseDevice {
 public:
  explicit CountingDevice(const SparseDevice& image) : SparseDevice(image) {}
  Result<void> read(u64 offset, MutableBytes out) override {
    if (counts) bytes_read += out.size();
    return SparseDevice::read(offset, out);
  }
  std::atomic<u64> bytes_read = 0;
  std::atomic<bool> counts = false;
};

// All that a chunk of data holds, as if it were one extent without checksums.
FileExtent extent_of_a_data_chunk(Filesystem& fs, u64 length) {
  for (const auto& chunk : fs.volume().chunks().all()) {
    if ((chunk->type & BLOCK_GROUP_DATA) == 0 || chunk->length < length) continue;
    FileExtent extent{};
    extent.item.type = FILE_EXTENT_REG;
    extent.item.disk_bytenr = chunk->logical;
    extent.item.disk_num_bytes = extent.item.ram_bytes = extent.item.num_bytes = length;
    extent.checksummed = false;
    return extent;
  }
  ADD_FAILURE() << "no chunk of " << length << " bytes of data";
  return {};
}

TEST(ExtentReader, WhatIsReadAheadIsReadOnce) {
  constexpr u64 length = u64{8} << 20;
  for (const u64 piece : {u64{48} << 10, u64{128} << 10}) {
    auto device = std::make_unique<CountingDevice>(*sharing_image());
    CountingDevice& disk = *device;
    auto fs = open(std::move(device));
    const FileExtent extent = extent_of_a_data_chunk(*fs, length);
    ExtentReader reader(fs->forest(), 2, piece);
    disk.counts = true;
    reader.expect(extent, false);
    for (u64 done = 0; done < length; done += piece) {
      std::vector<DataSpan> spans;
      must(reader.read(extent, done, std::min(piece, length - done), spans));
    }
    EXPECT_EQ(disk.bytes_read, length) << "in pieces of " << piece;
  }
}

TEST(ExtentReader, WhatThereIsNoRoomForIsExpectedLater) {
  auto fs = open(sharing_image());
  FileExtent extent = extent_of_a_data_chunk(*fs, u64{8} << 20);
  extent.item.num_bytes = 128 * 1024;
  ExtentReader reader(fs->forest(), 1);
  const u64 begin = extent.item.disk_bytenr;
  const auto at = [&](u64 number) {
    extent.item.disk_bytenr = begin + number * extent.item.num_bytes;
    return extent;
  };
  u64 expected = 0;
  for (; reader.can_expect() && expected < 100; expected++)
    reader.expect(at(expected), false);
  EXPECT_EQ(expected, ReadAhead::ranges_at_once);
  std::vector<DataSpan> spans;
  must(reader.read(at(0), 0, extent.item.num_bytes, spans));
  must(reader.read(at(1), 0, extent.item.num_bytes, spans));
  EXPECT_TRUE(reader.can_expect());
  EXPECT_FALSE(ExtentReader(fs->forest(), 0).can_expect());
}

// The first extent on disk that a plain file with checksums has.
struct PlainExtent {
  FileExtent extent;
  u64 ino;
};
PlainExtent plain_extent(Filesystem& fs, u64 tree) {
  for (const auto& [id, file] : files_of(fs, tree)) {
    for (const Item& item : file.items) {
      auto extent = must(parse_file_extent(item.bytes, file.checksummed));
      if (file.checksummed && !extent.is_inline() && !extent.is_zeros() && !extent.is_compressed())
        return {extent, id.ino};
    }
  }
  ADD_FAILURE() << "tree " << tree << " has no such file";
  return {};
}

TEST(ExtentReader, ASectorThatIsWrongOnOneMirrorIsReadFromTheOther) {
  auto device = sharing_image();
  SparseDevice& disk = *device;
  auto fs = open(std::move(device));
  auto [extent, ino] = plain_extent(*fs, recorded_files().begin()->first.tree);
  ExtentReader reader(fs->forest());
  std::vector<DataSpan> before;
  must(reader.read(extent, 0, sectorsize, before));
  const std::vector<u8> good(before[0].bytes.begin(), before[0].bytes.end());

  damage(disk, *fs, extent.item.disk_bytenr + extent.item.offset + 100, 1);
  std::vector<DataSpan> after;
  must(reader.read(extent, 0, sectorsize, after));
  EXPECT_TRUE(std::equal(good.begin(), good.end(), after[0].bytes.begin()));
  EXPECT_EQ(after[0].crc, crc32c_raw(0, good));

  const std::vector<BadCopy> bad = fs->forest().cache().repairs().copies();
  ASSERT_EQ(bad.size(), 1u);
  EXPECT_EQ(bad[0].address, extent.item.disk_bytenr + extent.item.offset);
  EXPECT_EQ(bad[0].length, sectorsize);
  EXPECT_EQ(bad[0].mirror, 1u);
  EXPECT_TRUE(bad[0].is_data);
  EXPECT_EQ(bad[0].reason, "wrong checksum");
  must(reader.read(extent, 0, sectorsize, after));
  EXPECT_EQ(fs->forest().cache().repairs().count(), 1u);
}

TEST(ExtentReader, ASectorThatIsWrongOnAllMirrorsIsAnErrorThatSaysWhere) {
  auto device = sharing_image();
  SparseDevice& disk = *device;
  auto fs = open(std::move(device));
  auto [extent, ino] = plain_extent(*fs, recorded_files().begin()->first.tree);
  const u64 logical = extent.item.disk_bytenr + extent.item.offset;
  damage(disk, *fs, logical + 100, 1);
  damage(disk, *fs, logical + 4000, 2);
  ExtentReader reader(fs->forest());
  std::vector<DataSpan> spans;
  auto read = reader.read(extent, 0, sectorsize, spans);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), Code::io);
  EXPECT_EQ(read.error().address(), logical);
  EXPECT_STREQ(read.error().kernel_errno(), "EIO");
  const u64 physical = must(fs->volume().map(logical, 1, 2))[0].physical;
  EXPECT_NE(read.error().message().find(std::to_string(physical)), std::string::npos);

  // Without checksums nobody can tell.
  extent.checksummed = false;
  EXPECT_TRUE(reader.read(extent, 0, sectorsize, spans).ok());
}

TEST(ExtentReader, DataThatShouldHaveChecksumsAndHasNoneIsAnError) {
  auto fs = open(sharing_image());
  for (const auto& [id, file] : files_of(*fs, recorded_files().begin()->first.tree)) {
    if (file.checksummed) continue;
    auto extent = must(parse_file_extent(file.items[0].bytes, true));
    std::vector<DataSpan> spans;
    auto read = ExtentReader(fs->forest()).read(extent, 0, sectorsize, spans);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().address(), extent.item.disk_bytenr);
    return;
  }
  FAIL() << "the image has no file without checksums";
}

TEST(ExtentReader, ExtentsThatCannotBeAreErrors) {
  auto fs = open(sharing_image());
  auto [good, ino] = plain_extent(*fs, recorded_files().begin()->first.tree);
  ExtentReader reader(fs->forest());
  auto refused = [&](auto change, u64 skip = 0, u64 length = sectorsize) {
    FileExtent extent = good;
    change(extent.item);
    std::vector<DataSpan> spans;
    return !reader.read(extent, skip, length, spans).ok();
  };
  EXPECT_FALSE(refused([](FileExtentItem&) {}));
  EXPECT_TRUE(refused([](FileExtentItem&) {}, good.item.num_bytes));
  EXPECT_TRUE(refused([](FileExtentItem&) {}, ~u64{0}, 2));
  EXPECT_TRUE(refused([](FileExtentItem& item) { item.offset = item.disk_num_bytes; }));
  EXPECT_TRUE(refused([](FileExtentItem& item) { item.offset = ~u64{0}; }));
  EXPECT_TRUE(refused([](FileExtentItem& item) { item.disk_bytenr = u64{1} << 60; }));
  EXPECT_TRUE(refused([](FileExtentItem& item) {
    item.disk_bytenr = ~u64{0} - 4095;
    item.offset = 0;
  }));
  EXPECT_TRUE(refused([](FileExtentItem& item) { item.encryption = 1; }));
  EXPECT_TRUE(refused([](FileExtentItem& item) { item.other_encoding = 1; }));
  for (u8 compression : {u8{1}, u8{2}, u8{3}, u8{4}, u8{255}}) {
    EXPECT_TRUE(refused([&](FileExtentItem& item) { item.compression = compression; }));
    EXPECT_TRUE(refused([&](FileExtentItem& item) {
      item.compression = compression;
      item.ram_bytes = u64{1} << 40;
      item.num_bytes = u64{1} << 40;
      item.offset = 0;
    }));
    EXPECT_TRUE(refused([&](FileExtentItem& item) {
      item.compression = compression;
      item.disk_num_bytes = 0;
    }));
  }
}

TEST(ExtentReader, AnInlineExtentIsFollowedByZerosAndOneThatDoesNotDecompressIsRefused) {
  auto fs = open(sharing_image());
  ExtentReader reader(fs->forest());
  const u8 text[] = "inline";
  FileExtent extent{};
  extent.item.type = FILE_EXTENT_INLINE;
  extent.item.ram_bytes = 6;
  extent.inline_data = Bytes(text, 6);
  std::vector<DataSpan> spans;
  must(reader.read(extent, 2, 100, spans));
  std::string read;
  for (const DataSpan& span : spans)
    read += as_text(span.bytes);
  EXPECT_EQ(read, "line" + std::string(96, '\0'));

  for (u8 compression : {u8{1}, u8{2}, u8{3}, u8{9}}) {
    extent.item.compression = compression;
    EXPECT_FALSE(reader.read(extent, 0, 6, spans).ok());
    extent.item.ram_bytes = u64{1} << 50;
    EXPECT_FALSE(reader.read(extent, 0, 6, spans).ok());
    extent.item.ram_bytes = 6;
  }
}

}  // namespace
}  // namespace canopy
