// What led to each command of a stream (send/provenance.h), and the way back: which commands an
// item led to. Nothing is noted while a stream is made. Who asks has the send made once more
// without its data, which costs little beside it and gives the same commands, and keeps what led to
// them in about five bytes a command: they follow each other in the order of the items that cause
// them, so that little changes from one to the next.
//
//   rule | same cause as before                                one byte where it is the same
//   change, type, then as varints: leaf, slot, objectid, offset     leaf and objectid as
//   differences
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "send/send.h"

namespace canopy {

struct OriginsKey {
  SendRequest request;
  u64 generation = 0;  // of the filesystem: a balance moves the leaves

  friend bool operator==(const OriginsKey&, const OriginsKey&) = default;
};

class CommandOrigins final : public CommandObserver {
 public:
  // Streams with more than this is enough for are known up to where it ends.
  static constexpr std::size_t default_limit_bytes = std::size_t{128} << 20;

  struct Origin {
    std::string_view rule;
    ItemCause cause;
  };

  explicit CommandOrigins(const SendRequest& request,
                          std::size_t limit_bytes = default_limit_bytes);

  void command_written(const CommandOrigin& origin) override;

  // Of the command with this index, counted from 0; nullopt if it is not known.
  std::optional<Origin> find(u64 index) const;
  // How many commands are known.
  u64 count() const { return count_; }

  // The commands that an item of this tree led to.
  struct Caused {
    u64 total = 0;
    std::vector<u64> first;  // their indices, ascending, as many as were asked for
  };
  Caused caused_by(u64 tree, const Key& key, std::size_t wanted) const;

  // The commands from here on are not known, and this is why.
  void stop(std::string problem) { problem_ = std::move(problem); }
  // Why not all of them are known; empty if they are.
  const std::string& problem() const { return problem_; }

 private:
  static constexpr u32 block_size = 1024;

  u8 number_of(std::string_view rule);
  Origin take(const std::vector<u8>& packed, std::size_t& at, const ItemCause& before) const;
  u64 tree_of(ItemChange change) const {
    return change == ItemChange::deleted ? parent_root_ : send_root_;
  }

  u64 send_root_;
  u64 parent_root_;
  std::size_t limit_bytes_;
  std::size_t bytes_ = 0;
  std::vector<std::string_view> rules_;  // literals
  // Runs of commands; the first of each is written as if ItemCause{} went before.
  std::vector<std::vector<u8>> blocks_;
  u64 count_ = 0;
  ItemCause last_;
  std::string problem_;
};

// Makes the send of `key` without its data. Ends early when `dropped` becomes true.
CommandOrigins find_origins(Filesystem& filesystem, const OriginsKey& key,
                            const std::atomic<bool>& dropped);

// Which commands of a stream an item led to.
struct CausedKey {
  std::shared_ptr<const CommandOrigins> origins;
  u64 tree = 0;
  Key key;

  friend bool operator==(const CausedKey&, const CausedKey&) = default;
};

}  // namespace canopy
