#include "session/image_job.h"

#include <algorithm>
#include <thread>

namespace canopy {

namespace {

constexpr std::size_t unit = 64 * 1024;  // of zeros that are left out

bool is_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](u8 byte) { return byte == 0; });
}

}  // namespace

Result<void> ImageJob::Shared::append(ImagePieces& pieces, u64 offset, Bytes piece) {
  if (cancelled) return error(Code::cancelled, "cancelled");
  TRY(file->append(piece));
  const u64 at = bytes.fetch_add(piece.size());
  ImageRun* last = pieces.runs.empty() ? nullptr : &pieces.runs.back();
  if (last != nullptr && last->offset + last->length == offset && last->at + last->length == at) {
    last->length += piece.size();
  } else {
    pieces.runs.push_back({offset, piece.size(), at});
  }
  return {};
}

Result<void> ImageJob::Shared::write_whole(OverlayDevice& device, ImagePieces& pieces) {
  std::vector<u8> buffer(unit);
  for (u64 at = 0; at < device.size_bytes(); at += unit) {
    const auto length = static_cast<std::size_t>(std::min<u64>(unit, device.size_bytes() - at));
    const MutableBytes part = MutableBytes(buffer).first(length);
    TRY(device.read(at, part));
    if (!is_zero(part)) TRY(append(pieces, at, part));
  }
  return {};
}

Result<void> ImageJob::Shared::run() {
  for (OverlayDevice* device : overlays) {
    ImagePieces& pieces = devices.emplace_back();
    pieces.name = device->name();
    pieces.size_bytes = device->size_bytes();
    if (whole) {
      TRY(write_whole(*device, pieces));
    } else {
      TRY(device->visit_changed(
          [&](u64 offset, Bytes piece) { return append(pieces, offset, piece); }));
    }
  }
  return file->finish();
}

void ImageJob::Shared::end(const Result<void>& result) {
  if (!result.ok()) file->discard();
  {
    std::lock_guard lock(mutex);
    state = state_after(result, problem);
  }
  filesystem.reset();
  changed();
}

std::shared_ptr<ImageJob> ImageJob::start(std::shared_ptr<Filesystem> filesystem,
                                          std::vector<OverlayDevice*> overlays, bool whole,
                                          std::shared_ptr<StreamFile> file,
                                          std::function<void()> changed) {
  auto shared = std::make_shared<Shared>();
  shared->filesystem = std::move(filesystem);
  shared->overlays = std::move(overlays);
  shared->whole = whole;
  shared->file = std::move(file);
  shared->changed = std::move(changed);
  std::thread([shared] { shared->end(shared->run()); }).detach();
  return std::shared_ptr<ImageJob>(new ImageJob(std::move(shared)));
}

JobState ImageJob::state() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->state;
}

std::string ImageJob::problem() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->problem;
}

}  // namespace canopy
