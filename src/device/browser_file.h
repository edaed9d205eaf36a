// A Device over a File that the user gave to the page. The file stays where it is: it is read in
// windows of 1 MiB through a worker (browser_ring.h), and the windows read last are kept.
//
// A read through the browser costs the better part of a millisecond whatever its size, so windows
// are large, and where somebody reads onwards the next windows are asked for before they are
// needed, several together, which the worker then reads in one go.
//
// Any thread may read, except the browser's main thread, which may not wait.
#pragma once

#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "device/browser_ring.h"
#include "device/device.h"

namespace canopy {

class BrowserFile final : public Device {
 public:
  static constexpr u64 window_size = u64{1} << 20;
  static constexpr std::size_t window_limit = 64;
  static constexpr u64 read_ahead_windows = 4;

  // `ring` is borrowed and is served by a worker that knows the file as `number`.
  BrowserFile(BrowserRing& ring, i32 number, std::string name, u64 size_bytes);
  ~BrowserFile() override;

  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return size_bytes_; }
  Result<void> read(u64 offset, MutableBytes out) override;
  void will_read(u64 offset, u64 length) override;

 private:
  struct Window;
  using WindowPtr = std::shared_ptr<Window>;

  // The window, asked for if it was not there; moves it to the front.
  WindowPtr find_or_ask(u64 index);
  // Waits until the bytes of the window have arrived.
  Result<void> finish(Window& window) const;
  void drop_old_windows();

  BrowserRing& ring_;
  const i32 number_;
  const std::string name_;
  const u64 size_bytes_;

  std::mutex mutex_;              // of what follows; never held while waiting
  std::list<WindowPtr> windows_;  // the last used first
  std::unordered_map<u64, std::list<WindowPtr>::iterator> by_index_;
  u64 last_index_ = ~u64{0};  // of the read before, to see that somebody reads onwards
};

}  // namespace canopy
