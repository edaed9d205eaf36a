#include "stream/command.h"

#include "base/check.h"

namespace canopy {
namespace {

using enum SendAttribute;

constexpr SendAttribute subvol_attributes[] = {path, uuid, ctransid};
constexpr SendAttribute snapshot_attributes[] = {path, uuid, ctransid, clone_uuid, clone_ctransid};
constexpr SendAttribute make_attributes[] = {path, ino};
constexpr SendAttribute make_node_attributes[] = {path, ino, rdev, mode};
constexpr SendAttribute symlink_attributes[] = {path, ino, path_link};
constexpr SendAttribute rename_attributes[] = {path, path_to};
constexpr SendAttribute link_attributes[] = {path, path_link};
constexpr SendAttribute path_attributes[] = {path};
constexpr SendAttribute set_xattr_attributes[] = {path, xattr_name, xattr_data};
constexpr SendAttribute remove_xattr_attributes[] = {path, xattr_name};
constexpr SendAttribute write_attributes[] = {path, file_offset, data};
constexpr SendAttribute clone_attributes[] = {file_offset,    clone_len,  path,        clone_uuid,
                                              clone_ctransid, clone_path, clone_offset};
constexpr SendAttribute truncate_attributes[] = {path, size};
constexpr SendAttribute chmod_attributes[] = {path, mode};
constexpr SendAttribute chown_attributes[] = {path, uid, gid};
constexpr SendAttribute utimes_attributes[] = {path, atime, mtime, ctime, otime};
constexpr SendAttribute update_extent_attributes[] = {path, file_offset, size};
constexpr SendAttribute fallocate_attributes[] = {path, fallocate_mode, file_offset, size};
constexpr SendAttribute fileattr_attributes[] = {path, fileattr};
constexpr SendAttribute encoded_write_attributes[] = {
    path, file_offset, unencoded_file_len, unencoded_len, unencoded_offset,
    data, compression, encryption};
constexpr SendAttribute enable_verity_attributes[] = {path, verity_algorithm, verity_block_size,
                                                      verity_salt_data, verity_sig_data};

constexpr std::array<CommandInfo, send_command_count> command_table{{
    {"unspec", 1, {}},
    {"subvol", 1, subvol_attributes},
    {"snapshot", 1, snapshot_attributes},
    {"mkfile", 1, make_attributes},
    {"mkdir", 1, make_attributes},
    {"mknod", 1, make_node_attributes},
    {"mkfifo", 1, make_node_attributes, 2},
    {"mksock", 1, make_node_attributes, 2},
    {"symlink", 1, symlink_attributes},
    {"rename", 1, rename_attributes},
    {"link", 1, link_attributes},
    {"unlink", 1, path_attributes},
    {"rmdir", 1, path_attributes},
    {"set_xattr", 1, set_xattr_attributes},
    {"remove_xattr", 1, remove_xattr_attributes},
    {"write", 1, write_attributes},
    {"clone", 1, clone_attributes},
    {"truncate", 1, truncate_attributes},
    {"chmod", 1, chmod_attributes},
    {"chown", 1, chown_attributes},
    {"utimes", 1, utimes_attributes, 1},
    {"end", 1, {}},
    {"update_extent", 1, update_extent_attributes},
    {"fallocate", 2, fallocate_attributes},
    {"fileattr", 2, fileattr_attributes},
    {"encoded_write", 2, encoded_write_attributes, 2},
    {"enable_verity", 3, enable_verity_attributes},
}};

}  // namespace

const CommandInfo& command_info(SendCommand command) {
  CHECK(static_cast<u16>(command) < send_command_count);
  return command_table[static_cast<u16>(command)];
}

}  // namespace canopy
