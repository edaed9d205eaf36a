// canopy subvolume: what subvolumes there are.

#include "cli/command_line.h"
#include "cli/images.h"

namespace canopy {
namespace {

struct ListOptions {
  std::vector<std::string> images;
};

Result<int> run_list(const ListOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  return EXIT_DONE;
}

}  // namespace

void add_subvolume(CommandLine& line) {
  CLI::App& group = line.add_group("subvolume", "List and show subvolumes");
  auto list = std::make_shared<ListOptions>();
  CLI::App& command = line.add_to(group, "list", "List subvolumes as `btrfs subvolume list` does");
  add_image_arguments(command, list->images);
  line.on_run(command, [list] { return run_list(*list); });
}

}  // namespace canopy
