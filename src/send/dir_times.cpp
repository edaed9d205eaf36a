#include "send/dir_times.h"

#include <utility>

#include "send/commands.h"
#include "send/paths.h"

namespace canopy {
namespace {

constexpr std::size_t dirs_kept = 64;

}  // namespace

void DirTimes::remember(u64 dir, u64 gen) {
  if (dirs_.lookup(dir, gen) == nullptr) dirs_.store(dir, gen, context_.cause);
}

Result<void> DirTimes::trim() {
  while (dirs_.size() > dirs_kept) {
    const auto oldest = dirs_.oldest();
    TRY(send_named(oldest, "More than 64 directories wait for their times: the oldest gets them"));
    dirs_.remove(oldest.key, oldest.gen);
  }
  return {};
}

Result<void> DirTimes::flush() {
  while (dirs_.size() > 0) {
    const auto newest = dirs_.newest();
    TRY(send_named(newest, "At the end the directories still waiting get their times"));
    dirs_.remove(newest.key, newest.gen);
  }
  return {};
}

Result<void> DirTimes::send_named(const LruCache<ItemCause>::Entry& dir, std::string_view rule) {
  const ItemCause cause_now = std::exchange(context_.cause, dir.value);
  TRY(send_now(dir.key, dir.gen, rule));
  context_.cause = cause_now;
  return {};
}

Result<void> DirTimes::send_now(u64 ino, u64 gen, std::string_view rule) {
  std::string scratch;
  std::string_view path = TRY(paths_.path_for_command(ino, gen, scratch));
  return send_utimes(context_, path, ino, rule);
}

}  // namespace canopy
