#include "send/inode_creator.h"

#include "ondisk/file_extent.h"
#include "send/current_inode.h"
#include "send/inode_lookup.h"
#include "send/paths.h"
#include "tree/items.h"

namespace canopy {
namespace {

constexpr std::size_t created_dirs_kept = 64;

// Absent: not a kind of inode that can be sent.
std::optional<SendCommand> command_for(u64 mode) {
  switch (mode & MODE_TYPE_MASK) {
    case MODE_REGULAR:
      return SendCommand::mkfile;
    case MODE_DIRECTORY:
      return SendCommand::mkdir;
    case MODE_SYMLINK:
      return SendCommand::symlink;
    case MODE_CHARACTER:
    case MODE_BLOCK:
      return SendCommand::mknod;
    case MODE_FIFO:
      return SendCommand::mkfifo;
    case MODE_SOCKET:
      return SendCommand::mksock;
    default:
      return std::nullopt;
  }
}

}  // namespace

u32 encode_device(u64 rdev) {
  const u32 dev = static_cast<u32>(rdev);
  const u32 major = dev >> 20;
  const u32 minor = dev & 0xfffff;
  return (minor & 0xff) | major << 8 | (minor & ~u32{0xff}) << 12;
}

InodeCreator::InodeCreator(SendContext& context, const CurrentInode& inode, const Paths& paths)
    : context_(context), inode_(inode), paths_(paths), created_dirs_(created_dirs_kept) {}

Result<void> InodeCreator::create_current_if_needed() {
  if (!inode_.is_directory()) {
    return create(inode_.ino, inode_.gen, inode_.mode, inode_.rdev, "A new inode is created");
  }
  if (TRY(did_create_dir(inode_.ino))) return {};
  TRY(create(inode_.ino, inode_.gen, inode_.mode, inode_.rdev, "A new directory is created"));
  created_dirs_.store(inode_.ino, 0, {});
  return {};
}

Result<bool> InodeCreator::did_create_dir(u64 dir) {
  if (created_dirs_.lookup(dir) != nullptr) return true;

  Path path;
  bool found = TRY(context_.send_root.search_at_or_after({dir, DIR_INDEX_KEY, 0}, path));
  while (found) {
    const Key key = path.key();
    if (key.objectid != dir || key.type != DIR_INDEX_KEY) break;
    DirEntry entry = TRY(first_dir_entry(path.item()));
    if (!entry.is_subvolume() && entry.location.objectid < paths_.send_progress) {
      created_dirs_.store(dir, 0, {});
      return true;
    }
    found = TRY(context_.send_root.next_item(path));
  }
  return false;
}

Result<void> InodeCreator::create_dir_out_of_order(u64 dir) {
  constexpr std::string_view rule =
      "A directory is created before its turn, for an inode with a lower number that lives in it";
  if (dir == inode_.ino) {
    TRY(create(dir, inode_.gen, inode_.mode, inode_.rdev, rule));
  } else {
    InodeInfo info = TRY(read_inode(context_.send_root, dir));
    TRY(create(dir, info.gen, info.mode, info.rdev, rule));
  }
  created_dirs_.store(dir, 0, {});
  return {};
}

Result<void> InodeCreator::create(u64 ino, u64 gen, u64 mode, u64 rdev, std::string_view rule) {
  const std::optional<SendCommand> command = command_for(mode);
  if (!command) {
    return error(Code::unsupported, "inode {} has the unknown type {:o}", ino,
                 mode & MODE_TYPE_MASK)
        .as_errno("EOPNOTSUPP");
  }
  std::string path;
  TRY(paths_.append_orphan_name(ino, gen, path));

  Writer& writer = context_.writer;
  if (*command == SendCommand::symlink) {
    std::string target = TRY(read_symlink(ino));
    writer.begin(*command);
    writer.put_text(SendAttribute::path, path);
    writer.put_u64(SendAttribute::ino, ino);
    writer.put_text(SendAttribute::path_link, target);
    return context_.end_command(rule);
  }
  writer.begin(*command);
  writer.put_text(SendAttribute::path, path);
  writer.put_u64(SendAttribute::ino, ino);
  if (*command == SendCommand::mknod || *command == SendCommand::mkfifo ||
      *command == SendCommand::mksock) {
    writer.put_u64(SendAttribute::rdev, encode_device(rdev));
    writer.put_u64(SendAttribute::mode, mode);
  }
  return context_.end_command(rule);
}

Result<std::string> InodeCreator::read_symlink(u64 ino) const {
  Path path;
  if (!TRY(context_.send_root.find({ino, EXTENT_DATA_KEY, 0}, path))) {
    return error(Code::io, "symlink {} of tree {} has no target", ino,
                 context_.send_root.objectid())
        .as_errno("EIO");
  }
  Bytes item = path.item();
  if (item.size() < FILE_EXTENT_INLINE_DATA_START) {
    return error(Code::corrupt, "the extent of symlink {} is cut short", ino)
        .at(path.leaf().start())
        .as_errno("EUCLEAN");
  }
  const u8 type = item[offsetof(FileExtentItem, type)];
  const u8 compression = item[offsetof(FileExtentItem, compression)];
  if (type != FILE_EXTENT_INLINE || compression != COMPRESS_NONE) {
    return error(Code::corrupt, "the extent of symlink {} has type {} and compression {}", ino,
                 type, compression)
        .at(path.leaf().start())
        .as_errno("EUCLEAN");
  }
  const u64 size = load_le<u64>(item.data() + offsetof(FileExtentItem, ram_bytes));
  if (size > item.size() - FILE_EXTENT_INLINE_DATA_START) {
    return error(Code::corrupt, "the target of symlink {} is cut short", ino)
        .at(path.leaf().start())
        .as_errno("EUCLEAN");
  }
  std::string target;
  TRY(append_name(target, as_text(item.subspan(FILE_EXTENT_INLINE_DATA_START, to_size(size)))));
  return target;
}

}  // namespace canopy
