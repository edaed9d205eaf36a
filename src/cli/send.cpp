// canopy send: the stream that `btrfs send` of the mounted filesystem would write.

#include <csignal>
#include <cstdio>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "cli/output_file.h"
#include "cli/send_while_balancing.h"
#include "cli/trace_file.h"
#include "send/explain.h"
#include "send/send_check.h"

namespace canopy {
namespace {

struct SendOptions {
  std::vector<std::string> images;
  std::vector<std::string> subvolumes;
  std::string parent;
  std::vector<std::string> clone_sources;
  std::string file;
  std::optional<u32> protocol;
  SendPlan plan;  // the flags of the command line; ids are filled in
  bool quiet = false;
  bool size = false;
  bool check = false;
  bool explain = false;
  bool while_balancing = false;
  std::string trace;
  WhileBalancing balancing;
};

Result<u64> subvolume_id(const SubvolumeList& subvolumes, const std::string& name) {
  const Subvolume* subvolume = TRY(subvolumes.resolve(name));
  return subvolume->id;
}

Result<SendPlan> make_plan(const SubvolumeList& subvolumes, const SendOptions& options) {
  SendPlan plan = options.plan;
  plan.protocol = options.protocol;
  for (const std::string& name : options.clone_sources) {
    plan.clone_sources.push_back(TRY(subvolume_id(subvolumes, name)));
  }
  if (!options.parent.empty()) plan.parent = TRY(subvolume_id(subvolumes, options.parent));
  for (const std::string& name : options.subvolumes) {
    plan.subvolumes.push_back(TRY(subvolume_id(subvolumes, name)));
  }
  return plan;
}

Result<int> print_size(Filesystem& filesystem, const SubvolumeList& subvolumes, SendPlan plan) {
  plan.zeros_for_data = true;
  NoSink sink;
  const SendSummary sent = TRY(run_send_plan(filesystem, subvolumes, plan, sink));
  fmt::print("{} bytes, {} commands\n", sent.bytes, sent.commands);
  return EXIT_DONE;
}

// Where the text stands for the stream. What led to the commands before a refusal is told as well.
Result<int> print_explained(Filesystem& filesystem, const SubvolumeList& subvolumes, SendPlan plan,
                            OutputFile& file, const std::function<void(u64)>& starting) {
  plan.zeros_for_data = true;  // it is not shown
  BufferedSink text(file);
  const u32 version = plan.protocol.value_or(plan.flags.compressed_data ? 2 : 1);
  StreamExplainer explainer(
      text, plan.flags.omit_stream_header ? (version == 0 ? highest_send_protocol : version) : 0);
  auto sent = run_send_plan(filesystem, subvolumes, plan, explainer, nullptr, &explainer, starting);
  auto flushed = text.flush();
  TRY(std::move(sent));
  TRY(explainer.finish());
  TRY(std::move(flushed));
  TRY(filesystem.check_unchanged());
  TRY(file.finish());
  return EXIT_DONE;
}

// Says what the check found; true if nothing speaks against the stream.
bool print_check(const SendCheck& check, const SubvolumeList& subvolumes) {
  bool good = true;
  for (const CheckedSubvolume& checked : check.subvolumes) {
    const Subvolume* subvolume = subvolumes.find(checked.id);
    const std::string name =
        subvolume != nullptr ? subvolume->display_name() : fmt::to_string(checked.id);
    if (!checked.failure.empty()) {
      fmt::print(stderr, "Check of {}: the stream cannot be received: {}\n", name, checked.failure);
      if (!checked.failure_quirk.empty())
        fmt::print(stderr, "  (nor can the kernel's: {})\n", checked.failure_quirk);
      good = false;
      continue;
    }
    for (const SendDifference& difference : checked.differences) {
      fmt::print(stderr, "{}: {}\n", difference.path.empty() ? "/" : escaped(difference.path),
                 difference.what);
      if (!difference.quirk.empty())
        fmt::print(stderr, "  (the kernel's stream does the same: {})\n", difference.quirk);
      good &= !difference.quirk.empty();
    }
    if (checked.truncated) fmt::print(stderr, "... and more\n");
    fmt::print(stderr, "Check of {}: {} names and {} bytes compared, {}\n", name, checked.paths,
               checked.bytes,
               checked.passed() ? "the stream makes the subvolume"
                                : fmt::format("{} differences", checked.differences.size()));
  }
  return good;
}

Error for_a_file() {
  return error(Code::invalid,
               "a stream is not for a terminal: name a file with -f, or redirect the output");
}

// What names each subvolume when its turn comes.
std::function<void(u64)> announcer(const SubvolumeList& subvolumes, bool quiet) {
  return [&subvolumes, quiet](u64 id) {
    const Subvolume* subvolume = subvolumes.find(id);
    if (!quiet && subvolume != nullptr)
      fmt::print(stderr, "At subvol {}\n", subvolume->display_name());
  };
}

Result<int> run_send_while_balancing(const SendOptions& options, Trace* trace) {
  if (options.size || options.check || options.explain)
    return error(Code::invalid, "--size, --check and --explain go with a send that is alone");
  WhileBalancing balancing = options.balancing;
  balancing.images = options.images;
  balancing.trace = trace;
  auto file = TRY(OutputFile::create(options.file, options.images));
  if (file->is_terminal()) return for_a_file();
  return send_while_balancing(
      balancing, *file, options.quiet, [&](Filesystem& filesystem) -> Result<StreamMaker> {
        auto subvolumes =
            std::make_shared<SubvolumeList>(TRY(SubvolumeList::read(filesystem.forest())));
        SendPlan plan = TRY(make_plan(*subvolumes, options));
        return StreamMaker([&, subvolumes, plan](Sink& sink, SendProgress& progress) {
          return run_send_plan(filesystem, *subvolumes, plan, sink, &progress, nullptr,
                               announcer(*subvolumes, options.quiet));
        });
      });
}

Result<int> run_send_alone(const SendOptions& options, Trace* trace) {
  if (!options.balancing.outputs.empty())
    return error(Code::invalid, "-o names the balanced image: it goes with --while-balancing");

  if (options.size + options.check + options.explain > 1)
    return error(Code::invalid, "--size, --check and --explain exclude each other");

  Trace::Thread recording(trace, "send");
  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList subvolumes = TRY(SubvolumeList::read(filesystem->forest()));
  const SendPlan plan = TRY(make_plan(subvolumes, options));
  if (options.size) return print_size(*filesystem, subvolumes, plan);
  auto file = TRY(OutputFile::create(options.file, options.images));
  const auto starting = announcer(subvolumes, options.quiet);
  if (options.explain) return print_explained(*filesystem, subvolumes, plan, *file, starting);
  if (file->is_terminal()) return for_a_file();

  BufferedSink sink(*file);
  SendCheck check;
  Result<void> sent;
  if (options.check) {
    auto checked =
        run_checked_send_plan(*filesystem, subvolumes, plan, sink, nullptr, nullptr, starting);
    if (checked.ok())
      check = std::move(checked).value();
    else
      sent = std::move(checked).error();
  } else if (auto done =
                 run_send_plan(*filesystem, subvolumes, plan, sink, nullptr, nullptr, starting);
             !done.ok()) {
    sent = std::move(done).error();
  }
  // What was written before a refusal is seen on standard output, as from the kernel.
  auto flushed = sink.flush();
  TRY(filesystem->check_unchanged());
  TRY(std::move(sent));
  TRY(std::move(flushed));
  TRY(file->finish());
  return print_check(check, subvolumes) ? EXIT_DONE : EXIT_FAILED;
}

Result<int> run_send(const SendOptions& options) {
  // A reader that goes away is an error of writing, told like every other.
  std::signal(SIGPIPE, SIG_IGN);
  return run_traced(options.trace, options.images, [&](Trace* trace) {
    return options.while_balancing ? run_send_while_balancing(options, trace)
                                   : run_send_alone(options, trace);
  });
}

}  // namespace

void add_send(CommandLine& line) {
  auto options = std::make_shared<SendOptions>();
  Command command = line.add("send", "Write a subvolume as a stream for `btrfs receive`");
  add_images_and_subvolumes(command, options->images, options->subvolumes,
                            "What to send: a path, or subvolid=N");
  add_opening_options(command);
  command.option("-p,--parent", options->parent, "Send only what differs from SUBVOL")
      .called("SUBVOL");
  command
      .option("-c,--clone", options->clone_sources,
              "The receiver has SUBVOL too and can clone from it; may be repeated. Without -p, "
              "the parent is chosen among them")
      .called("SUBVOL")
      .once_each_time();
  command.option("-f,--file", options->file, "Where to write; without it, standard output")
      .called("FILE");
  command.flag("-e", options->plan.one_stream,
               "Several subvolumes: one stream, with one END at its end");
  command
      .option("--proto", options->protocol,
              "Protocol 1 or 2, 0 for the highest; 1 if not given, 2 with --compressed-data")
      .called("N");
  command.flag("--compressed-data", options->plan.flags.compressed_data,
               "Send compressed extents as they are");
  command.flag("--no-data", options->plan.flags.no_data,
               "Say where data changed instead of sending it");
  command.flag("--exact-clone-sources", options->plan.exact_clone_sources,
               "The parent is no clone source unless named with -c, and none is chosen");
  command.flag("--omit-stream-header", options->plan.flags.omit_stream_header,
               "Leave out the header of the stream");
  command.flag("--omit-end-cmd", options->plan.flags.omit_end_command, "Leave out the END command");
  command.flag("--treat-as-read-only", options->plan.treat_as_read_only,
               "Send subvolumes that are not read-only: nothing writes to an image");
  command.flag("--size", options->size,
               "Print how long the stream will be, exactly, instead of writing it");
  command.flag("--check", options->check,
               "Receive the stream in memory as well, and compare with the subvolume");
  command.flag("--explain", options->explain,
               "Instead of the stream write a line for each command: as receive --dump prints "
               "it, then the rule and the item that led to it");
  add_while_balancing_options(command, options->while_balancing, options->balancing,
                              options->subvolumes);
  add_trace_option(command, options->trace);
  command.flag("-q,--quiet", options->quiet, "Do not name subvolumes on standard error");
  line.on_run(command, [options] { return run_send(*options); });
}

}  // namespace canopy
