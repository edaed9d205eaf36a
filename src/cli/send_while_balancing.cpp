#include "cli/send_while_balancing.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "cli/changed_image.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "concurrency/explorer.h"
#include "dedupe/dedupe.h"
#include "files/subvolume.h"
#include "interplay/interplay.h"
#include "interplay/saved_schedule.h"

namespace canopy {
namespace {

bool is_filter(const std::string& word) {
  return word.empty() || word == "soft" || word.find('=') != std::string::npos;
}

void print_times(const SemaphoreTimes& times) {
  const auto ms = [](u64 ns) { return static_cast<double>(ns) / 1e6; };
  const auto print = [&](std::string_view how, const SemaphoreTimes::Side& side) {
    fmt::print(stderr,
               "Commit root semaphore, {}: taken {} times, held {:.1f} ms (longest {:.2f}); {} "
               "waited, {:.1f} ms (longest {:.2f})\n",
               how, side.taken, ms(side.hold_ns), ms(side.longest_hold_ns), side.waited,
               ms(side.wait_ns), ms(side.longest_wait_ns));
  };
  print("shared", times.shared);
  print("exclusive", times.exclusive);
}

// A step takes memory, and a schedule of that many would be of no use to anybody.
constexpr u64 max_steps = 20'000'000;

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return error(Code::io, "cannot read {}", path);
  return text.str();
}

Result<void> write_text(const std::string& path, const std::string& text) {
  auto file = TRY(OutputFile::create(path));
  TRY(file->write(Bytes(reinterpret_cast<const u8*>(text.data()), text.size())));
  return file->finish();
}

// How the threads move: free, or under control.
class Running {
 public:
  // Takes the settings of a schedule that is replayed over into `options`.
  static Result<Running> prepare(WhileBalancing& options) {
    Running running;
    if (options.seed && !options.schedule.empty())
      return error(Code::invalid, "a run follows a seed or a schedule, not both");
    if (!options.schedule.empty()) {
      running.replayed_ = TRY(SavedSchedule::parse(TRY(read_text(options.schedule))));
      options.settings = TRY(InterplaySettings::of(*running.replayed_));
    } else {
      options.settings.protections = TRY(Protections::without(options.without));
      const auto rules = rules_named(options.rules);
      if (!rules) return error(Code::invalid, "there are no rules of Linux {}", options.rules);
      options.settings.rules = *rules;
    }
    running.seed_ = options.seed;
    running.save_ = options.save_schedule;
    options.settings.save(running.settings_);
    running.protections_ = options.settings.protections;
    const bool controlled = running.seed_ || running.replayed_;
    if (!controlled && !(options.without.empty() && running.save_.empty()))
      return error(Code::invalid,
                   "--without and --save-schedule go with --seed or --schedule: free threads need "
                   "every protection, and are not to be repeated");
    return running;
  }

  Result<InterplayOutcome> run(Filesystem& filesystem, const InterplayRequest& request,
                               RelocationControl& control) {
    if (!seed_ && !replayed_) return run_interplay(filesystem, request, control);
    filesystem.forest().set_protections(protections_);
    if (seed_) {
      RandomChooser chooser = RandomChooser::of_seed(*seed_);
      return run_controlled(filesystem, request, control, chooser);
    }
    auto steps = parse_schedule(replayed_->choices, thread_names(request));
    if (!steps) return error(Code::invalid, "the schedule is of other threads");
    ReplayChooser chooser(std::move(*steps));
    InterplayOutcome outcome = TRY(run_controlled(filesystem, request, control, chooser));
    if (chooser.diverged())
      return error(Code::invalid, "the schedule is of another image or another send");
    return outcome;
  }

 private:
  Result<InterplayOutcome> run_controlled(Filesystem& filesystem, const InterplayRequest& request,
                                          RelocationControl& control, Scheduler::Chooser& chooser) {
    Scheduler scheduler(chooser, max_steps);
    InterplayOutcome outcome = run_interplay(filesystem, request, control, &scheduler);
    if (!save_.empty()) {
      settings_.choices = schedule_text(scheduler);
      TRY(write_text(save_, settings_.text()));
    }
    if (!scheduler.collapse_reason().empty())
      return error(Code::cancelled, "{}", scheduler.collapse_reason());
    return outcome;
  }

  std::optional<u64> seed_;
  std::optional<SavedSchedule> replayed_;
  std::string save_;
  SavedSchedule settings_;
  Protections protections_;
};

}  // namespace

void add_while_balancing_options(Command command, bool& chosen, WhileBalancing& options,
                                 std::vector<std::string>& subvolumes) {
  command
      .on_option<std::string>(
          "--while-balancing",
          [&](const std::string& word) {
            chosen = options.settings.balance = true;
            if (is_filter(word))
              options.settings.filters = word;
            else
              subvolumes.insert(subvolumes.begin(), word);
          },
          "Meanwhile, move block groups of the image, all or those that pass FILTERS (of canopy "
          "balance, for chunks of every kind): the stream stays the same")
      .called("[FILTERS]")
      .may_be_empty();
  command
      .on_option<u64>(
          "--while-reclaiming",
          [&](u64 percent) {
            chosen = true;
            options.settings.reclaim = percent;
          },
          "Meanwhile, move by itself what is in block groups that come to be used less than that")
      .called("PERCENT")
      .between(1, 100);
  command
      .on_option<std::vector<std::string>>(
          "--while-deduplicating",
          [&](const std::vector<std::string>& names) {
            chosen = true;
            options.settings.dedupe = names;
          },
          "Meanwhile, let files of SUBVOL share equal extents; may be repeated")
      .called("SUBVOL")
      .once_each_time();
  command
      .option("--rules", options.rules,
              "Who excludes whom, as in Linux 5.2 (nobody), 5.3 (balance and send), 5.14 (any "
              "relocation and send; a reclaim is put off) or 5.17 (nobody)")
      .called("VERSION")
      .one_of({"5.2", "5.3", "5.14", "5.17"});
  command
      .option("-o,--output", options.outputs,
              "With --while-balancing: where to write the balanced images")
      .called("IMAGE");
  command.flag("--until-sent", options.settings.until_sent,
               "With --while-balancing: again and again, until the stream is made");
  command
      .option("--batch-blocks", options.settings.batch_blocks,
              "With --while-balancing: tree blocks that one transaction may rewrite")
      .between(1, u64{1} << 20);
  command
      .option("--pipe-size", options.settings.pipe_bytes,
              "With --while-balancing: bytes that lie between send and who writes them")
      .between(1, u64{1} << 30);
  command
      .option("--seed", options.seed,
              "With --while-balancing: one thread moves at a time, from point to point, as a "
              "random sequence chooses")
      .called("N");
  command
      .option("--save-schedule", options.save_schedule,
              "With --seed: where to write who moved when")
      .called("FILE");
  command
      .option("--schedule", options.schedule,
              "With --while-balancing: again exactly as in FILE, with its settings")
      .called("FILE");
  command
      .option("--without", options.without,
              "With --seed: leave out protections, to see what they are for: leaf_clones, "
              "restart, semaphore, pinning, revalidation or release_before_callback")
      .called("PROTECTION[,...]");
}

Result<int> send_while_balancing(WhileBalancing options, OutputFile& file, bool quiet,
                                 const std::function<Result<StreamMaker>(Filesystem&)>& prepare) {
  Running running = TRY(Running::prepare(options));
  InterplayRequest request;
  TRY(options.settings.apply(request));
  if (request.balance) {
    request.balance->on_chunk = [](const BalancedChunk& chunk) {
      if (chunk.verdict != ChunkVerdict::relocated)
        fmt::print(stderr, "canopy: warning: chunk at {} stays: {}\n", chunk.logical,
                   chunk.problem);
    };
  }
  std::optional<ChangedImages> outputs;
  if (!options.outputs.empty())
    outputs.emplace(TRY(ChangedImages::prepare(options.images, options.outputs)));
  auto filesystem = TRY(open_images_to_change(options.images, outputs ? &*outputs : nullptr));
  const StreamMaker maker = TRY(prepare(*filesystem));
  SendProgress progress;
  BufferedSink sink(file);
  InterplayStream& stream = request.streams.emplace_back();
  stream.sink = &sink;
  stream.pipe_bytes = to_size(options.settings.pipe_bytes);
  stream.make = [&](Sink& pipe) -> Result<void> {
    TRY(maker(pipe, progress));
    return {};
  };
  RelocationControl control;
  DedupeReport deduped;
  TRY(options.settings.apply_dedupe(*filesystem, request, &deduped));
  request.trace = options.trace;
  InterplayOutcome outcome = TRY(running.run(*filesystem, request, control));
  auto flushed = sink.flush();
  TRY(filesystem->check_unchanged());
  if (outcome.problem) return std::move(*outcome.problem);
  TRY(std::move(flushed));
  TRY(file.finish());
  if (outputs) TRY(outputs->finish());
  if (!quiet) {
    fmt::print(stderr,
               "Had to relocate {} out of {} chunks in {} rounds and {} commits; the send searched "
               "its place again {} times\n",
               outcome.relocated, outcome.considered, outcome.rounds,
               control.progress.commits.load(), progress.restarts.load());
    if (options.settings.reclaim)
      fmt::print(stderr, "Reclaimed {} chunks; put off {} times\n", outcome.reclaimed,
                 outcome.reclaims_put_off);
    if (!options.settings.dedupe.empty())
      fmt::print(stderr, "Deduplicated {} extents: {} file extents in {} commits\n",
                 deduped.extents, deduped.items, deduped.commits);
    print_times(outcome.commit_root_times);
  }
  for (const std::string& refused : outcome.refused)
    fmt::print(stderr, "canopy: {}\n", refused);
  if (!outcome.whole[0]) return EXIT_FAILED;
  if (outcome.no_space == 0) return outcome.refused.empty() ? EXIT_DONE : EXIT_FAILED;
  fmt::print(stderr, "canopy: no room to move {} chunks\n", outcome.no_space);
  return EXIT_FAILED;
}

}  // namespace canopy
