#include "cli/output_image.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

#include "device/file_device.h"

namespace canopy {
namespace {

// What is looked at for zeros, to leave a hole.
constexpr u64 UNIT = 4096;

Error io_error(std::string_view doing, const std::string& path) {
  return error(Code::io, "cannot {} {}: {}", doing, path, std::strerror(errno));
}

}  // namespace

OutputImage::OutputImage(std::unique_ptr<Device> image, std::unique_ptr<Device> file, int image_fd,
                         int file_fd)
    : image_(std::move(image)), file_(std::move(file)), image_fd_(image_fd), file_fd_(file_fd) {}

OutputImage::~OutputImage() {
  if (image_fd_ >= 0) close(image_fd_);
  close(file_fd_);
}

Result<std::unique_ptr<OutputImage>> OutputImage::create(const std::string& image,
                                                         const std::string& path,
                                                         const ContainerOptions& container) {
  auto given = TRY(open_file_device(image));
  const Device* bare = given.get();
  auto base = TRY(open_container(std::move(given), container));
  const int file_fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file_fd < 0) return io_error("create", path);
  std::optional<Error> problem;
  if (ftruncate(file_fd, static_cast<off_t>(base->size_bytes())) != 0)
    problem = io_error("make room for", path);
  const int image_fd = base.get() == bare ? open(image.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  if (base.get() == bare && image_fd < 0) problem = io_error("open", image);
  if (!problem) {
    auto file = open_file_device(path);
    if (file.ok())
      return std::unique_ptr<OutputImage>(
          new OutputImage(std::move(base), std::move(file).value(), image_fd, file_fd));
    problem = std::move(file).error();
  }
  close(file_fd);
  if (image_fd >= 0) close(image_fd);
  unlink(path.c_str());
  return *std::move(problem);
}

Error OutputImage::failed() const { return io_error("write", file_->name()); }

std::pair<bool, u64> OutputImage::run_at(u64 offset, u64 length) const {
  const RangeSet::Map& runs = written_.runs();
  auto next = runs.upper_bound(offset);
  if (next != runs.begin() && std::prev(next)->second > offset)
    return {true, std::min(length, std::prev(next)->second - offset)};
  return {false, next == runs.end() ? length : std::min(length, next->first - offset)};
}

Result<void> OutputImage::read(u64 offset, MutableBytes out) {
  if (offset > size_bytes() || out.size() > size_bytes() - offset)
    return beyond_device(*this, offset, out.size());
  std::shared_lock hold(mutex_);
  while (!out.empty()) {
    const auto [ours, length] = run_at(offset, out.size());
    TRY((ours ? *file_ : *image_).read(offset, out.first(to_size(length))));
    out = out.subspan(to_size(length));
    offset += length;
  }
  return {};
}

std::optional<Bytes> OutputImage::mapped(u64 offset, u64 length) {
  if (offset > size_bytes() || length > size_bytes() - offset) return std::nullopt;
  std::shared_lock hold(mutex_);
  const auto [ours, same] = run_at(offset, length);
  if (same < length) return std::nullopt;
  return (ours ? *file_ : *image_).mapped(offset, length);
}

void OutputImage::will_read(u64 offset, u64 length) {
  std::shared_lock hold(mutex_);
  const auto [ours, same] = run_at(offset, length);
  if (!ours) image_->will_read(offset, same);
}

Result<void> OutputImage::write_file(u64 offset, Bytes bytes) const {
  while (!bytes.empty()) {
    const ssize_t wrote = pwrite(file_fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote == 0) errno = EIO;
    if (wrote <= 0) return failed();
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    offset += static_cast<u64>(wrote);
  }
  return {};
}

Result<void> OutputImage::write(u64 offset, Bytes bytes) {
  if (offset > size_bytes() || bytes.size() > size_bytes() - offset)
    return beyond_device(*this, offset, bytes.size());
  // The bytes are there before anybody is sent to the file for them.
  TRY(write_file(offset, bytes));
  std::unique_lock hold(mutex_);
  written_.add(offset, bytes.size());
  return {};
}

Result<void> OutputImage::discard(u64 offset, u64 length) {
  if (offset > size_bytes() || length > size_bytes() - offset)
    return beyond_device(*this, offset, length);
  std::unique_lock hold(mutex_);
  // Only what was written takes room in the file.
  for (u64 at = offset, left = length; left > 0;) {
    const auto [ours, run] = run_at(at, left);
    // Where no holes can be made the bytes stay, which is as good.
    if (ours)
      (void)fallocate(file_fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(at),
                      static_cast<off_t>(run));
    at += run;
    left -= run;
  }
  written_.add(offset, length);
  return {};
}

Result<void> OutputImage::copy_through_memory(u64 start, u64 end) const {
  std::vector<u8> buffer(to_size(std::min<u64>(end - start, 1u << 20)));
  while (start < end) {
    MutableBytes piece = MutableBytes(buffer).first(to_size(std::min(end - start, buffer.size())));
    TRY(image_->read(start, piece));
    for (std::size_t at = 0; at < piece.size(); at += UNIT) {
      Bytes unit = Bytes(piece).subspan(at, std::min<std::size_t>(UNIT, piece.size() - at));
      if (std::ranges::any_of(unit, [](u8 byte) { return byte != 0; }))
        TRY(write_file(start + at, unit));
    }
    start += piece.size();
  }
  return {};
}

// Within one file system the system copies, or lets both files share what is the same.
Result<void> OutputImage::copy(u64 start, u64 end) const {
  while (start < end) {
    off_t from = static_cast<off_t>(start), to = from;
    const ssize_t copied = copy_file_range(image_fd_, &from, file_fd_, &to, end - start, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) return failed();
    // It copies neither from devices nor between all kinds of file systems.
    if (copied <= 0) return copy_through_memory(start, end);
    start += static_cast<u64>(copied);
  }
  return {};
}

Result<void> OutputImage::complete() {
  std::unique_lock hold(mutex_);
  for (u64 at = 0; at < size_bytes();) {
    const auto [ours, length] = run_at(at, size_bytes() - at);
    const u64 end = at + length;
    if (!ours && image_fd_ < 0) TRY(copy_through_memory(at, end));
    while (!ours && image_fd_ >= 0 && at < end) {
      off_t data = lseek(image_fd_, static_cast<off_t>(at), SEEK_DATA);
      if (data < 0 && errno == ENXIO) data = static_cast<off_t>(end);  // holes to the end
      const u64 start = data < 0 ? at : std::min(static_cast<u64>(data), end);
      off_t hole = lseek(image_fd_, static_cast<off_t>(start), SEEK_HOLE);
      const u64 stop = hole < 0 ? end : std::min(static_cast<u64>(hole), end);
      TRY(copy(start, stop));
      at = std::max(stop, start);
    }
    at = end;
  }
  TRY(image_->check_unchanged());
  // EINVAL: what cannot be synchronized.
  if (fsync(file_fd_) != 0 && errno != EINVAL) return failed();
  return {};
}

}  // namespace canopy
