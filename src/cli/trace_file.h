// --trace FILE of a command: what its threads did, for Chrome's tracing and Perfetto.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "trace/trace.h"

namespace canopy {

void add_trace_option(Command command, std::string& path);

// Runs the command, which gets a trace if `path` names a file, else null; then writes the file,
// also where the command failed. The file may not be one of `inputs`. REQUIRES: the command keeps
// no OutputFile when it returns.
Result<int> run_traced(const std::string& path, const std::vector<std::string>& inputs,
                       const std::function<Result<int>(Trace*)>& run);

}  // namespace canopy
