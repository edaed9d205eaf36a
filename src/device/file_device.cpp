#include "device/file_device.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#ifndef __EMSCRIPTEN__
#include <sys/mman.h>

#include "device/mapped_faults.h"
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22  // since Linux 5.14; older kernels refuse it
#endif
#endif

namespace canopy {
namespace {

class FileDevice : public Device {
 public:
  FileDevice(std::string path, int fd, u64 size, const struct stat& opened)
      : path_(std::move(path)), fd_(fd), size_(size), opened_(opened) {
#ifndef __EMSCRIPTEN__
    if (size_ == 0) return;
    void* map = mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd_, 0);
    if (map == MAP_FAILED) return;
    map_ = static_cast<const u8*>(map);
    remember_mapping(map_, size_, path_.c_str());
#endif
  }
  FileDevice(const FileDevice&) = delete;
  FileDevice& operator=(const FileDevice&) = delete;
  ~FileDevice() override {
#ifndef __EMSCRIPTEN__
    if (map_ != nullptr) {
      forget_mapping(map_);
      munmap(const_cast<u8*>(map_), size_);
    }
#endif
    close(fd_);
  }

  const std::string& name() const override { return path_; }
  u64 size_bytes() const override { return size_; }

  Result<void> read(u64 offset, MutableBytes out) override {
    if (offset > size_ || out.size() > size_ - offset)
      return beyond_device(*this, offset, out.size());
    while (!out.empty()) {
      ssize_t got = pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0)
        return error(Code::io, "cannot read {} at {}: {}", path_, offset, std::strerror(errno));
      if (got == 0)
        return error(Code::io, "{} has become shorter while open: nothing at {}", path_, offset);
      out = out.subspan(static_cast<std::size_t>(got));
      offset += static_cast<u64>(got);
    }
    return {};
  }

  std::optional<Bytes> mapped(u64 offset, u64 length) override {
    if (map_ == nullptr || offset > size_ || length > size_ - offset) return std::nullopt;
    return Bytes(map_ + offset, static_cast<std::size_t>(length));
  }

  Result<void> check_unchanged() override {
    // The times of a block device tell nothing about what is on it.
    if (!S_ISREG(opened_.st_mode)) return {};
    struct stat now{};
    if (fstat(fd_, &now) != 0)
      return error(Code::io, "cannot look at {}: {}", path_, std::strerror(errno));
    if (now.st_size != opened_.st_size)
      return error(Code::io, "{} was changed while open: it had {} bytes and has {}", path_,
                   opened_.st_size, now.st_size);
    if (now.st_mtim.tv_sec != opened_.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != opened_.st_mtim.tv_nsec)
      return error(Code::io, "{} was written to while open", path_);
    return {};
  }

  void will_read(u64 offset, u64 length) override {
#ifndef __EMSCRIPTEN__
    if (offset >= size_) return;
    length = std::min(length, size_ - offset);
    if (map_ != nullptr) {
      // Entering all pages into the page table at once costs a tenth of as many faults. Pages that
      // are not in memory are read now; they would be when they are touched.
      const u64 page = static_cast<u64>(sysconf(_SC_PAGESIZE));
      const u64 begin = offset - offset % page;
      void* at = const_cast<u8*>(map_ + begin);
      if (madvise(at, offset + length - begin, MADV_POPULATE_READ) == 0) return;
    }
    posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
#else
    (void)offset, (void)length;
#endif
  }

 private:
  std::string path_;
  int fd_;
  u64 size_;
  struct stat opened_;
  const u8* map_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Device>> open_file_device(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return error(Code::io, "cannot open {}: {}", path, std::strerror(errno));
  // A block device says its size by where its end is, not in stat.
  off_t size = lseek(fd, 0, SEEK_END);
  struct stat status{};
  if (size < 0 || fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
    close(fd);
    return error(Code::io, "{} is not a file that can be read at any place", path);
  }
  return std::unique_ptr<Device>(new FileDevice(path, fd, static_cast<u64>(size), status));
}

}  // namespace canopy
