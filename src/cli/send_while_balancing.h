// canopy send --while-balancing: the stream is made while block groups of the same image are moved.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/output_file.h"
#include "filesystem/filesystem.h"
#include "interplay/settings.h"
#include "send/send.h"
#include "trace/trace.h"

namespace canopy {

struct WhileBalancing {
  std::vector<std::string> images;
  std::vector<std::string> outputs;  // where the balanced images go; none: nowhere
  InterplaySettings settings;
  std::string rules = "5.17";  // of the settings, as somebody has written them
  std::string without;         // likewise the protections that are left out
  Trace* trace = nullptr;
  // Controlled running: by a seed or by a saved schedule, whose settings then stand for those here.
  std::optional<u64> seed;
  std::string schedule;
  std::string save_schedule;
};

// --while-balancing and what goes with it. A word behind it that is no filter is one of
// `subvolumes`. All are borrowed.
void add_while_balancing_options(Command command, bool& chosen, WhileBalancing& options,
                                 std::vector<std::string>& subvolumes);

using StreamMaker = std::function<Result<SendSummary>(Sink&, SendProgress&)>;

// Runs both to their ends, then gives the stream and the images their names. `prepare` is called
// with the filesystem before anything moves. The exit status: failed also where there was no room
// to move a chunk, which is said on standard error.
Result<int> send_while_balancing(WhileBalancing options, OutputFile& file, bool quiet,
                                 const std::function<Result<StreamMaker>(Filesystem&)>& prepare);

}  // namespace canopy
