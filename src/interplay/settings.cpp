#include "interplay/settings.h"

#include <sstream>

#include "files/subvolume.h"
#include "filesystem/filesystem.h"

namespace canopy {
namespace {

constexpr u64 largest_pipe = u64{1} << 30;
// Few, so that a deduplication has many commits beside which a send may be.
constexpr u64 dedupe_batch_items = 4;

Result<void> check_sizes(const InterplaySettings& settings) {
  if (settings.batch_blocks == 0 || settings.pipe_bytes == 0 || settings.pipe_bytes > largest_pipe)
    return error(Code::invalid, "schedule: impossible sizes");
  return {};
}

}  // namespace

void InterplaySettings::save(SavedSchedule& to) const {
  to.settings["batch-blocks"] = fmt::to_string(batch_blocks);
  to.settings["pipe-size"] = fmt::to_string(pipe_bytes);
  if (!filters.empty()) to.settings["filters"] = filters;
  if (until_sent) to.settings["until-sent"] = "1";
  if (const std::string names = protections.left_out(); !names.empty())
    to.settings["without"] = names;
  if (balance) to.settings["balance"] = "1";
  if (reclaim) to.settings["reclaim"] = fmt::to_string(*reclaim);
  for (const std::string& name : dedupe)
    to.settings["dedupe"] += (to.settings["dedupe"].empty() ? "" : "\t") + name;
  to.settings["rules"] = rules_name(rules);
}

Result<InterplaySettings> InterplaySettings::of(const SavedSchedule& saved) {
  InterplaySettings settings;
  settings.batch_blocks = TRY(saved.number("batch-blocks", settings.batch_blocks));
  settings.pipe_bytes = TRY(saved.number("pipe-size", settings.pipe_bytes));
  settings.until_sent = TRY(saved.number("until-sent", 0)) != 0;
  settings.filters = saved.setting("filters");
  settings.protections = TRY(Protections::without(saved.setting("without")));
  settings.balance = TRY(saved.number("balance", 0)) != 0;
  if (saved.settings.contains("reclaim")) settings.reclaim = TRY(saved.number("reclaim", 0));
  const std::string rules = saved.setting("rules", "5.17");
  const auto known = rules_named(rules);
  if (!known) return error(Code::invalid, "schedule: there are no rules of Linux {}", rules);
  settings.rules = *known;
  std::stringstream names(saved.setting("dedupe"));
  for (std::string name; std::getline(names, name, '\t');)
    settings.dedupe.push_back(name);
  TRY(check_sizes(settings));
  return settings;
}

Result<void> InterplaySettings::apply(InterplayRequest& request) const {
  request.rules = rules;
  if (balance) {
    InterplayBalance& wanted = request.balance.emplace();
    if (!filters.empty()) {
      wanted.request.data = TRY(parse_balance_filter(filters));
      wanted.request.metadata = wanted.request.system = wanted.request.data;
    }
    wanted.options.batch_blocks = batch_blocks;
    wanted.until_streams_end = until_sent;
  }
  if (reclaim) {
    request.reclaim.emplace().threshold = *reclaim;
    request.reclaim->options.batch_blocks = batch_blocks;
  }
  return {};
}

Result<void> InterplaySettings::apply_dedupe(Filesystem& filesystem, InterplayRequest& request,
                                             DedupeReport* report) const {
  if (dedupe.empty()) return {};
  const auto list = TRY(SubvolumeList::read(filesystem.forest()));
  std::vector<u64> ids;
  for (const std::string& name : dedupe)
    ids.push_back(TRY(list.resolve(name))->id);
  request.dedupe = [ids, report](FilesystemWriter& writer,
                                 const std::function<void()>& make_room) -> Result<void> {
    DedupeOptions how;
    how.batch_items = dedupe_batch_items;
    how.make_room = make_room;
    const DedupeReport done = TRY(deduplicate(writer, ids, how));
    if (report != nullptr) *report = done;
    return {};
  };
  return {};
}

}  // namespace canopy
