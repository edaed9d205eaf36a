#include "stream/receiver.h"

#include <algorithm>

#include "compress/decompress.h"

namespace canopy {
namespace {

using enum SendAttribute;

constexpr u64 max_file_size = (u64{1} << 63) - 1;
constexpr u64 max_encoded = 128 * 1024;

constexpr u32 set_uid = 04000;
constexpr u32 set_gid = 02000;
constexpr u32 group_execute = 00010;

constexpr u32 fallocate_keep_size = 1;
constexpr u32 fallocate_punch_hole = 2;
constexpr u32 fallocate_zero_range = 16;

constexpr std::string_view capability_name = "security.capability";

template <typename... Args>
Error refused(const char* kernel_errno, fmt::format_string<Args...> format, Args&&... args) {
  return error(Code::invalid, format, std::forward<Args>(args)...).as_errno(kernel_errno);
}

std::string_view path_of(const StreamCommand& command) { return command.text(path); }

Result<void> check_range(u64 offset, u64 length) {
  if (offset > max_file_size || length > max_file_size - offset) {
    return refused("EFBIG", "{} bytes at offset {} are more than a file can have", length, offset);
  }
  return {};
}

// How BTRFS_IOC_ENCODED_WRITE numbers compressions: LZO once per sector size.
struct EncodedCompression {
  Compression kind;
  u32 sectorsize;
};
std::optional<EncodedCompression> encoded_compression(u64 number) {
  if (number == 1) return EncodedCompression{Compression::zlib, 4096};
  if (number == 2) return EncodedCompression{Compression::zstd, 4096};
  if (number >= 3 && number <= 7) {
    return EncodedCompression{Compression::lzo, u32{4096} << (number - 3)};
  }
  return std::nullopt;
}

// Which names lsetxattr(2) takes on which inodes of Btrfs.
Result<void> check_xattr_name(const ModelInode& inode, std::string_view name) {
  if (name.empty() || name.size() > 255) {
    return refused("ERANGE", "the name of an xattr has {} bytes", name.size());
  }
  const bool is_file = inode.is_regular() || inode.is_directory();
  if (name.starts_with("user.")) {
    if (!is_file) return refused("EPERM", "'{}' on what is neither file nor directory", name);
    return {};
  }
  if (name.starts_with("system.posix_acl_")) {
    if (inode.type() == model_symlink)
      return refused("EOPNOTSUPP", "'{}' on a symbolic link", name);
    return {};
  }
  if (name.starts_with("security.") || name.starts_with("trusted.") || name.starts_with("btrfs.")) {
    return {};
  }
  return refused("EOPNOTSUPP", "there are no xattrs with a name like '{}'", name);
}

}  // namespace

Result<void> Receiver::apply(const StreamCommand& command) {
  if (!command.known()) return {};
  Result<void> result = dispatch(command);
  if (result.ok()) return {};
  return std::move(result).error().while_doing(
      fmt::format("{} command {} at offset {} of the stream", command_info(command.type()).name,
                  command.index(), command.offset()));
}

void Receiver::finish_subvolume() {
  if (current_ != nullptr) current_->finished = true;
  current_ = nullptr;
}

Result<void> Receiver::dispatch(const StreamCommand& command) {
  if (command.type() == SendCommand::end) {
    finish_subvolume();
    return {};
  }
  if (command.type() == SendCommand::subvol || command.type() == SendCommand::snapshot) {
    finish_subvolume();
    return begin_subvolume(command);
  }
  if (current_ == nullptr) {
    return refused("EINVAL", "no subvolume was begun");
  }
  switch (command.type()) {
    case SendCommand::mkfile:
    case SendCommand::mkdir:
    case SendCommand::mknod:
    case SendCommand::mkfifo:
    case SendCommand::mksock:
    case SendCommand::symlink:
      return make_inode(command);
    case SendCommand::rename:
    case SendCommand::link:
    case SendCommand::unlink:
    case SendCommand::rmdir:
      return change_names(command);
    case SendCommand::write:
    case SendCommand::encoded_write:
    case SendCommand::clone:
    case SendCommand::truncate:
    case SendCommand::fallocate:
      return change_contents(command);
    default:
      return change_attributes(command);
  }
}

Result<void> Receiver::begin_subvolume(const StreamCommand& command) {
  const std::string_view name = path_of(command);
  if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos) {
    return refused("EINVAL", "'{}' is no name for a subvolume", name);
  }
  std::array<u8, 16> its_uuid;
  std::ranges::copy(command.uuid(uuid), its_uuid.begin());
  ModelSubvolume begun(std::string(name), its_uuid, command.number(ctransid));
  if (command.type() == SendCommand::snapshot) {
    const ModelSubvolume* parent = model_.find(command.uuid(clone_uuid));
    if (parent == nullptr) {
      return error(Code::not_found, "the parent of snapshot '{}' was not received", name)
          .as_errno("ENOENT");
    }
    ModelSubvolume snapshot(*parent);
    snapshot.name = begun.name;
    snapshot.uuid = begun.uuid;
    snapshot.ctransid = begun.ctransid;
    snapshot.finished = false;
    begun = std::move(snapshot);
  }
  current_ = TRY(model_.add(std::move(begun)));
  return {};
}

Result<void> Receiver::make_inode(const StreamCommand& command) {
  u64 made = 0;
  switch (command.type()) {
    case SendCommand::mkfile:
      made = TRY(current_->create_or_empty(path_of(command), 0600));
      break;
    case SendCommand::mkdir:
      made = TRY(current_->create(path_of(command), model_directory | 0700));
      break;
    case SendCommand::mkfifo:
      made = TRY(current_->create(path_of(command), model_fifo | 0600));
      break;
    case SendCommand::mksock:
      made = TRY(current_->create(path_of(command), model_socket | 0600));
      break;
    case SendCommand::symlink: {
      const std::string_view target = command.text(path_link);
      if (target.empty()) return refused("ENOENT", "a symbolic link without a target");
      if (target.size() >= 4096) return refused("ENAMETOOLONG", "a target is too long");
      made = TRY(current_->create(path_of(command), model_symlink | 0777));
      current_->edit(made).target = target;
      break;
    }
    default: {
      const u32 type = static_cast<u32>(command.number(mode)) & model_type_mask;
      if (type != model_character_device && type != model_block_device) {
        return refused("EINVAL", "MKNOD for mode {:o}", command.number(mode));
      }
      made = TRY(current_->create(path_of(command), type));
      current_->edit(made).rdev = command.number(rdev);
      break;
    }
  }
  current_->edit(made).sent_ino = command.number(ino);
  return {};
}

Result<void> Receiver::change_names(const StreamCommand& command) {
  switch (command.type()) {
    case SendCommand::rename:
      return current_->rename(path_of(command), command.text(path_to));
    case SendCommand::link:
      return current_->link(command.text(path_link), path_of(command));
    case SendCommand::unlink:
      return current_->unlink(path_of(command));
    default:
      return current_->rmdir(path_of(command));
  }
}

Result<void> Receiver::change_attributes(const StreamCommand& command) {
  switch (command.type()) {
    case SendCommand::chown:
      return chown(command);
    case SendCommand::chmod:
      return chmod(command);
    case SendCommand::utimes:
      return utimes(command);
    case SendCommand::set_xattr:
      return set_xattr(command);
    case SendCommand::remove_xattr:
      return remove_xattr(command);
    case SendCommand::fileattr: {
      const u64 found = TRY(current_->find(path_of(command)));
      current_->edit(found).sent_fileattr = command.number(fileattr);
      return {};
    }
    case SendCommand::enable_verity: {
      const u64 found = TRY(find_file(command));
      current_->edit(found).verity = true;
      return {};
    }
    default:
      return {};  // UPDATE_EXTENT says what changed and nothing more
  }
}

Result<void> Receiver::chown(const StreamCommand& command) {
  ModelInode& inode = current_->edit(TRY(current_->find(path_of(command))));
  inode.uid = static_cast<u32>(command.number(uid));
  inode.gid = static_cast<u32>(command.number(gid));
  if (inode.is_directory()) return {};
  // A new owner shall not inherit privileges.
  inode.mode &= ~set_uid;
  if ((inode.mode & group_execute) != 0) inode.mode &= ~set_gid;
  if (const auto capability = inode.xattrs.find(capability_name);
      capability != inode.xattrs.end()) {
    inode.xattrs.erase(capability);
  }
  return {};
}

Result<void> Receiver::chmod(const StreamCommand& command) {
  const u64 found = TRY(current_->find(path_of(command)));
  if (current_->inode(found).type() == model_symlink) {
    return refused("EOPNOTSUPP", "'{}' is a symbolic link", path_of(command));
  }
  ModelInode& inode = current_->edit(found);
  inode.mode = inode.type() | (static_cast<u32>(command.number(mode)) & 07777);
  return {};
}

Result<void> Receiver::utimes(const StreamCommand& command) {
  const u64 found = TRY(current_->find(path_of(command)));
  const StreamTime accessed = command.timespec(atime);
  const StreamTime modified = command.timespec(mtime);
  if (accessed.nsec >= 1000000000 || modified.nsec >= 1000000000) {
    return refused("EINVAL", "a time of '{}' has more than a second of nanoseconds",
                   path_of(command));
  }
  ModelInode& inode = current_->edit(found);
  inode.atime = accessed;
  inode.mtime = modified;
  inode.sent_ctime = command.timespec(ctime);
  if (command.has(otime)) inode.sent_otime = command.timespec(otime);
  return {};
}

Result<void> Receiver::set_xattr(const StreamCommand& command) {
  const u64 found = TRY(current_->find(path_of(command)));
  const std::string_view name = command.text(xattr_name);
  const Bytes value = command.bytes(xattr_data);
  TRY(check_xattr_name(current_->inode(found), name));
  if (value.size() > 65536) return refused("E2BIG", "an xattr of {} bytes", value.size());
  ModelInode& inode = current_->edit(found);
  if (name == "system.posix_acl_default" && value.size() > 4 && !inode.is_directory())
    return refused("EACCES", "'{}' on what is no directory", name);
  // An ACL without entries is no ACL: setting it removes the one there is.
  if (name.starts_with("system.posix_acl_") && value.size() <= 4) {
    if (const auto acl = inode.xattrs.find(name); acl != inode.xattrs.end()) {
      inode.xattrs.erase(acl);
    }
    return {};
  }
  inode.xattrs.insert_or_assign(std::string(name), std::vector<u8>(value.begin(), value.end()));
  return {};
}

Result<void> Receiver::remove_xattr(const StreamCommand& command) {
  ModelInode& inode = current_->edit(TRY(current_->find(path_of(command))));
  const auto xattr = inode.xattrs.find(command.text(xattr_name));
  if (xattr == inode.xattrs.end()) {
    return error(Code::not_found, "'{}' has no xattr '{}'", path_of(command),
                 command.text(xattr_name))
        .as_errno("ENODATA");
  }
  inode.xattrs.erase(xattr);
  return {};
}

Result<u64> Receiver::find_file(const StreamCommand& command) const {
  const u64 found = TRY(current_->find(path_of(command)));
  const ModelInode& inode = current_->inode(found);
  if (inode.is_directory()) return refused("EISDIR", "'{}' is a directory", path_of(command));
  if (!inode.is_regular()) {
    return refused("EINVAL", "'{}' is no regular file", path_of(command));
  }
  return found;
}

ModelInode& Receiver::edit_contents(u64 ino) {
  ModelInode& inode = current_->edit(ino);
  inode.mtime.reset();
  if (const auto capability = inode.xattrs.find(capability_name);
      capability != inode.xattrs.end()) {
    inode.xattrs.erase(capability);
  }
  return inode;
}

Result<void> Receiver::change_contents(const StreamCommand& command) {
  const u64 found = TRY(find_file(command));
  switch (command.type()) {
    case SendCommand::write: {
      const Bytes written = command.bytes(data);
      TRY(check_range(command.number(file_offset), written.size()));
      edit_contents(found).contents.write(command.number(file_offset), written, options_.keep);
      return {};
    }
    case SendCommand::truncate:
      TRY(check_range(0, command.number(size)));
      if (current_->inode(found).contents.size() != command.number(size)) {
        edit_contents(found).contents.truncate(command.number(size));
      }
      return {};
    case SendCommand::encoded_write:
      return encoded_write(command, found);
    case SendCommand::clone:
      return clone(command, found);
    default:
      return fallocate(command, found);
  }
}

// The range [unencoded_offset, + unencoded_file_len) of what the extent holds appears in the file.
Result<void> Receiver::encoded_write(const StreamCommand& command, u64 ino) {
  const u64 offset = command.number(file_offset);
  const u64 file_length = command.number(unencoded_file_len);
  const u64 length = command.number(unencoded_len);
  const u64 from = command.number(unencoded_offset);
  const Bytes encoded = command.bytes(data);
  const std::optional<EncodedCompression> method =
      encoded_compression(command.has(compression) ? command.number(compression) : 0);
  if (!method || (command.has(encryption) && command.number(encryption) != 0)) {
    return refused("EOPNOTSUPP", "an encoded write of an unknown compression or encryption");
  }
  if (length == 0 || length > max_encoded || encoded.empty() || encoded.size() > max_encoded ||
      from > length || file_length > length - from) {
    return refused("EINVAL", "an encoded write of {} bytes from {} of {}, encoded in {}",
                   file_length, from, length, encoded.size());
  }
  TRY(check_range(offset, file_length));
  std::vector<u8> decoded(static_cast<std::size_t>(length));
  TRY(decompress(method->kind, encoded, decoded, method->sectorsize));
  const Bytes shown =
      Bytes(decoded).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(file_length));
  edit_contents(ino).contents.write(offset, shown, options_.keep);
  return {};
}

// The conditions of FICLONERANGE on Btrfs (generic_remap_checks(), generic_remap_check_len()).
Result<void> Receiver::clone(const StreamCommand& command, u64 ino) {
  const ModelSubvolume* source = std::ranges::equal(command.uuid(clone_uuid), current_->uuid)
                                     ? current_
                                     : model_.find(command.uuid(clone_uuid));
  if (source == nullptr) {
    return error(Code::not_found, "the subvolume to clone from was not received")
        .as_errno("ENOENT");
  }
  const u64 source_ino = TRY(source->find(command.text(clone_path)));
  if (!source->inode(source_ino).is_regular()) {
    return refused("EINVAL", "'{}' is no regular file", command.text(clone_path));
  }
  const u64 from = command.number(clone_offset);
  const u64 offset = command.number(file_offset);
  const u64 length = command.number(clone_len);
  const u64 source_size = source->inode(source_ino).contents.size();
  const u64 block = options_.sectorsize;
  TRY(check_range(offset, length));
  if (length == 0 || from >= source_size || length > source_size - from) {
    return refused("EINVAL", "{} bytes from {} of '{}' are cloned, which has {}", length, from,
                   command.text(clone_path), source_size);
  }
  const bool to_source_end = from + length == source_size;
  const bool unaligned_end = length % block != 0;
  if (from % block != 0 || offset % block != 0 || (unaligned_end && !to_source_end)) {
    return refused("EINVAL", "a clone of {} bytes from {} to {} is not aligned", length, from,
                   offset);
  }
  if (unaligned_end && offset + length < current_->inode(ino).contents.size()) {
    return refused("EINVAL", "a clone ends at {}, unaligned and before the end of '{}'",
                   offset + length, path_of(command));
  }
  const u64 blocks = (length + block - 1) / block * block;
  if (source == current_ && source_ino == ino && offset + blocks > from && offset < from + blocks) {
    return refused("EINVAL", "a clone from {} to {} of the same file overlaps itself", from,
                   offset);
  }
  // By value: the file may be the source itself.
  const Contents source_contents = source->inode(source_ino).contents;
  edit_contents(ino).contents.clone(source_contents, from, length, offset);
  return {};
}

Result<void> Receiver::fallocate(const StreamCommand& command, u64 ino) {
  const auto flags = static_cast<u32>(command.number(fallocate_mode));
  const u64 offset = command.number(file_offset);
  const u64 length = command.number(size);
  TRY(check_range(offset, length));
  if (length == 0) return refused("EINVAL", "fallocate of nothing at {}", offset);
  const bool keeps_size = (flags & fallocate_keep_size) != 0;
  const u32 operation = flags & ~fallocate_keep_size;
  if ((operation != 0 && operation != fallocate_punch_hole && operation != fallocate_zero_range) ||
      (operation == fallocate_punch_hole && !keeps_size)) {
    return refused("EOPNOTSUPP", "fallocate of mode {}", flags);
  }
  Contents& contents = edit_contents(ino).contents;
  if (operation != 0) contents.punch(offset, length);
  if (!keeps_size && contents.size() < offset + length) contents.truncate(offset + length);
  return {};
}

Result<void> ReceivingSink::write(std::span<const Bytes> pieces) {
  for (const Bytes piece : pieces) {
    reader_.feed(piece);
    while (const StreamCommand* command = TRY(reader_.next()))
      TRY(receiver_.apply(*command));
  }
  return {};
}

Result<void> ReceivingSink::finish() {
  TRY(reader_.finish());
  receiver_.finish_subvolume();
  return {};
}

Result<void> receive_stream(Model& model, Bytes stream, ReceiverOptions options) {
  ReceivingSink sink(model, options);
  TRY(sink.write({&stream, 1}));
  return sink.finish();
}

}  // namespace canopy
