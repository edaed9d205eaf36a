// How many commands of which kind a stream has, and how much file data.
#pragma once

#include <array>

#include "stream/reader.h"

namespace canopy {

struct StreamHistogram {
  std::array<u64, send_command_count> commands{};  // by number; [0]: those of unknown numbers
  std::array<u64, send_command_count> bytes{};     // their sizes, headers included
  u64 data_bytes = 0;                              // in `data` attributes

  void add(const StreamCommand& command) {
    const std::size_t number = command.known() ? command.number() : 0;
    ++commands[number];
    bytes[number] += command.size();
    if (command.has(SendAttribute::data)) data_bytes += command.bytes(SendAttribute::data).size();
  }
};

}  // namespace canopy
