// canopy inspect-internal list-chunks: as btrfs-progs 6.14 prints it of a mounted filesystem.

#include <algorithm>
#include <cstdio>
#include <map>

#include "cli/block_group_use.h"
#include "cli/images.h"
#include "cli/inspect_internal.h"
#include "cli/size_text.h"

namespace canopy {
namespace {

struct ListChunksOptions {
  std::vector<std::string> images;
  bool raw = false;
};

// A stripe of a chunk on one device.
struct Row {
  u64 devid = 0;
  u64 physical = 0;
  u64 logical = 0;
  u64 length = 0;
  u64 flags = 0;
  u64 used = 0;
  u64 number_physical = 0;
  u64 number_logical = 0;
};

std::string type_text(u64 flags) {
  const Profile* profile = profile_of(flags);
  return fmt::format("{:>10}/{:<6}", block_group_type_name(flags),
                     profile == nullptr ? "unknown" : profile->name);
}

Result<std::vector<Row>> read_rows(Filesystem& filesystem) {
  CommittedForest& forest = filesystem.forest();
  auto groups = TRY(block_group_root(forest));
  std::vector<Row> rows;
  std::map<u64, u64> numbers;
  for (const auto& chunk : filesystem.volume().chunks().all()) {
    const u64 used = groups == nullptr ? 0 : TRY(used_bytes(forest, *groups, *chunk));
    for (const ChunkStripe& stripe : chunk->stripes)
      rows.push_back({stripe.devid, stripe.physical, chunk->logical, chunk->length, chunk->type,
                      used, 0, ++numbers[stripe.devid]});
  }
  std::ranges::sort(rows, [](const Row& a, const Row& b) {
    return std::pair(a.devid, a.physical) < std::pair(b.devid, b.physical);
  });
  numbers.clear();
  for (Row& row : rows)
    row.number_physical = ++numbers[row.devid];
  return rows;
}

Result<int> run_list_chunks(const ListChunksOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  auto size = [&](u64 bytes) { return options.raw ? fmt::format("{}", bytes) : size_text(bytes); };
  std::vector<std::vector<std::string>> cells = {{"Devid", "PNumber", "Type/profile", "PStart",
                                                  "Length", "PEnd", "LNumber", "LStart", "Usage%"}};
  for (const Row& row : TRY(read_rows(*filesystem))) {
    // As btrfs-progs: in single precision.
    const float usage = static_cast<float>(row.used) / static_cast<float>(row.length) * 100;
    cells.push_back({fmt::format("{}", row.devid), fmt::format("{}", row.number_physical),
                     type_text(row.flags), size(row.physical), size(row.length),
                     size(row.physical + row.length), fmt::format("{}", row.number_logical),
                     size(row.logical), fmt::format("{:6.2f}", usage)});
  }
  std::vector<std::size_t> widths(cells[0].size());
  for (const auto& row : cells)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (std::size_t n = 0; n < cells.size(); ++n) {
    std::string line;
    std::string rule;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      line += fmt::format("{}{:>{}}", i == 0 ? "" : " ", cells[n][i], widths[i]);
      rule += (i == 0 ? "" : " ") + std::string(widths[i], '-');
    }
    fmt::print("{}\n", line);
    if (n == 0) fmt::print("{}\n", rule);
  }
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
