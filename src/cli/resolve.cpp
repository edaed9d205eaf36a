// canopy inspect-internal inode-resolve, logical-resolve, subvolid-resolve, rootid: what leads
// where, as btrfs-progs prints it. Where that prints paths from a mount point, these are paths from
// the top of the filesystem; and a subvolume need not be mounted to be named.

#include <cstdio>

#include "cli/images.h"
#include "cli/inspect_internal.h"
#include "files/found_path.h"
#include "report/owners.h"

namespace canopy {
namespace {

struct ResolveOptions {
  std::vector<std::string> images;
  u64 number = 0;
  std::string subvolume;
  bool no_paths = false;
  bool ignore_offset = false;
};

Result<int> run_inode_resolve(const ResolveOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const Subvolume* subvolume = TRY(list.resolve(options.subvolume));
  for (const std::string& path : TRY(paths_of_inode(*filesystem, *subvolume, options.number)))
    fmt::print("{}\n", path);
  return EXIT_DONE;
}

Result<int> run_logical_resolve(const ResolveOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const u64 bytenr = TRY(find_data_extent(*filesystem, options.number));
  OwnerSearch search;
  if (!options.ignore_offset) search.position = options.number - bytenr;
  search.with_paths = !options.no_paths;
  for (const ExtentOwner& owner : TRY(find_owners(*filesystem, bytenr, search))) {
    const ExtentUser& user = owner.user;
    if (options.no_paths) {
      fmt::print("inode {} offset {} root {}\n", user.ino, user.offset, user.root);
    } else {
      fmt::print("{}", owner_text(owner));
    }
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
