// canopy: the command line over the same core that the page runs.

#include <cstdio>

#include "cli/command_line.h"
#include "cli/inspect_internal.h"
#include "cli/unfinished_files.h"
#include "device/mapped_faults.h"

namespace canopy {
namespace {

constexpr const char* ABOUT =
    "Looks into Btrfs filesystems that are not mounted, and works on them: no root, no kernel.\n"
    "Images are never written.";

int run(int argc, char** argv) {
#ifndef __EMSCRIPTEN__
  exit_on_mapped_fault(EXIT_FAILED, remove_unfinished_files);
#endif
  CLI::App app(ABOUT, "canopy");
  app.set_version_flag("--version", "canopy " CANOPY_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  CommandLine line(app);
  add_balance(line);
  add_check(line);
  add_dedupe(line);
  add_filesystem(line);
  CLI::App& inspect =
      line.add_group("inspect-internal", "Look into things as btrfs inspect-internal does");
  add_list_chunks(line, inspect);
  add_min_dev_size(line, inspect);
  add_resolve_commands(line, inspect);
  add_tree_stats(line, inspect);
  add_receive(line);
  add_send(line);
  add_subvolume(line);
  add_dump_super(line);
  add_dump_tree(line);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "canopy: {}\nTry --help.\n", wrong.what());
    return EXIT_USAGE;
  }

  const auto result = line.chosen()();
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
  return result.value();
}

}  // namespace
}  // namespace canopy

int main(int argc, char** argv) { return canopy::run(argc, argv); }
