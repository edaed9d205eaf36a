#include "cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "cli/unfinished_files.h"

namespace canopy {
namespace {

// Links are followed, so that the file they name is replaced and not they.
std::string resolve(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

bool same_file(const struct stat& a, const std::string& path) {
  struct stat b{};
  return stat(path.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path,
                                                       const std::vector<std::string>& inputs) {
  if (path.empty() || path == "-")
    return std::unique_ptr<OutputFile>(new OutputFile("standard output", STDOUT_FILENO));

  struct stat status{};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists)
    for (const std::string& input : inputs)
      if (same_file(status, input))
        return error(Code::invalid, "{} is read by this command and cannot be its output", path);
  if (exists && !S_ISREG(status.st_mode)) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return error(Code::io, "cannot write to {}: {}", path, std::strerror(errno));
    return std::unique_ptr<OutputFile>(new OutputFile(path, fd));
  }

  const std::string final_path = resolve(path);
  const std::size_t name_at = final_path.rfind('/') + 1;
  // A long name plus what is added would be longer than a file system takes.
  const std::string temporary = fmt::format("{}.{}.{}.part", final_path.substr(0, name_at),
                                            final_path.substr(name_at, NAME_MAX - 24), getpid());
  if (temporary.size() >= PATH_MAX)
    return error(Code::invalid, "cannot create {}: the path is too long", path);
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return error(Code::io, "cannot create {}: {}", path, std::strerror(errno));
  std::unique_ptr<OutputFile> file(new OutputFile(path, fd));
  file->final_path_ = final_path;
  file->temporary_path_ = temporary;
  watch_unfinished(temporary);
  return file;
}

OutputFile::~OutputFile() {
  if (fd_ > STDOUT_FILENO) close(fd_);
  if (temporary_path_.empty()) return;
  unlink(temporary_path_.c_str());
  forget_unfinished(temporary_path_);
}

bool OutputFile::is_terminal() const { return isatty(fd_) == 1; }

Error OutputFile::failed(int error_number) const {
  const bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return error(full ? Code::no_space : Code::io, "cannot write to {} after {} bytes: {}", name_,
               bytes_written_, std::strerror(error_number));
}

Result<void> OutputFile::write(std::span<const Bytes> pieces) {
  std::vector<iovec> rest;
  rest.reserve(pieces.size());
  for (const Bytes piece : pieces)
    if (!piece.empty()) rest.push_back({const_cast<u8*>(piece.data()), piece.size()});
  std::size_t next = 0;
  while (next < rest.size()) {
    const auto count = static_cast<int>(std::min<std::size_t>(rest.size() - next, IOV_MAX));
    const ssize_t wrote = writev(fd_, &rest[next], count);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return failed(errno);
    auto left = static_cast<std::size_t>(wrote);
    bytes_written_ += left;
    while (next < rest.size() && left >= rest[next].iov_len)
      left -= rest[next++].iov_len;
    if (left == 0) continue;
    rest[next].iov_base = static_cast<u8*>(rest[next].iov_base) + left;
    rest[next].iov_len -= left;
  }
  return {};
}

Result<void> OutputFile::finish() {
  if (fd_ == STDOUT_FILENO) return {};
  const int fd = std::exchange(fd_, -1);
  if (close(fd) != 0) return failed(errno);
  if (temporary_path_.empty()) return {};
  if (rename(temporary_path_.c_str(), final_path_.c_str()) != 0)
    return error(Code::io, "cannot give {} its name: {}", name_, std::strerror(errno));
  forget_unfinished(temporary_path_);
  temporary_path_.clear();
  return {};
}

}  // namespace canopy
