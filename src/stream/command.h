// The catalogue of a send stream: its commands and attributes, as data (hence a long header).
// Numbers and names are those of the kernel's send.h (BTRFS_SEND_C_*, BTRFS_SEND_A_*).
//
//   stream    := header, command...            header  := "btrfs-stream\0", le32 version
//   command   := le32 length of the attributes, le16 command, le32 crc, attribute...
//   attribute := le16 attribute, le16 length, value
//
// The CRC is crc32c_raw(0, ...) of the whole command with the field itself taken as zero. From
// version 2 on the attribute `data` has no length: it is the last and runs to the end of the
// command. Values are little endian; texts (paths, names) are bytes without a terminating NUL and
// may be empty: the empty path is the subvolume itself.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/types.h"

namespace canopy {

inline constexpr std::string_view stream_magic{"btrfs-stream\0", 13};
inline constexpr u32 stream_header_size = 17;
inline constexpr u32 command_header_size = 10;
inline constexpr u32 highest_stream_version = 3;

enum class SendCommand : u16 {
  unspec,
  subvol,
  snapshot,
  mkfile,
  mkdir,
  mknod,
  mkfifo,
  mksock,
  symlink,
  rename,
  link,
  unlink,
  rmdir,
  set_xattr,
  remove_xattr,
  write,
  clone,
  truncate,
  chmod,
  chown,
  utimes,
  end,
  update_extent,
  fallocate,
  fileattr,
  encoded_write,
  enable_verity,
};
inline constexpr u16 send_command_count = 27;

enum class SendAttribute : u16 {
  unspec,
  uuid,
  ctransid,
  ino,
  size,
  mode,
  uid,
  gid,
  rdev,
  ctime,
  mtime,
  atime,
  otime,
  xattr_name,
  xattr_data,
  path,
  path_to,
  path_link,
  file_offset,
  data,
  clone_uuid,
  clone_ctransid,
  clone_path,
  clone_offset,
  clone_len,
  fallocate_mode,
  fileattr,
  unencoded_file_len,
  unencoded_len,
  unencoded_offset,
  compression,
  encryption,
  verity_algorithm,
  verity_block_size,
  verity_salt_data,
  verity_sig_data,
};
inline constexpr u16 send_attribute_count = 36;

// How the value of an attribute is laid out. Numbers are unsigned; `text` and
// `binary` have any length.
enum class AttributeEncoding : u8 { number8, number32, number64, uuid, timespec, text, binary };

struct AttributeInfo {
  std::string_view name;
  AttributeEncoding encoding;
  u8 since_version;
};

struct CommandInfo {
  std::string_view name;
  u8 since_version;
  // In the order in which the kernel writes them, but those that may be missing (their number is
  // `optional`) at the end.
  std::span<const SendAttribute> attributes;
  u8 optional = 0;
};

namespace command_internal {

using enum AttributeEncoding;
inline constexpr std::array<AttributeInfo, send_attribute_count> attribute_table{{
    {"unspec", binary, 1},
    {"uuid", uuid, 1},
    {"ctransid", number64, 1},
    {"ino", number64, 1},
    {"size", number64, 1},
    {"mode", number64, 1},
    {"uid", number64, 1},
    {"gid", number64, 1},
    {"rdev", number64, 1},
    {"ctime", timespec, 1},
    {"mtime", timespec, 1},
    {"atime", timespec, 1},
    {"otime", timespec, 1},
    {"xattr_name", text, 1},
    {"xattr_data", binary, 1},
    {"path", text, 1},
    {"path_to", text, 1},
    {"path_link", text, 1},
    {"file_offset", number64, 1},
    {"data", binary, 1},
    {"clone_uuid", uuid, 1},
    {"clone_ctransid", number64, 1},
    {"clone_path", text, 1},
    {"clone_offset", number64, 1},
    {"clone_len", number64, 1},
    {"fallocate_mode", number32, 2},
    {"fileattr", number64, 2},
    {"unencoded_file_len", number64, 2},
    {"unencoded_len", number64, 2},
    {"unencoded_offset", number64, 2},
    {"compression", number32, 2},
    {"encryption", number32, 2},
    {"verity_algorithm", number8, 3},
    {"verity_block_size", number32, 3},
    {"verity_salt_data", binary, 3},
    {"verity_sig_data", binary, 3},
}};

}  // namespace command_internal

// REQUIRES: the number of `attribute` is below send_attribute_count.
constexpr const AttributeInfo& attribute_info(SendAttribute attribute) {
  return command_internal::attribute_table[static_cast<u16>(attribute)];
}

// REQUIRES: the number of `command` is below send_command_count.
const CommandInfo& command_info(SendCommand command);

// The largest command the kernel makes: its send buffer (BTRFS_SEND_BUF_SIZE_V1 and _V2 with pages
// of 4 KiB), header included.
constexpr u32 max_command_size(u32 version) { return version == 1 ? 64 * 1024 : 144 * 1024; }

// The most file data that the kernel puts in one WRITE: the buffer less 16 KiB.
constexpr u32 max_write_data(u32 version) { return max_command_size(version) - 16 * 1024; }

}  // namespace canopy
