#include "cli/unfinished_files.h"

#include <limits.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace canopy {
namespace {

constexpr int ENDING_SIGNALS[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ};

// A handler may only look at such memory.
struct Slot {
  volatile std::sig_atomic_t used;
  char path[PATH_MAX];
};
Slot slots[64];

extern "C" void end_by_signal(int signal_number) {
  remove_unfinished_files();
  // The handler was reset when it was called: the signal now ends the program as it would have.
  raise(signal_number);
}

void watch_signals() {
  struct sigaction action{};
  action.sa_handler = end_by_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (int signal_number : ENDING_SIGNALS) {
    struct sigaction present{};
    sigaction(signal_number, nullptr, &present);
    if (present.sa_handler != SIG_IGN) sigaction(signal_number, &action, nullptr);
  }
}

}  // namespace

void watch_unfinished(const std::string& path) {
  if (path.size() >= PATH_MAX) return;
  for (Slot& slot : slots) {
    if (slot.used) continue;
    std::memcpy(slot.path, path.c_str(), path.size() + 1);
    slot.used = 1;
    return watch_signals();
  }
}

void forget_unfinished(const std::string& path) {
  for (Slot& slot : slots)
    if (slot.used && path == slot.path) slot.used = 0;
}

void remove_unfinished_files() {
  for (const Slot& slot : slots)
    if (slot.used) unlink(slot.path);
}

}  // namespace canopy
