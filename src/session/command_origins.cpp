#include "session/command_origins.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/varint.h"

namespace canopy {
namespace {

constexpr u8 same_cause = 0x80;
constexpr std::size_t rule_limit = 0x80;

bool is_same(const ItemCause& a, const ItemCause& b) {
  return a.change == b.change && a.leaf == b.leaf && a.slot == b.slot && a.key == b.key;
}

void put_cause(std::vector<u8>& out, const ItemCause& cause, const ItemCause& before) {
  out.push_back(static_cast<u8>(cause.change));
  out.push_back(cause.key.type);
  put_difference(out, cause.leaf, before.leaf);
  put_varint(out, cause.slot);
  put_difference(out, cause.key.objectid, before.key.objectid);
  put_varint(out, cause.key.offset);
}

ItemCause take_cause(const std::vector<u8>& in, std::size_t& at, const ItemCause& before) {
  ItemCause cause;
  cause.change = static_cast<ItemChange>(in[at++]);
  cause.key.type = in[at++];
  cause.leaf = take_difference(in, at, before.leaf);
  cause.slot = static_cast<u32>(take_varint(in, at));
  cause.key.objectid = take_difference(in, at, before.key.objectid);
  cause.key.offset = take_varint(in, at);
  return cause;
}

// Hands on what it is told, and ends the send once nobody waits for it.
class UntilDropped final : public CommandObserver {
 public:
  UntilDropped(CommandObserver& to, const std::atomic<bool>& dropped, SendProgress& progress)
      : to_(to), dropped_(dropped), progress_(progress) {}

  void command_written(const CommandOrigin& origin) override {
    to_.command_written(origin);
    if (dropped_.load(std::memory_order_relaxed)) progress_.cancelled = true;
  }

 private:
  CommandObserver& to_;
  const std::atomic<bool>& dropped_;
  SendProgress& progress_;
};

}  // namespace

CommandOrigins::CommandOrigins(const SendRequest& request, std::size_t limit_bytes)
    : send_root_(request.subvolume),
      parent_root_(request.parent.value_or(0)),
      limit_bytes_(limit_bytes) {}

u8 CommandOrigins::number_of(std::string_view rule) {
  auto found = std::find(rules_.begin(), rules_.end(), rule);
  if (found == rules_.end()) {
    CHECK(rules_.size() < rule_limit);
    found = rules_.insert(rules_.end(), rule);
  }
  return static_cast<u8>(found - rules_.begin());
}

void CommandOrigins::command_written(const CommandOrigin& origin) {
  if (bytes_ >= limit_bytes_) {
    if (problem_.empty())
      stop(fmt::format("only the reasons of the first {} commands are kept", count_));
    return;
  }
  if (count_ % block_size == 0) {
    if (!blocks_.empty()) blocks_.back().shrink_to_fit();
    blocks_.emplace_back();
    last_ = {};
  }
  count_++;
  std::vector<u8>& out = blocks_.back();
  const std::size_t before = out.size();
  const u8 rule = number_of(origin.rule);
  if (is_same(origin.cause, last_)) {
    out.push_back(rule | same_cause);
  } else {
    out.push_back(rule);
    put_cause(out, origin.cause, last_);
    last_ = origin.cause;
  }
  bytes_ += out.size() - before;
}

CommandOrigins::Origin CommandOrigins::take(const std::vector<u8>& packed, std::size_t& at,
                                            const ItemCause& before) const {
  const u8 first = packed[at++];
  Origin origin{rules_[first & ~same_cause], before};
  if ((first & same_cause) == 0) origin.cause = take_cause(packed, at, before);
  if (origin.cause.has_item()) origin.cause.tree = tree_of(origin.cause.change);
  return origin;
}

std::optional<CommandOrigins::Origin> CommandOrigins::find(u64 index) const {
  if (index >= count_) return std::nullopt;
  const std::vector<u8>& packed = blocks_[to_size(index / block_size)];
  Origin origin;
  std::size_t at = 0;
  for (u64 i = 0; i <= index % block_size; i++)
    origin = take(packed, at, origin.cause);
  return origin;
}

CommandOrigins::Caused CommandOrigins::caused_by(u64 tree, const Key& key,
                                                 std::size_t wanted) const {
  Caused caused;
  u64 index = 0;
  for (const std::vector<u8>& packed : blocks_) {
    Origin origin;
    for (std::size_t at = 0; at < packed.size(); index++) {
      origin = take(packed, at, origin.cause);
      if (!origin.cause.has_item() || origin.cause.tree != tree || origin.cause.key != key)
        continue;
      caused.total++;
      if (caused.first.size() < wanted) caused.first.push_back(index);
    }
  }
  return caused;
}

CommandOrigins find_origins(Filesystem& filesystem, const OriginsKey& key,
                            const std::atomic<bool>& dropped) {
  CommandOrigins origins(key.request);
  SendProgress progress;
  UntilDropped observer(origins, dropped, progress);
  auto measured = measure_send(filesystem, key.request, &progress, &observer);
  if (!measured.ok()) origins.stop(measured.error().to_string());
  return origins;
}

}  // namespace canopy
