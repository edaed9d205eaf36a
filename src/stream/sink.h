// Where a stream goes: a file, a pipe to another thread, memory, a counter. A command arrives as
// one call with its pieces (header and attributes, then data lying elsewhere), so that a sink may
// write them with one system call or copy them once, as it likes.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "concurrency/pipe.h"

namespace canopy {

class Sink {
 public:
  virtual ~Sink() = default;
  // Takes all pieces, in order. The bytes are borrowed for the call. After an Error nothing more
  // is written; how much of the pieces went out is unknown.
  virtual Result<void> write(std::span<const Bytes> pieces) = 0;
};

// Forgets everything: where only what is said of a stream counts.
class NoSink final : public Sink {
 public:
  Result<void> write(std::span<const Bytes>) override { return {}; }
};

// Into a pipe to another thread, which is borrowed.
class PipeSink final : public Sink {
 public:
  explicit PipeSink(Pipe& pipe) : pipe_(pipe) {}
  Result<void> write(std::span<const Bytes> pieces) override { return pipe_.write(pieces); }

 private:
  Pipe& pipe_;
};

// Keeps everything in memory.
class MemorySink final : public Sink {
 public:
  Result<void> write(std::span<const Bytes> pieces) override;
  const std::vector<u8>& bytes() const { return bytes_; }
  std::vector<u8> take() { return std::move(bytes_); }

 private:
  std::vector<u8> bytes_;
};

// Collects small commands before another sink whose calls are dear (a system call, a lock). Large
// pieces are not copied: they are handed on together with what was collected before them.
// flush() must be called after the last command and before a person looks at the output.
class BufferedSink final : public Sink {
 public:
  // `target` is borrowed.
  explicit BufferedSink(Sink& target, std::size_t capacity = 256 * 1024);
  Result<void> write(std::span<const Bytes> pieces) override;
  Result<void> flush();

 private:
  Sink& target_;
  std::vector<u8> buffer_;
  std::size_t used_ = 0;
  std::vector<Bytes> gathered_;
};

}  // namespace canopy
