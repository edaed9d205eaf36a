// canopy filesystem usage: as `btrfs filesystem usage` prints it of the mounted filesystem.

#include <cstdio>

#include "cli/command_line.h"
#include "cli/images.h"
#include "report/usage.h"

namespace canopy {
namespace {

struct UsageOptions {
  std::vector<std::string> images;
  bool raw = false;
};

Result<int> run_usage(const UsageOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  fmt::print("{}", usage_text(TRY(read_usage(*filesystem)), options.raw));
  return EXIT_DONE;
}

}  // namespace

void add_filesystem(CommandLine& line) {
  Command group = line.add_group("filesystem", "What `btrfs filesystem` tells");
  add_filesystem_du(line, group);
  auto options = std::make_shared<UsageOptions>();
  Command command = line.add_to(group, "usage", "Show what the space is used for");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.flag("-b,--raw", options->raw, "Sizes in bytes");
  line.on_run(command, [options] { return run_usage(*options); });
}

}  // namespace canopy
