// canopy inspect-internal min-dev-size: to which size a device could be shrunk, estimated as
// btrfs-progs does it.

#include <cstdio>

#include "cli/images.h"
#include "cli/inspect_internal.h"
#include "report/min_dev_size.h"

namespace canopy {
namespace {

struct MinDevSizeOptions {
  std::vector<std::string> images;
  u64 devid = 1;
};

Result<int> run_min_dev_size(const MinDevSizeOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  fmt::print("{}", min_dev_size_text(TRY(min_dev_size(*filesystem, options.devid))));
  return EXIT_DONE;
}

}  // namespace

void add_min_dev_size(CommandLine& line, Command group) {
  auto options = std::make_shared<MinDevSizeOptions>();
  Command command =
      line.add_to(group, "min-dev-size", "Show to which size a device could be shrunk");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.option("--id", options->devid, "The device, 1 if not given").called("DEVID");
  line.on_run(command, [options] { return run_min_dev_size(*options); });
}

}  // namespace canopy
