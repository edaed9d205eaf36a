#include "report/chunk_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/block_group_use.h"
#include "report/size_text.h"

namespace canopy {
namespace {

std::string type_text(u64 flags) {
  const Profile* profile = profile_of(flags);
  return fmt::format("{:>10}/{:<6}", block_group_type_name(flags),
                     profile == nullptr ? "unknown" : profile->name);
}

}  // namespace

Result<std::vector<ChunkRow>> read_chunk_list(Filesystem& filesystem) {
  CommittedForest& forest = filesystem.forest();
  auto groups = TRY(block_group_root(forest));
  std::vector<ChunkRow> rows;
  std::map<u64, u64> numbers;
  for (const auto& chunk : filesystem.volume().chunks().all()) {
    const u64 used = groups == nullptr ? 0 : TRY(used_bytes(forest, *groups, *chunk));
    for (const ChunkStripe& stripe : chunk->stripes)
      rows.push_back({stripe.devid, stripe.physical, chunk->logical, chunk->length, chunk->type,
                      used, 0, ++numbers[stripe.devid]});
  }
  std::ranges::sort(rows, [](const ChunkRow& a, const ChunkRow& b) {
    return std::pair(a.devid, a.physical) < std::pair(b.devid, b.physical);
  });
  numbers.clear();
  for (ChunkRow& row : rows)
    row.number_physical = ++numbers[row.devid];
  return rows;
}

std::string chunk_list_text(const std::vector<ChunkRow>& rows, bool raw) {
  auto size = [raw](u64 bytes) { return raw ? fmt::format("{}", bytes) : size_text(bytes); };
  std::vector<std::vector<std::string>> cells = {{"Devid", "PNumber", "Type/profile", "PStart",
                                                  "Length", "PEnd", "LNumber", "LStart", "Usage%"}};
  for (const ChunkRow& row : rows) {
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
  std::string text;
  for (std::size_t n = 0; n < cells.size(); ++n) {
    std::string line;
    std::string rule;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      line += fmt::format("{}{:>{}}", i == 0 ? "" : " ", cells[n][i], widths[i]);
      rule += (i == 0 ? "" : " ") + std::string(widths[i], '-');
    }
    text += line + "\n";
    if (n == 0) text += rule + "\n";
  }
  return text;
}

}  // namespace canopy
