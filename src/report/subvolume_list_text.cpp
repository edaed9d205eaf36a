#include "report/subvolume_list_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/text.h"
#include "report/time_text.h"

namespace canopy {

Result<GenerationFilter> GenerationFilter::parse(std::string_view text) {
  GenerationFilter filter;
  if (text.empty()) return filter;
  filter.relation = '=';
  if (text[0] == '+' || text[0] == '-') {
    filter.relation = text[0];
    text.remove_prefix(1);
  }
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), filter.bound);
  if (problem != std::errc() || end != text.data() + text.size())
    return error(Code::invalid, "{} is not a generation", text);
  return filter;
}

bool GenerationFilter::passes(u64 value) const {
  switch (relation) {
    case '+':
      return value >= bound;
    case '-':
      return value <= bound;
    case '=':
      return value == bound;
    default:
      return true;
  }
}

namespace {

using enum SubvolumeListing::Column;
using Column = SubvolumeListing::Column;

constexpr const char* COLUMN_NAMES[COLUMNS] = {"ID",        "gen",   "cgen",        "parent",
                                               "top level", "otime", "parent_uuid", "received_uuid",
                                               "uuid",      "path"};

// One line of the list.
struct Row {
  const Subvolume* subvolume;
  std::string path;
  u64 top_level;
};

using Compare = int (*)(const Row&, const Row&);

int three_way(u64 a, u64 b) { return a < b ? -1 : a > b ? 1 : 0; }

int by_id(const Row& a, const Row& b) { return three_way(a.subvolume->id, b.subvolume->id); }

struct SortKey {
  Compare compare;
  bool descending;
};

Result<std::vector<SortKey>> parse_sort(std::string_view text) {
  static constexpr std::pair<std::string_view, Compare> orders[] = {
      {"rootid", by_id},
      {"gen",
       [](const Row& a, const Row& b) {
         return three_way(a.subvolume->item.generation, b.subvolume->item.generation);
       }},
      {"ogen",
       [](const Row& a, const Row& b) {
         return three_way(a.subvolume->creation_transid(), b.subvolume->creation_transid());
       }},
      {"path", [](const Row& a, const Row& b) { return a.path.compare(b.path); }},
  };
  std::vector<SortKey> keys;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const bool descending = word.starts_with('-');
    if (descending || word.starts_with('+')) word.remove_prefix(1);
    auto order = std::find_if(std::begin(orders), std::end(orders),
                              [&](const auto& known) { return known.first == word; });
    if (order == std::end(orders))
      return error(Code::invalid, "cannot sort by '{}': there are gen, ogen, rootid and path",
                   word);
    keys.push_back({order->second, descending});
  }
  keys.push_back({by_id, false});
  return keys;
}

// The path of a subvolume as seen from the one that is listed, if it lies below it; else from the
// top.
Row row_of(const SubvolumeList& list, const Subvolume& subvolume, const Subvolume& from,
           const SubvolumeListing& listing) {
  Row row{&subvolume, subvolume.path, subvolume.parent_id};
  if (!subvolume.has_path()) row.path = subvolume.deleted ? "DELETED" : "UNREACHABLE";
  if (listing.all) {
    if (row.top_level != from.id) row.path = "<FS_TREE>/" + row.path;
  } else if (subvolume.has_path() && !listing.below_path && !from.is_top_level()) {
    const Subvolume* above = &subvolume;
    while (above != nullptr && !above->is_top_level() && above->parent_id != from.id)
      above = list.find(above->parent_id);
    if (above != nullptr && !above->is_top_level())
      row.path = subvolume.path.substr(from.path.size() + 1);
  }
  return row;
}

std::string uuid_or_dash(const u8 (&bytes)[16]) {
  return fmt::format("{:<36}", is_null_uuid(bytes) ? "-" : uuid_text(bytes));
}

std::string cell(const Row& row, Column column) {
  const Subvolume& subvolume = *row.subvolume;
  switch (column) {
    case id:
      return fmt::to_string(subvolume.id);
    case gen:
      return fmt::to_string(subvolume.item.generation.value());
    case cgen:
      return fmt::to_string(subvolume.creation_transid());
    case parent:
      return fmt::to_string(subvolume.parent_id);
    case top_level:
      return fmt::to_string(row.top_level);
    case otime:
      return local_time_text(subvolume.item.otime, TimeZone::hidden);
    case parent_uuid:
      return uuid_or_dash(subvolume.item.parent_uuid);
    case received_uuid:
      return uuid_or_dash(subvolume.item.received_uuid);
    case uuid:
      return uuid_or_dash(subvolume.item.uuid);
    case path:
    case COLUMNS:
      break;
  }
  return row.path;
}

std::string table_of(const std::vector<Row>& rows, const SubvolumeListing& listing) {
  std::string head, rule;
  for (int column = 0; column < COLUMNS; ++column) {
    if (!listing.show[column]) continue;
    const std::string_view name = COLUMN_NAMES[column];
    head += fmt::format("{}\t", name);
    rule += std::string(name.size(), '-') + '\t';
  }
  std::string text = fmt::format("{}\n{}\n", head, rule);
  for (const Row& row : rows) {
    std::string line;
    for (int column = 0; column < COLUMNS; ++column) {
      if (!listing.show[column]) continue;
      line += cell(row, static_cast<Column>(column));
      if (column != path) line += '\t';
      if (column == top_level) line += '\t';
    }
    text += line + '\n';
  }
  return text;
}

std::string lines_of(const std::vector<Row>& rows, const SubvolumeListing& listing) {
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (int column = 0; column < COLUMNS; ++column) {
      if (!listing.show[column]) continue;
      line += fmt::format("{} {}", COLUMN_NAMES[column], cell(row, static_cast<Column>(column)));
      if (column != path) line += ' ';
    }
    text += line + '\n';
  }
  return text;
}

}  // namespace

Result<std::string> subvolume_list_text(const SubvolumeList& list, const Subvolume& from,
                                        const SubvolumeListing& listing) {
  SubvolumeListing shown = listing;
  for (Column column : {id, gen, top_level, path})
    shown.show[column] = true;
  if (shown.cgens.relation != 0) shown.show[cgen] = true;
  if (shown.only_snapshots) shown.show[cgen] = shown.show[otime] = true;
  const std::vector<SortKey> order = TRY(parse_sort(shown.sort));

  std::vector<Row> rows;
  for (const Subvolume& subvolume : list.all()) {
    if (subvolume.is_top_level() || subvolume.deleted != shown.deleted) continue;
    if (shown.only_snapshots && !subvolume.is_snapshot()) continue;
    if (shown.only_read_only && !subvolume.is_read_only()) continue;
    if (!shown.gens.passes(subvolume.item.generation)) continue;
    if (!shown.cgens.passes(subvolume.creation_transid())) continue;
    if (shown.below_path && subvolume.parent_id != from.id) continue;
    rows.push_back(row_of(list, subvolume, from, shown));
  }
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    for (const SortKey& key : order)
      if (int difference = key.compare(a, b))
        return key.descending ? difference > 0 : difference < 0;
    return false;
  });
  return shown.table ? table_of(rows, shown) : lines_of(rows, shown);
}

}  // namespace canopy
