// A stream as text, one line per command, exactly as `btrfs receive --dump` of btrfs-progs 6.14
// prints it:
//
//     rename          ./snap/o257-8-0                 dest=./snap/some\ name
//     title, 16 wide  path, escaped, 32 wide          what else there is
//
// Paths are shown below the name that the stream's subvolume has. Characters that would break a
// line are escaped as in C, others that cannot be printed as three octal digits. END has no line,
// nor have commands of unknown numbers, and texts end at their first NUL.
//
// One number differs: btrfs-progs cuts the length of a clone to 32 bits. Before 6.9.1 it also
// printed some commands in another way: set_xattr (name=N data=V len=L, nothing escaped), clone and
// remove_xattr (names unescaped), encoded_write (commas between its fields).
#pragma once

#include <string>

#include "base/result.h"
#include "stream/reader.h"

namespace canopy {

class StreamDump {
 public:
  // Appends the line of `command` to `out`. Commands must come in their order, as paths depend on
  // the subvolume named before. Errors: Code::invalid for a path that is too long (ENAMETOOLONG)
  // and a time that has no calendar date, as for btrfs-progs; `out` is then unchanged.
  Result<void> append(const StreamCommand& command, std::string& out);

 private:
  Result<void> append_line(const StreamCommand& command, std::string& out);

  std::string subvol_path_ = ".";
};

}  // namespace canopy
