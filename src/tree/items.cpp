#include "tree/items.h"

#include "checksum/crc32c.h"

namespace canopy {
namespace {

Error cut_short(std::string_view what) {
  return error(Code::corrupt, "{} runs over the end of its item", what).as_errno("EUCLEAN");
}

}  // namespace

Result<std::optional<InodeName>> InodeNames::next() {
  if (rest_.empty()) return std::optional<InodeName>();
  InodeName entry{key_.offset, {}};
  std::size_t start;
  std::size_t size;
  if (key_.type == INODE_REF_KEY) {
    if (rest_.size() < sizeof(InodeRef)) return cut_short("an inode ref");
    start = sizeof(InodeRef);
    size = load_struct<InodeRef>(rest_).name_len;
  } else {
    if (rest_.size() < sizeof(InodeExtref)) return cut_short("an inode extref");
    auto ref = load_struct<InodeExtref>(rest_);
    start = sizeof(InodeExtref);
    size = ref.name_len;
    entry.dir = ref.parent_objectid;
  }
  if (size > rest_.size() - start) return cut_short("the name of an inode");
  entry.name = as_text(rest_.subspan(start, size));
  rest_ = rest_.subspan(start + size);
  return std::optional(entry);
}

Result<std::optional<DirEntry>> DirEntries::next() {
  if (rest_.empty()) return std::optional<DirEntry>();
  if (rest_.size() < sizeof(DirItem)) return cut_short("a directory entry");
  auto item = load_struct<DirItem>(rest_);
  const std::size_t name_size = item.name_len;
  const std::size_t data_size = item.data_len;
  if (name_size + data_size > rest_.size() - sizeof(DirItem)) {
    return cut_short("the name or value of a directory entry or xattr");
  }
  DirEntry entry{item.location.decode(), item.type,
                 as_text(rest_.subspan(sizeof(DirItem), name_size)),
                 rest_.subspan(sizeof(DirItem) + name_size, data_size)};
  rest_ = rest_.subspan(sizeof(DirItem) + name_size + data_size);
  return std::optional(entry);
}

Result<DirEntry> first_dir_entry(Bytes item) {
  auto entry = TRY(DirEntries(item).next());
  if (!entry) return cut_short("a directory entry");
  return *entry;
}

Result<std::optional<DirEntry>> find_dir_entry_in_item(Bytes item, std::string_view name) {
  DirEntries entries(item);
  while (auto entry = TRY(entries.next())) {
    if (entry->name == name) return entry;
  }
  return std::optional<DirEntry>();
}

u64 name_hash(std::string_view name) { return crc32c_raw(~u32{1}, as_bytes(name)); }

u64 extent_data_ref_hash(u64 root, u64 objectid, u64 offset) {
  const le64 fields[] = {root, objectid, offset};
  const Bytes bytes(reinterpret_cast<const u8*>(fields), sizeof fields);
  const u64 high = crc32c_raw(~u32{0}, bytes.first(sizeof(le64)));
  return high << 31 ^ crc32c_raw(~u32{0}, bytes.subspan(sizeof(le64)));
}

}  // namespace canopy
