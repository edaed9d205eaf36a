// canopy filesystem du: as `btrfs filesystem du` prints it of a mounted filesystem. Paths are those
// from the top of the filesystem.

#include <cstdio>
#include <memory>

#include "cli/command_line.h"
#include "cli/images.h"
#include "report/disk_use.h"

namespace canopy {
namespace {

struct DuOptions {
  std::vector<std::string> images;
  std::vector<std::string> paths;
  bool summarize = false;
  bool raw = false;
};

Result<int> run_du(const DuOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const auto reader = TRY(DiskUseReader::open(*filesystem, list));
  fmt::print("{}", disk_use_header);
  const auto print = [&](const DiskUse& use) { fmt::print("{}", use.to_string(options.raw)); };
  int status = EXIT_DONE;
  for (const std::string& path : options.paths) {
    const auto use = options.summarize ? reader->read(path) : reader->read(path, print);
    if (use.ok()) {
      print(use.value());
      continue;
    }
    fmt::print(stderr, "canopy: cannot check space of '{}': {}\n", path, use.error().to_string());
    status = EXIT_FAILED;
  }
  return status;
}

}  // namespace

void add_filesystem_du(CommandLine& line, Command group) {
  auto options = std::make_shared<DuOptions>();
  Command command =
      line.add_to(group, "du", "Show what files take, alone and together with others");
  add_images_and_subvolumes(command, options->images, options->paths,
                            "Files or directories, from the top of the filesystem", "PATH");
  add_opening_options(command);
  command.flag("-s,--summarize", options->summarize, "Only a total for each PATH");
  command.flag("-b,--raw", options->raw, "Sizes in bytes");
  line.on_run(command, [options] { return run_du(*options); });
}

}  // namespace canopy
