// A session: what one image can be asked to do. It opens the image on a thread, and gives plain
// values from then on: a summary, copies of tree blocks, jobs. The page, the script interface and
// the tests all drive this; it knows nothing of windows.
//
// Every function returns at once. What takes time is done by threads, which call `changed` when
// there is something new to see.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "session/block_views.h"
#include "session/image_summary.h"
#include "session/send_job.h"

namespace canopy {

class Session {
 public:
  enum class State { opening, open, failed };
  using Changed = std::function<void()>;
  using OpenFilesystem = std::function<Result<std::unique_ptr<Filesystem>>()>;

  // Starts to open the devices of one image.
  static std::shared_ptr<Session> open(std::vector<std::unique_ptr<Device>> devices,
                                       Changed changed);
  // Starts to open what `open_filesystem` gives; it is called on a thread.
  static std::shared_ptr<Session> open(OpenFilesystem open_filesystem, Changed changed);

  State state() const { return shared_->state.load(std::memory_order_acquire); }
  // Why it could not be opened. REQUIRES: state() is failed.
  const Error& problem() const { return *shared_->problem; }
  // REQUIRES of the rest: state() is open.
  const ImageSummary& summary() const { return *shared_->summary; }
  // nullptr while the block is being read.
  BlockViewPtr find_block(const BlockAddress& address) { return views_->find(address); }

  // Starts to send. The newest job is the one that the page shows.
  std::shared_ptr<SendJob> send(const SendRequest& request, std::shared_ptr<StreamFile> file);

  // To be called before anything else once state() is open, by the thread that uses the session.
  void begin_use();

 private:
  // Written by the thread that opens, before `state` says that it has.
  struct Shared {
    std::atomic<State> state{State::opening};
    std::optional<Error> problem;
    std::optional<ImageSummary> summary;
    std::shared_ptr<Filesystem> filesystem;
  };

  Session(std::shared_ptr<Shared> shared, Changed changed)
      : shared_(std::move(shared)), changed_(std::move(changed)) {}

  std::shared_ptr<Shared> shared_;
  Changed changed_;
  std::unique_ptr<BlockViews> views_;
};

}  // namespace canopy
