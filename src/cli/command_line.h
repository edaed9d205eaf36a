// The frame that commands are put into. Each file beside this one adds its command:
//
//     void add_list(CommandLine& line) {
//       auto options = std::make_shared<ListOptions>();
//       Command command = line.add("list", "List things");
//       add_image_option(command, options->images);
//       command.flag("--all", options->all, "List hidden things too");
//       line.on_run(command, [options] { return run_list(*options); });
//     }
//
// and main.cpp calls it. A command runs after the whole command line was read and found right. It
// prints its result on standard output; its Error is printed by main.cpp as "canopy: message".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"

namespace canopy {

// Exit statuses: done; failed, or what was asked for was found to be wrong; bad command line.
inline constexpr int EXIT_DONE = 0;
inline constexpr int EXIT_FAILED = 1;
inline constexpr int EXIT_USAGE = 2;

class CommandLine {
 public:
  using Run = std::function<Result<int>()>;  // the exit status

  CommandLine(const std::string& about, const std::string& name, const std::string& version);
  ~CommandLine();

  // A command of canopy; a command of a command: canopy subvolume list.
  Command add(const std::string& name, const std::string& description);
  Command add_to(Command parent, const std::string& name, const std::string& description);
  // A name that only holds commands.
  Command add_group(const std::string& name, const std::string& description);

  void on_run(Command command, Run run);

  // Reads the words behind the program's name. Nothing if a command was chosen; else the exit
  // status, after what was asked for (--help) or what is wrong was printed.
  std::optional<int> read(int argc, const char* const* argv);
  const Run& chosen() const { return chosen_; }

 private:
  std::unique_ptr<CLI::App> app_;
  Run chosen_;
};

// -i, --image IMAGE...: the devices of one filesystem. May be repeated, and takes several.
void add_image_option(Command command, std::vector<std::string>& images);

// Images, and subvolumes of them: the positional ones. As an option that takes several takes what
// follows it too, `-i IMAGE SUBVOL`, the last image is the subvolume where none stands by itself.
// Returns the subvolumes' option. `name` is what they are called.
Option add_images_and_subvolumes(Command command, std::vector<std::string>& images,
                                 std::vector<std::string>& subvolumes,
                                 const std::string& description,
                                 const std::string& name = "SUBVOL");

// The same for a command that takes nothing else: its images may also stand by themselves.
void add_image_arguments(Command command, std::vector<std::string>& images);

// How images are opened (image_opening() in images.h), for commands that use open_images():
// --partition, --super, --backup-root, --generation, --rescue. Of those that use open_image(),
// --partition alone.
void add_opening_options(Command command);
void add_partition_option(Command command);

void add_balance(CommandLine& line);
void add_check(CommandLine& line);
void add_dedupe(CommandLine& line);
void add_dump_super(CommandLine& line);
void add_dump_tree(CommandLine& line);
// canopy filesystem, and the commands in it
void add_filesystem(CommandLine& line);
void add_filesystem_du(CommandLine& line, Command group);
void add_receive(CommandLine& line);
void add_restore(CommandLine& line);
void add_send(CommandLine& line);
// canopy subvolume, and the commands in it
void add_subvolume(CommandLine& line);
void add_subvolume_list(CommandLine& line, Command group);
void add_subvolume_show(CommandLine& line, Command group);

}  // namespace canopy
