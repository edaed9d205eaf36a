// canopy receive --dump: a stream as text, as `btrfs receive --dump` of btrfs-progs 6.14 prints it.
// Streams that follow each other in one file are printed one after the other.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/command_line.h"
#include "stream/dump.h"

namespace canopy {
namespace {

constexpr std::size_t READ_SIZE = 256 * 1024;

struct ReceiveOptions {
  bool dump = false;
  std::string file;
  bool stop_at_end = false;
  u32 proto = 0;
};

class InputFile {
 public:
  static Result<InputFile> open(const std::string& path) {
    if (path.empty() || path == "-") return InputFile("standard input", STDIN_FILENO);
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error(Code::io, "cannot open {}: {}", path, std::strerror(errno));
    return InputFile(path, fd);
  }
  InputFile(InputFile&& other) noexcept
      : name_(std::move(other.name_)), fd_(std::exchange(other.fd_, -1)) {}
  ~InputFile() {
    if (fd_ > STDIN_FILENO) close(fd_);
  }

  // The next bytes, none at the end.
  Result<Bytes> read(std::vector<u8>& buffer) {
    for (;;) {
      const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
      if (got >= 0) return Bytes(buffer).first(static_cast<std::size_t>(got));
      if (errno != EINTR) return error(Code::io, "cannot read {}: {}", name_, std::strerror(errno));
    }
  }

 private:
  InputFile(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}

  std::string name_;
  int fd_;
};

// Prints what the reader has. True if the END command was reached and is the end.
Result<bool> dump_commands(Reader& reader, StreamDump& dump, const ReceiveOptions& options,
                           std::string& text) {
  for (;;) {
    const StreamCommand* command = TRY(reader.next());
    if (command == nullptr) return false;
    TRY(dump.append(*command, text));
    if (options.stop_at_end && command->type() == SendCommand::end) return true;
  }
}

Result<int> run_receive(const ReceiveOptions& options) {
  if (!options.dump)
    return error(Code::unsupported,
                 "a stream can only be shown, with --dump: images are never written");
  InputFile input = TRY(InputFile::open(options.file));
  Reader with_header;
  Reader without_header(options.proto == 0 ? 1 : options.proto);
  Reader& reader = options.proto == 0 ? with_header : without_header;

  StreamDump dump;
  std::vector<u8> buffer(READ_SIZE);
  for (;;) {
    const Bytes bytes = TRY(input.read(buffer));
    if (bytes.empty()) break;
    reader.feed(bytes);
    std::string text;
    auto ended = dump_commands(reader, dump, options, text);
    // What was understood is shown before what was not.
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (TRY(std::move(ended))) return EXIT_DONE;
    // A full disk behind standard output: main.cpp tells.
    if (std::ferror(stdout)) return EXIT_DONE;
  }
  TRY(reader.finish());
  return EXIT_DONE;
}

}  // namespace

void add_receive(CommandLine& line) {
  auto options = std::make_shared<ReceiveOptions>();
  Command command = line.add("receive", "Show what a send stream would do");
  command.flag("--dump", options->dump, "One line for each command").required();
  command.option("-f,--file", options->file, "The stream; without it, standard input")
      .called("FILE");
  command.flag("-e", options->stop_at_end,
               "Stop after the first END command; without it, further streams follow");
  command.option("--proto", options->proto, "The stream has no header and is of this protocol")
      .between(1, 3)
      .called("N");
  line.on_run(command, [options] { return run_receive(*options); });
}

}  // namespace canopy
