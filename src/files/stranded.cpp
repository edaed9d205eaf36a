#include "files/stranded.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"

namespace canopy {
namespace {

void describe(const SubvolumeFiles& files, StrandedInode& inode) {
  const auto names = files.names(inode.ino);
  if (!names.ok() || names.value().empty()) {
    inode.about = "its name is lost";
    return;
  }
  const NameInDirectory& first = names.value().front();
  inode.about = fmt::format("it was {} in directory {}", escaped(first.name), first.dir);
  const auto paths = files.paths(inode.ino);
  if (paths.ok()) inode.path = paths.value().front();
}

// The unreached directories that each unreached directory lists, and all else that they do.
struct Below {
  std::map<u64, std::vector<u64>> directories;
  std::set<u64> all;
};

Result<Below> look_below(const SubvolumeFiles& files, const std::map<u64, bool>& lost) {
  Below below;
  for (const auto& [ino, is_directory] : lost) {
    if (!is_directory) continue;
    auto& listed = below.directories[ino];
    auto entries = files.list(ino);
    // What cannot be listed is told where it is walked through.
    if (!entries.ok()) continue;
    for (const DirectoryEntry& entry : entries.value()) {
      if (entry.is_subvolume || entry.ino == ino) continue;
      const auto found = lost.find(entry.ino);
      if (found == lost.end()) continue;
      below.all.insert(entry.ino);
      if (found->second) listed.push_back(entry.ino);
    }
  }
  return below;
}

}  // namespace

Result<std::vector<StrandedInode>> find_stranded(const SubvolumeFiles& files,
                                                 const std::set<u64>& reached) {
  std::map<u64, bool> lost;  // whether it is a directory
  TRY(files.for_each_inode([&](u64 ino, const InodeItem& inode) -> Result<void> {
    if (inode.nlink > 0 && !reached.contains(ino))
      lost[ino] = (inode.mode & MODE_TYPE_MASK) == MODE_DIRECTORY;
    return {};
  }));
  const Below below = TRY(look_below(files, lost));
  std::vector<StrandedInode> stranded;
  std::set<u64> found;  // directories that what is given leads to
  const auto give = [&](u64 ino, bool is_directory) {
    StrandedInode& inode = stranded.emplace_back();
    inode.ino = ino;
    inode.is_directory = is_directory;
    describe(files, inode);
    for (std::vector<u64> open = {ino}; is_directory && !open.empty();) {
      const u64 at = open.back();
      open.pop_back();
      if (!found.insert(at).second) continue;
      const auto& listed = below.directories.at(at);
      open.insert(open.end(), listed.begin(), listed.end());
    }
  };
  for (const auto& [ino, is_directory] : lost)
    if (!below.all.contains(ino)) give(ino, is_directory);
  for (const auto& [ino, is_directory] : lost)
    if (is_directory && !found.contains(ino)) give(ino, is_directory);
  return stranded;
}

}  // namespace canopy
