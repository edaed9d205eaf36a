// Compares a subvolume that was received into a model with the one in the image (send_check.h).
#pragma once

#include <map>
#include <optional>

#include "files/file_contents.h"
#include "filesystem/filesystem.h"
#include "send/receive_quirks.h"
#include "send/send_check.h"
#include "stream/model.h"

namespace canopy {

class SnapshotCompare {
 public:
  struct Options {
    bool contents = true;
    std::optional<u64> parent;  // of the send, for finding the reason of a difference
  };

  SnapshotCompare(Filesystem& filesystem, Options options)
      : filesystem_(filesystem), options_(options) {}

  // Fills in what was compared and what differs. Errors: the image cannot be read.
  Result<void> run(const ModelSubvolume& received, CheckedSubvolume& result);

 private:
  // One inode under one name, on both sides.
  struct Pair {
    const std::string& path;
    u64 ino;
    const InodeItem& sent;
    const ModelInode& received;
  };

  void differ(const std::string& path, std::string what, std::string quirk = {});
  Result<void> compare_name(const std::string& path, const DirectoryEntry& entry);
  void compare_links(const Pair& pair, u64 received_ino);
  void compare_attributes(const Pair& pair);
  void compare_times(const Pair& pair);
  Result<void> compare_xattrs(const Pair& pair);
  Result<void> compare_contents(const Pair& pair);
  Result<void> report_extra_names();
  Result<void> explain_clones();
  Result<void> explain_mistaken_inodes();

  Filesystem& filesystem_;
  Options options_;
  const ModelSubvolume* received_ = nullptr;
  CheckedSubvolume* result_ = nullptr;
  std::optional<SubvolumeFiles> files_;
  std::optional<FileContents> contents_;
  std::optional<ReceiveQuirks> quirks_;
  // Contents that differ for no reason that was known when they were met.
  struct Unexplained {
    std::size_t difference;
    u64 ino;
    u64 from;
    u64 to;
  };
  std::vector<Unexplained> unexplained_;
  u64 ino_ = 0;            // that is compared; 0 for names that should not be there
  std::vector<u64> inos_;  // of the differences
  std::vector<LostTail> lost_;
  std::map<std::string, u64> unseen_;  // names in the model that were not met yet
  std::map<u64, u64> received_of_;     // inode numbers of the snapshot -> of the model
  std::map<u64, u64> sent_of_;         // and back
};

}  // namespace canopy
