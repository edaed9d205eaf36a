#include "cli/send_while_balancing.h"

#include <cstdio>

#include "cli/changed_image.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "interplay/interplay.h"

namespace canopy {
namespace {

bool is_filter(const std::string& word) {
  return word.empty() || word == "soft" || word.find('=') != std::string::npos;
}

Result<InterplayBalance> balance_of(const WhileBalancing& options) {
  InterplayBalance balance;
  if (!options.filters.empty()) {
    balance.request.data = TRY(parse_balance_filter(options.filters));
    balance.request.metadata = balance.request.system = balance.request.data;
  }
  balance.options.batch_blocks = options.batch_blocks;
  balance.until_streams_end = options.until_sent;
  balance.on_chunk = [](const BalancedChunk& chunk) {
    if (chunk.verdict != ChunkVerdict::relocated)
      fmt::print(stderr, "canopy: warning: chunk at {} stays: {}\n", chunk.logical, chunk.problem);
  };
  return balance;
}

}  // namespace

void add_while_balancing_options(CLI::App& command, bool& chosen, WhileBalancing& options,
                                 std::vector<std::string>& subvolumes) {
  command
      .add_option_function<std::string>(
          "--while-balancing",
          [&](const std::string& word) {
            chosen = true;
            if (is_filter(word))
              options.filters = word;
            else
              subvolumes.insert(subvolumes.begin(), word);
          },
          "Meanwhile, move block groups of the image, all or those that pass FILTERS (of canopy "
          "balance, for chunks of every kind): the stream stays the same")
      ->type_name("[FILTERS]")
      ->expected(0, 1)
      ->default_str("");
  command
      .add_option("-o,--output", options.outputs,
                  "With --while-balancing: where to write the balanced images")
      ->type_name("IMAGE");
  command.add_flag("--until-sent", options.until_sent,
                   "With --while-balancing: again and again, until the stream is made");
  command
      .add_option("--batch-blocks", options.batch_blocks,
                  "With --while-balancing: tree blocks that one transaction may rewrite")
      ->check(CLI::Range(u64{1}, u64{1} << 20));
  command
      .add_option("--pipe-size", options.pipe_bytes,
                  "With --while-balancing: bytes that lie between send and who writes them")
      ->check(CLI::Range(u64{1}, u64{1} << 30));
}

Result<int> send_while_balancing(const WhileBalancing& options, OutputFile& file, bool quiet,
                                 const std::function<Result<StreamMaker>(Filesystem&)>& prepare) {
  InterplayRequest request;
  request.balance = TRY(balance_of(options));
  std::optional<ChangedImages> outputs;
  if (!options.outputs.empty())
    outputs.emplace(TRY(ChangedImages::prepare(options.images, options.outputs)));
  ChangeableImages images = TRY(open_images_to_change(options.images));
  const StreamMaker maker = TRY(prepare(*images.filesystem));
  SendProgress progress;
  BufferedSink sink(file);
  InterplayStream& stream = request.streams.emplace_back();
  stream.sink = &sink;
  stream.pipe_bytes = to_size(options.pipe_bytes);
  stream.make = [&](Sink& pipe) -> Result<void> {
    TRY(maker(pipe, progress));
    return {};
  };
  RelocationControl control;
  InterplayOutcome outcome = run_interplay(*images.filesystem, request, control);
  auto flushed = sink.flush();
  TRY(images.filesystem->check_unchanged());
  if (outcome.problem) return std::move(*outcome.problem);
  TRY(std::move(flushed));
  for (std::size_t i = 0; i < images.overlays.size() && outputs; ++i)
    TRY(outputs->write(i, *images.overlays[i]));
  TRY(file.finish());
  if (outputs) TRY(outputs->finish());
  if (!quiet)
    fmt::print(stderr,
               "Had to relocate {} out of {} chunks in {} rounds and {} commits; the send searched "
               "its place again {} times\n",
               outcome.relocated, outcome.considered, outcome.rounds,
               control.progress.commits.load(), progress.restarts.load());
  if (outcome.no_space == 0) return EXIT_DONE;
  fmt::print(stderr, "canopy: no room to move {} chunks\n", outcome.no_space);
  return EXIT_FAILED;
}

}  // namespace canopy
