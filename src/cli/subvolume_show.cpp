// canopy subvolume show: as `btrfs subvolume show` of btrfs-progs 6.14 prints it.

#include <cstdio>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "files/subvolume.h"
#include "report/subvolume_text.h"

namespace canopy {
namespace {

struct ShowOptions {
  std::vector<std::string> images;
  std::vector<std::string> subvolumes;  // one
};

Result<int> run_show(const ShowOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const Subvolume* subvolume = TRY(list.resolve(options.subvolumes.front()));
  if (!is_null_uuid(subvolume->item.received_uuid) && !subvolume->is_read_only())
    fmt::print(stderr,
               "canopy: warning: the subvolume is writable and has a received uuid: an incremental "
               "send must not start from it\n");
  fmt::print("{}", TRY(subvolume_text(filesystem->forest(), list, *subvolume)));
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
