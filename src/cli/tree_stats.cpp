// canopy inspect-internal tree-stats: as btrfs-progs prints it, how large trees are and how their
// blocks lie behind each other.

#include <cstdio>

#include "cli/images.h"
#include "cli/inspect_internal.h"
#include "report/tree_stats.h"

namespace canopy {
namespace {

struct TreeStatsOptions {
  std::vector<std::string> images;
  std::optional<u64> tree;
  bool raw = false;
};

Result<int> run_tree_stats(const TreeStatsOptions& options) {
  struct Wanted {
    u64 tree;
    std::string name;
    bool find_inline;
  };
  std::vector<Wanted> wanted = {{ROOT_TREE_OBJECTID, "root tree", false},
                                {EXTENT_TREE_OBJECTID, "extent tree", false},
                                {CSUM_TREE_OBJECTID, "csum tree", false},
                                {FS_TREE_OBJECTID, "fs tree", true}};
  if (options.tree) wanted = {{*options.tree, fmt::format("tree ({})", *options.tree), true}};
  auto filesystem = TRY(open_images(options.images));
  for (const Wanted& one : wanted) {
    fmt::print("Calculating size of {}\n", one.name);
    auto root = TRY(filesystem->forest().root(one.tree));
    if (root == nullptr) return error(Code::not_found, "there is no tree {}", one.tree);
    const TreeStats stats = TRY(read_tree_stats(*filesystem, root->pointer(), one.find_inline));
    for (const std::string& problem : stats.problems)
      fmt::print(stderr, "canopy: {}\n", problem);
    fmt::print("{}", tree_stats_text(stats, options.raw));
  }
  return EXIT_DONE;
}

}  // namespace

void add_tree_stats(CommandLine& line, Command group) {
  auto options = std::make_shared<TreeStatsOptions>();
  Command command = line.add_to(group, "tree-stats", "Show how large trees are and how they lie");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.flag("-b,--raw", options->raw, "Sizes in bytes");
  command.option("-t", options->tree, "Only this tree, by its id");
  line.on_run(command, [options] { return run_tree_stats(*options); });
}

}  // namespace canopy
