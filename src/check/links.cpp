#include "check/links.h"

#include "base/text.h"
#include "checksum/crc32c.h"

namespace canopy {

u64 Link::bucket() const { return hash_numbers({dir, crc32c(as_bytes(std::string_view(name)))}); }

u64 Link::hash() const {
  u64 of_name = name.size();
  for (std::size_t at = 0; at < name.size(); at += sizeof(u64)) {
    u64 part = 0;
    std::memcpy(&part, name.data() + at, std::min(name.size() - at, sizeof part));
    of_name = hash_numbers({of_name, part});
  }
  return hash_numbers({dir, of_name, ino, type, by_name ? u64{1} : 0, index});
}

void Links::report(CheckContext& context, u64 tree) const {
  for (const auto& [link, count] : sums_.left()) {
    const Key key{link.dir, link.by_name ? DIR_ITEM_KEY : DIR_INDEX_KEY, link.index};
    const std::string what =
        fmt::format("\"{}\" to inode {} of type {}", escaped(link.name), link.ino, link.type);
    const char* only = link.by_name ? "DIR_ITEM" : "INODE_REF";
    context.error(Problem::directory, {{}, tree, key}, "{} has a {}, but no {}", what,
                  count > 0 ? "DIR_INDEX" : only, count > 0 ? only : "DIR_INDEX");
  }
}

}  // namespace canopy
