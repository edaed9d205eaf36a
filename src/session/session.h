// A session: what one image can be asked to do. It opens the image on a thread, and gives plain
// values from then on: a summary, copies of tree blocks, jobs. The page, the script interface and
// the tests all drive this; it knows nothing of windows.
//
// The image is never written: each device lies under an overlay, which takes what a balance
// changes. What is shown is the filesystem of the last commit.
//
// Every function returns at once. What takes time is done by threads, which call `changed` when
// there is something new to see. One thread uses a session; the jobs it gives know no such limit.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "session/balance_job.h"
#include "session/block_views.h"
#include "session/check_job.h"
#include "session/consistency_job.h"
#include "session/export_job.h"
#include "session/image_job.h"
#include "session/image_summary.h"
#include "session/lookups.h"
#include "session/opening.h"
#include "session/send_job.h"
#include "session/step_job.h"

namespace canopy {

class Session {
 public:
  enum class State { opening, open, failed };
  using Changed = std::function<void()>;
  using OpenDevices = std::function<Result<std::vector<std::unique_ptr<Device>>>(Opening&)>;

  // Starts to open the devices of one image, which `open_devices` gives; it is called on a thread.
  static std::shared_ptr<Session> open(OpenDevices open_devices, Changed changed,
                                       const OpenChoice& choice = {});
  // A job that is dropped is cancelled; the others go on to their end.
  ~Session() { shared_->opening.cancelled = true; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  State state() const { return shared_->state.load(std::memory_order_acquire); }
  // Why it could not be opened. REQUIRES: state() is failed.
  const Error& problem() const { return *shared_->problem; }
  const Opening& opening() const { return shared_->opening; }
  // To be called before anything else once state() is open.
  void begin_use();

  // REQUIRES of the rest: begin_use() was called.

  // Stays as it is until renew().
  const ImageSummary& summary() const { return *summary_; }
  // nullptr while the block is being read.
  BlockViewPtr find_block(const BlockAddress& address) { return views_->find(address); }
  // Folders, files and the like. Keys name the generation of summary().
  Lookups& lookups() { return *lookups_; }
  // Copies that were found to be bad, and read around. May be asked at any time.
  const Repairs& repairs() const { return shared_->filesystem->forest().cache().repairs(); }
  // Takes what commits have changed since the last look, a moment after they did. True if summary()
  // is a new one, and all blocks may have moved.
  bool renew();

  // Each refuses, with Code::would_block and the reason, what cannot go on beside another job.
  Result<std::shared_ptr<SendJob>> send(const SendRequest& request,
                                        std::shared_ptr<StreamFile> file, bool hashed = true);
  Result<std::shared_ptr<CheckJob>> check(const SendRequest& request);
  // Sends go on beside it, with the bytes that they have without it. `while_sending`: it begins
  // again and again until no send is running.
  Result<std::shared_ptr<BalanceJob>> balance(const BalanceRequest& request, bool dry_run,
                                              bool while_sending = false);
  // On overlays of its own over the image as it was opened: it hinders nothing.
  Result<std::shared_ptr<StepJob>> step(const StepRequest& request);
  Result<std::shared_ptr<ConsistencyJob>> check_consistency(bool with_data);
  std::shared_ptr<ExportJob> export_files(ExportRequest request, std::shared_ptr<StreamFile> file);
  // `whole`: the page does not have the image as files.
  Result<std::shared_ptr<ImageJob>> save_image(std::shared_ptr<StreamFile> file, bool whole);

  // What sends and balances of this session do and wait for; of the last ones, those that
  // overlapped. nullptr before the first.
  std::shared_ptr<const Trace> trace() const { return trace_; }

  // Whether a balance has changed anything, and how much memory that takes.
  u64 changed_bytes() const;
  bool is_sending() const { return sending_->load() > 0; }
  bool is_balancing() const;

 private:
  // Written by the thread that opens, before `state` says that it has.
  struct Shared {
    std::atomic<State> state{State::opening};
    Opening opening;
    std::optional<Error> problem;
    std::shared_ptr<Filesystem> filesystem;
    std::vector<OverlayDevice*> overlays;  // the filesystem's devices, in the order given

    std::mutex mutex;  // of what follows
    std::shared_ptr<const ImageSummary> next_summary;
    bool is_renewing = false;
  };

  Session(std::shared_ptr<Shared> shared, Changed changed)
      : shared_(std::move(shared)), changed_(std::move(changed)) {}
  static Result<void> open_shared(Shared& shared, const OpenDevices& open_devices);
  void start_renewal();
  std::shared_ptr<Trace> trace_of_job();

  std::shared_ptr<Shared> shared_;
  Changed changed_;
  std::shared_ptr<const ImageSummary> summary_;
  std::unique_ptr<BlockViews> views_;
  std::unique_ptr<Lookups> lookups_;
  std::shared_ptr<std::atomic<u32>> sending_ = std::make_shared<std::atomic<u32>>(0);
  std::shared_ptr<Trace> trace_;
  u32 traced_sends_ = 0;
  std::weak_ptr<BalanceJob> balance_;
  std::weak_ptr<CheckJob> check_;
  std::weak_ptr<ImageJob> image_;
  std::weak_ptr<ConsistencyJob> consistency_;
};

}  // namespace canopy
