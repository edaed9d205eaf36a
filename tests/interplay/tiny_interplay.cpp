#include "tiny_interplay.h"

#include <cstdlib>

#include "check/check.h"
#include "support/journaled_disks.h"
#include "support/must.h"
#include "support/recorded_image.h"

namespace canopy {
namespace {

// Ids of the snapshots that make-tiny makes.
constexpr u64 one = 257;
constexpr u64 two = 258;
constexpr u64 max_steps = 100'000;

BalanceRequest balance_of(TinySetup::Chunks chunks) {
  BalanceRequest request;
  if (chunks == TinySetup::Chunks::data) request.data = BalanceFilter();
  if (chunks == TinySetup::Chunks::metadata) request.metadata = BalanceFilter();
  return request;
}

std::string findings_of(Filesystem& filesystem) {
  std::string text;
  const CheckReport report = must(check_filesystem(filesystem));
  for (const Finding& finding : report.findings)
    text += finding.to_string() + "\n";
  return text;
}

}  // namespace

std::string text_of(const TinySetup& setup) {
  static constexpr std::string_view chunks[] = {"all", "data", "metadata"};
  return fmt::format(
      "{} {}{} chunks={} batch={} rounds={} pipe={} commits={}{}{}", setup.image,
      setup.incremental ? "incremental" : "full", setup.compressed_data ? " compressed" : "",
      chunks[static_cast<u32>(setup.chunks)], setup.batch_blocks, setup.rounds, setup.pipe_bytes,
      setup.commit_every_bytes, setup.discard ? " discard" : "",
      setup.without ? fmt::format(" without {}", protection_name(*setup.without)) : "");
}

TinyInterplay::TinyInterplay(TinySetup setup)
    : setup_(std::move(setup)),
      device_(must(load_recorded_image("images/" + setup_.image + ".img.zst"))) {
  auto filesystem = open(std::make_unique<SparseDevice>(*device_));
  MemorySink sink;
  must(send_subvolume(*filesystem, request(), sink));
  alone_ = sink.take();
}

std::unique_ptr<Filesystem> TinyInterplay::open(std::unique_ptr<Device> device) {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(std::move(device));
  return must(Filesystem::open(std::move(devices)));
}

SendRequest TinyInterplay::request() const {
  SendRequest request;
  request.subvolume = two;
  request.clone_sources = {one};
  if (setup_.incremental) request.parent = one;
  request.protocol = 2;
  request.flags.compressed_data = setup_.compressed_data;
  return request;
}

std::vector<std::string> TinyInterplay::thread_names() const {
  if (setup_.pipe_bytes == 0) return {"send", "balance"};
  return {"send", "send.reader", "balance"};
}

InterplayRequest TinyInterplay::interplay(Filesystem& filesystem, MemorySink& sink,
                                          SendProgress& progress) const {
  Protections protections;
  if (setup_.without) protections.leave_out(*setup_.without);
  filesystem.forest().set_protections(protections);

  InterplayRequest wanted;
  wanted.discard = setup_.discard;
  InterplayStream& stream = wanted.streams.emplace_back();
  stream.sink = &sink;
  stream.pipe_bytes = setup_.pipe_bytes;
  stream.commit_every_bytes = setup_.commit_every_bytes;
  stream.make = [&, sent = request()](Sink& pipe) -> Result<void> {
    TRY(send_subvolume(filesystem, sent, pipe, &progress));
    return {};
  };
  InterplayBalance& balance = wanted.balance.emplace();
  balance.request = balance_of(setup_.chunks);
  balance.options.batch_blocks = setup_.batch_blocks;
  balance.rounds = setup_.rounds;
  return wanted;
}

ControlledRun::Prepare TinyInterplay::stepped(MemorySink& stream) const {
  struct Case final : ControlledCase {
    Filesystem& filesystem() override { return *opened; }
    void cancel() override { progress.cancelled = true; }
    std::unique_ptr<Filesystem> opened;
    SendProgress progress;
  };
  return [this, &stream]() -> Result<std::unique_ptr<ControlledCase>> {
    auto work = std::make_unique<Case>();
    work->opened = open(std::make_unique<SparseDevice>(*device_));
    stream.take();
    work->request = interplay(*work->opened, stream, work->progress);
    return std::unique_ptr<ControlledCase>(std::move(work));
  };
}

TinyRun TinyInterplay::run(Scheduler::Chooser& chooser, Trace* trace, const Adjust& adjust) const {
  SparseDevice device(*device_);
  auto filesystem = open(std::make_unique<BorrowedDevice>(device));
  MemorySink sink;
  SendProgress progress;
  InterplayRequest wanted = interplay(*filesystem, sink, progress);
  wanted.trace = trace;
  if (adjust) adjust(wanted);
  RelocationControl control;
  Scheduler scheduler(chooser, max_steps);
  InterplayOutcome outcome = run_interplay(*filesystem, wanted, control, &scheduler);
  TinyRun run;
  run.stream = sink.take();
  if (outcome.problem) run.problem = outcome.problem->to_string();
  run.collapse = scheduler.collapse_reason();
  run.schedule = schedule_text(scheduler);
  run.restarts = progress.restarts;
  run.commits = control.progress.commits;
  if (adjust) run.check = findings_of(*open(std::make_unique<BorrowedDevice>(device)));
  run.outcome = std::move(outcome);
  return run;
}

std::string TinyInterplay::fault_of(const TinyRun& run) const {
  if (!run.collapse.empty()) return run.collapse;
  if (!run.problem.empty()) return run.problem;
  if (!run.check.empty()) return run.check;
  if (run.stream != alone_) return "the stream is another one";
  return "";
}

std::vector<TinySetup> tiny_setups() {
  std::vector<TinySetup> setups;
  for (const char* image : {"names", "data", "levels", "clones", "compressed"})
    for (bool incremental : {false, true})
      setups.push_back({.image = image,
                        .incremental = incremental,
                        .compressed_data = std::string_view(image) == "compressed"});
  return setups;
}

bool is_long_run() { return std::getenv("CANOPY_LONG") != nullptr; }

}  // namespace canopy
