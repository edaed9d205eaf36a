#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include <utility>

#include "cli/images.h"

namespace canopy {
namespace {

constexpr const char* IMAGE_HELP =
    "Image of a Btrfs filesystem; of one on several devices, all of them in any order";

}  // namespace

CommandLine::CommandLine(const std::string& about, const std::string& name,
                         const std::string& version)
    : app_(std::make_unique<CLI::App>(about, name)) {
  app_->set_version_flag("--version", name + " " + version);
  app_->require_subcommand(1);
  app_->get_formatter()->column_width(34);
}

CommandLine::~CommandLine() = default;

Command CommandLine::add(const std::string& name, const std::string& description) {
  return add_to(Command(app_.get()), name, description);
}

Command CommandLine::add_to(Command parent, const std::string& name,
                            const std::string& description) {
  CLI::App* command = parent.app().add_subcommand(name, description);
  command->get_formatter()->column_width(34);
  return Command(command);
}

Command CommandLine::add_group(const std::string& name, const std::string& description) {
  Command group = add(name, description);
  group.app().require_subcommand(1);
  return group;
}

void CommandLine::on_run(Command command, Run run) {
  command.app().callback([this, run = std::move(run)] { chosen_ = run; });
}

std::optional<int> CommandLine::read(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app_->exit(asked);
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "canopy: {}\nTry --help.\n", wrong.what());
    return EXIT_USAGE;
  }
  return std::nullopt;
}

void add_image_option(Command command, std::vector<std::string>& images) {
  command.option("-i,--image", images, IMAGE_HELP).required().called("IMAGE");
}

Option add_images_and_subvolumes(Command command, std::vector<std::string>& images,
                                 std::vector<std::string>& subvolumes,
                                 const std::string& description, const std::string& name) {
  add_image_option(command, images);
  command.app().parse_complete_callback([&images, &subvolumes, name] {
    if (!subvolumes.empty()) return;
    if (images.size() < 2) throw CLI::RequiredError(name);
    subvolumes.push_back(std::move(images.back()));
    images.pop_back();
  });
  return command.option(name, subvolumes, description);
}

void add_partition_option(Command command) {
  command
      .option("--partition", image_opening().container.partition,
              "Which partition of a whole disk to open")
      .called("N");
}

void add_opening_options(Command command) {
  ImageOpening& opening = image_opening();
  add_partition_option(command);
  command.option("--super", opening.super_copy, "Which copy of the superblock to open with")
      .between(0, 2)
      .called("0..2");
  command
      .option("--backup-root", opening.backup_root,
              "Open as of an earlier commit: that of this backup root of the superblock")
      .between(0, 3)
      .called("0..3");
  command
      .option("--generation", opening.generation,
              "Open as of an earlier commit: that of this generation, if a backup root has it")
      .called("N");
  command.flag("--rescue", opening.rescue,
               "Leave out what is damaged, and list it in the end (exit status 1)");
}

void add_image_arguments(Command command, std::vector<std::string>& images) {
  command.option("-i,--image,IMAGE", images, IMAGE_HELP).required().called("IMAGE");
}

}  // namespace canopy
