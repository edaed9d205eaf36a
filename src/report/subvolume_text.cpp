#include "report/subvolume_text.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "ondisk/quota.h"
#include "report/size_text.h"
#include "report/time_text.h"
#include "tree/committed_forest.h"
#include "tree/search.h"

namespace canopy {
namespace {

std::string uuid_or_dash(const u8 (&bytes)[16]) {
  return is_null_uuid(bytes) ? "-" : uuid_text(bytes);
}

void add_facts(std::string& text, const Subvolume& subvolume) {
  const auto out = std::back_inserter(text);
  const RootItem& item = subvolume.item;
  const std::string otime = local_time_text(item.otime, TimeZone::shown);
  const bool top = subvolume.is_top_level();
  fmt::format_to(out, "{}\n",
                 top                    ? "/"
                 : subvolume.has_path() ? subvolume.path
                                        : subvolume.display_name());
  fmt::format_to(out, "\tName: \t\t\t{}\n", top ? "<FS_TREE>" : subvolume.name);
  fmt::format_to(out, "\tUUID: \t\t\t{}\n", uuid_or_dash(item.uuid));
  fmt::format_to(out, "\tParent UUID: \t\t{}\n", uuid_or_dash(item.parent_uuid));
  fmt::format_to(out, "\tReceived UUID: \t\t{}\n", uuid_or_dash(item.received_uuid));
  fmt::format_to(out, "\tCreation time: \t\t{}\n", otime);
  fmt::format_to(out, "\tSubvolume ID: \t\t{}\n", subvolume.id);
  fmt::format_to(out, "\tGeneration: \t\t{}\n", item.generation.value());
  fmt::format_to(out, "\tGen at creation: \t{}\n", item.otransid.value());
  fmt::format_to(out, "\tParent ID: \t\t{}\n", subvolume.parent_id);
  fmt::format_to(out, "\tTop level ID: \t\t{}\n", subvolume.parent_id);
  fmt::format_to(out, "\tFlags: \t\t\t{}\n", subvolume.is_read_only() ? "readonly" : "-");
  fmt::format_to(out, "\tSend transid: \t\t{}\n", item.stransid.value());
  // btrfs-progs prints the time of creation here, and we print what it prints.
  fmt::format_to(out, "\tSend time: \t\t{}\n", otime);
  fmt::format_to(out, "\tReceive transid: \t{}\n", item.rtransid.value());
  fmt::format_to(out, "\tReceive time: \t\t{}\n", local_time_text(item.rtime, TimeZone::shown));
}

// Depth first, each subvolume before those that lie in it.
void add_snapshots(std::string& text, const SubvolumeList& list, const Subvolume& subvolume) {
  std::vector<std::pair<std::vector<u64>, const Subvolume*>> found;
  for (const Subvolume* snapshot : list.snapshots_of(subvolume)) {
    if (!snapshot->has_path()) continue;
    std::vector<u64> chain;
    for (const Subvolume* at = snapshot; at != nullptr; at = list.find(at->parent_id))
      chain.insert(chain.begin(), at->id);
    found.emplace_back(std::move(chain), snapshot);
  }
  std::sort(found.begin(), found.end());
  text += "\tSnapshot(s):\n";
  for (const auto& [chain, snapshot] : found)
    text += "\t\t\t\t" + snapshot->path + "\n";
}

// The item (0, type, 0/id) of the quota tree, zeros where there is none.
template <typename T>
Result<T> read_qgroup(CommittedForest& forest, const RootPointer& quota_tree, u8 type, u64 id) {
  Path path;
  const bool found = TRY(search_slot(forest.cache(), quota_tree, {0, type, id}, path));
  if (!found || path.item().size() < sizeof(T)) return T{};
  return load_struct<T>(path.item());
}

Result<void> add_quota(std::string& text, CommittedForest& forest, u64 id) {
  auto quota_tree = TRY(forest.root(QUOTA_TREE_OBJECTID));
  if (quota_tree == nullptr) {
    text += "\tQuota group:\t\tn/a\n";
    return {};
  }
  const RootPointer& root = quota_tree->pointer();
  const auto info = TRY(read_qgroup<QgroupInfoItem>(forest, root, QGROUP_INFO_KEY, id));
  const auto limit = TRY(read_qgroup<QgroupLimitItem>(forest, root, QGROUP_LIMIT_KEY, id));
  const auto out = std::back_inserter(text);
  const auto limit_text = [](u64 bytes) { return bytes == 0 ? "-" : size_text(bytes); };
  fmt::format_to(out, "\tQuota group:\t\t0/{}\n", id);
  fmt::format_to(out, "\t  Limit referenced:\t{}\n", limit_text(limit.max_rfer));
  fmt::format_to(out, "\t  Limit exclusive:\t{}\n", limit_text(limit.max_excl));
  fmt::format_to(out, "\t  Usage referenced:\t{}\n", size_text(info.rfer));
  fmt::format_to(out, "\t  Usage exclusive:\t{}\n", size_text(info.excl));
  return {};
}

}  // namespace

Result<std::string> subvolume_text(CommittedForest& forest, const SubvolumeList& list,
                                   const Subvolume& subvolume) {
  std::string text;
  add_facts(text, subvolume);
  add_snapshots(text, list, subvolume);
  TRY(add_quota(text, forest, subvolume.id));
  return text;
}

}  // namespace canopy
