// canopy inspect-internal list-chunks: as btrfs-progs 6.14 prints it of a mounted filesystem.

#include <cstdio>

#include "cli/images.h"
#include "cli/inspect_internal.h"
#include "report/chunk_list.h"

namespace canopy {
namespace {

struct ListChunksOptions {
  std::vector<std::string> images;
  bool raw = false;
};

Result<int> run_list_chunks(const ListChunksOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  fmt::print("{}", chunk_list_text(TRY(read_chunk_list(*filesystem)), options.raw));
  return EXIT_DONE;
}

}  // namespace

void add_list_chunks(CommandLine& line, Command group) {
  auto options = std::make_shared<ListChunksOptions>();
  Command command = line.add_to(group, "list-chunks", "Show where the chunks lie on the devices");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.flag("-b,--raw", options->raw, "Sizes in bytes");
  line.on_run(command, [options] { return run_list_chunks(*options); });
}

}  // namespace canopy
