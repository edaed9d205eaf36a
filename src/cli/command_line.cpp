#include "cli/command_line.h"

#include <utility>

#include "cli/images.h"

namespace canopy {
namespace {

constexpr const char* IMAGE_HELP =
    "Image of a Btrfs filesystem; of one on several devices, all of them in any order";

}  // namespace

CLI::App& CommandLine::add_to(CLI::App& parent, const std::string& name,
                              const std::string& description) {
  CLI::App& command = *parent.add_subcommand(name, description);
  command.get_formatter()->column_width(34);
  return command;
}

CLI::App& CommandLine::add_group(const std::string& name, const std::string& description) {
  CLI::App& group = add(name, description);
  group.require_subcommand(1);
  return group;
}

void CommandLine::on_run(CLI::App& command, Run run) {
  command.callback([this, run = std::move(run)] { chosen_ = run; });
}

void add_image_option(CLI::App& command, std::vector<std::string>& images) {
  command.add_option("-i,--image", images, IMAGE_HELP)->required()->type_name("IMAGE");
}

CLI::Option* add_images_and_subvolumes(CLI::App& command, std::vector<std::string>& images,
                                       std::vector<std::string>& subvolumes,
                                       const std::string& description, const std::string& name) {
  add_image_option(command, images);
  command.parse_complete_callback([&images, &subvolumes, name] {
    if (!subvolumes.empty()) return;
    if (images.size() < 2) throw CLI::RequiredError(name);
    subvolumes.push_back(std::move(images.back()));
    images.pop_back();
  });
  return command.add_option(name, subvolumes, description);
}

void add_partition_option(CLI::App& command) {
  command
      .add_option("--partition", image_opening().container.partition,
                  "Which partition of a whole disk to open")
      ->type_name("N");
}

void add_opening_options(CLI::App& command) {
  ImageOpening& opening = image_opening();
  add_partition_option(command);
  command.add_option("--super", opening.super_copy, "Which copy of the superblock to open with")
      ->check(CLI::Range(0, 2))
      ->type_name("0..2");
  command
      .add_option("--backup-root", opening.backup_root,
                  "Open as of an earlier commit: that of this backup root of the superblock")
      ->check(CLI::Range(0, 3))
      ->type_name("0..3");
  command
      .add_option("--generation", opening.generation,
                  "Open as of an earlier commit: that of this generation, if a backup root has it")
      ->type_name("N");
}

void add_image_arguments(CLI::App& command, std::vector<std::string>& images) {
  command.add_option("-i,--image,IMAGE", images, IMAGE_HELP)->required()->type_name("IMAGE");
}

}  // namespace canopy
