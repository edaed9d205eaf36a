#include "stream/model.h"

#include <algorithm>

namespace canopy {
namespace {

constexpr std::size_t name_max = 255;
constexpr std::size_t path_max = 4096;

Error not_found(std::string_view path) {
  return error(Code::not_found, "there is no '{}'", path).as_errno("ENOENT");
}

Error exists(std::string_view path) {
  return error(Code::invalid, "'{}' exists already", path).as_errno("EEXIST");
}

// Splits off the first component; slashes around it do not matter.
std::string_view next_component(std::string_view& path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const std::string_view name = path.substr(0, path.find('/'));
  path.remove_prefix(name.size());
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  return name;
}

}  // namespace

ModelSubvolume::ModelSubvolume(std::string its_name, std::array<u8, 16> its_uuid, u64 its_ctransid)
    : name(std::move(its_name)), uuid(its_uuid), ctransid(its_ctransid) {
  const auto root = std::make_shared<ModelInode>();
  root->mode = model_directory | 0755;
  root->parent = root_ino;
  inodes_.emplace(root_ino, root);
}

ModelInode& ModelSubvolume::edit(u64 ino) {
  std::shared_ptr<ModelInode>& inode = inodes_.at(ino);
  if (inode.use_count() > 1) inode = std::make_shared<ModelInode>(*inode);
  return *inode;
}

Result<u64> ModelSubvolume::find(std::string_view path) const {
  if (path.size() >= path_max) {
    return error(Code::invalid, "a path has {} bytes", path.size()).as_errno("ENAMETOOLONG");
  }
  u64 ino = root_ino;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view component = next_component(rest);
    if (component.empty()) break;
    if (!inode(ino).is_directory()) {
      return error(Code::invalid, "what is before '{}' in '{}' is no directory", component, path)
          .as_errno("ENOTDIR");
    }
    const auto found = inode(ino).entries.find(component);
    if (found == inode(ino).entries.end()) return not_found(path);
    ino = found->second;
  }
  return ino;
}

Result<ModelSubvolume::Place> ModelSubvolume::find_place(std::string_view path) const {
  while (path.ends_with('/'))
    path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  const std::string_view last = slash == path.npos ? path : path.substr(slash + 1);
  if (last.empty() || last == "." || last == ".." || last.find('\0') != last.npos) {
    return error(Code::invalid, "'{}' does not name anything that can be changed", path)
        .as_errno("EINVAL");
  }
  if (last.size() > name_max) {
    return error(Code::invalid, "the last name of '{}' has {} bytes", path, last.size())
        .as_errno("ENAMETOOLONG");
  }
  const u64 directory = TRY(find(slash == path.npos ? std::string_view() : path.substr(0, slash)));
  if (!inode(directory).is_directory()) {
    return error(Code::invalid, "'{}' is not in a directory", path).as_errno("ENOTDIR");
  }
  return Place{directory, last};
}

std::optional<u64> ModelSubvolume::lookup(const Place& place) const {
  const auto& entries = inode(place.directory).entries;
  const auto found = entries.find(place.name);
  if (found == entries.end()) return std::nullopt;
  return found->second;
}

void ModelSubvolume::add_name(const Place& place, u64 ino) {
  ModelInode& directory = edit(place.directory);
  directory.entries.insert_or_assign(std::string(place.name), ino);
  directory.mtime.reset();
  if (inode(ino).is_directory()) edit(ino).parent = place.directory;
}

void ModelSubvolume::remove_name(const Place& place) {
  ModelInode& directory = edit(place.directory);
  directory.entries.erase(directory.entries.find(place.name));
  directory.mtime.reset();
}

void ModelSubvolume::drop_link(u64 ino) {
  if (inode(ino).nlink == 1) {
    inodes_.erase(ino);
  } else {
    --edit(ino).nlink;
  }
}

Result<u64> ModelSubvolume::create(std::string_view path, u32 mode) {
  const Place place = TRY(find_place(path));
  if (lookup(place)) return exists(path);
  const u64 ino = next_ino_++;
  const auto created = std::make_shared<ModelInode>();
  created->mode = mode;
  inodes_.emplace(ino, created);
  add_name(place, ino);
  return ino;
}

Result<u64> ModelSubvolume::create_or_empty(std::string_view path, u32 permissions) {
  const Place place = TRY(find_place(path));
  const std::optional<u64> existing = lookup(place);
  if (!existing) return create(path, model_regular | permissions);
  if (!inode(*existing).is_regular()) {
    return error(Code::invalid, "'{}' exists and is no regular file", path).as_errno("EISDIR");
  }
  edit(*existing).contents.truncate(0);
  edit(*existing).mtime.reset();
  return *existing;
}

Result<void> ModelSubvolume::link(std::string_view existing, std::string_view path) {
  const u64 ino = TRY(find(existing));
  const Place place = TRY(find_place(path));
  if (lookup(place)) return exists(path);
  if (inode(ino).is_directory()) {
    return error(Code::invalid, "'{}' is a directory and cannot be linked", existing)
        .as_errno("EPERM");
  }
  ++edit(ino).nlink;
  add_name(place, ino);
  return {};
}

Result<void> ModelSubvolume::unlink(std::string_view path) {
  const Place place = TRY(find_place(path));
  const std::optional<u64> ino = lookup(place);
  if (!ino) return not_found(path);
  if (inode(*ino).is_directory()) {
    return error(Code::invalid, "'{}' is a directory", path).as_errno("EISDIR");
  }
  remove_name(place);
  drop_link(*ino);
  return {};
}

Result<void> ModelSubvolume::rmdir(std::string_view path) {
  const Place place = TRY(find_place(path));
  const std::optional<u64> ino = lookup(place);
  if (!ino) return not_found(path);
  if (!inode(*ino).is_directory()) {
    return error(Code::invalid, "'{}' is no directory", path).as_errno("ENOTDIR");
  }
  if (!inode(*ino).entries.empty()) {
    return error(Code::invalid, "'{}' is not empty", path).as_errno("ENOTEMPTY");
  }
  remove_name(place);
  drop_link(*ino);
  return {};
}

Result<void> ModelSubvolume::rename(std::string_view from, std::string_view to) {
  const Place source = TRY(find_place(from));
  const Place target = TRY(find_place(to));
  const std::optional<u64> ino = lookup(source);
  if (!ino) return not_found(from);
  for (u64 above = target.directory; inode(*ino).is_directory(); above = inode(above).parent) {
    if (above == *ino) {
      return error(Code::invalid, "'{}' would be moved into itself", from).as_errno("EINVAL");
    }
    if (above == root_ino) break;
  }
  if (const std::optional<u64> replaced = lookup(target)) {
    if (*replaced == *ino) return {};  // two names of one inode: rename(2) keeps both
    if (inode(*replaced).is_directory() != inode(*ino).is_directory()) {
      return error(Code::invalid, "'{}' and '{}' are not both directories", from, to)
          .as_errno(inode(*ino).is_directory() ? "ENOTDIR" : "EISDIR");
    }
    if (!inode(*replaced).entries.empty()) {
      return error(Code::invalid, "'{}' is not empty", to).as_errno("ENOTEMPTY");
    }
    remove_name(target);
    drop_link(*replaced);
  }
  remove_name(source);
  add_name(target, *ino);
  return {};
}

void ModelSubvolume::for_each(
    const std::function<void(const std::string& path, u64 ino)>& visit) const {
  struct Level {
    decltype(ModelInode::entries)::const_iterator next;
    decltype(ModelInode::entries)::const_iterator end;
    std::size_t path_size;
  };
  std::string path;
  std::vector<Level> levels;
  visit(path, root_ino);
  levels.push_back({inode(root_ino).entries.begin(), inode(root_ino).entries.end(), 0});
  while (!levels.empty()) {
    Level& level = levels.back();
    path.resize(level.path_size);
    if (level.next == level.end) {
      levels.pop_back();
      continue;
    }
    if (!path.empty()) path += '/';
    path += level.next->first;
    const u64 ino = level.next->second;
    ++level.next;
    visit(path, ino);
    const ModelInode& visited = inode(ino);
    if (visited.is_directory()) {
      levels.push_back({visited.entries.begin(), visited.entries.end(), path.size()});
    }
  }
}

const ModelSubvolume* Model::find(std::span<const u8, 16> uuid) const {
  for (const auto& subvolume : subvolumes_) {
    if (subvolume->finished && std::ranges::equal(subvolume->uuid, uuid)) return subvolume.get();
  }
  return nullptr;
}

const ModelSubvolume* Model::find_by_name(std::string_view name) const {
  for (const auto& subvolume : subvolumes_) {
    if (subvolume->name == name) return subvolume.get();
  }
  return nullptr;
}

Result<ModelSubvolume*> Model::add(ModelSubvolume subvolume) {
  if (find_by_name(subvolume.name) != nullptr) return exists(subvolume.name);
  subvolumes_.push_back(std::make_unique<ModelSubvolume>(std::move(subvolume)));
  return subvolumes_.back().get();
}

}  // namespace canopy
