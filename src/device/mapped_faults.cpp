#include "device/mapped_faults.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>

namespace canopy {
namespace {

struct Mapping {
  std::atomic<const u8*> start{nullptr};
  std::atomic<u64> length{0};
  std::atomic<const char*> path{nullptr};
};

// A handler may not take a lock. Images beyond these are read all the same; a fault in one of them
// ends the program as if nobody had asked.
constexpr std::size_t MAPPINGS_MAX = 64;
Mapping mappings[MAPPINGS_MAX];
int code_of_exit = 1;
void (*call_before_exit)() = nullptr;

void print(const char* text) {
  std::size_t length = std::strlen(text);
  while (length > 0) {
    const ssize_t written = write(STDERR_FILENO, text, length);
    if (written <= 0) return;
    text += written;
    length -= static_cast<std::size_t>(written);
  }
}

void print_number(u64 number) {
  char digits[21];
  char* at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  print(at);
}

extern "C" void mapped_fault(int signal_number, siginfo_t* info, void*) {
  const auto* at = static_cast<const u8*>(info->si_addr);
  for (const Mapping& mapping : mappings) {
    const u8* start = mapping.start.load();
    if (start == nullptr || at < start || at >= start + mapping.length.load()) continue;
    print("canopy: ");
    print(mapping.path.load());
    print(" cannot be read at ");
    print_number(static_cast<u64>(at - start));
    print(": it was made shorter while open, or its disk failed\n");
    if (call_before_exit != nullptr) call_before_exit();
    _exit(code_of_exit);
  }
  // Not ours: the signal ends the program as it would have.
  std::signal(signal_number, SIG_DFL);
  raise(signal_number);
}

}  // namespace

void exit_on_mapped_fault(int exit_code, void (*before_exit)()) {
  code_of_exit = exit_code;
  call_before_exit = before_exit;
  struct sigaction action{};
  action.sa_sigaction = mapped_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

void remember_mapping(const u8* start, u64 length, const char* path) {
  for (Mapping& mapping : mappings) {
    const char* none = nullptr;
    if (!mapping.path.compare_exchange_strong(none, path)) continue;
    mapping.length.store(length);
    mapping.start.store(start);
    return;
  }
}

void forget_mapping(const u8* start) {
  for (Mapping& mapping : mappings) {
    if (mapping.start.load() != start) continue;
    mapping.start.store(nullptr);
    mapping.path.store(nullptr);
  }
}

}  // namespace canopy
