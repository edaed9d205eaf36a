#include "send/xattrs.h"

#include <algorithm>

#include "ondisk/tree_block.h"
#include "send/commands.h"
#include "send/current_inode.h"
#include "send/paths.h"

namespace canopy {
namespace {

constexpr std::string_view capability_name = "security.capability";
constexpr std::string_view acl_access_name = "system.posix_acl_access";
constexpr std::string_view acl_default_name = "system.posix_acl_default";
constexpr std::size_t longest_plain_entry = 4096;  // PATH_MAX

// An access control list without entries, as user space writes it: its version. The tree holds
// nothing at all instead, which no receiver could set.
constexpr u8 empty_acl[4] = {2, 0, 0, 0};

// strncmp(a, b, a.size()) == 0, as the kernel compares: b need not end where a does.
bool is_beginning_of(std::string_view a, std::string_view b) {
  if (std::size_t nul = a.find('\0'); nul != a.npos) return a.substr(0, nul) == b;
  return b.starts_with(a);
}

}  // namespace

Result<void> XattrSender::process_created(Bytes item) {
  DirEntries entries(item);
  while (auto entry = TRY(next(entries)))
    TRY(set(*entry, "An extended attribute is new"));
  return {};
}

Result<void> XattrSender::process_deleted(Bytes item) {
  DirEntries entries(item);
  while (auto entry = TRY(next(entries)))
    TRY(remove(*entry));
  return {};
}

Result<void> XattrSender::process_changed(Bytes item, Bytes item_before) {
  DirEntries entries(item);
  while (auto entry = TRY(next(entries))) {
    auto before = TRY(find(item_before, entry->name));
    if (!before || !std::ranges::equal(before->data, entry->data)) {
      TRY(set(*entry, "An extended attribute has another value"));
    }
  }
  DirEntries entries_before(item_before);
  while (auto entry = TRY(next(entries_before))) {
    if (!TRY(find(item, entry->name))) TRY(remove(*entry));
  }
  return {};
}

Result<void> XattrSender::process_all() {
  Path path;
  bool found = TRY(context_.send_root.search_at_or_after({inode_.ino, XATTR_ITEM_KEY, 0}, path));
  while (found) {
    const Key key = path.key();
    if (key.objectid != inode_.ino || key.type != XATTR_ITEM_KEY) break;
    context_.set_cause(ItemChange::created, context_.send_root, path);
    TRY(process_created(path.item()));
    found = TRY(context_.send_root.next_item(path));
  }
  return {};
}

Result<void> XattrSender::send_capability() {
  static const u64 hash = name_hash(capability_name);
  Path path;
  if (!TRY(context_.send_root.find({inode_.ino, XATTR_ITEM_KEY, hash}, path))) return {};
  auto entry = TRY(find_dir_entry_in_item(path.item(), capability_name));
  if (!entry) return {};
  return send_set_xattr(context_, TRY(paths_.current_inode_path()), capability_name, entry->data,
                        "A capability is set again whenever its inode was changed");
}

Result<void> XattrSender::set(const DirEntry& entry, std::string_view rule) {
  if (is_beginning_of(entry.name, capability_name)) return {};
  Bytes value = entry.data;
  if (value.empty() && (is_beginning_of(entry.name, acl_access_name) ||
                        is_beginning_of(entry.name, acl_default_name))) {
    value = empty_acl;
  }
  return send_set_xattr(context_, TRY(paths_.current_inode_path()), entry.name, value, rule);
}

Result<void> XattrSender::remove(const DirEntry& entry) {
  return send_remove_xattr(context_, TRY(paths_.current_inode_path()), entry.name,
                           "An extended attribute is gone");
}

// The next entry, if the kernel's limits allow to send it.
Result<std::optional<DirEntry>> XattrSender::next(DirEntries& entries) const {
  auto entry = TRY(entries.next());
  if (!entry) return entry;
  const std::size_t size = entry->name.size() + entry->data.size();
  const std::size_t longest_xattr =
      context_.nodesize - sizeof(Header) - sizeof(Item) - sizeof(DirItem);
  const bool is_xattr = entry->type == FT_XATTR;
  if (is_xattr ? entry->name.size() > NAME_LEN_MAX : size > longest_plain_entry) {
    return error(Code::invalid, "an extended attribute of inode {} has a name of {} bytes",
                 inode_.ino, entry->name.size())
        .as_errno("ENAMETOOLONG");
  }
  if (is_xattr && size > longest_xattr) {
    return error(Code::invalid, "an extended attribute of inode {} has {} bytes", inode_.ino, size)
        .as_errno("E2BIG");
  }
  return entry;
}

Result<std::optional<DirEntry>> XattrSender::find(Bytes item, std::string_view name) const {
  DirEntries entries(item);
  while (auto entry = TRY(next(entries))) {
    if (entry->name == name) return entry;
  }
  return std::optional<DirEntry>();
}

}  // namespace canopy
