// A Device over a File that the user gave to the page. The file stays where it is: it is read in
// windows of 1 MiB through a worker (browser_ring.h), and the windows read last are kept.
//
// A read through the browser costs some milliseconds whatever its size, so windows are large, and
// where somebody reads onwards the next windows are asked for before they are needed, several
// together, which the worker then reads in one go.
//
// Nodes of scattered trees lie in more windows than are kept. A window that is asked for again soon
// after it was dropped is scattered: from then on, small reads of it ask for pieces of 64 KiB, for
// which the worker keeps the whole window where it reads at the speed of a file
// (web/kept-windows.js).
//
// Any thread may read, except the browser's main thread, which may not wait.
#pragma once

#include <deque>
#include <list>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "device/browser_ring.h"
#include "device/device.h"

namespace canopy {

class BrowserFile final : public Device {
 public:
  static constexpr u64 window_size = u64{1} << 20;
  static constexpr u64 piece_size = u64{64} << 10;
  static constexpr u64 held_limit = 64 * window_size;  // bytes of windows and pieces
  static constexpr u64 read_ahead_windows = 10;
  static constexpr std::size_t soon = 256;  // windows that were asked for meanwhile

  // `ring` is borrowed and is served by a worker that knows the file as `number`.
  BrowserFile(BrowserRing& ring, i32 number, std::string name, u64 size_bytes);
  ~BrowserFile() override;

  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return size_bytes_; }
  Result<void> read(u64 offset, MutableBytes out) override;
  void will_read(u64 offset, u64 length) override;

 private:
  struct Part;  // a window or a piece
  using PartPtr = std::shared_ptr<Part>;
  using PartList = std::list<PartPtr>;
  using PartMap = std::unordered_map<u64, PartList::iterator>;

  // The window, asked for if it was not there; moves it to the front.
  PartPtr window(u64 index);
  // The window that the byte is in, or the piece of it if it is scattered.
  PartPtr window_or_piece(u64 offset);
  Result<void> read_small(u64 offset, MutableBytes out);
  bool is_scattered(u64 index);
  PartPtr find(const PartMap& parts, u64 index);
  PartPtr add(PartMap& parts, u64 index, u64 size_of_part);
  void ask(Part& part);
  // Waits until the bytes of the part have arrived.
  Result<void> finish(Part& part) const;
  void drop_old_parts();

  BrowserRing& ring_;
  const i32 number_;
  const std::string name_;
  const u64 size_bytes_;

  std::mutex mutex_;  // of what follows; never held while waiting
  PartList parts_;    // the last used first
  PartMap windows_;   // by index: offset / size
  PartMap pieces_;
  u64 held_ = 0;                       // bytes of all parts
  std::deque<u64> asked_;              // the windows asked for last, at most `soon`
  std::unordered_set<u64> scattered_;  // windows
  u64 last_index_ = ~u64{0};           // of the read before, to see that somebody reads onwards
};

}  // namespace canopy
