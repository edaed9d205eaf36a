#include "send/dir_times.h"

#include "send/commands.h"
#include "send/paths.h"

namespace canopy {
namespace {

constexpr std::size_t dirs_kept = 64;

}  // namespace

void DirTimes::remember(u64 dir, u64 gen) {
  if (dirs_.lookup(dir, gen) == nullptr) dirs_.store(dir, gen, {});
}

Result<void> DirTimes::trim() {
  while (dirs_.size() > dirs_kept) {
    auto [dir, gen, nothing] = dirs_.oldest();
    TRY(send_now(dir, gen, "More than 64 directories wait for their times: the oldest gets them"));
    dirs_.remove(dir, gen);
  }
  return {};
}

Result<void> DirTimes::flush() {
  while (dirs_.size() > 0) {
    auto [dir, gen, nothing] = dirs_.newest();
    TRY(send_now(dir, gen, "At the end the directories still waiting get their times"));
    dirs_.remove(dir, gen);
  }
  return {};
}

Result<void> DirTimes::send_now(u64 ino, u64 gen, std::string_view rule) {
  std::string scratch;
  std::string_view path = TRY(paths_.path_for_command(ino, gen, scratch));
  return send_utimes(context_, path, ino, rule);
}

}  // namespace canopy
