// The rows of the table of stream commands: found at once if they were decoded, otherwise read
// from the stored stream on a thread and there later. Only what is looked at is kept.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "session/command_source.h"
#include "session/inspection.h"
#include "session/loader.h"

namespace canopy {

struct CommandRow {
  CommandPlace place;
  std::string name;
  std::string path;
  std::string details;  // "size=4096 ...", or what is wrong with it
};

class CommandRows {
 public:
  CommandRows();
  ~CommandRows();

  // From now on the rows are those of this stream: all, or those of one kind. `changed` is called
  // by a thread when rows have arrived.
  void show(std::shared_ptr<CommandSource> source, std::optional<SendCommand> kind,
            std::function<void()> changed);
  // How many there are now.
  u64 count() const;
  // A row, or nullptr while it is being read. The pointer lasts until the next call.
  const CommandRow* find(u64 row);

 private:
  static constexpr u64 page_size = 64;
  static constexpr std::size_t page_limit = 64;
  struct Shared;

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<std::vector<CommandRow>> held_;
  std::unique_ptr<Loader> loader_;
};

// The inspection of the command that is looked at, read on a thread.
class CommandInspector {
 public:
  CommandInspector();
  ~CommandInspector();

  // nullptr while it is being read; `changed` is called by a thread when it has arrived.
  std::shared_ptr<const Inspection> find(const std::shared_ptr<CommandSource>& source, u64 index,
                                         std::function<void()> changed);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Loader> loader_;
};

// Reads one command and says what it is. Waits for it.
CommandRow read_command_row(const CommandSource& source, const CommandPlace& place);
// The attributes of a command beside its bytes. Waits for it.
Inspection inspect_command(const CommandSource& source, u64 index);

}  // namespace canopy
