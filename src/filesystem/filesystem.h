// A filesystem: the devices of an image opened together. It owns the parts and nothing else: the
// volume (devices and chunks), the block cache, the committed forest, and once somebody changes it,
// the writer.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "commit/filesystem_writer.h"
#include "device/device.h"
#include "filesystem/devices.h"
#include "tree/committed_forest.h"
#include "volume/superblock.h"

namespace canopy {

struct OpenOptions {
  u64 cache_bytes = 32u << 20;  // of tree blocks
  // Which copy of the superblock counts (0, 1 or 2), instead of the newest that is valid.
  std::optional<u32> super_copy = std::nullopt;
  // Opens the filesystem as an earlier commit left it, by the superblock's backup roots: one of the
  // four slots, or the generation. What was written over since gives errors when it is read.
  std::optional<u32> backup_root = std::nullopt;
  std::optional<u64> generation = std::nullopt;
  // A rescue, read-only: what cannot be read is left out, and noted here (tree/losses.h). Where the
  // root tree of the last commit cannot be read, and no commit was asked for, the newest earlier
  // one is opened of which it can.
  std::shared_ptr<Losses> losses = nullptr;
  // Where bad copies are noted that were read around (tree/repairs.h); nullptr: a list of its own.
  std::shared_ptr<Repairs> repairs = nullptr;
};

class Filesystem {
 public:
  // Opens the devices of one filesystem, in any order; some may be missing (warnings() says what
  // that costs). Errors: a device is not Btrfs or of another filesystem, is there twice, or too few
  // are there to find the trees; features that are not known (Code::unsupported, named); damage
  // (with the address).
  static Result<std::unique_ptr<Filesystem>> open(std::vector<std::unique_ptr<Device>> devices,
                                                  const OpenOptions& options = {});

  // The superblock of the last commit. A reference stays good, and what it was, for as long as the
  // filesystem is open.
  const Superblock& super() const { return *super_.load(std::memory_order_acquire); }
  Volume& volume() { return volume_; }
  BlockCache& cache() { return *cache_; }
  CommittedForest& forest() { return *forest_; }
  // Whether it was opened as an earlier commit left it.
  bool is_earlier_commit() const { return earlier_commit_; }
  // What was odd but did not hinder: damaged superblock copies, devices that are missing, too short
  // or left out; a log tree; features that are not known.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // Whoever changes the filesystem does it through this; made at the first call. Readers may go on
  // meanwhile. REQUIRES: the devices can be written; one caller at a time. Errors:
  // FilesystemWriter::attach.
  Result<FilesystemWriter*> writer();

  // Code::io if somebody changed one of the images since it was opened (as far as the system
  // tells).
  Result<void> check_unchanged() const;

  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;

 private:
  Filesystem() = default;
  Result<void> add_devices(std::vector<GivenDevice> devices);
  Result<void> check_features();
  Result<void> go_back(const OpenOptions& options);
  // Puts before an error what is known to lie behind it: an image cut short, devices missing.
  Error explain(Error why) const;
  Result<void> read_commit();
  Result<void> read_newest_commit();
  Result<void> read_chunks();
  Result<void> read_stripe_tree();
  Result<void> read_system_chunks();
  Result<void> read_chunk_tree(std::vector<ListedDevice>& listed);

  void publish_super(std::shared_ptr<const Superblock> super);

  std::atomic<const Superblock*> super_{nullptr};
  std::vector<std::shared_ptr<const Superblock>>
      supers_;  // all since it was opened, the last counts
  Volume volume_;
  std::unique_ptr<BlockCache> cache_;
  std::unique_ptr<CommittedForest> forest_;
  std::unique_ptr<FilesystemWriter> writer_;
  std::vector<std::string> warnings_;
  std::vector<DeviceIdentity> identities_;
  bool earlier_commit_ = false;
};

}  // namespace canopy
