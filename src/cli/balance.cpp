// canopy balance: moves block groups of an image as `btrfs balance start` does, into a new image.

#include <cstdio>
#include <memory>

#include "cli/changed_image.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "cli/trace_file.h"
#include "relocation/balance.h"

namespace canopy {
namespace {

struct BalanceOptions {
  std::vector<std::string> images;
  std::vector<std::string> outputs;
  std::optional<std::string> data;
  std::optional<std::string> metadata;
  std::optional<std::string> system;
  bool force = false;
  bool dry_run = false;
  bool verbose = false;
  bool discard = false;
  std::string trace;
  u64 batch_blocks = RelocationOptions().batch_blocks;
};

Result<BalanceRequest> request_of(const BalanceOptions& options) {
  BalanceRequest request;
  request.force = options.force;
  if (options.data) request.data = TRY(parse_balance_filter(*options.data));
  if (options.metadata) request.metadata = TRY(parse_balance_filter(*options.metadata));
  if (options.system && !options.force)
    return error(Code::invalid,
                 "system chunks are balanced together with metadata; to balance "
                 "them alone, use --force");
  // As btrfs balance has it: what is said of metadata holds for SYSTEM chunks too.
  if (options.system) {
    request.system = TRY(parse_balance_filter(*options.system));
  } else {
    request.system = request.metadata;
  }
  return request;
}

void print_chunk(const BalancedChunk& chunk, std::string_view end) {
  fmt::print("  {:>14}  {:>12}  {:>12}  {}{}\n", chunk.logical, chunk.length, chunk.used,
             block_group_flags_text(chunk.flags), end);
}

void print_room(const PlannedRoom& room) {
  fmt::print("Room for {}: {} bytes to move; {} free in chunks that stay, {}{} in new ones: {}\n",
             block_group_flags_text(room.flags), room.to_move, room.free,
             room.is_counted_to_the_end() ? "" : "at least ", room.new_chunks,
             room_verdict_text(room.verdict()));
}

void warn_of_paused_balance(const BalancePlan& plan) {
  if (plan.is_paused_by_kernel) fmt::print(stderr, "canopy: warning: {}\n", PAUSED_BALANCE_WARNING);
}

void print_plan(const BalancePlan& plan) {
  fmt::print("Would relocate {} out of {} chunks\n", plan.chunks.size(), plan.considered);
  if (!plan.chunks.empty())
    fmt::print("  {:>14}  {:>12}  {:>12}  kind\n", "logical", "length", "used");
  for (const BalancedChunk& chunk : plan.chunks)
    print_chunk(chunk, "");
  fmt::print("Bytes to move: {} of data, {} of tree blocks\n", plan.data_bytes,
             plan.metadata_bytes);
  fmt::print(
      "Room: {} bytes free in data chunks that stay, {} in metadata chunks, {} unallocated\n",
      plan.free_data_bytes, plan.free_metadata_bytes, plan.unallocated_bytes);
  for (const PlannedRoom& room : plan.rooms)
    print_room(room);
  if (plan.data_bytes > 0)
    fmt::print(
        "Moving data writes the tree blocks above it anew: up to {} bytes of room for "
        "metadata are needed until each batch is committed\n",
        plan.rewritten_bytes);
}

Result<int> run_balance(const BalanceOptions& options, Trace* trace) {
  Trace::Thread recording(trace, "balance");
  BalanceRequest request = TRY(request_of(options));
  if (!options.dry_run && options.outputs.empty())
    return error(Code::invalid, "-o names the image to write; --dry-run only says what would move");
  std::optional<ChangedImages> outputs;
  if (!options.dry_run)
    outputs.emplace(TRY(ChangedImages::prepare(options.images, options.outputs)));
  auto filesystem = TRY(open_images_to_change(options.images, outputs ? &*outputs : nullptr));
  FilesystemWriter& writer = *TRY(filesystem->writer());
  writer.set_discard(options.discard);
  const BalancePlan plan = TRY(plan_balance(writer, request));
  warn_of_paused_balance(plan);
  if (options.dry_run) {
    print_plan(plan);
    return EXIT_DONE;
  }
  RelocationControl control;
  RelocationOptions relocation;
  relocation.batch_blocks = options.batch_blocks;
  auto on_chunk = [&](const BalancedChunk& chunk) {
    if (options.verbose || chunk.verdict != ChunkVerdict::relocated)
      print_chunk(chunk,
                  chunk.verdict == ChunkVerdict::relocated ? "  relocated" : "  " + chunk.problem);
  };
  BalanceReport report = TRY(balance(writer, request, relocation, control, on_chunk));
  TRY(outputs->finish());
  fmt::print("Done, had to relocate {} out of {} chunks\n", report.relocated, report.considered);
  if (options.verbose)
    fmt::print("{} commits, {} extents, {} bytes of data moved\n", control.progress.commits.load(),
               control.progress.extents_moved.load(), control.progress.data_bytes_moved.load());
  if (report.no_space == 0) return EXIT_DONE;
  fmt::print(stderr, "canopy: no room to move {} chunks\n", report.no_space);
  return EXIT_FAILED;
}

}  // namespace

void add_balance(CommandLine& line) {
  auto options = std::make_shared<BalanceOptions>();
  Command command = line.add("balance", "Move block groups, as btrfs balance, into a new image");
  add_image_option(command, options->images);
  add_partition_option(command);
  command.option("-o,--output", options->outputs, "Where to write the changed images")
      .called("IMAGE");
  auto filter = [&](const char* names, std::optional<std::string>& to, const char* help) {
    command.option(names, to, help).called("[FILTERS]").may_be_empty();
  };
  filter("-d,--data", options->data, "Data chunks, all or those that pass FILTERS");
  filter("-m,--metadata", options->metadata, "Metadata and system chunks");
  filter("-s,--system", options->system, "System chunks; needs --force");
  command.flag("-f,--force", options->force, "Allow fewer copies of metadata");
  command.flag("-n,--dry-run", options->dry_run, "Only say what would move");
  command.flag("--discard", options->discard,
               "Leave holes where there was what has moved, as a device that discards");
  command.flag("-v,--verbose", options->verbose, "Say what happened to each chunk");
  command
      .option("--batch-blocks", options->batch_blocks,
              "Tree blocks that one transaction may rewrite")
      .between(1, u64{1} << 20);
  command.footer(
      "FILTERS as in btrfs balance: profiles=A|B, usage=N or A..B, devid=N, drange=A..B,\n"
      "vrange=A..B, stripes=A..B, limit=N or A..B, convert=PROFILE, soft; joined by commas.\n"
      "Without -d, -m and -s all chunks are balanced.");
  add_trace_option(command, options->trace);
  line.on_run(command, [options] {
    return run_traced(options->trace, options->images,
                      [&](Trace* trace) { return run_balance(*options, trace); });
  });
}

}  // namespace canopy
