// Where a command writes what -f names: standard output if nothing is named, else a file that has
// its final name only once it is whole.
//
// Until finish(), a file lies under a temporary name in the same folder. It is removed when the
// OutputFile is destroyed unfinished and when a signal ends the program. Devices and pipes are
// written as they are.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stream/sink.h"

namespace canopy {

class OutputFile final : public Sink {
 public:
  // `path` empty or "-": standard output. Code::invalid if `path` is one of `inputs`, which are
  // still being read.
  static Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                    const std::vector<std::string>& inputs = {});
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // What messages call it.
  const std::string& name() const { return name_; }
  bool is_terminal() const;
  u64 bytes_written() const { return bytes_written_; }

  // Errors: Code::no_space on a full disk, else Code::io.
  Result<void> write(std::span<const Bytes> pieces) override;
  Result<void> write(Bytes bytes) { return write(std::span(&bytes, 1)); }

  // Gives the file its name. Nothing may be written after it.
  Result<void> finish();

 private:
  OutputFile(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  Error failed(int error_number) const;

  std::string name_;
  std::string final_path_;      // empty: written in place
  std::string temporary_path_;  // empty: there is none, or no longer
  int fd_;
  u64 bytes_written_ = 0;
};

}  // namespace canopy
