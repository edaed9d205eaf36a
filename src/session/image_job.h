// Saving the changed image: what lies in the overlays is written to a file, one piece behind the
// other, with a list that says where each belongs. The page lays these pieces over the user's file
// without copying that; an image whose base the page does not have as a file is written as a whole,
// without its zeros.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "device/overlay.h"
#include "filesystem/filesystem.h"
#include "session/job_state.h"
#include "session/stream_file.h"

namespace canopy {

// `length` bytes of the device at `offset` lie in the file at `at`.
struct ImageRun {
  u64 offset = 0;
  u64 length = 0;
  u64 at = 0;
};

// The bytes of a device that are not in a run are those of its base; zeros if the image is whole.
struct ImagePieces {
  std::string name;
  u64 size_bytes = 0;
  std::vector<ImageRun> runs;  // ascending, apart from each other
};

class ImageJob {
 public:
  // REQUIRES: nobody changes the devices while it runs. `filesystem` owns the overlays.
  static std::shared_ptr<ImageJob> start(std::shared_ptr<Filesystem> filesystem,
                                         std::vector<OverlayDevice*> overlays, bool whole,
                                         std::shared_ptr<StreamFile> file,
                                         std::function<void()> changed);
  ~ImageJob() { cancel(); }

  void cancel() { shared_->cancelled = true; }
  JobState state() const;
  u64 bytes() const { return shared_->bytes.load(); }
  // Why it failed.
  std::string problem() const;
  // In the order of the devices as they were opened. REQUIRES: state() is done.
  const std::vector<ImagePieces>& devices() const { return shared_->devices; }

 private:
  struct Shared {
    std::shared_ptr<Filesystem> filesystem;
    std::vector<OverlayDevice*> overlays;
    bool whole = false;
    std::shared_ptr<StreamFile> file;
    std::function<void()> changed;
    std::vector<ImagePieces> devices;
    std::atomic<u64> bytes{0};
    std::atomic<bool> cancelled{false};

    mutable std::mutex mutex;  // of what follows
    JobState state = JobState::running;
    std::string problem;

    Result<void> run();
    Result<void> write_whole(OverlayDevice& device, ImagePieces& pieces);
    Result<void> append(ImagePieces& pieces, u64 offset, Bytes piece);
    void end(const Result<void>& result);
  };
  explicit ImageJob(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

}  // namespace canopy
