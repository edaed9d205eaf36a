// The commands that carry no file data, each with its attributes in the kernel's order. `rule` says
// in one sentence why the command is sent (provenance.h).
#pragma once

#include <string_view>

#include "base/result.h"
#include "ondisk/inode_item.h"
#include "send/send_context.h"

namespace canopy {

// SUBVOL or SNAPSHOT: which subvolume follows, and from which it is made. Error: ENOENT where the
// send root has no name (the top-level subvolume).
Result<void> send_subvolume_begin(SendContext& context);
Result<void> send_end(SendContext& context);

Result<void> send_rename(SendContext& context, std::string_view from, std::string_view to,
                         std::string_view rule);
Result<void> send_link(SendContext& context, std::string_view path, std::string_view existing,
                       std::string_view rule);
Result<void> send_unlink(SendContext& context, std::string_view path, std::string_view rule);
Result<void> send_rmdir(SendContext& context, std::string_view path, std::string_view rule);

Result<void> send_truncate(SendContext& context, std::string_view path, u64 size,
                           std::string_view rule);
Result<void> send_chmod(SendContext& context, std::string_view path, u64 mode,
                        std::string_view rule);
Result<void> send_chown(SendContext& context, std::string_view path, u64 uid, u64 gid,
                        std::string_view rule);
// Nothing in protocol 1.
Result<void> send_fileattr(SendContext& context, std::string_view path, u64 flags,
                           std::string_view rule);
// The times of the inode in the send root.
Result<void> send_utimes(SendContext& context, std::string_view path, u64 ino,
                         std::string_view rule);
Result<void> send_set_xattr(SendContext& context, std::string_view path, std::string_view name,
                            Bytes value, std::string_view rule);
Result<void> send_remove_xattr(SendContext& context, std::string_view path, std::string_view name,
                               std::string_view rule);

// The UUID under which a receiver looks for a subvolume: that of where it was received from, if it
// was. A part of `root`.
std::span<const u8, 16> uuid_for_receiver(const RootItem& root);

}  // namespace canopy
