#include "files/subvolume.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <set>
#include <shared_mutex>

#include "base/text.h"
#include "tree/committed_forest.h"

namespace canopy {
namespace {

// Climbing longer than this is climbing in a circle: a path has at most half as many components.
constexpr u32 MAX_CLIMB = 4096;

// Finds the paths of directories in the subvolumes that hold others. Snapshots usually lie side by
// side, so each directory's path is kept.
class DirectoryPaths {
 public:
  explicit DirectoryPaths(CommittedForest& forest) : forest_(forest) {}

  // "a/b/", or "" for the subvolume's own directory.
  Result<std::string> of(u64 subvolume, u64 dirid) {
    auto found = known_.find({subvolume, dirid});
    if (found != known_.end()) return found->second;
    auto path = climb(subvolume, dirid);
    known_.emplace(std::pair(subvolume, dirid), path);
    return path;
  }

 private:
  Result<std::string> climb(u64 subvolume, u64 dirid) {
    auto root = TRY(forest_.root(subvolume));
    if (root == nullptr) return error(Code::not_found, "there is no subvolume {}", subvolume);
    std::string path;
    u64 inode = dirid;
    for (u32 climbed = 0; inode != FIRST_FREE_OBJECTID; ++climbed) {
      if (climbed == MAX_CLIMB)
        return error(Code::corrupt, "directory {} of subvolume {} lies in itself", dirid,
                     subvolume);
      Path slot;
      const Key last{inode, INODE_REF_KEY, ~u64{0}};
      const bool any = TRY(search_at_or_before(forest_.cache(), root->pointer(), last, slot));
      if (!any || slot.key().objectid != inode || slot.key().type != INODE_REF_KEY)
        return error(Code::not_found, "directory {} of subvolume {} has no name", inode, subvolume);
      const Bytes item = slot.item();
      if (item.size() < sizeof(InodeRef))
        return error(Code::corrupt, "{} is too short", key_text(slot.key()))
            .at(slot.leaf().start());
      const auto ref = load_struct<InodeRef>(item);
      const Bytes name = item.subspan(sizeof ref);
      if (name.size() < ref.name_len)
        return error(Code::corrupt, "the name in {} ends outside the item", key_text(slot.key()))
            .at(slot.leaf().start());
      path.insert(0, fmt::format("{}/", as_text(name.first(ref.name_len))));
      inode = slot.key().offset;
    }
    return path;
  }

  CommittedForest& forest_;
  std::map<std::pair<u64, u64>, Result<std::string>> known_;
};

Subvolume& entry_of(std::map<u64, Subvolume>& entries, u64 id) {
  Subvolume& entry = entries[id];
  entry.id = id;
  return entry;
}

Result<void> take_item(const Key& key, Bytes item, std::map<u64, Subvolume>& entries) {
  if (key.type == ROOT_ITEM_KEY) {
    Subvolume& entry = entry_of(entries, key.objectid);
    entry.snapshot_transid = key.offset;
    auto parsed = parse_root_item(item, key.objectid);
    if (!parsed.ok())
      entry.problem = parsed.error().message();
    else
      entry.item = parsed.value();
  } else if (key.type == ROOT_BACKREF_KEY && item.size() >= sizeof(RootRef)) {
    const auto ref = load_struct<RootRef>(item);
    const Bytes name = item.subspan(sizeof ref);
    if (name.size() < ref.name_len)
      return error(Code::corrupt, "the name in {} ends outside the item", key_text(key));
    Subvolume& entry = entry_of(entries, key.objectid);
    entry.parent_id = key.offset;
    entry.dirid = ref.dirid;
    entry.name = as_text(name.first(ref.name_len));
  }
  return {};
}

// Fills in the path from the names of the subvolume and of those it lies in.
void resolve_path(Subvolume& subvolume, const std::map<u64, Subvolume>& entries,
                  DirectoryPaths& directories) {
  std::string path;
  const Subvolume* at = &subvolume;
  std::set<u64> passed;
  while (!at->is_top_level()) {
    if (!passed.insert(at->id).second) {
      subvolume.problem = fmt::format("subvolume {} lies in itself", at->id);
      return;
    }
    if (at->parent_id == 0) {
      subvolume.deleted = true;
      return;
    }
    auto directory = directories.of(at->parent_id, at->dirid);
    if (!directory.ok()) {
      if (directory.error().code() == Code::not_found) subvolume.deleted = true;
      subvolume.problem = directory.error().to_string();
      return;
    }
    path.insert(0, directory.value() + at->name + (path.empty() ? "" : "/"));
    auto above = entries.find(at->parent_id);
    if (above == entries.end()) {
      subvolume.deleted = true;
      return;
    }
    at = &above->second;
  }
  subvolume.path = std::move(path);
}

std::array<u8, 16> to_uuid(std::span<const u8, 16> bytes) {
  std::array<u8, 16> uuid;
  std::copy(bytes.begin(), bytes.end(), uuid.begin());
  return uuid;
}

bool same_uuid(const u8 (&a)[16], const u8 (&b)[16]) { return std::memcmp(a, b, sizeof a) == 0; }

}  // namespace

std::string Subvolume::display_name() const {
  if (is_top_level()) return "<FS_TREE>";
  if (!path.empty()) return path;
  return fmt::format("{} subvolume {}", deleted ? "deleted" : "unreachable", id);
}

Result<SubvolumeList> SubvolumeList::read(CommittedForest& forest) {
  std::shared_lock hold(forest.commit_root_semaphore());
  auto root_tree = TRY(forest.root(ROOT_TREE_OBJECTID));
  std::map<u64, Subvolume> entries;
  Path path;
  bool more = TRY(search_at_or_after(forest.cache(), root_tree->pointer(),
                                     {FS_TREE_OBJECTID, ROOT_ITEM_KEY, 0}, path));
  for (; more; more = TRY(next_item(forest.cache(), ROOT_TREE_OBJECTID, path))) {
    const Key key = path.key();
    if (key.objectid > LAST_FREE_OBJECTID) break;
    if (is_subvolume_id(key.objectid)) TRY(take_item(key, path.item(), entries));
  }
  DirectoryPaths directories(forest);
  for (auto& [id, subvolume] : entries)
    resolve_path(subvolume, entries, directories);

  SubvolumeList list;
  list.all_.reserve(entries.size());
  for (auto& [id, subvolume] : entries)
    list.all_.push_back(std::move(subvolume));
  list.index();
  return list;
}

void SubvolumeList::index() {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].has_path()) by_path_.emplace(all_[i].path, i);
    if (!is_null_uuid(all_[i].item.uuid)) by_uuid_.emplace(to_uuid(all_[i].item.uuid), i);
  }
  // The end of each chain of parent_uuids, found once for all that are on the way to it.
  origins_.resize(all_.size());
  for (std::size_t i = 0; i < all_.size(); ++i) {
    std::vector<std::size_t> chain;
    std::optional<Uuid> origin;
    for (std::size_t at = i;;) {
      chain.push_back(at);
      const RootItem& item = all_[at].item;
      if (!is_null_uuid(item.uuid)) origin = to_uuid(item.uuid);
      if (is_null_uuid(item.parent_uuid)) break;
      origin = to_uuid(item.parent_uuid);
      auto parent = by_uuid_.find(*origin);
      // Longer than the list, and it is a circle.
      if (parent == by_uuid_.end() || chain.size() > all_.size()) break;
      at = parent->second;
      if (origins_[at]) {
        origin = origins_[at];
        break;
      }
    }
    for (std::size_t passed : chain)
      origins_[passed] = origin;
  }
}

const Subvolume* SubvolumeList::find(u64 id) const {
  auto found =
      std::lower_bound(all_.begin(), all_.end(), id,
                       [](const Subvolume& entry, u64 wanted) { return entry.id < wanted; });
  return found != all_.end() && found->id == id ? &*found : nullptr;
}

const Subvolume* SubvolumeList::find_path(std::string_view path) const {
  auto found = by_path_.find(path);
  return found != by_path_.end() ? &all_[found->second] : nullptr;
}

const Subvolume* SubvolumeList::find_uuid(std::span<const u8, 16> uuid) const {
  auto found = by_uuid_.find(to_uuid(uuid));
  return found != by_uuid_.end() ? &all_[found->second] : nullptr;
}

Result<const Subvolume*> SubvolumeList::resolve(std::string_view text) const {
  // A subvolume may really be called so.
  if (const Subvolume* found = find_path(text)) return found;

  constexpr std::string_view id_prefix = "subvolid=";
  if (text.starts_with(id_prefix)) {
    const std::string_view digits = text.substr(id_prefix.size());
    u64 id = 0;
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (problem != std::errc() || end != digits.data() + digits.size())
      return error(Code::invalid, "{} is not the id of a subvolume", text);
    if (const Subvolume* found = find(id)) return found;
    return error(Code::not_found, "there is no subvolume with id {}", id);
  }

  constexpr std::string_view uuid_prefix = "uuid=";
  if (text.starts_with(uuid_prefix))
    for (const Subvolume& entry : all_)
      if (uuid_text(entry.item.uuid) == text.substr(uuid_prefix.size())) return &entry;

  std::string_view path = text;
  constexpr std::string_view top = "<FS_TREE>";
  if (path.starts_with(top)) path.remove_prefix(top.size());
  if (path.starts_with("./")) path.remove_prefix(1);
  while (path.starts_with('/'))
    path.remove_prefix(1);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (const Subvolume* found = find_path(path)) return found;
  return error(Code::not_found, "there is no subvolume {}", text);
}

std::vector<const Subvolume*> SubvolumeList::snapshots_of(const Subvolume& subvolume) const {
  std::vector<const Subvolume*> snapshots;
  if (is_null_uuid(subvolume.item.uuid)) return snapshots;
  for (const Subvolume& entry : all_)
    if (same_uuid(entry.item.parent_uuid, subvolume.item.uuid)) snapshots.push_back(&entry);
  return snapshots;
}

const Subvolume* SubvolumeList::parent_among(const Subvolume& subvolume,
                                             std::span<const u64> sources) const {
  const Subvolume* origin = find_uuid(subvolume.item.parent_uuid);
  if (origin == nullptr) return nullptr;
  if (std::find(sources.begin(), sources.end(), origin->id) != sources.end()) return origin;

  const Subvolume* best = nullptr;
  u64 best_distance = ~u64{0};
  for (u64 id : sources) {
    const Subvolume* source = find(id);
    if (source == nullptr || find_uuid(source->item.parent_uuid) != origin) continue;
    const u64 a = source->item.ctransid, b = origin->item.ctransid;
    const u64 distance = a > b ? a - b : b - a;
    if (distance >= best_distance) continue;
    best = source;
    best_distance = distance;
  }
  return best;
}

const Subvolume* SubvolumeList::suggest_parent(const Subvolume& subvolume) const {
  const auto origin_of = [&](const Subvolume& entry) {
    return origins_[static_cast<std::size_t>(&entry - all_.data())];
  };
  const auto origin = origin_of(subvolume);
  if (!origin) return nullptr;
  const auto age = [](const Subvolume& entry) {
    return std::pair(entry.creation_transid(), entry.id);
  };
  const Subvolume* best = nullptr;
  for (const Subvolume& entry : all_) {
    if (entry.id == subvolume.id || entry.deleted || !entry.is_read_only()) continue;
    if (age(entry) >= age(subvolume) || origin_of(entry) != origin) continue;
    if (best == nullptr || age(entry) > age(*best)) best = &entry;
  }
  return best;
}

}  // namespace canopy
