#include "report/owners.h"

#include <fmt/format.h>

#include "files/subvolume_files.h"
#include "ondisk/extent_item.h"
#include "tree/search.h"

namespace canopy {
namespace {

class Users final : public BackrefVisitor {
 public:
  explicit Users(const OwnerSearch& search) : search_(search) {}

  WalkStep found(const ExtentUser& user) override {
    all.push_back(user);
    const bool ends = all.size() >= search_.most || (search_.stop != nullptr && *search_.stop);
    return ends ? WalkStep::stop : WalkStep::go_on;
  }
  std::vector<ExtentUser> all;

 private:
  const OwnerSearch& search_;
};

std::string joined_path(const std::string& prefix, const std::string& path) {
  return prefix.empty() || path.empty() ? prefix + path : prefix + "/" + path;
}

}  // namespace

Result<u64> find_data_extent(Filesystem& filesystem, u64 logical) {
  const auto missing = [&] {
    return error(Code::not_found, "no data extent covers this address").at(logical);
  };
  auto root = TRY(filesystem.forest().root(EXTENT_TREE_OBJECTID));
  if (root == nullptr) return missing();
  Path path;
  BlockCache& cache = filesystem.cache();
  // Behind all items of the address; what lies before may be references of the extent.
  constexpr u8 last_type = 255;
  Key key{logical, last_type, ~u64{0}};
  while (TRY(search_at_or_before(cache, root->pointer(), key, path))) {
    key = path.key();
    if (key.type == METADATA_ITEM_KEY) return missing();
    if (key.type == EXTENT_ITEM_KEY) {
      const auto item = load_struct<ExtentItem>(path.item());
      const bool covers = logical - key.objectid < key.offset;
      if (!covers || (item.flags & EXTENT_FLAG_DATA) == 0) return missing();
      return key.objectid;
    }
    // Items of this address that are neither, and block groups, are passed over.
    if (key.type > 0) {
      --key.type;
      key.offset = ~u64{0};
    } else if (key.objectid > 0) {
      key = {key.objectid - 1, last_type, ~u64{0}};
    } else {
      break;
    }
  }
  return missing();
}

Result<std::vector<std::string>> paths_of_inode(Filesystem& filesystem, const Subvolume& subvolume,
                                                u64 ino) {
  const auto files = TRY(SubvolumeFiles::open(filesystem.forest(), subvolume.id));
  TRY(files.read_inode(ino));
  std::vector<std::string> paths = TRY(files.paths(ino));
  for (std::string& path : paths)
    path = joined_path(subvolume.path, path);
  return paths;
}

Result<std::vector<ExtentOwner>> find_owners(Filesystem& filesystem, u64 bytenr,
                                             const OwnerSearch& search) {
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem.forest()));
  Users users(search);
  BackrefWalk walk(filesystem.forest());
  TRY(walk.extent_users(bytenr, search.position, users));
  std::vector<ExtentOwner> owners;
  for (const ExtentUser& user : users.all) {
    if (search.stop != nullptr && *search.stop) return error(Code::cancelled, "cancelled");
    ExtentOwner owner{user, ExtentOwner::State::named, {}};
    const Subvolume* subvolume = list.find(user.root);
    if (subvolume == nullptr) {
      owner.state = ExtentOwner::State::internal;
    } else if (!subvolume->has_path()) {
      owner.state = ExtentOwner::State::deleted;
    } else if (search.with_paths) {
      owner.paths = TRY(paths_of_inode(filesystem, *subvolume, user.ino));
    }
    owners.push_back(std::move(owner));
  }
  return owners;
}

std::string owner_text(const ExtentOwner& owner) {
  if (owner.state == ExtentOwner::State::deleted)
    return fmt::format("inode {} subvol {} could not be accessed: deleted\n", owner.user.ino,
                       owner.user.root);
  std::string text;
  for (const std::string& path : owner.paths)
    text += path + "\n";
  return text;
}

}  // namespace canopy
