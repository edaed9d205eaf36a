#include "stream/receiver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "checksum/crc32c.h"
#include "stream/test_stream.h"
#include "stream/writer.h"

namespace canopy {
namespace {

constexpr u8 first_uuid[16] = {1};
constexpr u8 second_uuid[16] = {2};

// What is received from the commands that a test writes.
class Stream {
 public:
  explicit Stream(ReceiverOptions options = {}) : sink_(model, options), writer_(2, sink_) {
    EXPECT_TRUE(writer_.write_stream_header().ok());
    begin(SendCommand::subvol, "snap").put_uuid(SendAttribute::uuid, first_uuid);
    writer_.put_u64(SendAttribute::ctransid, 1);
    EXPECT_EQ(end(), "no error");
  }

  Writer& begin(SendCommand command, std::string_view path) {
    writer_.begin(command);
    writer_.put_text(SendAttribute::path, path);
    return writer_;
  }
  // The errno with which the command failed.
  std::string end() {
    const Result<void> result = writer_.end();
    if (result.ok()) return "no error";
    message = result.error().message();
    return result.error().kernel_errno() != nullptr ? result.error().kernel_errno() : message;
  }

  std::string make(SendCommand command, std::string_view path) {
    begin(command, path).put_u64(SendAttribute::ino, 300);
    if (command == SendCommand::mknod) {
      writer_.put_u64(SendAttribute::rdev, 0x103);
      writer_.put_u64(SendAttribute::mode, 0020644);
    }
    return end();
  }
  std::string name(SendCommand command, std::string_view path, SendAttribute other = {},
                   std::string_view other_path = {}) {
    begin(command, path);
    if (other != SendAttribute::unspec) writer_.put_text(other, other_path);
    return end();
  }
  std::string write(std::string_view path, u64 offset, Bytes data) {
    begin(SendCommand::write, path).put_u64(SendAttribute::file_offset, offset);
    writer_.put_data({data});
    return end();
  }
  std::string truncate(std::string_view path, u64 size) {
    begin(SendCommand::truncate, path).put_u64(SendAttribute::size, size);
    return end();
  }
  std::string clone(std::string_view path, u64 offset, u64 length, std::string_view from_path,
                    u64 from, std::span<const u8, 16> uuid = first_uuid) {
    begin(SendCommand::clone, path).put_u64(SendAttribute::file_offset, offset);
    writer_.put_u64(SendAttribute::clone_len, length);
    writer_.put_uuid(SendAttribute::clone_uuid, uuid);
    writer_.put_u64(SendAttribute::clone_ctransid, 1);
    writer_.put_text(SendAttribute::clone_path, from_path);
    writer_.put_u64(SendAttribute::clone_offset, from);
    return end();
  }
  std::string fallocate(std::string_view path, u32 mode, u64 offset, u64 length) {
    begin(SendCommand::fallocate, path).put_u32(SendAttribute::fallocate_mode, mode);
    writer_.put_u64(SendAttribute::file_offset, offset);
    writer_.put_u64(SendAttribute::size, length);
    return end();
  }
  std::string xattr(std::string_view path, std::string_view xattr_name, std::string_view value) {
    begin(SendCommand::set_xattr, path).put_text(SendAttribute::xattr_name, xattr_name);
    writer_.put_binary(SendAttribute::xattr_data, as_bytes(value));
    return end();
  }
  std::string number(SendCommand command, std::string_view path, SendAttribute attribute,
                     u64 value) {
    begin(command, path).put_u64(attribute, value);
    return end();
  }
  std::string chown(std::string_view path, u64 uid, u64 gid) {
    begin(SendCommand::chown, path).put_u64(SendAttribute::uid, uid);
    writer_.put_u64(SendAttribute::gid, gid);
    return end();
  }
  std::string utimes(std::string_view path, u32 nsec = 7) {
    begin(SendCommand::utimes, path);
    writer_.put_timespec(SendAttribute::atime, 5, 6);
    writer_.put_timespec(SendAttribute::mtime, 6, nsec);
    writer_.put_timespec(SendAttribute::ctime, 7, 8);
    writer_.put_timespec(SendAttribute::otime, 8, 9);
    return end();
  }

  const ModelInode& inode(std::string_view path) {
    const ModelSubvolume& subvolume = *model.subvolumes().back();
    return subvolume.inode(subvolume.find(path).value());
  }
  std::vector<u8> contents(std::string_view path) {
    const Contents& file = inode(path).contents;
    std::vector<u8> bytes(static_cast<std::size_t>(file.size()));
    EXPECT_TRUE(file.read(0, bytes));
    return bytes;
  }

  Model model;
  std::string message;

 private:
  ReceivingSink sink_;
  Writer writer_;
};

std::vector<u8> pattern(std::size_t size, u8 seed) {
  std::vector<u8> bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<u8>(seed + i * 7 + (i >> 8));
  return bytes;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<u8>(c);
    if (byte > 32 && byte < 127 && c != '\\') {
      out += c;
    } else {
      out += fmt::format("\\{:03o}", byte);
    }
  }
  return out;
}

std::string time_of(const std::optional<StreamTime>& time) {
  return time ? fmt::format("{}.{:09}", time->sec, time->nsec) : "now";
}

// As the manifests in the test data list a snapshot: what the receiver's kernel would show.
std::string manifest_of(const ModelSubvolume& subvolume) {
  std::vector<std::pair<std::string, std::string>> lines;
  subvolume.for_each([&](const std::string& path, u64 ino) {
    const ModelInode& inode = subvolume.inode(ino);
    std::string line = fmt::format("{} mode={:o} uid={} gid={} atime={} mtime={}",
                                   path.empty() ? "." : escaped(path), inode.mode, inode.uid,
                                   inode.gid, time_of(inode.atime), time_of(inode.mtime));
    if (!inode.is_directory()) line += fmt::format(" nlink={}", inode.nlink);
    if (inode.rdev != 0) {
      line += fmt::format(" rdev={}:{}", inode.rdev >> 8 & 0xfff,
                          (inode.rdev & 0xff) | (inode.rdev >> 12 & ~u64{0xff}));
    }
    if (inode.type() == model_symlink) line += " target=" + escaped(inode.target);
    if (inode.is_regular()) {
      std::vector<u8> bytes(static_cast<std::size_t>(inode.contents.size()));
      EXPECT_TRUE(inode.contents.read(0, bytes));
      line += fmt::format(" size={} crc={:08x}", bytes.size(), crc32c(bytes));
    }
    for (const auto& [name, value] : inode.xattrs) {
      line += fmt::format(" {}=", name);
      for (const u8 byte : value)
        line += fmt::format("{:02x}", byte);
    }
    lines.emplace_back(path, line);
  });
  std::ranges::sort(lines);
  std::string text;
  for (const auto& [path, line] : lines)
    text += line + "\n";
  return text;
}

TEST(Receiver, RecordedStreamsGiveTheSnapshotsThatWereSent) {
  for (const char* full : {"full-v1.stream", "full-v2.stream"}) {
    Model model;
    const Result<void> first = receive_stream(model, read_test_file(full));
    ASSERT_TRUE(first.ok()) << first.error().message();
    const Result<void> second = receive_stream(model, read_test_file("incremental-v2.stream"));
    ASSERT_TRUE(second.ok()) << second.error().message();
    ASSERT_EQ(model.subvolumes().size(), 2u);
    EXPECT_EQ(manifest_of(*model.find_by_name("s1")), as_text(read_test_file("full.manifest")));
    EXPECT_EQ(manifest_of(*model.find_by_name("s2")),
              as_text(read_test_file("incremental.manifest")));
  }
}

TEST(Receiver, IncrementalStreamNeedsItsParent) {
  Model model;
  const Result<void> result = receive_stream(model, read_test_file("incremental-v2.stream"));
  ASSERT_FALSE(result.ok());
  EXPECT_STREQ(result.error().kernel_errno(), "ENOENT");
  EXPECT_NE(result.error().message().find("snapshot command 0 at offset 17"), std::string::npos);
}

TEST(Receiver, EveryKindOfInodeIsMade) {
  Stream stream;
  EXPECT_EQ(stream.make(SendCommand::mkfile, "file"), "no error");
  EXPECT_EQ(stream.make(SendCommand::mkdir, "dir"), "no error");
  EXPECT_EQ(stream.make(SendCommand::mknod, "node"), "no error");
  EXPECT_EQ(stream.make(SendCommand::mkfifo, "fifo"), "no error");
  EXPECT_EQ(stream.make(SendCommand::mksock, "sock"), "no error");
  EXPECT_EQ(stream.inode("file").mode, 0100600u);
  EXPECT_EQ(stream.inode("dir").mode, 0040700u);
  EXPECT_EQ(stream.inode("node").mode, 0020000u);
  EXPECT_EQ(stream.inode("node").rdev, 0x103u);
  EXPECT_EQ(stream.inode("fifo").mode, 0010600u);
  EXPECT_EQ(stream.inode("sock").mode, 0140600u);
  EXPECT_EQ(stream.inode("sock").sent_ino, 300u);
  EXPECT_EQ(stream.make(SendCommand::mkdir, "file"), "EEXIST");
  EXPECT_EQ(stream.message.substr(0, 32), "mkdir command 6 at offset 240 of");
}

TEST(Receiver, FileThatExistsIsEmptiedByMkfile) {
  Stream stream;
  EXPECT_EQ(stream.make(SendCommand::mkfile, "file"), "no error");
  EXPECT_EQ(stream.write("file", 0, pattern(100, 1)), "no error");
  EXPECT_EQ(stream.make(SendCommand::mkfile, "file"), "no error");
  EXPECT_TRUE(stream.contents("file").empty());
}

TEST(Receiver, FailingNameCommandsAreErrors) {
  EXPECT_EQ(Stream().name(SendCommand::unlink, "none"), "ENOENT");
  EXPECT_EQ(Stream().name(SendCommand::rmdir, "none"), "ENOENT");
  EXPECT_EQ(Stream().name(SendCommand::rename, "none", SendAttribute::path_to, "x"), "ENOENT");
  EXPECT_EQ(Stream().name(SendCommand::link, "x", SendAttribute::path_link, "none"), "ENOENT");
  EXPECT_EQ(Stream().write("none", 0, pattern(1, 0)), "ENOENT");
  EXPECT_EQ(Stream().truncate("none", 0), "ENOENT");
  EXPECT_EQ(Stream().truncate("", 0), "EISDIR");
  EXPECT_EQ(Stream().utimes("none"), "ENOENT");
  EXPECT_EQ(Stream().chown("none", 1, 1), "ENOENT");
}

TEST(Receiver, CommandsBeforeASubvolumeAreErrors) {
  std::vector<u8> stream = read_test_file("full-v1.stream");
  const u32 first = command_header_size + load_le<u32>(stream.data() + stream_header_size);
  stream.erase(stream.begin() + stream_header_size,
               stream.begin() + static_cast<std::ptrdiff_t>(stream_header_size + first));
  Model model;
  EXPECT_FALSE(receive_stream(model, stream).ok());
}

TEST(Receiver, WritesBeyondTheEndLeaveZeros) {
  Stream stream;
  stream.make(SendCommand::mkfile, "file");
  const std::vector<u8> data = pattern(1000, 3);
  EXPECT_EQ(stream.write("file", 5000, data), "no error");
  EXPECT_EQ(stream.truncate("file", 7000), "no error");
  std::vector<u8> expected(7000);
  std::ranges::copy(data, expected.begin() + 5000);
  EXPECT_EQ(stream.contents("file"), expected);
  EXPECT_EQ(stream.fallocate("file", 3, 5100, 100), "no error");
  std::fill_n(expected.begin() + 5100, 100, u8{0});
  EXPECT_EQ(stream.contents("file"), expected);
  EXPECT_EQ(stream.fallocate("file", 0, 7000, 100), "no error");
  EXPECT_EQ(stream.inode("file").contents.size(), 7100u);
  EXPECT_EQ(stream.truncate("file", u64{1} << 63), "EFBIG");
}

TEST(Receiver, FallocateTakesTheModesThatBtrfsHas) {
  const auto errno_for = [](u32 mode, u64 length) {
    Stream stream;
    stream.make(SendCommand::mkfile, "file");
    return stream.fallocate("file", mode, 0, length);
  };
  EXPECT_EQ(errno_for(1, 10), "no error");
  EXPECT_EQ(errno_for(17, 10), "no error");
  EXPECT_EQ(errno_for(2, 10), "EOPNOTSUPP");
  EXPECT_EQ(errno_for(8, 10), "EOPNOTSUPP");
  EXPECT_EQ(errno_for(3, 0), "EINVAL");
}

TEST(Receiver, ClonesShareContents) {
  Stream stream;
  stream.make(SendCommand::mkfile, "a");
  stream.make(SendCommand::mkfile, "b");
  const std::vector<u8> data = pattern(10000, 4);
  stream.write("a", 0, data);
  EXPECT_EQ(stream.clone("b", 4096, 4096, "a", 0), "no error");
  EXPECT_EQ(stream.clone("b", 8192, 10000 - 4096, "a", 4096), "no error");  // to the end
  EXPECT_EQ(stream.clone("a", 12288, 4096, "a", 4096), "no error");         // from itself
  std::vector<u8> expected(4096);
  expected.insert(expected.end(), data.begin(), data.begin() + 4096);
  expected.insert(expected.end(), data.begin() + 4096, data.end());
  EXPECT_EQ(stream.contents("b"), expected);
}

TEST(Receiver, ClonesThatTheKernelRefusesAreErrors) {
  const auto errno_for = [](u64 offset, u64 length, u64 from, std::string_view from_path = "a") {
    Stream stream;
    stream.make(SendCommand::mkfile, "a");
    stream.make(SendCommand::mkfile, "b");
    stream.write("a", 0, pattern(10000, 4));
    stream.write("b", 0, pattern(20000, 5));
    return stream.clone("b", offset, length, from_path, from);
  };
  EXPECT_EQ(errno_for(0, 4096, 0), "no error");
  EXPECT_EQ(errno_for(0, 4096, 8192), "EINVAL");        // beyond the source's end
  EXPECT_EQ(errno_for(0, 4096, 12288), "EINVAL");       // behind it
  EXPECT_EQ(errno_for(0, 100, 0), "EINVAL");            // unaligned, not to the end
  EXPECT_EQ(errno_for(100, 4096, 0), "EINVAL");         // unaligned target
  EXPECT_EQ(errno_for(0, 1808, 8192), "EINVAL");        // to the source's end, not the target's
  EXPECT_EQ(errno_for(20480, 1808, 8192), "no error");  // to both
  EXPECT_EQ(errno_for(0, 0, 0), "EINVAL");
  EXPECT_EQ(errno_for(0, 4096, 0, "none"), "ENOENT");
  EXPECT_EQ(errno_for(0, 4096, 0, ""), "EINVAL");
  EXPECT_EQ(errno_for(4096, 8192, 0, "b"), "EINVAL");  // overlaps itself
  EXPECT_EQ(errno_for(8192, 8192, 0, "b"), "no error");
  Stream stream;
  stream.make(SendCommand::mkfile, "b");
  EXPECT_EQ(stream.clone("b", 0, 4096, "a", 0, second_uuid), "ENOENT");
}

TEST(Receiver, NewOwnersLosePrivileges) {
  Stream stream;
  stream.make(SendCommand::mkfile, "file");
  EXPECT_EQ(stream.number(SendCommand::chmod, "file", SendAttribute::mode, 0106755), "no error");
  EXPECT_EQ(stream.inode("file").mode, 0106755u);
  EXPECT_EQ(stream.xattr("file", "security.capability", "caps"), "no error");
  EXPECT_EQ(stream.chown("file", 5, 6), "no error");
  EXPECT_EQ(stream.inode("file").mode, 0100755u);
  EXPECT_EQ(stream.inode("file").uid, 5u);
  EXPECT_EQ(stream.inode("file").gid, 6u);
  EXPECT_TRUE(stream.inode("file").xattrs.empty());
  EXPECT_EQ(stream.xattr("file", "security.capability", "caps"), "no error");
  EXPECT_EQ(stream.write("file", 0, pattern(1, 1)), "no error");
  EXPECT_TRUE(stream.inode("file").xattrs.empty());
}

TEST(Receiver, XattrsFollowTheRulesOfTheirNamespaces) {
  Stream stream;
  stream.make(SendCommand::mkfile, "file");
  stream.make(SendCommand::mkfifo, "fifo");
  EXPECT_EQ(stream.xattr("file", "user.a", "1"), "no error");
  EXPECT_EQ(stream.xattr("file", "user.a", "2"), "no error");
  EXPECT_EQ(stream.xattr("fifo", "trusted.a", "2"), "no error");
  EXPECT_EQ(stream.inode("file").xattrs.at("user.a"), std::vector<u8>{'2'});
  EXPECT_EQ(stream.xattr("file", "system.posix_acl_access", std::string(28, '\2')), "no error");
  EXPECT_EQ(stream.inode("file").xattrs.size(), 2u);
  EXPECT_EQ(stream.xattr("file", "system.posix_acl_access", std::string("\2\0\0\0", 4)),
            "no error");
  EXPECT_EQ(stream.inode("file").xattrs.size(), 1u);
  EXPECT_EQ(stream.name(SendCommand::remove_xattr, "file", SendAttribute::xattr_name, "user.a"),
            "no error");
  EXPECT_TRUE(stream.inode("file").xattrs.empty());
  EXPECT_EQ(stream.name(SendCommand::remove_xattr, "file", SendAttribute::xattr_name, "user.a"),
            "ENODATA");
  EXPECT_EQ(Stream().xattr("", "other.a", "2"), "EOPNOTSUPP");
  EXPECT_EQ(Stream().xattr("", "user." + std::string(251, 'x'), "2"), "ERANGE");
  Stream another;
  another.make(SendCommand::mkfifo, "fifo");
  EXPECT_EQ(another.xattr("fifo", "user.a", "2"), "EPERM");
  const std::string acl(28, '\2');
  another.make(SendCommand::mkdir, "dir");
  EXPECT_EQ(another.xattr("dir", "system.posix_acl_default", acl), "no error");
  EXPECT_EQ(another.xattr("fifo", "system.posix_acl_default", acl), "EACCES");
}

TEST(Receiver, TimesAreKnownAfterUtimesUntilTheNextChange) {
  Stream stream;
  stream.make(SendCommand::mkfile, "file");
  EXPECT_FALSE(stream.inode("file").mtime.has_value());
  EXPECT_EQ(stream.utimes("file"), "no error");
  EXPECT_EQ(stream.inode("file").atime, (StreamTime{5, 6}));
  EXPECT_EQ(stream.inode("file").mtime, (StreamTime{6, 7}));
  EXPECT_EQ(stream.inode("file").sent_ctime, (StreamTime{7, 8}));
  EXPECT_EQ(stream.inode("file").sent_otime, (StreamTime{8, 9}));
  EXPECT_EQ(stream.truncate("file", 0), "no error");
  EXPECT_TRUE(stream.inode("file").mtime.has_value());
  EXPECT_EQ(stream.truncate("file", 5), "no error");
  EXPECT_FALSE(stream.inode("file").mtime.has_value());
  EXPECT_EQ(stream.utimes("file", 1000000000), "EINVAL");
}

TEST(Receiver, EncodedWritesThatSayTooMuchAreErrors) {
  const auto errno_for = [](u32 compression, u64 length, u64 from, u64 file_length, Bytes data) {
    Stream stream;
    stream.make(SendCommand::mkfile, "file");
    Writer& writer = stream.begin(SendCommand::encoded_write, "file");
    writer.put_u64(SendAttribute::file_offset, 0);
    writer.put_u64(SendAttribute::unencoded_file_len, file_length);
    writer.put_u64(SendAttribute::unencoded_len, length);
    writer.put_u64(SendAttribute::unencoded_offset, from);
    writer.put_u32(SendAttribute::compression, compression);
    writer.put_data({data});
    return stream.end();
  };
  // An LZO extent of one segment: "abcd" as literals and the end marker.
  const u8 lzo[] = {16, 0, 0, 0, 8, 0, 0, 0, 21, 'a', 'b', 'c', 'd', 17, 0, 0};
  EXPECT_EQ(errno_for(3, 4096, 1, 3, lzo), "no error");
  EXPECT_EQ(errno_for(0, 4096, 1, 3, lzo), "EOPNOTSUPP");
  EXPECT_EQ(errno_for(8, 4096, 1, 3, lzo), "EOPNOTSUPP");
  EXPECT_EQ(errno_for(3, 0, 0, 0, lzo), "EINVAL");
  EXPECT_EQ(errno_for(3, 131073, 0, 1, lzo), "EINVAL");
  EXPECT_EQ(errno_for(3, 4096, 4000, 97, lzo), "EINVAL");
  EXPECT_EQ(errno_for(3, 4096, 5000, 0, lzo), "EINVAL");
  EXPECT_NE(errno_for(1, 4096, 0, 4096, lzo).find("zlib"), std::string::npos);
}

TEST(Receiver, HashesAreEnoughToCompare) {
  Stream stream({.keep = Keep::hashes});
  stream.make(SendCommand::mkfile, "file");
  std::vector<u8> data = pattern(20000, 9);
  stream.write("file", 0, data);
  EXPECT_EQ(stream.inode("file").contents.compare(0, data), Contents::Match::same);
  data[9999] ^= 1;
  EXPECT_EQ(stream.inode("file").contents.compare(0, data), Contents::Match::different);
}

TEST(Receiver, UnfinishedSubvolumeIsNoParent) {
  Model model;
  std::vector<u8> stream = read_test_file("full-v1.stream");
  stream.resize(stream.size() - 12);
  EXPECT_FALSE(receive_stream(model, stream).ok());
  ASSERT_EQ(model.subvolumes().size(), 1u);
  EXPECT_FALSE(model.subvolumes()[0]->finished);
  EXPECT_FALSE(receive_stream(model, read_test_file("incremental-v2.stream")).ok());
}

}  // namespace
}  // namespace canopy
