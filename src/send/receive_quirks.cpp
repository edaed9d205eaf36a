#include "send/receive_quirks.h"

#include <algorithm>
#include <charconv>

#include "files/extent_reader.h"
#include "files/subvolume.h"
#include "send/commands.h"
#include "send/root_reader.h"

namespace canopy {
namespace {

constexpr std::string_view capability = "security.capability";
constexpr std::string_view acl_prefix = "system.posix_acl_";

// "o257-8-0": the letter, inode, generation, and a number that makes it unique. The inode, if the
// name is such a one.
std::optional<u64> inode_of_orphan(std::string_view name) {
  if (!name.starts_with('o')) return std::nullopt;
  u64 numbers[3] = {};
  const char* at = name.data() + 1;
  const char* const end = name.data() + name.size();
  for (std::size_t i = 0; i < std::size(numbers); ++i) {
    if (i > 0 && (at == end || *at++ != '-')) return std::nullopt;
    const auto parsed = std::from_chars(at, end, numbers[i]);
    if (parsed.ec != std::errc()) return std::nullopt;
    at = parsed.ptr;
  }
  if (at != end) return std::nullopt;
  return numbers[0];
}

const char* kind_name(u64 mode) {
  switch (mode & MODE_TYPE_MASK) {
    case MODE_DIRECTORY:
      return "a directory";
    case MODE_REGULAR:
      return "a file";
    case MODE_SYMLINK:
      return "a symbolic link";
    default:
      return "a special file";
  }
}

std::string other_kind_text(u64 ino, u64 mode_before, u64 mode_now) {
  return fmt::format(
      "the parent is no earlier state of the subvolume: inode {} is {} there and {} here, of "
      "the same generation, and send takes the two for one",
      ino, kind_name(mode_before), kind_name(mode_now));
}

Result<std::optional<InodeItem>> inode_of(const RootReader& root, u64 ino) {
  Path path;
  if (!TRY(root.search({ino, INODE_ITEM_KEY, 0}, path))) return std::optional<InodeItem>();
  return std::optional(TRY(read_inode_item(path)));
}

Result<RootReader> reader_of(Filesystem& filesystem, u64 id) {
  auto root = TRY(filesystem.forest().root(id));
  if (root == nullptr) return error(Code::not_found, "there is no subvolume {}", id);
  return RootReader(filesystem.forest(), std::move(root));
}

// The regular extent that holds `offset` of a file; nullopt if there is none.
Result<std::optional<std::pair<Key, FileExtentItem>>> extent_at(const RootReader& root, u64 ino,
                                                                u64 offset) {
  using Found = std::optional<std::pair<Key, FileExtentItem>>;
  Path path;
  if (!TRY(root.search_at_or_before({ino, EXTENT_DATA_KEY, offset}, path))) return Found();
  const Key key = path.key();
  if (key.objectid != ino || key.type != EXTENT_DATA_KEY) return Found();
  const FileExtent extent = TRY(parse_file_extent(path.item(), false));
  if (extent.is_inline() || extent.is_zeros()) return Found();
  if (offset - key.offset >= extent.item.num_bytes) return Found();
  return Found(std::pair(key, extent.item));
}

}  // namespace

std::string_view orphan_above(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == path.npos || !inode_of_orphan(path.substr(0, slash))) return {};
  return path.substr(0, slash);
}

Result<std::string> ReceiveQuirks::of_failure(const FailedCommand& failed) {
  if (failed.clones_from_itself) {
    std::string shared = TRY(of_shared_uuid());
    if (!shared.empty()) return shared;
  }
  if (!parent_) return std::string();
  if (!failed.orphan.empty() && failed.orphan_comes_later) {
    return fmt::format(
        "send names a path through {} before the command that gives a directory this name: its "
        "old name goes to the inode in hand, and so it counts as moved aside",
        failed.orphan);
  }
  return of_other_kind();
}

Result<std::string> ReceiveQuirks::of_shared_uuid() {
  const SubvolumeList all = TRY(SubvolumeList::read(filesystem_.forest()));
  const Subvolume* sent = all.find(subvolume_);
  if (sent == nullptr) return std::string();
  for (const Subvolume& other : all.all()) {
    if (&other == sent ||
        !std::ranges::equal(uuid_for_receiver(other.item), uuid_for_receiver(sent->item)))
      continue;
    return fmt::format(
        "the subvolume and {} go by one uuid, since one was received from the other: who receives "
        "looks for clones from either in what it is making",
        other.display_name());
  }
  return std::string();
}

Result<std::string> ReceiveQuirks::of_other_kind() {
  const RootReader sent = TRY(reader_of(filesystem_, subvolume_));
  const RootReader parent = TRY(reader_of(filesystem_, *parent_));
  Path path;
  bool more = TRY(sent.search_at_or_after({FIRST_FREE_OBJECTID, INODE_ITEM_KEY, 0}, path));
  for (; more; more = TRY(sent.next_item(path))) {
    const Key key = path.key();
    if (key.type != INODE_ITEM_KEY) continue;
    const InodeInfo now = info_of(TRY(read_inode_item(path)));
    const auto before = TRY(parent.find_inode(key.objectid));
    if (!before || before->gen != now.gen ||
        (before->mode & MODE_TYPE_MASK) == (now.mode & MODE_TYPE_MASK)) {
      continue;
    }
    return other_kind_text(key.objectid, before->mode, now.mode);
  }
  return std::string();
}

Result<std::string> ReceiveQuirks::of_mistaken_inode(u64 ino) {
  if (!parent_) return std::string();
  const auto now = TRY(inode_of(TRY(reader_of(filesystem_, subvolume_)), ino));
  const auto before = TRY(inode_of(TRY(reader_of(filesystem_, *parent_)), ino));
  if (!now || !before || now->generation != before->generation) return std::string();
  if ((now->mode & MODE_TYPE_MASK) != (before->mode & MODE_TYPE_MASK))
    return other_kind_text(ino, before->mode, now->mode);
  const bool same_time =
      now->otime.sec == before->otime.sec && now->otime.nsec == before->otime.nsec;
  // Those made within a tick of the clock have the same time; where a link leads never changes.
  const bool is_link = (now->mode & MODE_TYPE_MASK) == MODE_SYMLINK;
  if (same_time && (!is_link || TRY(leads_alike(ino)))) return std::string();
  return fmt::format(
      "the parent is no earlier state of the subvolume: inode {} is another one there, of the same "
      "generation, and send takes the two for one",
      ino);
}

Result<bool> ReceiveQuirks::leads_alike(u64 ino) {
  auto sent = TRY(SubvolumeFiles::open(filesystem_.forest(), subvolume_));
  auto parent = TRY(SubvolumeFiles::open(filesystem_.forest(), *parent_));
  return TRY(sent.symlink_target(ino)) == TRY(parent.symlink_target(ino));
}

Result<std::optional<LostTail>> ReceiveQuirks::lost_tail(u64 ino) {
  using Lost = std::optional<LostTail>;
  if (!parent_) return Lost();
  const RootReader sent = TRY(reader_of(filesystem_, subvolume_));
  const RootReader parent = TRY(reader_of(filesystem_, *parent_));
  const auto now = TRY(sent.find_inode(ino));
  const auto before = TRY(parent.find_inode(ino));
  if (!now || !before || now->gen != before->gen || before->size >= now->size) return Lost();
  const auto extent = TRY(extent_at(sent, ino, before->size));
  const auto old_extent = TRY(extent_at(parent, ino, before->size));
  if (!extent || !old_extent || extent->second.disk_bytenr != old_extent->second.disk_bytenr ||
      extent->second.generation != old_extent->second.generation) {
    return Lost();
  }
  const u64 end = std::min(now->size, extent->first.offset + extent->second.num_bytes);
  return Lost({before->size, end, extent->second.disk_bytenr});
}

std::string ReceiveQuirks::of_lost_tail(const LostTail& tail) {
  return fmt::format(
      "the parent's file ends at {}, inside an extent that both have: send compares extents, and "
      "does not send what lies behind that end",
      tail.from);
}

Result<std::string> ReceiveQuirks::of_clone(u64 ino, u64 from, u64 to,
                                            const std::vector<LostTail>& lost) {
  if (lost.empty()) return std::string();
  const RootReader sent = TRY(reader_of(filesystem_, subvolume_));
  for (u64 at = from; at < to;) {
    const auto extent = TRY(extent_at(sent, ino, at));
    if (!extent) {
      at += filesystem_.super().sectorsize;
      continue;
    }
    const bool is_lost = std::any_of(lost.begin(), lost.end(), [&](const LostTail& tail) {
      return tail.disk_bytenr == extent->second.disk_bytenr;
    });
    if (is_lost) return std::string("it is cloned from a file whose end is not sent");
    at = extent->first.offset + extent->second.num_bytes;
  }
  return std::string();
}

Result<bool> ReceiveQuirks::had_subvolume(u64 dir) {
  const SubvolumeFiles parent = TRY(SubvolumeFiles::open(filesystem_.forest(), *parent_));
  const auto entries = TRY(parent.list(dir));
  return std::any_of(entries.begin(), entries.end(),
                     [](const DirectoryEntry& entry) { return entry.is_subvolume; });
}

Result<std::string> ReceiveQuirks::of_extra_name(const std::string& path) {
  if (!parent_) return std::string();
  const SubvolumeFiles parent = TRY(SubvolumeFiles::open(filesystem_.forest(), *parent_));
  std::optional<u64> dir = inode_of_orphan(path);
  if (!dir) {
    const auto there = parent.find(path);
    if (!there.ok() || there.value().type != FT_DIR || there.value().is_subvolume)
      return std::string();
    dir = there.value().ino;
  } else {
    const auto inode = TRY(parent.find_inode(*dir));
    if (!inode || (inode->mode & MODE_TYPE_MASK) != MODE_DIRECTORY) return std::string();
  }
  if (!TRY(had_subvolume(*dir))) return std::string();
  return std::string("send never removes a directory that had a subvolume in it");
}

std::string ReceiveQuirks::of_missing_xattr(std::string_view name) {
  if (capability.starts_with(name))
    return "send takes every name that security.capability begins with for it, and leaves it out";
  return {};
}

std::string ReceiveQuirks::of_xattr_value(const Xattr& sent) {
  if (sent.name.starts_with(acl_prefix) && sent.value.empty())
    return "send replaces an empty ACL by one that has a header";
  return {};
}

std::string ReceiveQuirks::of_missing_mtime(bool is_directory) {
  return is_directory ? "a name in the directory changes after its times were sent" : "";
}

}  // namespace canopy
