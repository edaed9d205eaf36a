// canopy subvolume list: as `btrfs subvolume list PATH` of btrfs-progs prints it, where PATH is the
// top of the filesystem or the subvolume given with --path.

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "files/subvolume.h"
#include "report/time_text.h"

namespace canopy {
namespace {

enum Column {
  id,
  gen,
  cgen,
  parent,
  top_level,
  otime,
  parent_uuid,
  received_uuid,
  uuid,
  path,
  COLUMNS
};

constexpr const char* COLUMN_NAMES[COLUMNS] = {"ID",        "gen",   "cgen",        "parent",
                                               "top level", "otime", "parent_uuid", "received_uuid",
                                               "uuid",      "path"};

struct ListOptions {
  std::vector<std::string> images;
  std::string path;
  bool show[COLUMNS] = {};
  bool below_path = false;  // -o
  bool all = false;         // -a
  bool table = false;
  bool only_snapshots = false;
  bool only_read_only = false;
  bool deleted = false;
  std::string gen_filter;
  std::string cgen_filter;
  std::string sort;
};

// One line of the list.
struct Row {
  const Subvolume* subvolume;
  std::string path;
  u64 top_level;
};

// "+8", "-8", "8": at least, at most, exactly.
struct NumberFilter {
  char relation = 0;  // 0: everything passes
  u64 bound = 0;

  bool passes(u64 value) const {
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
};

Result<NumberFilter> parse_filter(std::string_view text) {
  NumberFilter filter;
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
           const ListOptions& options) {
  Row row{&subvolume, subvolume.path, subvolume.parent_id};
  if (!subvolume.has_path()) row.path = subvolume.deleted ? "DELETED" : "UNREACHABLE";
  if (options.all) {
    if (row.top_level != from.id) row.path = "<FS_TREE>/" + row.path;
  } else if (subvolume.has_path() && !options.below_path && !from.is_top_level()) {
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

void print_table(const std::vector<Row>& rows, const ListOptions& options) {
  std::string head, rule;
  for (int column = 0; column < COLUMNS; ++column) {
    if (!options.show[column]) continue;
    const std::string_view name = COLUMN_NAMES[column];
    head += fmt::format("{}\t", name);
    rule += std::string(name.size(), '-') + '\t';
  }
  fmt::print("{}\n{}\n", head, rule);
  for (const Row& row : rows) {
    std::string line;
    for (int column = 0; column < COLUMNS; ++column) {
      if (!options.show[column]) continue;
      line += cell(row, static_cast<Column>(column));
      if (column != path) line += '\t';
      if (column == top_level) line += '\t';
    }
    fmt::print("{}\n", line);
  }
}

void print_lines(const std::vector<Row>& rows, const ListOptions& options) {
  for (const Row& row : rows) {
    std::string line;
    for (int column = 0; column < COLUMNS; ++column) {
      if (!options.show[column]) continue;
      line += fmt::format("{} {}", COLUMN_NAMES[column], cell(row, static_cast<Column>(column)));
      if (column != path) line += ' ';
    }
    fmt::print("{}\n", line);
  }
}

Result<int> run_list(ListOptions options) {
  const NumberFilter gens = TRY(parse_filter(options.gen_filter));
  const NumberFilter cgens = TRY(parse_filter(options.cgen_filter));
  const std::vector<SortKey> order = TRY(parse_sort(options.sort));
  for (Column column : {id, gen, top_level, path})
    options.show[column] = true;
  if (cgens.relation != 0) options.show[cgen] = true;
  if (options.only_snapshots) options.show[cgen] = options.show[otime] = true;

  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const Subvolume* from = TRY(list.resolve(options.path));

  std::vector<Row> rows;
  for (const Subvolume& subvolume : list.all()) {
    if (subvolume.is_top_level() || subvolume.deleted != options.deleted) continue;
    if (options.only_snapshots && !subvolume.is_snapshot()) continue;
    if (options.only_read_only && !subvolume.is_read_only()) continue;
    if (!gens.passes(subvolume.item.generation) || !cgens.passes(subvolume.creation_transid()))
      continue;
    if (options.below_path && subvolume.parent_id != from->id) continue;
    rows.push_back(row_of(list, subvolume, *from, options));
    if (!subvolume.problem.empty())
      fmt::print(stderr, "canopy: warning: subvolume {}: {}\n", subvolume.id, subvolume.problem);
  }
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    for (const SortKey& key : order)
      if (int difference = key.compare(a, b))
        return key.descending ? difference > 0 : difference < 0;
    return false;
  });
  options.table ? print_table(rows, options) : print_lines(rows, options);
  return EXIT_DONE;
}

}  // namespace

void add_subvolume_list(CommandLine& line, Command group) {
  auto options = std::make_shared<ListOptions>();
  Command command = line.add_to(group, "list", "List subvolumes as `btrfs subvolume list` does");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.option("--path", options->path, "Paths as seen from this subvolume, not the top")
      .called("SUBVOL");
  command.flag("-o", options->below_path, "Only those that lie directly in the top, or --path");
  command.flag("-a", options->all, "Begin paths of those that lie deeper with <FS_TREE>/");
  command.flag("-p", options->show[parent], "Show the id of the subvolume each lies in");
  command.flag("-c", options->show[cgen], "Show the generation in which each was made");
  command.flag("-g", options->show[gen], "Show the generation (always shown)");
  command.flag("-u", options->show[uuid], "Show the uuid");
  command.flag("-q", options->show[parent_uuid], "Show the uuid of what each is a snapshot of");
  command.flag("-R", options->show[received_uuid], "Show the uuid each was received with");
  command.flag("-s", options->only_snapshots, "Only snapshots");
  command.flag("-r", options->only_read_only, "Only read-only ones");
  command.flag("-d", options->deleted, "Only deleted ones that are not cleaned up yet");
  command.flag("-t", options->table, "As a table");
  command.option("-G", options->gen_filter, "Only of this generation, or from +N, or up to -N")
      .called("[+|-]N");
  command.option("-C", options->cgen_filter, "The same for the generation of creation")
      .called("[+|-]N");
  command.option("--sort", options->sort, "By gen, ogen, rootid, path; - before one: descending")
      .called("KEY,...");
  line.on_run(command, [options] { return run_list(*options); });
}

void add_subvolume(CommandLine& line) {
  Command group = line.add_group("subvolume", "List and show subvolumes");
  add_subvolume_list(line, group);
  add_subvolume_show(line, group);
}

}  // namespace canopy
