#include "relocation/balance.h"

#include <algorithm>
#include <mutex>

namespace canopy {
namespace {

enum class Kind { data, system, metadata };

Kind kind_of(u64 flags) {
  if ((flags & BLOCK_GROUP_DATA) != 0) return Kind::data;
  return (flags & BLOCK_GROUP_SYSTEM) != 0 ? Kind::system : Kind::metadata;
}

const std::optional<BalanceFilter>& filter_of(const BalanceRequest& request, Kind kind) {
  switch (kind) {
    case Kind::data:
      return request.data;
    case Kind::system:
      return request.system;
    default:
      return request.metadata;
  }
}

// A request that names nothing means everything.
BalanceRequest complete(BalanceRequest request) {
  if (!request.data && !request.metadata && !request.system)
    request.data = request.metadata = request.system = BalanceFilter();
  return request;
}

bool is_mixed(const Superblock& super) {
  return (super.incompat_flags & FEATURE_INCOMPAT_MIXED_GROUPS) != 0;
}

// Chooses the groups of one kind, from the highest down.
class Chooser {
 public:
  Chooser(const BalanceRequest& request, Kind kind, BlockGroups& groups)
      : filter_(filter_of(request, kind)), kind_(kind) {
    if (!filter_) return;
    if (filter_->limit) left_ = filter_->limit->max;
    u64 matching = 0;
    for (const auto& [start, group] : groups.all())
      if (kind_of(group.flags()) == kind_ && filter_->matches(*group.chunk, group.used)) ++matching;
    matching = std::min(matching, left_);
    // A range of limits wants at least its minimum.
    if (filter_->limit && matching < filter_->limit->min) left_ = 0;
  }

  bool takes(const BlockGroup& group) {
    if (!filter_ || kind_of(group.flags()) != kind_ || left_ == 0) return false;
    if (!filter_->matches(*group.chunk, group.used)) return false;
    --left_;
    return true;
  }

 private:
  const std::optional<BalanceFilter>& filter_;
  Kind kind_;
  u64 left_ = ~u64{0};
};

std::vector<u64> starts_from_highest(BlockGroups& groups) {
  std::vector<u64> starts;
  for (const auto& [start, group] : groups.all())
    starts.push_back(start);
  std::ranges::reverse(starts);
  return starts;
}

BalancedChunk describe(const BlockGroup& group) {
  BalancedChunk chunk;
  chunk.logical = group.start();
  chunk.length = group.length();
  chunk.flags = group.flags();
  chunk.used = group.used;
  return chunk;
}

// Relocates one group and counts what came of it.
Result<void> balance_one(Relocation& relocation, const BlockGroup& group, BalanceReport& report,
                         RelocationControl& control,
                         const std::function<void(const BalancedChunk&)>& on_chunk) {
  BalancedChunk chunk = describe(group);
  if (control.before_group) TRY(control.before_group());
  auto result = relocation.relocate_group(chunk.logical);
  if (control.after_group) control.after_group();
  if (result.ok()) {
    ++report.relocated;
    control.progress.chunks_relocated += 1;
  } else if (result.error().code() == Code::no_space) {
    chunk.verdict = ChunkVerdict::no_space;
    chunk.problem = result.error().to_string();
    ++report.no_space;
  } else {
    return result;
  }
  report.chunks.push_back(chunk);
  if (on_chunk) on_chunk(chunk);
  return {};
}

// A BLOCK_GROUP_* type and profile for what leaves a chunk.
u64 target_flags(const BalanceRequest& request, Kind kind, u64 flags) {
  const auto& filter = filter_of(request, kind);
  if (!filter || !filter->convert) return flags;
  return (flags & ~BLOCK_GROUP_PROFILE_MASK) | *filter->convert;
}

// How much new chunks can take, up to `enough`.
u64 room_in_new_chunks(DeviceSpace devices, u64 flags, u64 enough) {
  u64 room = 0;
  while (room < enough) {
    auto chunk = devices.plan_chunk(flags, 0, 0);
    if (!chunk.ok() || chunk.value().length == 0) break;
    devices.take(chunk.value());
    room += chunk.value().length;
  }
  return room;
}

PlannedRoom plan_room(FilesystemWriter& writer, const BalanceRequest& request, Kind kind,
                      const std::vector<BalancedChunk>& chunks) {
  PlannedRoom room;
  std::set<u64> leaving;
  for (const BalancedChunk& chunk : chunks) {
    if (kind_of(chunk.flags) != kind) continue;
    leaving.insert(chunk.logical);
    room.flags = target_flags(request, kind, chunk.flags);
    room.to_move += chunk.used;
    room.largest_chunk = std::max(room.largest_chunk, chunk.used);
  }
  for (const auto& [start, group] : writer.groups().all())
    if (!leaving.contains(start) && group.flags() == room.flags)
      room.free += group.length() - group.used;
  if (room.to_move > room.free)
    room.new_chunks = room_in_new_chunks(writer.devices(), room.flags, room.to_move - room.free);
  return room;
}

Result<void> check_target(const BalanceFilter& filter, u64 devices, std::string_view what) {
  if (!filter.convert) return {};
  const Profile* profile = profile_of(*filter.convert);
  if (profile == nullptr || devices < profile->devs_min)
    return error(Code::invalid, "balance: invalid convert {} profile {}: {} devices are too few",
                 what, profile == nullptr ? "?" : profile->name, devices)
        .as_errno("EINVAL");
  return {};
}

}  // namespace

const char* room_verdict_text(PlannedRoom::Verdict verdict) {
  switch (verdict) {
    case PlannedRoom::Verdict::enough:
      return "enough";
    case PlannedRoom::Verdict::one_by_one:
      return "enough for one chunk after another, each leaving its room to the next";
    default:
      return "too little: chunks will stay";
  }
}

Result<bool> is_balance_paused(CommittedForest& forest) {
  auto root_tree = TRY(forest.root(ROOT_TREE_OBJECTID));
  const Key key{BALANCE_OBJECTID, TEMPORARY_ITEM_KEY, 0};
  return TRY(find_item(forest.cache(), root_tree->pointer(), key)).has_value();
}

bool asks_for(const BalanceRequest& request, const ChunkMapping& chunk, u64 used) {
  const BalanceRequest whole = complete(request);
  const auto& filter = filter_of(whole, kind_of(chunk.type));
  return filter && filter->matches(chunk, used);
}

Result<void> check_balance(FilesystemWriter& writer, const BalanceRequest& given) {
  TRY(writer.recover());
  BalanceRequest request = complete(given);
  u64 devices = writer.devices().devices().size();
  for (Kind kind : {Kind::data, Kind::metadata, Kind::system}) {
    const auto& filter = filter_of(request, kind);
    constexpr std::string_view names[] = {"data", "system", "metadata"};
    if (filter) TRY(check_target(*filter, devices, names[static_cast<int>(kind)]));
  }
  if (is_mixed(writer.super()) && request.data.has_value() != request.metadata.has_value())
    return error(Code::invalid, "balance: mixed groups data and metadata options must be the same")
        .as_errno("EINVAL");
  for (const auto& [start, group] : writer.groups().all()) {
    const auto& filter = filter_of(request, kind_of(group.flags()));
    if (!filter || !filter->convert || request.force) continue;
    bool metadata = (group.flags() & (BLOCK_GROUP_METADATA | BLOCK_GROUP_SYSTEM)) != 0;
    const Profile* target = profile_of(*filter->convert);
    const Profile& now = *group.chunk->profile;
    bool redundant = now.copies > 1 || now.parity > 0;
    if (metadata && redundant && target->copies == 1 && target->parity == 0)
      return error(Code::invalid,
                   "balance: reduces metadata redundancy, use force if you want this")
          .as_errno("EINVAL");
  }
  return {};
}

Result<BalancePlan> plan_balance(FilesystemWriter& writer, const BalanceRequest& given) {
  TRY(check_balance(writer, given));
  BalanceRequest request = complete(given);
  BlockGroups& groups = writer.groups();
  BalancePlan plan;
  for (Kind kind : {Kind::data, Kind::system, Kind::metadata}) {
    Chooser chooser(request, kind, groups);
    for (u64 start : starts_from_highest(groups)) {
      const BlockGroup& group = *groups.find(start);
      if (kind_of(group.flags()) != kind) continue;
      ++plan.considered;
      if (chooser.takes(group)) {
        plan.chunks.push_back(describe(group));
        (kind == Kind::data ? plan.data_bytes : plan.metadata_bytes) += group.used;
      } else {
        (kind == Kind::data ? plan.free_data_bytes : plan.free_metadata_bytes) +=
            group.length() - group.used;
      }
    }
  }
  for (const auto& [devid, device] : writer.devices().devices())
    plan.unallocated_bytes +=
        device.total_bytes - std::min(device.total_bytes, device.bytes_used());
  u64 metadata_used = 0;
  for (const auto& [start, group] : groups.all())
    if ((group.flags() & BLOCK_GROUP_METADATA) != 0) metadata_used += group.used;
  if (!plan.chunks.empty())
    plan.rewritten_bytes = std::min(metadata_used, u64{RelocationOptions::MOST_BLOCK_BYTES});
  for (Kind kind : {Kind::data, Kind::system, Kind::metadata}) {
    PlannedRoom room = plan_room(writer, request, kind, plan.chunks);
    if (room.flags != 0) plan.rooms.push_back(room);
  }
  plan.is_paused_by_kernel = TRY(is_balance_paused(writer.forest()));
  return plan;
}

Result<BalanceReport> balance(FilesystemWriter& writer, const BalanceRequest& given,
                              RelocationOptions options, RelocationControl& control,
                              const std::function<void(const BalancedChunk&)>& on_chunk) {
  Result<void> counts = writer.take_turn();
  std::lock_guard turn(writer.turn(), std::adopt_lock);
  TRY(std::move(counts));
  BalancePlan plan = TRY(plan_balance(writer, given));
  BalanceRequest request = complete(given);
  control.progress.chunks_expected = plan.chunks.size();
  if (request.data && request.data->convert) options.data_profile = request.data->convert;
  if (request.metadata && request.metadata->convert)
    options.metadata_profile = request.metadata->convert;
  if (request.system && request.system->convert) options.system_profile = request.system->convert;
  if (is_mixed(writer.super())) options.metadata_profile = options.data_profile;
  // Chunks that are made on the way are not looked at.
  std::set<u64> leaving;
  for (const BalancedChunk& chunk : plan.chunks)
    leaving.insert(chunk.logical);
  Relocation relocation(writer, options, control, leaving);
  TRY(relocation.check_possible());
  BalanceReport report;
  report.considered = control.progress.chunks_considered = plan.considered;
  for (Kind kind : {Kind::data, Kind::system, Kind::metadata}) {
    std::vector<u64> starts;
    bool has_blocks = kind == Kind::metadata;
    for (const BalancedChunk& chunk : plan.chunks) {
      if (kind_of(chunk.flags) != kind) continue;
      starts.push_back(chunk.logical);
      if ((chunk.flags & BLOCK_GROUP_METADATA) != 0) has_blocks = true;
    }
    if (has_blocks) std::ranges::reverse(starts);
    relocation.close_groups(starts);
    for (u64 start : starts) {
      TRY(writer.recover());
      TRY(balance_one(relocation, *writer.groups().find(start), report, control, on_chunk));
    }
  }
  TRY(relocation.finish());
  return report;
}

}  // namespace canopy
