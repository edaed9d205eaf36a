// canopy subvolume show: as `btrfs subvolume show` of btrfs-progs 6.14 prints it.

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "cli/time_text.h"
#include "files/subvolume.h"
#include "ondisk/quota.h"
#include "report/size_text.h"

namespace canopy {
namespace {

struct ShowOptions {
  std::vector<std::string> images;
  std::vector<std::string> subvolumes;  // one
};

std::string uuid_or_dash(const u8 (&bytes)[16]) {
  return is_null_uuid(bytes) ? "-" : uuid_text(bytes);
}

void print_subvolume(const Subvolume& subvolume) {
  const RootItem& item = subvolume.item;
  const std::string otime = local_time_text(item.otime, TimeZone::shown);
  const bool top = subvolume.is_top_level();
  fmt::print("{}\n", top ? "/" : subvolume.has_path() ? subvolume.path : subvolume.display_name());
  fmt::print("\tName: \t\t\t{}\n", top ? "<FS_TREE>" : subvolume.name);
  fmt::print("\tUUID: \t\t\t{}\n", uuid_or_dash(item.uuid));
  fmt::print("\tParent UUID: \t\t{}\n", uuid_or_dash(item.parent_uuid));
  fmt::print("\tReceived UUID: \t\t{}\n", uuid_or_dash(item.received_uuid));
  fmt::print("\tCreation time: \t\t{}\n", otime);
  fmt::print("\tSubvolume ID: \t\t{}\n", subvolume.id);
  fmt::print("\tGeneration: \t\t{}\n", item.generation.value());
  fmt::print("\tGen at creation: \t{}\n", item.otransid.value());
  fmt::print("\tParent ID: \t\t{}\n", subvolume.parent_id);
  fmt::print("\tTop level ID: \t\t{}\n", subvolume.parent_id);
  fmt::print("\tFlags: \t\t\t{}\n", subvolume.is_read_only() ? "readonly" : "-");
  fmt::print("\tSend transid: \t\t{}\n", item.stransid.value());
  // btrfs-progs prints the time of creation here, and we print what it prints.
  fmt::print("\tSend time: \t\t{}\n", otime);
  fmt::print("\tReceive transid: \t{}\n", item.rtransid.value());
  fmt::print("\tReceive time: \t\t{}\n", local_time_text(item.rtime, TimeZone::shown));
}

// Depth first, each subvolume before those that lie in it.
void print_snapshots(const SubvolumeList& list, const Subvolume& subvolume) {
  std::vector<std::pair<std::vector<u64>, const Subvolume*>> found;
  for (const Subvolume* snapshot : list.snapshots_of(subvolume)) {
    if (!snapshot->has_path()) continue;
    std::vector<u64> chain;
    for (const Subvolume* at = snapshot; at != nullptr; at = list.find(at->parent_id))
      chain.insert(chain.begin(), at->id);
    found.emplace_back(std::move(chain), snapshot);
  }
  std::sort(found.begin(), found.end());
  fmt::print("\tSnapshot(s):\n");
  for (const auto& [chain, snapshot] : found)
    fmt::print("\t\t\t\t{}\n", snapshot->path);
}

// The item (0, type, 0/id) of the quota tree, zeros where there is none.
template <typename T>
Result<T> read_qgroup(CommittedForest& forest, const RootPointer& quota_tree, u8 type, u64 id) {
  Path path;
  const bool found = TRY(search_slot(forest.cache(), quota_tree, {0, type, id}, path));
  if (!found || path.item().size() < sizeof(T)) return T{};
  return load_struct<T>(path.item());
}

Result<void> print_quota(CommittedForest& forest, u64 id) {
  auto quota_tree = TRY(forest.root(QUOTA_TREE_OBJECTID));
  if (quota_tree == nullptr) {
    fmt::print("\tQuota group:\t\tn/a\n");
    return {};
  }
  const RootPointer& root = quota_tree->pointer();
  const auto info = TRY(read_qgroup<QgroupInfoItem>(forest, root, QGROUP_INFO_KEY, id));
  const auto limit = TRY(read_qgroup<QgroupLimitItem>(forest, root, QGROUP_LIMIT_KEY, id));
  const auto limit_text = [](u64 bytes) { return bytes == 0 ? "-" : size_text(bytes); };
  fmt::print("\tQuota group:\t\t0/{}\n", id);
  fmt::print("\t  Limit referenced:\t{}\n", limit_text(limit.max_rfer));
  fmt::print("\t  Limit exclusive:\t{}\n", limit_text(limit.max_excl));
  fmt::print("\t  Usage referenced:\t{}\n", size_text(info.rfer));
  fmt::print("\t  Usage exclusive:\t{}\n", size_text(info.excl));
  return {};
}

Result<int> run_show(const ShowOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const Subvolume* subvolume = TRY(list.resolve(options.subvolumes.front()));
  if (!is_null_uuid(subvolume->item.received_uuid) && !subvolume->is_read_only())
    fmt::print(stderr,
               "canopy: warning: the subvolume is writable and has a received uuid: an incremental "
               "send must not start from it\n");
  print_subvolume(*subvolume);
  print_snapshots(list, *subvolume);
  TRY(print_quota(filesystem->forest(), subvolume->id));
  return EXIT_DONE;
}

}  // namespace

void add_subvolume_show(CommandLine& line, Command group) {
  auto options = std::make_shared<ShowOptions>();
  Command command = line.add_to(group, "show", "Show one subvolume as `btrfs subvolume show` does");
  add_images_and_subvolumes(command, options->images, options->subvolumes,
                            "Its path, subvolid=N or uuid=U; / for the top")
      .one_at_most();
  add_opening_options(command);
  line.on_run(command, [options] { return run_show(*options); });
}

}  // namespace canopy
