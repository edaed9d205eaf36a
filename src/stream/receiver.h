// Applies the commands of streams to a Model, as `btrfs receive` applies them to a filesystem: a
// command that would fail there (a name that is not, a directory that is not empty, a clone from a
// range that the source does not have) is an Error here, with the errno. What receive accepts is
// accepted: MKFILE on a file that exists empties it, RENAME replaces.
//
// A receiver opens files by path for every command. The real one keeps the last file open and
// recognizes it by its path alone, so that it may write to a file that was meanwhile renamed.
#pragma once

#include "base/result.h"
#include "stream/model.h"
#include "stream/reader.h"
#include "stream/sink.h"

namespace canopy {

struct ReceiverOptions {
  Keep keep = Keep::bytes;
  // Of the receiving filesystem; clones are aligned to it.
  u32 sectorsize = 4096;
};

class Receiver {
 public:
  // `model` is borrowed. It may hold subvolumes from streams before, which are parents and clone
  // sources.
  explicit Receiver(Model& model, ReceiverOptions options = {})
      : model_(model), options_(options) {}

  // Errors name the command, its offset and what failed. After one the subvolume at hand stays
  // unfinished.
  Result<void> apply(const StreamCommand& command);
  // The subvolume at hand, if any, is complete. An END command, SUBVOL and SNAPSHOT do this by
  // themselves.
  void finish_subvolume();

  const ModelSubvolume* current() const { return current_; }

 private:
  Result<void> dispatch(const StreamCommand& command);
  Result<void> begin_subvolume(const StreamCommand& command);
  Result<void> make_inode(const StreamCommand& command);
  Result<void> change_names(const StreamCommand& command);
  Result<void> change_attributes(const StreamCommand& command);
  Result<void> change_contents(const StreamCommand& command);
  Result<void> chown(const StreamCommand& command);
  Result<void> chmod(const StreamCommand& command);
  Result<void> utimes(const StreamCommand& command);
  Result<void> set_xattr(const StreamCommand& command);
  Result<void> remove_xattr(const StreamCommand& command);
  Result<void> encoded_write(const StreamCommand& command, u64 ino);
  Result<void> clone(const StreamCommand& command, u64 ino);
  Result<void> fallocate(const StreamCommand& command, u64 ino);
  Result<u64> find_file(const StreamCommand& command) const;
  // The inode for a change of its contents, with what such a change takes away.
  ModelInode& edit_contents(u64 ino);

  Model& model_;
  ReceiverOptions options_;
  ModelSubvolume* current_ = nullptr;
};

// A sink that receives what is written to it, for checking a stream while it is made.
class ReceivingSink final : public Sink {
 public:
  explicit ReceivingSink(Model& model, ReceiverOptions options = {}) : receiver_(model, options) {}
  Result<void> write(std::span<const Bytes> pieces) override;
  // To be called after the last write. Errors as for Reader::finish().
  Result<void> finish();

 private:
  Reader reader_;
  Receiver receiver_;
};

// Applies a whole stream, or several in a row.
Result<void> receive_stream(Model& model, Bytes stream, ReceiverOptions options = {});

}  // namespace canopy
