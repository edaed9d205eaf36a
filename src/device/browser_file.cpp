#include "device/browser_file.h"

#include <algorithm>
#include <cstring>

namespace canopy {

// Bytes of the file at index * window_size, there once the answer is done.
struct BrowserFile::Window {
  Window(u64 index_of_window, std::size_t size_of_window)
      : index(index_of_window),
        size(size_of_window),
        memory(std::make_unique_for_overwrite<u8[]>(size)) {}

  MutableBytes bytes() { return {memory.get(), size}; }

  const u64 index;
  const std::size_t size;
  std::unique_ptr<u8[]> memory;  // not zeros: all of it is read
  BrowserAnswer answer;
};

BrowserFile::BrowserFile(BrowserRing& ring, i32 number, std::string name, u64 size_bytes)
    : ring_(ring), number_(number), name_(std::move(name)), size_bytes_(size_bytes) {}

BrowserFile::~BrowserFile() {
  // The worker still writes into the memory of windows that were asked for.
  for (const WindowPtr& window : windows_)
    BrowserRing::wait(window->answer);
}

BrowserFile::WindowPtr BrowserFile::find_or_ask(u64 index) {
  WindowPtr window;
  {
    std::lock_guard lock(mutex_);
    if (auto found = by_index_.find(index); found != by_index_.end()) {
      windows_.splice(windows_.begin(), windows_, found->second);
      return windows_.front();
    }
    window = std::make_shared<Window>(
        index, to_size(std::min(window_size, size_bytes_ - index * window_size)));
    windows_.push_front(window);
    by_index_[index] = windows_.begin();
    drop_old_windows();
  }
  // Others may find the window before it was asked for; they wait for the answer all the same.
  ring_.ask({.file = number_, .offset = index * window_size, .bytes = window->bytes()},
            window->answer);
  return window;
}

void BrowserFile::drop_old_windows() {
  auto at = windows_.end();
  while (windows_.size() > window_limit && at != windows_.begin()) {
    --at;
    // One that a reader holds, or that the worker still fills, is kept.
    if (at->use_count() > 1 || (*at)->answer.done.load() == 0) continue;
    by_index_.erase((*at)->index);
    at = windows_.erase(at);
  }
}

Result<void> BrowserFile::finish(Window& window) const {
  BrowserRing::wait(window.answer);
  const BrowserAnswer& answer = window.answer;
  if (answer.result == static_cast<i32>(window.size)) return {};
  return error(Code::io,
               "cannot read {} bytes at {} of {}: the file was changed, moved or removed since it "
               "was opened; open it again ({})",
               window.size, window.index * window_size, name_,
               answer.result < 0 ? answer.problem : "it is shorter than it was");
}

Result<void> BrowserFile::read(u64 offset, MutableBytes out) {
  if (offset > size_bytes_ || out.size() > size_bytes_ - offset) {
    return beyond_device(*this, offset, out.size());
  }
  if (out.empty()) return {};
  const u64 first = offset / window_size;
  const u64 last = (offset + out.size() - 1) / window_size;
  bool onwards;
  {
    std::lock_guard lock(mutex_);
    onwards = first == last_index_ + 1 || (first == last_index_ && last > first);
    last_index_ = last;
  }
  // What is needed first is asked for first; what may be needed comes after it.
  WindowPtr window = find_or_ask(first);
  const u64 end = (size_bytes_ + window_size - 1) / window_size;
  // Windows are asked for in groups, so that the worker reads several in one go.
  const u64 group = last / read_ahead_windows;
  const u64 wanted = onwards ? (group + 2) * read_ahead_windows : last + 1;
  const u64 ahead = std::min({wanted, end, first + window_limit / 2});
  for (u64 index = first + 1; index < ahead; index++)
    (void)find_or_ask(index);

  std::size_t done = 0;
  for (u64 index = first; index <= last; index++) {
    if (index != first) window = find_or_ask(index);
    TRY(finish(*window));
    const auto skip = static_cast<std::size_t>(index == first ? offset - first * window_size : 0);
    const std::size_t length = std::min(out.size() - done, window->size - skip);
    std::memcpy(out.data() + done, window->memory.get() + skip, length);
    done += length;
  }
  return {};
}

void BrowserFile::will_read(u64 offset, u64 length) {
  if (offset >= size_bytes_ || length == 0) return;
  const u64 first = offset / window_size;
  const u64 last = (offset + std::min(length, size_bytes_ - offset) - 1) / window_size;
  // More than a few would wait for slots, and a hint must be cheap.
  for (u64 index = first; index <= last && index < first + read_ahead_windows; index++) {
    (void)find_or_ask(index);
  }
}

}  // namespace canopy
