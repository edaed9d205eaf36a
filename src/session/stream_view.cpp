#include "session/stream_view.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "container/unpack.h"
#include "session/opening.h"

namespace canopy {

namespace {

using State = StreamViewSnapshot::State;

constexpr std::size_t piece_size = std::size_t{1} << 20;

bool is_stream_head(Bytes head) {
  return head.size() >= stream_magic.size() &&
         as_text(head.first(stream_magic.size())) == stream_magic;
}

// How the stream in the file is packed; nullopt if there is none.
Result<std::optional<Packing>> find_stream(Device& file) {
  std::vector<u8> head(
      static_cast<std::size_t>(std::min<u64>(stream_magic.size(), file.size_bytes())));
  TRY(file.read(0, head));
  if (is_stream_head(head)) return std::optional(Packing::none);
  const Packing packing = packing_of(head);
  if (packing == Packing::none) return std::optional<Packing>();
  auto unpacked = unpack_head(file, packing, stream_magic.size());
  if (!unpacked.ok() || !is_stream_head(unpacked.value())) return std::optional<Packing>();
  return std::optional(packing);
}

}  // namespace

struct StreamView::Shared {
  OpenFile open_file;
  std::function<void()> changed;
  std::function<void()> closed;
  std::atomic<bool> cancelled{false};
  CommandIndex index;

  StreamViewSnapshot now;  // of the thread

  std::mutex mutex;  // of what follows
  std::shared_ptr<const StreamViewSnapshot> shown = std::make_shared<StreamViewSnapshot>();
  std::shared_ptr<Device> device;  // the stream, once it can be read

  ~Shared() {
    device.reset();
    if (closed && now.is_stream()) closed();
  }

  void show(std::shared_ptr<Device> opened = nullptr) {
    auto next = std::make_shared<const StreamViewSnapshot>(now);
    std::lock_guard lock(mutex);
    shown = std::move(next);
    if (opened != nullptr) device = std::move(opened);
  }
  std::shared_ptr<Device> opened_device() {
    std::lock_guard lock(mutex);
    return device;
  }

  void run() {
    const auto result = read();
    if (!result.ok()) {
      // What cannot be read is no stream, as far as anybody knows.
      now.state = now.state == State::looking                ? State::is_none
                  : result.error().code() == Code::cancelled ? State::cancelled
                                                             : State::failed;
      now.problem = result.error().to_string();
    }
    show();
    changed();
  }

  Result<void> read() {
    std::shared_ptr<Device> file = open_file();
    now.file_bytes = file->size_bytes();
    const auto packing = TRY(find_stream(*file));
    now.state = packing ? State::reading : State::is_none;
    if (!packing) return {};
    now.is_packed = *packing != Packing::none;
    show();
    changed();
    if (now.is_packed) file = TRY(unpack_whole(*file, *packing));
    show(file);
    return scan(*file);
  }

  Result<std::shared_ptr<Device>> unpack_whole(Device& file, Packing packing) {
    UnpackLimits limits;
    limits.most_held = most_unpacked;
    limits.progress = [&](u64 done, u64 total) {
      now.fraction = static_cast<double>(done) / static_cast<double>(total) * 0.5;
      show();
      return !cancelled.load();
    };
    return std::shared_ptr<Device>(TRY(unpack(file, packing, limits)));
  }

  Result<void> scan(Device& stream) {
    StreamScan scan(index);
    const u64 total = stream.size_bytes();
    const double before = now.is_packed ? 0.5 : 0;
    std::vector<u8> piece;
    bool goes_on = true;
    for (u64 at = 0; at < total && goes_on; at += piece.size()) {
      if (cancelled) return Error(Code::cancelled, "reading was cancelled");
      piece.resize(static_cast<std::size_t>(std::min<u64>(piece_size, total - at)));
      TRY(stream.read(at, piece));
      goes_on = scan.feed(piece);
      now.bytes = at + piece.size();
      now.fraction =
          before + (1 - before) * static_cast<double>(now.bytes) / static_cast<double>(total);
      now.findings = scan.findings();
      show();
    }
    scan.finish();
    now.findings = scan.findings();
    now.bytes = total;
    now.fraction = 1;
    now.state = State::done;
    return {};
  }
};

std::shared_ptr<StreamView> StreamView::open(OpenFile open_file, std::function<void()> changed,
                                             std::function<void()> closed) {
  auto shared = std::make_shared<Shared>();
  shared->open_file = std::move(open_file);
  shared->changed = std::move(changed);
  shared->closed = std::move(closed);
  std::thread([shared] { shared->run(); }).detach();
  return std::shared_ptr<StreamView>(new StreamView(std::move(shared)));
}

StreamView::~StreamView() {
  cancel();
  std::thread([shared = std::move(shared_)] {}).detach();
}

void StreamView::cancel() { shared_->cancelled = true; }

std::shared_ptr<const StreamViewSnapshot> StreamView::snapshot() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->shown;
}

const CommandIndex& StreamView::index() const { return shared_->index; }

u64 StreamView::stored_bytes() const {
  const auto device = shared_->opened_device();
  return device == nullptr ? 0 : device->size_bytes();
}

Result<void> StreamView::read_stream(u64 offset, MutableBytes out) const {
  const auto device = shared_->opened_device();
  if (device == nullptr) return error(Code::would_block, "the stream is not unpacked yet");
  return device->read(offset, out);
}

const char* stream_state_name(const StreamViewSnapshot& snapshot) {
  switch (snapshot.state) {
    case State::looking:
      return "Looking";
    case State::is_none:
      return "No stream";
    case State::reading:
      return "Reading";
    case State::cancelled:
      return "Cancelled";
    case State::failed:
      return "Failed";
    case State::done:
      break;
  }
  return snapshot.is_whole() ? "Whole" : "Damaged";
}

}  // namespace canopy
