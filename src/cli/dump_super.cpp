// canopy dump-super: as `btrfs inspect-internal dump-super` of btrfs-progs 6.14 prints it.

#include <cstdio>

#include "cli/command_line.h"
#include "cli/images.h"
#include "inspect/super_fields.h"
#include "ondisk/superblock.h"

namespace canopy {
namespace {

struct DumpSuperOptions {
  std::vector<std::string> images;
  bool full = false;
  bool all = false;
  bool force = false;
  u32 copy = 0;
  u64 bytenr = 0;
};

Result<void> dump_one(Device& device, u64 offset, const DumpSuperOptions& options) {
  // A device need not be long enough for all copies.
  if (offset > device.size_bytes() || device.size_bytes() - offset < SUPER_INFO_SIZE) {
    if (options.all) return {};
    return error(Code::io, "{} ends before the superblock at {}", device.name(), offset);
  }
  std::vector<u8> bytes(SUPER_INFO_SIZE);
  TRY(device.read(offset, bytes));
  fmt::print("superblock: bytenr={}, device={}\n{}\n", offset, device.name(), std::string(57, '-'));
  if (load_struct<Superblock>(bytes).magic != SUPER_MAGIC && !options.force)
    return error(Code::corrupt,
                 "{} has no Btrfs superblock at {}: bad magic (--force shows what is there)",
                 device.name(), offset);
  const std::string text = super_text(bytes, options.full);
  std::fwrite(text.data(), 1, text.size(), stdout);
  fmt::print("\n");
  return {};
}

Result<int> run_dump_super(const DumpSuperOptions& options) {
  for (const std::string& path : options.images) {
    auto device = TRY(open_image(path));
    if (options.all) {
      for (u64 offset : SUPER_OFFSETS)
        TRY(dump_one(*device, offset, options));
    } else {
      TRY(dump_one(*device, options.bytenr != 0 ? options.bytenr : SUPER_OFFSETS[options.copy],
                   options));
    }
  }
  return EXIT_DONE;
}

}  // namespace

void add_dump_super(CommandLine& line) {
  auto options = std::make_shared<DumpSuperOptions>();
  Command command = line.add("dump-super", "Show superblocks as text");
  add_image_arguments(command, options->images);
  add_partition_option(command);
  command.flag("-f,--full", options->full, "With the system chunks and the backup roots");
  Option all = command.flag("-a,--all", options->all, "Of all copies on each device");
  command.flag("-F,--force", options->force, "Also where the magic is not that of Btrfs");
  Option copy = command.option("-s,--super", options->copy, "Which copy")
                    .between(0, 2)
                    .called("0|1|2")
                    .excludes(all);
  command.option("--bytenr", options->bytenr, "Where it lies, in bytes")
      .called("OFFSET")
      .excludes(all)
      .excludes(copy);
  line.on_run(command, [options] { return run_dump_super(*options); });
}

}  // namespace canopy
