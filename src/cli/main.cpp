// canopy: the command line over the same core that the page runs.

#include <cstdio>
#include <ranges>

#include "cli/command_line.h"
#include "cli/images.h"
#include "cli/inspect_internal.h"
#include "cli/unfinished_files.h"
#include "device/mapped_faults.h"

namespace canopy {
namespace {

constexpr const char* ABOUT =
    "Looks into Btrfs filesystems that are not mounted, and works on them: no root, no kernel.\n"
    "Images are never written.";

// After a rescue: whether nothing was lost.
bool list_losses() {
  const Losses* const losses = image_opening().losses.get();
  if (losses == nullptr || losses->count() == 0) return true;
  for (const std::string& line : losses->lines())
    fmt::print(stderr, "canopy: lost: {}\n", line);
  fmt::print(stderr, "canopy: {} things could not be read and were left out\n", losses->count());
  return false;
}

// What was read around: the result is whole, but the image is about to lose something.
void list_repairs() {
  constexpr std::size_t most_listed = 20;
  const Repairs& repairs = *image_opening().repairs;
  if (repairs.count() == 0) return;
  const std::vector<BadCopy> copies = repairs.copies();
  for (const BadCopy& copy : copies | std::views::take(most_listed))
    fmt::print(stderr, "canopy: bad copy: {}\n", copy.to_string());
  if (copies.size() > most_listed)
    fmt::print(stderr, "canopy: and {} more\n", copies.size() - most_listed);
  fmt::print(stderr, "canopy: bad copies, for which others were read: {}\n", repairs.count());
}

int run(int argc, char** argv) {
#ifndef __EMSCRIPTEN__
  exit_on_mapped_fault(EXIT_FAILED, remove_unfinished_files);
#endif
  CommandLine line(ABOUT, "canopy", CANOPY_VERSION);
  add_balance(line);
  add_check(line);
  add_dedupe(line);
  add_filesystem(line);
  Command inspect =
      line.add_group("inspect-internal", "Look into things as btrfs inspect-internal does");
  add_list_chunks(line, inspect);
  add_min_dev_size(line, inspect);
  add_resolve_commands(line, inspect);
  add_tree_stats(line, inspect);
  add_receive(line);
  add_restore(line);
  add_send(line);
  add_subvolume(line);
  add_dump_super(line);
  add_dump_tree(line);

  if (const auto status = line.read(argc, argv)) return *status;

  const auto result = line.chosen()();
  list_repairs();
  const bool all_there = list_losses();
  // What could not be printed is a failure too: a full disk behind standard output.
  const bool printed = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (!result.ok()) {
    fmt::print(stderr, "canopy: {}\n", result.error().to_string());
    return EXIT_FAILED;
  }
  if (!printed) {
    fmt::print(stderr, "canopy: cannot write to standard output\n");
    return EXIT_FAILED;
  }
  return all_there ? result.value() : EXIT_FAILED;
}

}  // namespace
}  // namespace canopy

int main(int argc, char** argv) { return canopy::run(argc, argv); }
