#include "send/inode_lookup.h"

#include <algorithm>

#include "send/send_context.h"
#include "tree/items.h"

namespace canopy {
namespace {

Error no_inode(const RootReader& root, u64 ino) {
  return error(Code::not_found, "tree {} has no inode {}", root.objectid(), ino).as_errno("ENOENT");
}

// Positions `path` at the first ref of an inode.
Result<bool> search_first_ref(const RootReader& root, u64 ino, Path& path) {
  TRY(root.find({ino, INODE_REF_KEY, 0}, path));
  if (!path.in_leaf() && !TRY(root.next_item(path))) return false;
  const Key key = path.key();
  return key.objectid == ino && (key.type == INODE_REF_KEY || key.type == INODE_EXTREF_KEY);
}

Result<std::optional<DirEntry>> look_up_dir_item(const RootReader& root, u64 dir,
                                                 std::string_view name, Path& path) {
  if (!TRY(root.find({dir, DIR_ITEM_KEY, name_hash(name)}, path))) {
    return std::optional<DirEntry>();
  }
  return find_dir_entry_in_item(path.item(), name);
}

// Whether `ino` is (ancestor, ancestor_gen) or below it by first names.
Result<bool> is_in_path(const RootReader& root, u64 ancestor, u64 ancestor_gen, u64 ino, u64 gen) {
  if (ino == ancestor) return gen == ancestor_gen;
  for (u32 steps = 0; ino > FIRST_FREE_OBJECTID; ++steps) {
    if (steps > max_climb) return climbs_in_a_circle(ino);
    FirstRef ref = TRY(read_first_ref(root, ino));
    u64 dir_gen = TRY(read_inode(root, ref.dir)).gen;
    if (ref.dir == ancestor) return dir_gen == ancestor_gen;
    ino = ref.dir;
  }
  return false;
}

}  // namespace

Error climbs_in_a_circle(u64 ino) {
  return error(Code::corrupt, "the directories above inode {} form a circle", ino)
      .as_errno("EUCLEAN");
}

Result<InodeInfo> read_inode(const RootReader& root, u64 ino) {
  auto info = TRY(root.find_inode(ino));
  if (!info) return no_inode(root, ino);
  return *info;
}

Result<std::optional<FirstRef>> find_first_ref(const RootReader& root, u64 ino) {
  Path path;
  if (!TRY(search_first_ref(root, ino, path))) return std::optional<FirstRef>();
  auto name = TRY(InodeNames(path.key(), path.item()).next());
  if (!name) return std::optional<FirstRef>();
  return std::optional(FirstRef{name->dir, std::string(name->name)});
}

Result<FirstRef> read_first_ref(const RootReader& root, u64 ino) {
  auto ref = TRY(find_first_ref(root, ino));
  if (!ref) {
    return error(Code::not_found, "inode {} of tree {} has no name", ino, root.objectid())
        .as_errno("ENOENT");
  }
  return std::move(*ref);
}

Result<std::string> path_in_root(const RootReader& root, u64 ino) {
  // One byte less than elsewhere: the kernel resolves these in a buffer of its own.
  constexpr std::size_t longest = max_path_length - 1;
  std::vector<std::string> names;
  std::size_t length = 0;
  do {
    FirstRef ref = TRY(read_first_ref(root, ino));
    length += ref.name.size() + 1;
    if (length - 1 > longest) {
      return error(Code::invalid, "the path of inode {} in tree {} is longer than {} bytes", ino,
                   root.objectid(), longest)
          .as_errno("ENAMETOOLONG");
    }
    names.push_back(std::move(ref.name));
    ino = ref.dir;
    if (names.size() > max_path_length) return climbs_in_a_circle(ino);
  } while (ino != FIRST_FREE_OBJECTID);

  std::string path;
  path.reserve(length);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    TRY(append_name(path, *name));
  }
  return path;
}

Result<std::optional<u64>> find_dir_entry(const RootReader& root, u64 dir, std::string_view name) {
  Path path;
  auto entry = TRY(look_up_dir_item(root, dir, name, path));
  if (!entry || entry->is_subvolume()) return std::optional<u64>();
  return std::optional(entry->location.objectid);
}

Result<bool> has_dir_item(const RootReader& root, u64 dir, std::string_view name) {
  Path path;
  return TRY(look_up_dir_item(root, dir, name, path)).has_value();
}

Result<bool> is_ancestor(const RootReader& root, u64 ancestor, u64 ancestor_gen, u64 ino) {
  Path path;
  bool found = TRY(search_first_ref(root, ino, path));
  while (found) {
    const Key key = path.key();
    if (key.objectid != ino || (key.type != INODE_REF_KEY && key.type != INODE_EXTREF_KEY)) break;
    InodeNames names(key, path.item());
    while (auto name = TRY(names.next())) {
      u64 dir_gen = TRY(read_inode(root, name->dir)).gen;
      if (TRY(is_in_path(root, ancestor, ancestor_gen, name->dir, dir_gen))) return true;
      if (key.type == INODE_REF_KEY) break;  // all its names are in one directory
    }
    found = TRY(root.next_item(path));
  }
  return false;
}

}  // namespace canopy
