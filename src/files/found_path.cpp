#include "files/found_path.h"

#include <algorithm>

namespace canopy {

Result<FoundPath> find_path(CommittedForest& forest, const SubvolumeList& list,
                            std::string_view path) {
  std::string rest(path);
  while (rest.starts_with('/') || rest.starts_with("./"))
    rest.erase(0, rest.find('/') + 1);
  while (rest.ends_with('/'))
    rest.pop_back();
  const Subvolume* best = list.find(FS_TREE_OBJECTID);
  for (std::size_t end = 0; end < rest.size();) {
    end = std::min(rest.find('/', end + 1), rest.size());
    if (const Subvolume* deeper = list.find_path(rest.substr(0, end))) best = deeper;
  }
  if (best == nullptr) return error(Code::not_found, "the filesystem has no top level");
  const std::string inside = rest.substr(std::min(rest.size(), best->path.size()));
  auto files = TRY(SubvolumeFiles::open(forest, best->id));
  auto entry = TRY(files.find(inside));
  return FoundPath{std::move(files), std::move(entry)};
}

}  // namespace canopy
