// The subvolumes and snapshots of a filesystem: what the root tree says of each, and where it is.
//
//   ROOT_ITEM (id)                 what it is: uuids, generations, times, flags
//   ROOT_BACKREF (id, parent)      its name, and the directory of the parent that holds it
//   INODE_REFs in the parent       the path of that directory
//
// A subvolume without ROOT_BACKREF is deleted and waits for the kernel's cleaner. One damaged
// subvolume does not hide the others: what is wrong with it stands in `problem`.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ondisk/root_item.h"

namespace canopy {

class CommittedForest;

struct Subvolume {
  u64 id = 0;
  // Of its ROOT_ITEM's key: the transaction that made it if it is a snapshot, else 0.
  u64 snapshot_transid = 0;
  RootItem item{};  // as parse_root_item: later fields are zeros where an old kernel left them

  u64 parent_id = 0;  // the subvolume it lies in; 0 for the top level and for deleted ones
  u64 dirid = 0;      // the directory there
  std::string name;   // and its name in it
  // From the top of the filesystem, without a slash at either end; empty for the top level, and
  // where it is not known.
  std::string path;
  bool deleted = false;  // it, or a subvolume it lies in
  std::string problem;   // why the path is not known, if it should be

  bool is_top_level() const { return id == FS_TREE_OBJECTID; }
  bool has_path() const { return is_top_level() || !path.empty(); }
  bool is_read_only() const { return (item.flags & ROOT_SUBVOL_RDONLY) != 0; }
  bool is_snapshot() const { return snapshot_transid != 0; }
  // otransid where it is recorded, else what the key says.
  u64 creation_transid() const {
    return item.otransid != 0 ? item.otransid.value() : snapshot_transid;
  }
  // For people: the path, "<FS_TREE>", or "deleted subvolume 256".
  std::string display_name() const;
};

class SubvolumeList {
 public:
  // All subvolumes of the last commit, by id. Takes the commit root semaphore shared. Errors: only
  // where the root tree itself cannot be read.
  static Result<SubvolumeList> read(CommittedForest& forest);

  const std::vector<Subvolume>& all() const { return all_; }
  // nullptr if there is none. By uuid: the first one; a null uuid is nobody's.
  const Subvolume* find(u64 id) const;
  const Subvolume* find_path(std::string_view path) const;
  const Subvolume* find_uuid(std::span<const u8, 16> uuid) const;

  // What a person means by `text`: a path as `subvolume list` prints it, with "<FS_TREE>/" or
  // slashes around it as well, "/" or nothing for the top level, "subvolid=256", or
  // "uuid=0f4b2a4e-...".
  // Code::not_found if there is none.
  Result<const Subvolume*> resolve(std::string_view text) const;

  // Those whose parent_uuid is this one's uuid, by id.
  std::vector<const Subvolume*> snapshots_of(const Subvolume& subvolume) const;

  // The parent that `btrfs send -c` chooses among clone sources, where -p was not given: the one
  // that `subvolume` is a snapshot of, else the one of the same origin whose ctransid is nearest
  // to that of the origin. nullptr if none is related.
  const Subvolume* parent_among(const Subvolume& subvolume, std::span<const u64> sources) const;

  // REQUIRES: `subvolume` is one of all(). What an incremental send of `subvolume` would best start
  // from: the newest read-only snapshot of the same family that is older than it. nullptr if there
  // is none.
  const Subvolume* suggest_parent(const Subvolume& subvolume) const;

 private:
  using Uuid = std::array<u8, 16>;
  void index();

  std::vector<Subvolume> all_;
  std::map<std::string, std::size_t, std::less<>> by_path_;
  std::map<Uuid, std::size_t> by_uuid_;
  // The uuid that the chain of parent_uuids ends in: the same for all of one family.
  std::vector<std::optional<Uuid>> origins_;
};

}  // namespace canopy
