// canopy subvolume list: as `btrfs subvolume list PATH` of btrfs-progs prints it, where PATH is the
// top of the filesystem or the subvolume given with --path.

#include "cli/command_line.h"
#include "cli/images.h"
#include "report/subvolume_list_text.h"

namespace canopy {
namespace {

struct ListOptions {
  std::vector<std::string> images;
  std::string path;
  std::string gens;
  std::string cgens;
  SubvolumeListing listing;
};

Result<int> run_list(ListOptions& options) {
  options.listing.gens = TRY(GenerationFilter::parse(options.gens));
  options.listing.cgens = TRY(GenerationFilter::parse(options.cgens));
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const Subvolume* from = TRY(list.resolve(options.path));
  const std::string text = TRY(subvolume_list_text(list, *from, options.listing));
  for (const Subvolume& subvolume : list.all())
    if (!subvolume.problem.empty())
      fmt::print(stderr, "canopy: warning: subvolume {}: {}\n", subvolume.id, subvolume.problem);
  fmt::print("{}", text);
  return EXIT_DONE;
}

}  // namespace

void add_subvolume_list(CommandLine& line, Command group) {
  using enum SubvolumeListing::Column;
  auto options = std::make_shared<ListOptions>();
  SubvolumeListing& listing = options->listing;
  Command command = line.add_to(group, "list", "List subvolumes as `btrfs subvolume list` does");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.option("--path", options->path, "Paths as seen from this subvolume, not the top")
      .called("SUBVOL");
  command.flag("-o", listing.below_path, "Only those that lie directly in the top, or --path");
  command.flag("-a", listing.all, "Begin paths of those that lie deeper with <FS_TREE>/");
  command.flag("-p", listing.show[parent], "Show the id of the subvolume each lies in");
  command.flag("-c", listing.show[cgen], "Show the generation in which each was made");
  command.flag("-g", listing.show[gen], "Show the generation (always shown)");
  command.flag("-u", listing.show[uuid], "Show the uuid");
  command.flag("-q", listing.show[parent_uuid], "Show the uuid of what each is a snapshot of");
  command.flag("-R", listing.show[received_uuid], "Show the uuid each was received with");
  command.flag("-s", listing.only_snapshots, "Only snapshots");
  command.flag("-r", listing.only_read_only, "Only read-only ones");
  command.flag("-d", listing.deleted, "Only deleted ones that are not cleaned up yet");
  command.flag("-t", listing.table, "As a table");
  command.option("-G", options->gens, "Only of this generation, or from +N, or up to -N")
      .called("[+|-]N");
  command.option("-C", options->cgens, "The same for the generation of creation").called("[+|-]N");
  command.option("--sort", listing.sort, "By gen, ogen, rootid, path; - before one: descending")
      .called("KEY,...");
  line.on_run(command, [options] { return run_list(*options); });
}

void add_subvolume(CommandLine& line) {
  Command group = line.add_group("subvolume", "List and show subvolumes");
  add_subvolume_list(line, group);
  add_subvolume_show(line, group);
}

}  // namespace canopy
