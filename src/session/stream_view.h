// A send stream that somebody gives as a file, to look into it: found to be one by its first bytes,
// also if it is packed, and then read through once on a thread, which notes where its commands are
// and what is wrong with them (session/stream_scan.h). What a command says is read from the file
// when it is shown. Nothing of it is kept in memory but the index; only what is packed is unpacked
// there, since it can be read from the front alone.
//
// snapshot() may be asked for by any thread at any time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "device/device.h"
#include "session/command_source.h"
#include "session/stream_scan.h"

namespace canopy {

struct StreamViewSnapshot {
  // `looking`: whether it is a stream. Cancelled and failed: what was read before is there.
  enum class State : u8 { looking, is_none, reading, cancelled, failed, done };
  State state = State::looking;
  bool is_packed = false;
  u64 file_bytes = 0;
  u64 bytes = 0;        // of the stream, that were read by now
  double fraction = 0;  // of the file
  StreamFindings findings;
  std::string problem;  // when failed: why

  bool is_stream() const { return state > State::is_none; }
  bool ended() const { return state > State::reading || state == State::is_none; }
  // Read to its end, and nothing is wrong.
  bool is_whole() const { return state == State::done && findings.damage_count == 0; }
};

// "Reading", "Whole", "Damaged", ...
const char* stream_state_name(const StreamViewSnapshot& snapshot);

class StreamView final : public CommandSource {
 public:
  using OpenFile = std::function<std::unique_ptr<Device>()>;

  // `open_file` is called on the thread; `changed` by the thread when it is known whether the file
  // is a stream, and in the end. `closed`, once nobody reads the file any more, if it is a stream.
  static std::shared_ptr<StreamView> open(OpenFile open_file, std::function<void()> changed,
                                          std::function<void()> closed = nullptr);
  // The thread ends by itself, soon. The file is closed on a thread, because that may wait.
  ~StreamView() override;

  // Reads no further.
  void cancel();
  std::shared_ptr<const StreamViewSnapshot> snapshot() const;

  const CommandIndex& index() const override;
  u64 stored_bytes() const override;
  Result<void> read_stream(u64 offset, MutableBytes out) const override;

 private:
  struct Shared;
  explicit StreamView(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

}  // namespace canopy
