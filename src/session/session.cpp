#include "session/session.h"

#include <thread>

namespace canopy {

std::shared_ptr<Session> Session::open(std::vector<std::unique_ptr<Device>> devices,
                                       Changed changed) {
  // A std::function can be copied, so what it holds has to be, too.
  auto shared_devices = std::make_shared<std::vector<std::unique_ptr<Device>>>(std::move(devices));
  return open([shared_devices] { return Filesystem::open(std::move(*shared_devices)); },
              std::move(changed));
}

std::shared_ptr<Session> Session::open(OpenFilesystem open_filesystem, Changed changed) {
  auto shared = std::make_shared<Shared>();
  std::thread([shared, changed, open_filesystem = std::move(open_filesystem)] {
    const auto run = [&]() -> Result<void> {
      shared->filesystem = TRY(open_filesystem());
      shared->summary = TRY(summarize(*shared->filesystem));
      return {};
    };
    Result<void> result = run();
    if (!result.ok()) shared->problem = std::move(result).error();
    shared->state.store(shared->problem ? State::failed : State::open, std::memory_order_release);
    changed();
  }).detach();
  return std::shared_ptr<Session>(new Session(std::move(shared), std::move(changed)));
}

void Session::begin_use() {
  CHECK(state() == State::open);
  if (views_ == nullptr) views_ = std::make_unique<BlockViews>(shared_->filesystem, changed_);
}

std::shared_ptr<SendJob> Session::send(const SendRequest& request,
                                       std::shared_ptr<StreamFile> file) {
  CHECK(state() == State::open);
  return SendJob::start(shared_->filesystem, request, std::move(file), changed_);
}

}  // namespace canopy
