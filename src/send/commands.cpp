#include "send/commands.h"

#include <algorithm>

#include "send/inode_lookup.h"
#include "tree/items.h"

namespace canopy {
namespace {

constexpr u64 permission_mask = 07777;

// The name of a subvolume: that of its first ROOT_BACKREF, the one with the lowest parent root.
Result<std::string> subvolume_name(SendContext& context) {
  const u64 id = context.send_root.objectid();
  CommittedForest& forest = context.send_root.forest();
  HoldCommitRoots hold(forest);
  auto root_tree = TRY(forest.root(ROOT_TREE_OBJECTID));
  Path path;
  bool found = TRY(
      search_at_or_after(forest.cache(), root_tree->pointer(), {id, ROOT_BACKREF_KEY, 0}, path));
  if (!found || path.key().objectid != id || path.key().type != ROOT_BACKREF_KEY) {
    return error(Code::not_found, "subvolume {} has no name", id).as_errno("ENOENT");
  }
  Bytes item = path.item();
  if (item.size() < sizeof(RootRef) ||
      load_struct<RootRef>(item).name_len > item.size() - sizeof(RootRef)) {
    return error(Code::corrupt, "the name of subvolume {} is cut short", id)
        .at(path.leaf().start())
        .as_errno("EUCLEAN");
  }
  return std::string(as_text(item.subspan(sizeof(RootRef), load_struct<RootRef>(item).name_len)));
}

void put_time(Writer& writer, SendAttribute attribute, const Timespec& time) {
  writer.put_timespec(attribute, time.sec, time.nsec);
}

}  // namespace

Result<void> SendContext::end_command(std::string_view rule) {
  if (progress != nullptr && progress->cancelled.load(std::memory_order_relaxed)) {
    return error(Code::cancelled, "sending was cancelled");
  }
  const u64 offset = writer.offset();
  const SendCommand command = writer.command();
  TRY(writer.end());
  if (progress != nullptr) {
    progress->bytes.store(writer.offset(), std::memory_order_relaxed);
    progress->commands.store(writer.command_count(), std::memory_order_relaxed);
  }
  if (observer != nullptr) {
    observer->command_written(
        {command, offset, static_cast<u32>(writer.offset() - offset), cause_ino, rule, cause});
  }
  return {};
}

void SendContext::note_restart(u64 reloc_trans) {
  last_reloc_trans = reloc_trans;
  if (progress != nullptr) progress->restarts.fetch_add(1, std::memory_order_relaxed);
}

void SendContext::note_position(u64 ino) {
  if (progress == nullptr || highest_ino < FIRST_FREE_OBJECTID) return;
  constexpr double whole = 1'000'000;
  const double done = static_cast<double>(ino - FIRST_FREE_OBJECTID);
  const double all = static_cast<double>(highest_ino - FIRST_FREE_OBJECTID) + 1;
  progress->millionths.store(static_cast<u32>(std::clamp(whole * done / all, 0.0, whole)),
                             std::memory_order_relaxed);
}

std::span<const u8, 16> uuid_for_receiver(const RootItem& root) {
  for (u8 byte : root.received_uuid) {
    if (byte != 0) return root.received_uuid;
  }
  return root.uuid;
}

Result<void> send_subvolume_begin(SendContext& context) {
  std::string name = TRY(subvolume_name(context));
  Writer& writer = context.writer;
  writer.begin(context.incremental() ? SendCommand::snapshot : SendCommand::subvol);
  writer.put_text(SendAttribute::path, name);
  writer.put_uuid(SendAttribute::uuid, uuid_for_receiver(context.send_root.item()));
  writer.put_u64(SendAttribute::ctransid, context.send_root.item().ctransid);
  if (context.incremental()) {
    writer.put_uuid(SendAttribute::clone_uuid, uuid_for_receiver(context.parent_root->item()));
    writer.put_u64(SendAttribute::clone_ctransid, context.parent_root->item().ctransid);
  }
  return context.end_command("A stream begins with the subvolume that it makes");
}

Result<void> send_end(SendContext& context) {
  context.writer.begin(SendCommand::end);
  return context.end_command("A stream ends with END");
}

Result<void> send_rename(SendContext& context, std::string_view from, std::string_view to,
                         std::string_view rule) {
  context.writer.begin(SendCommand::rename);
  context.writer.put_text(SendAttribute::path, from);
  context.writer.put_text(SendAttribute::path_to, to);
  return context.end_command(rule);
}

Result<void> send_link(SendContext& context, std::string_view path, std::string_view existing,
                       std::string_view rule) {
  context.writer.begin(SendCommand::link);
  context.writer.put_text(SendAttribute::path, path);
  context.writer.put_text(SendAttribute::path_link, existing);
  return context.end_command(rule);
}

Result<void> send_unlink(SendContext& context, std::string_view path, std::string_view rule) {
  context.writer.begin(SendCommand::unlink);
  context.writer.put_text(SendAttribute::path, path);
  return context.end_command(rule);
}

Result<void> send_rmdir(SendContext& context, std::string_view path, std::string_view rule) {
  context.writer.begin(SendCommand::rmdir);
  context.writer.put_text(SendAttribute::path, path);
  return context.end_command(rule);
}

Result<void> send_truncate(SendContext& context, std::string_view path, u64 size,
                           std::string_view rule) {
  context.writer.begin(SendCommand::truncate);
  context.writer.put_text(SendAttribute::path, path);
  context.writer.put_u64(SendAttribute::size, size);
  return context.end_command(rule);
}

Result<void> send_chmod(SendContext& context, std::string_view path, u64 mode,
                        std::string_view rule) {
  context.writer.begin(SendCommand::chmod);
  context.writer.put_text(SendAttribute::path, path);
  context.writer.put_u64(SendAttribute::mode, mode & permission_mask);
  return context.end_command(rule);
}

Result<void> send_chown(SendContext& context, std::string_view path, u64 uid, u64 gid,
                        std::string_view rule) {
  context.writer.begin(SendCommand::chown);
  context.writer.put_text(SendAttribute::path, path);
  context.writer.put_u64(SendAttribute::uid, uid);
  context.writer.put_u64(SendAttribute::gid, gid);
  return context.end_command(rule);
}

Result<void> send_fileattr(SendContext& context, std::string_view path, u64 flags,
                           std::string_view rule) {
  if (context.protocol() < 2) return {};
  context.writer.begin(SendCommand::fileattr);
  context.writer.put_text(SendAttribute::path, path);
  context.writer.put_u64(SendAttribute::fileattr, flags);
  return context.end_command(rule);
}

Result<void> send_utimes(SendContext& context, std::string_view path, u64 ino,
                         std::string_view rule) {
  Path found;
  if (!TRY(context.send_root.find({ino, INODE_ITEM_KEY, 0}, found))) {
    return error(Code::not_found, "tree {} has no inode {}", context.send_root.objectid(), ino)
        .as_errno("ENOENT");
  }
  const InodeItem item = TRY(read_inode_item(found));
  Writer& writer = context.writer;
  writer.begin(SendCommand::utimes);
  writer.put_text(SendAttribute::path, path);
  put_time(writer, SendAttribute::atime, item.atime);
  put_time(writer, SendAttribute::mtime, item.mtime);
  put_time(writer, SendAttribute::ctime, item.ctime);
  if (context.protocol() >= 2) put_time(writer, SendAttribute::otime, item.otime);
  return context.end_command(rule);
}

Result<void> send_set_xattr(SendContext& context, std::string_view path, std::string_view name,
                            Bytes value, std::string_view rule) {
  context.writer.begin(SendCommand::set_xattr);
  context.writer.put_text(SendAttribute::path, path);
  context.writer.put_text(SendAttribute::xattr_name, name);
  context.writer.put_binary(SendAttribute::xattr_data, value);
  return context.end_command(rule);
}

Result<void> send_remove_xattr(SendContext& context, std::string_view path, std::string_view name,
                               std::string_view rule) {
  context.writer.begin(SendCommand::remove_xattr);
  context.writer.put_text(SendAttribute::path, path);
  context.writer.put_text(SendAttribute::xattr_name, name);
  return context.end_command(rule);
}

}  // namespace canopy
