// Where the commands of a stream are read from: a send that runs or ran, or a file that was opened.
// Any thread may ask.
#pragma once

#include "session/command_index.h"

namespace canopy {

class CommandSource {
 public:
  virtual ~CommandSource() = default;

  virtual const CommandIndex& index() const = 0;
  // How many bytes of the stream there are by now.
  virtual u64 stored_bytes() const = 0;
  // Reads a part of what there is. Waits for it.
  virtual Result<void> read_stream(u64 offset, MutableBytes out) const = 0;
};

}  // namespace canopy
