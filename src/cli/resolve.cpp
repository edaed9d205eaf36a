// canopy inspect-internal inode-resolve, logical-resolve, subvolid-resolve, rootid: what leads
// where, as btrfs-progs prints it. Where that prints paths from a mount point, these are paths from
// the top of the filesystem; and a subvolume need not be mounted to be named.

#include <cstdio>

#include "backref/backref_walk.h"
#include "cli/images.h"
#include "cli/inspect_internal.h"
#include "files/found_path.h"

namespace canopy {
namespace {

struct ResolveOptions {
  std::vector<std::string> images;
  u64 number = 0;
  std::string subvolume;
  bool no_paths = false;
  bool ignore_offset = false;
};

std::string joined_path(const std::string& prefix, const std::string& path) {
  return prefix.empty() || path.empty() ? prefix + path : prefix + "/" + path;
}

Result<void> print_paths(Filesystem& filesystem, const Subvolume& subvolume, u64 ino) {
  const auto files = TRY(SubvolumeFiles::open(filesystem.forest(), subvolume.id));
  TRY(files.read_inode(ino));
  for (const std::string& path : TRY(files.paths(ino)))
    fmt::print("{}\n", joined_path(subvolume.path, path));
  return {};
}

Result<int> run_inode_resolve(const ResolveOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  TRY(print_paths(*filesystem, *TRY(list.resolve(options.subvolume)), options.number));
  return EXIT_DONE;
}

class Users : public BackrefVisitor {
 public:
  WalkStep found(const ExtentUser& user) override {
    all.push_back(user);
    return WalkStep::go_on;
  }
  std::vector<ExtentUser> all;
};

// The data extent that covers `logical`.
Result<u64> find_extent(Filesystem& filesystem, u64 logical) {
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

Result<int> run_logical_resolve(const ResolveOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const u64 bytenr = TRY(find_extent(*filesystem, options.number));
  Users users;
  const std::optional<u64> position =
      options.ignore_offset ? std::nullopt : std::optional(options.number - bytenr);
  BackrefWalk walk(filesystem->forest());
  TRY(walk.extent_users(bytenr, position, users));
  for (const ExtentUser& user : users.all) {
    if (options.no_paths) {
      fmt::print("inode {} offset {} root {}\n", user.ino, user.offset, user.root);
      continue;
    }
    const Subvolume* subvolume = list.find(user.root);
    if (subvolume == nullptr) continue;  // the root tree's own files, of the v1 cache
    if (!subvolume->has_path()) {
      fmt::print("inode {} subvol {} could not be accessed: deleted\n", user.ino, user.root);
      continue;
    }
    TRY(print_paths(*filesystem, *subvolume, user.ino));
  }
  return EXIT_DONE;
}

Result<int> run_subvolid_resolve(const ResolveOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const Subvolume* subvolume = list.find(options.number);
  if (subvolume == nullptr || !subvolume->has_path())
    return error(Code::not_found, "there is no subvolume {} with a path", options.number);
  fmt::print("{}\n", subvolume->path);
  return EXIT_DONE;
}

// The subvolume that a path is in.
Result<int> run_rootid(const ResolveOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const FoundPath found = TRY(find_path(filesystem->forest(), list, options.subvolume));
  fmt::print("{}\n", found.files.id());
  return EXIT_DONE;
}

}  // namespace

void add_resolve_commands(CommandLine& line, Command group) {
  using Run = Result<int> (*)(const ResolveOptions&);
  auto add = [&](const char* name, const char* about,
                 Run run) -> std::pair<Command, ResolveOptions&> {
    auto options = std::make_shared<ResolveOptions>();
    Command command = line.add_to(group, name, about);
    add_image_option(command, options->images);
    add_opening_options(command);
    line.on_run(command, [options, run] { return run(*options); });
    return {command, *options};
  };
  {
    auto [command, options] = add("inode-resolve", "Show the paths of an inode", run_inode_resolve);
    command.option("INODE", options.number, "Its number").required();
    command.option("SUBVOL", options.subvolume, "The subvolume it is in; the top if not given");
  }
  {
    auto [command, options] =
        add("logical-resolve", "Show the files that use a logical address", run_logical_resolve);
    command.flag("-P", options.no_paths, "Inodes, offsets and roots instead of paths");
    command.flag("-o", options.ignore_offset, "All that use any byte of the extent");
    command.option("LOGICAL", options.number, "The address").required();
  }
  {
    auto [command, options] =
        add("subvolid-resolve", "Show the path of a subvolume", run_subvolid_resolve);
    command.option("SUBVOLID", options.number, "Its id").required();
  }
  {
    auto [command, options] =
        add("rootid", "Show the id of the subvolume that a path is in", run_rootid);
    command.option("PATH", options.subvolume, "A path from the top of the filesystem").required();
  }
}

}  // namespace canopy
