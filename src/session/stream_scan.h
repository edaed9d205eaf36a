// What there is to say of the bytes of a stream that somebody has: which subvolumes its commands
// make, how many there are, and where it is damaged. One damaged command does not hide what follows
// it: where its length still leads to the next one the scan goes on. Memory does not depend on the
// size of the stream, but for the index.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "session/command_index.h"
#include "stream/reader.h"

namespace canopy {

struct StreamParent {
  std::array<u8, 16> uuid{};
  u64 ctransid = 0;
};

// A SUBVOL or SNAPSHOT command: what the commands behind it make.
struct StreamSubvolume {
  u64 command = 0;
  u32 version = 0;
  std::string path;
  std::array<u8, 16> uuid{};
  u64 ctransid = 0;
  std::optional<StreamParent> parent;  // of a snapshot
};

struct StreamDamage {
  u64 command = 0;  // counted from 0; the number of all commands where it lies behind the last
  u64 offset = 0;
  std::string reason;
};

struct StreamFindings {
  static constexpr std::size_t most_subvolumes = 1000;
  static constexpr std::size_t most_damages = 100;

  u64 streams = 0;  // each with a header
  std::vector<StreamSubvolume> subvolumes;
  u64 subvolume_count = 0;  // of which the first are listed
  std::vector<StreamDamage> damages;
  u64 damage_count = 0;  // likewise
  // From here on nobody can tell where commands begin.
  std::optional<u64> lost_at;
  u64 data_bytes = 0;  // of files, in the commands
};

class StreamScan {
 public:
  // `index` is filled and outlives the scan.
  explicit StreamScan(CommandIndex& index) : index_(index) {}

  // The next bytes. False if there is no use in more of them: see lost_at.
  bool feed(Bytes bytes);
  // There are no more bytes.
  void finish();

  const StreamFindings& findings() const { return findings_; }

 private:
  void add(const StreamCommand& command);
  void note_damage(u64 offset, std::string reason);
  bool pass_over(const Error& failure);
  void count_header(u64 begin_of_next);

  CommandIndex& index_;
  Reader reader_;
  StreamFindings findings_;
  u64 end_ = 0;                // of the last command
  bool after_damage_ = false;  // of which the end may be wrong
};

}  // namespace canopy
