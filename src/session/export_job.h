// Taking a file or a folder out of the image: its bytes, or a tar archive of it, written to a
// StreamFile by a thread.
//
// An archive holds what is below the folder: hard links as such, xattrs, devices; of subvolumes
// that lie in it the empty directory, as `tar --one-file-system` leaves them. Sockets are left out,
// which no archive can hold. In a rescue what no directory leads to any more comes last, in a
// folder lost+found, under the numbers of its inodes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "filesystem/filesystem.h"
#include "session/folder_view.h"
#include "session/job_state.h"
#include "session/stream_file.h"

namespace canopy {

struct ExportRequest {
  FilePlace place;
  std::string name;        // under which the folder stands in the archive
  bool as_archive = true;  // false: the bytes of a regular file
};

struct ExportJobSnapshot {
  JobState state = JobState::running;
  u64 bytes = 0;  // written
  u64 files = 0;  // of an archive: entries
  std::optional<u64> total_bytes;
  std::string current;  // which file is read
  std::string problem;  // when failed

  bool ended() const { return has_ended(state); }
};

class ExportJob {
 public:
  // `filesystem` stays open as long as it runs; dropping the job cancels it.
  static std::shared_ptr<ExportJob> start(std::shared_ptr<Filesystem> filesystem,
                                          ExportRequest request, std::shared_ptr<StreamFile> file,
                                          std::function<void()> changed);
  ~ExportJob() { cancel(); }

  void cancel();
  ExportJobSnapshot snapshot() const;

 private:
  struct Shared;
  explicit ExportJob(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

}  // namespace canopy
