#include "cli/changed_image.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace canopy {
namespace {

constexpr std::size_t UNIT = 4096;

class File {
 public:
  File(std::string path, int flags)
      : path_(std::move(path)), fd_(open(path_.c_str(), flags | O_CLOEXEC, 0666)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  Error failed(std::string_view doing) const {
    return error(errno == ENOSPC ? Code::no_space : Code::io, "cannot {} {}: {}", doing, path_,
                 std::strerror(errno));
  }

 private:
  std::string path_;
  int fd_;
};

bool same_file(const std::string& a, const std::string& b) {
  struct stat first{}, second{};
  if (stat(a.c_str(), &first) != 0 || stat(b.c_str(), &second) != 0) return a == b;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

Result<void> copy_range(const File& from, const File& to, off_t start, off_t end) {
  while (start < end) {
    off_t at = start;
    ssize_t copied =
        copy_file_range(from.fd(), &at, to.fd(), &start, static_cast<std::size_t>(end - start), 0);
    if (copied > 0) continue;
    if (copied < 0 && errno == EINTR) continue;
    if (copied == 0) errno = EIO;
    return to.failed("write");
  }
  return {};
}

// All of `from` as it is, holes as holes. REQUIRES: `to` is empty.
Result<void> copy_file(const File& from, const File& to) {
  struct stat status{};
  if (fstat(from.fd(), &status) != 0) return from.failed("look at");
  if (!S_ISREG(status.st_mode)) status.st_size = lseek(from.fd(), 0, SEEK_END);
  if (ftruncate(to.fd(), status.st_size) != 0) return to.failed("make room for");
  if (ioctl(to.fd(), FICLONE, from.fd()) == 0) return {};
  for (off_t at = 0; at < status.st_size;) {
    off_t data = lseek(from.fd(), at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return {};
    if (data < 0) data = at;
    off_t hole = lseek(from.fd(), data, SEEK_HOLE);
    if (hole < 0) hole = status.st_size;
    TRY(copy_range(from, to, data, hole));
    at = hole;
  }
  return {};
}

Result<void> write_at(const File& file, u64 offset, Bytes bytes) {
  while (!bytes.empty()) {
    ssize_t written = pwrite(file.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return file.failed("write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<u64>(written);
  }
  return {};
}

// Writes what differs from the base, so that what is a hole and stays zeros stays a hole.
Result<void> write_changes(const File& file, u64 offset, Bytes changed, Bytes base) {
  while (!changed.empty()) {
    std::size_t take = std::min(UNIT, changed.size());
    if (!std::ranges::equal(changed.first(take), base.first(take)))
      TRY(write_at(file, offset, changed.first(take)));
    changed = changed.subspan(take);
    base = base.subspan(take);
    offset += take;
  }
  return {};
}

}  // namespace

Result<ChangedImages> ChangedImages::prepare(std::vector<std::string> bases,
                                             std::vector<std::string> outputs) {
  if (bases.size() != outputs.size())
    return error(Code::invalid, "{} images, but {} names to write them to", bases.size(),
                 outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const std::string& base : bases)
      if (same_file(base, outputs[i]))
        return error(Code::invalid, "{} is the image itself, which is never written", outputs[i]);
    for (std::size_t j = 0; j < i; ++j)
      if (outputs[i] == outputs[j]) return error(Code::invalid, "{} is named twice", outputs[i]);
  }
  ChangedImages images;
  images.bases_ = std::move(bases);
  images.outputs_ = std::move(outputs);
  images.temporary_.resize(images.outputs_.size());
  return images;
}

ChangedImages::~ChangedImages() {
  for (const std::string& path : temporary_)
    if (!path.empty()) unlink(path.c_str());
}

Result<void> ChangedImages::write(std::size_t index, const OverlayDevice& overlay) {
  File from(bases_[index], O_RDONLY);
  if (from.fd() < 0) return from.failed("open");
  std::string temporary = fmt::format("{}.{}.part", outputs_[index], getpid());
  File to(temporary, O_RDWR | O_CREAT | O_EXCL);
  if (to.fd() < 0) return to.failed("create");
  temporary_[index] = temporary;
  TRY(copy_file(from, to));
  std::vector<u8> base(OverlayDevice::PIECE_SIZE);
  TRY(overlay.visit_changed([&](u64 offset, Bytes changed) -> Result<void> {
    MutableBytes under = MutableBytes(base).first(changed.size());
    TRY(overlay.base().read(offset, under));
    return write_changes(to, offset, changed, under);
  }));
  if (fsync(to.fd()) != 0 && errno != EINVAL) return to.failed("write");
  return {};
}

Result<void> ChangedImages::finish() {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    CHECK(!temporary_[i].empty());
    if (rename(temporary_[i].c_str(), outputs_[i].c_str()) != 0)
      return error(Code::io, "cannot name {}: {}", outputs_[i], std::strerror(errno));
    temporary_[i].clear();
  }
  return {};
}

}  // namespace canopy
