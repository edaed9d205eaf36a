// canopy check: the consistency of a filesystem, in the manner of `btrfs check`.

#include "check/check.h"

#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/images.h"

namespace canopy {
namespace {

struct CheckCommand {
  std::vector<std::string> images;
  CheckOptions options;
};

const char* stage_text(CheckStage stage, const Superblock& super, const CheckOptions& options) {
  const bool has_tree = (super.compat_ro_flags & FEATURE_COMPAT_RO_FREE_SPACE_TREE) != 0;
  switch (stage) {
    case CheckStage::root_items:
      return "checking root items";
    case CheckStage::extents:
      return "checking extents";
    case CheckStage::free_space:
      return has_tree ? "checking free space tree" : "checking free space cache";
    case CheckStage::subvolumes:
      return "checking fs roots";
    case CheckStage::checksums:
      return options.check_data_csum ? "checking csums against data"
                                     : "checking only csums items (without verifying data)";
    case CheckStage::root_refs:
      return "checking root refs";
    case CheckStage::quotas:
      return "checking quota groups";
  }
  return "";
}

void print_totals(const CheckReport& report) {
  fmt::print("found {} bytes used, ", report.bytes_used);
  if (report.errors == 0) {
    fmt::print("no error found\n");
  } else {
    fmt::print("error(s) found\n");
  }
  fmt::print("total csum bytes: {}\n", report.csum_bytes);
  fmt::print("total tree bytes: {}\n", report.tree_bytes);
  fmt::print("total fs tree bytes: {}\n", report.fs_tree_bytes);
  fmt::print("total extent tree bytes: {}\n", report.extent_tree_bytes);
  fmt::print("btree space waste bytes: {}\n", report.waste_bytes);
  fmt::print("file data blocks allocated: {}\n referenced {}\n", report.data_bytes_allocated,
             report.data_bytes_referenced);
}

Result<int> run_check(const CheckCommand& command) {
  fmt::print("Opening filesystem to check...\n");
  auto filesystem = TRY(open_images(command.images));
  const Superblock& super = filesystem->super();
  fmt::print("Checking filesystem on {}\nUUID: {}\n", command.images.front(),
             uuid_text(super.fsid));
  std::fflush(stdout);
  const auto quota_tree = filesystem->forest().root(QUOTA_TREE_OBJECTID);
  const bool has_quotas = quota_tree.ok() && quota_tree.value() != nullptr;
  CheckWatcher watcher;
  watcher.on_stage = [&](CheckStage stage) {
    const bool skipped = stage == CheckStage::quotas && !has_quotas;
    fmt::print(stderr, "[{}/{}] {}{}\n", static_cast<u32>(stage) + 1, CHECK_STAGES,
               stage_text(stage, super, command.options),
               skipped ? " skipped (not enabled on this FS)" : "");
  };
  watcher.on_finding = [](const Finding& finding) {
    fmt::print(stderr, "{}: {}: {}\n", finding.severity == Severity::error ? "ERROR" : "WARNING",
               problem_name(finding.problem), finding.to_string());
  };
  const CheckReport report = TRY(check_filesystem(*filesystem, command.options, nullptr, watcher));
  print_totals(report);
  if (report.errors + report.warnings > 0)
    fmt::print(stderr, "canopy: {} errors, {} warnings\n", report.errors, report.warnings);
  return report.clean() ? EXIT_DONE : EXIT_FAILED;
}

}  // namespace

void add_check(CommandLine& line) {
  auto command = std::make_shared<CheckCommand>();
  Command app = line.add("check", "Check the consistency of a filesystem, read-only");
  add_image_arguments(app, command->images);
  add_opening_options(app);
  app.flag("--check-data-csum", command->options.check_data_csum,
           "Verify the checksums of all data, on all mirrors");
  line.on_run(app, [command] { return run_check(*command); });
}

}  // namespace canopy
