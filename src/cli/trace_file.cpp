#include "cli/trace_file.h"

#include "cli/output_file.h"
#include "trace/chrome_trace.h"

namespace canopy {
namespace {

// So many spans of each thread are kept, the last ones.
constexpr std::size_t events_per_thread = std::size_t{1} << 18;

Result<void> write_trace(const Trace& trace, const std::string& path,
                         const std::vector<std::string>& inputs) {
  auto file = TRY(OutputFile::create(path, inputs));
  const std::string text = chrome_trace_json(trace);
  TRY(file->write(Bytes(reinterpret_cast<const u8*>(text.data()), text.size())));
  return file->finish();
}

}  // namespace

void add_trace_option(Command command, std::string& path) {
  command
      .option("--trace", path,
              "Where to write what each thread did and waited for, as JSON for Perfetto or "
              "chrome://tracing")
      .called("FILE");
}

Result<int> run_traced(const std::string& path, const std::vector<std::string>& inputs,
                       const std::function<Result<int>(Trace*)>& run) {
  if (path.empty()) return run(nullptr);
  Trace trace(events_per_thread);
  auto result = run(&trace);
  auto written = write_trace(trace, path, inputs);
  // Of two problems the command's own is told.
  if (result.ok() && !written.ok()) return std::move(written).error();
  return result;
}

}  // namespace canopy
