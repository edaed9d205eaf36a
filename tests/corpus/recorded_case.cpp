#include "recorded_case.h"

#include <zstd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "base/bytes.h"
#include "checksum/checksum.h"
#include "stream/dump.h"
#include "stream/reader.h"

namespace canopy {
namespace {

constexpr u16 csum_type_sha256 = 2;

Result<std::vector<u8>> read_file(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return error(Code::io, "cannot open {}", path);
  std::vector<u8> bytes;
  u8 buffer[1 << 16];
  while (std::size_t got = std::fread(buffer, 1, sizeof buffer, file)) {
    bytes.insert(bytes.end(), buffer, buffer + got);
  }
  std::fclose(file);
  return bytes;
}

Result<std::vector<u8>> read_compressed(const std::string& path) {
  std::vector<u8> packed = TRY(read_file(path));
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::vector<u8> bytes;
  std::vector<u8> buffer(ZSTD_DStreamOutSize());
  std::size_t left = 1;
  while (left != 0 && !ZSTD_isError(left)) {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    const std::size_t before = in.pos;
    left = ZSTD_decompressStream(context, &out, &in);
    bytes.insert(bytes.end(), buffer.data(), buffer.data() + out.pos);
    if (out.pos == 0 && in.pos == before) break;
  }
  ZSTD_freeDCtx(context);
  if (left != 0) return error(Code::corrupt, "{} is damaged", path);
  return bytes;
}

// An image of which only the blocks that are not zero are there.
class SparseDevice final : public Device {
 public:
  SparseDevice(std::string name, Bytes packed) : name_(std::move(name)) {
    CHECK(packed.size() >= 8);
    size_ = load_le<u64>(packed.data());
    for (std::size_t at = 8; at < packed.size();) {
      CHECK(packed.size() - at >= 16);
      const u64 offset = load_le<u64>(packed.data() + at);
      const u64 length = load_le<u64>(packed.data() + at + 8);
      CHECK(length <= packed.size() - at - 16);
      stretches_.push_back({offset, packed.subspan(at + 16, static_cast<std::size_t>(length))});
      at += 16 + static_cast<std::size_t>(length);
    }
  }

  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return size_; }

  Result<void> read(u64 offset, MutableBytes out) override {
    if (offset > size_ || out.size() > size_ - offset) {
      return beyond_device(*this, offset, out.size());
    }
    std::fill(out.begin(), out.end(), u8{0});
    const u64 end = offset + out.size();
    for (auto at = first_after(offset); at != stretches_.end() && at->offset < end; ++at) {
      const u64 from = std::max(offset, at->offset);
      const u64 to = std::min(end, at->end());
      std::memcpy(out.data() + (from - offset), at->bytes.data() + (from - at->offset),
                  static_cast<std::size_t>(to - from));
    }
    return {};
  }

  std::optional<Bytes> mapped(u64 offset, u64 length) override {
    auto at = first_after(offset);
    if (at == stretches_.end() || at->offset > offset || length > at->end() - offset) {
      return std::nullopt;
    }
    return at->bytes.subspan(static_cast<std::size_t>(offset - at->offset),
                             static_cast<std::size_t>(length));
  }

 private:
  struct Stretch {
    u64 offset;
    Bytes bytes;
    u64 end() const { return offset + bytes.size(); }
  };

  // The first stretch that ends behind `offset`.
  std::vector<Stretch>::const_iterator first_after(u64 offset) const {
    return std::ranges::upper_bound(stretches_, offset, {}, &Stretch::end);
  }

  std::string name_;
  u64 size_;
  std::vector<Stretch> stretches_;
};

u64 to_number(const std::string& text) {
  u64 number = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  CHECK(failed == std::errc() && end == text.data() + text.size());
  return number;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);)
    parts.push_back(part);
  return parts;
}

struct DecodedCommand {
  u64 offset;
  std::string line;
  Bytes bytes;
};

// The commands of a stream as text; a last one says why decoding ended early.
std::vector<DecodedCommand> decode(Bytes stream) {
  std::vector<DecodedCommand> commands;
  Reader reader;
  StreamDump dump;
  reader.feed(stream);
  for (;;) {
    auto next = reader.next();
    if (!next.ok()) {
      commands.push_back({stream.size(), next.error().to_string(), {}});
      return commands;
    }
    if (!next.value()) return commands;
    const StreamCommand& command = *next.value();
    std::string line;
    if (auto dumped = dump.append(command, line); !dumped.ok()) line = dumped.error().to_string();
    if (line.empty()) line = fmt::format("command {}\n", command.number());
    commands.push_back(
        {command.offset(), line,
         stream.subspan(static_cast<std::size_t>(command.offset()), command.size())});
  }
}

}  // namespace

Result<std::unique_ptr<RecordedCase>> RecordedCase::load(const std::string& folder) {
  auto loaded = std::make_unique<RecordedCase>();
  loaded->streams_ = TRY(read_compressed(folder + "/streams.zst"));
  std::vector<u8> jobs = TRY(read_file(folder + "/jobs"));
  for (const std::string& line : split(std::string(as_text(jobs)), '\n')) {
    TRY(loaded->read_line(folder, line));
  }
  return loaded;
}

Result<void> RecordedCase::read_line(const std::string& folder, const std::string& line) {
  std::vector<std::pair<std::string, std::string>> words;
  for (const std::string& word : split(line, ' ')) {
    const std::size_t equals = word.find('=');
    words.emplace_back(word.substr(0, equals), equals == word.npos ? "" : word.substr(equals + 1));
  }
  if (words.size() < 2) return error(Code::corrupt, "{}/jobs: bad line '{}'", folder, line);
  const std::string kind = words[0].first;
  if (kind == "case") {
    name_ = words[1].second;
  } else if (kind == "image") {
    const std::string& file = words[1].second;
    images_.push_back({file, TRY(read_compressed(folder + "/" + file))});
  } else {
    TRY(read_job(words));
  }
  return {};
}

Result<void> RecordedCase::read_job(const std::vector<std::pair<std::string, std::string>>& words) {
  RecordedJob job;
  std::string stream = "-";
  for (const auto& [key, value] : words) {
    if (key == "id") job.id = value;
    if (key == "why") job.why = value;
    if (key == "subvol") job.request.subvolume = to_number(value);
    if (key == "parent" && value != "0") job.request.parent = to_number(value);
    if (key == "proto") job.request.protocol = static_cast<u32>(to_number(value));
    if (key == "errno" && value != "-") job.errno_name = value;
    if (key == "length") job.length = to_number(value);
    if (key == "sha256") job.sha256 = value;
    if (key == "stream") stream = value;
    if (key == "clones" && value != "-") {
      for (const std::string& id : split(value, ',')) {
        job.request.clone_sources.push_back(to_number(id));
      }
    }
    if (key == "flags") {
      SendFlags& flags = job.request.flags;
      for (const std::string& flag : split(value, ',')) {
        flags.no_data |= flag == "no_data";
        flags.compressed_data |= flag == "compressed_data";
        flags.omit_end_command |= flag == "omit_end_cmd";
        flags.omit_stream_header |= flag == "omit_stream_header";
      }
    }
  }
  if (stream != "-") {
    const u64 at = to_number(stream);
    if (at > streams_.size() || job.length > streams_.size() - at) {
      return error(Code::corrupt, "{}: the stream of {} is not there", name_, job.id);
    }
    job.stream =
        Bytes(streams_).subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(job.length));
  }
  jobs_.push_back(std::move(job));
  return {};
}

std::vector<std::unique_ptr<Device>> RecordedCase::devices() const {
  std::vector<std::unique_ptr<Device>> devices;
  for (const Image& image : images_) {
    devices.push_back(std::make_unique<SparseDevice>(image.name, image.packed));
  }
  return devices;
}

std::string corpus_folder() {
  const char* other = std::getenv("CANOPY_CORPUS");
  return other != nullptr ? other : "cases";
}

std::string case_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(info.param.rfind('/') + 1);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

std::vector<std::string> case_folders(const std::string& folder) {
  std::vector<std::string> folders;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (std::filesystem::exists(entry.path() / "jobs")) folders.push_back(entry.path().string());
  }
  std::ranges::sort(folders);
  return folders;
}

std::string first_difference(Bytes ours, Bytes kernels) {
  if (std::ranges::equal(ours, kernels)) return {};
  const auto our_commands = decode(ours);
  const auto their_commands = decode(kernels);
  const DecodedCommand none{0, "(nothing)\n", {}};
  const std::size_t count = std::max(our_commands.size(), their_commands.size());
  for (std::size_t n = 0; n < count; ++n) {
    const DecodedCommand& a = n < our_commands.size() ? our_commands[n] : none;
    const DecodedCommand& b = n < their_commands.size() ? their_commands[n] : none;
    if (a.line == b.line && std::ranges::equal(a.bytes, b.bytes)) continue;
    std::string before;
    for (std::size_t k = n > 5 ? n - 5 : 0; k < n; ++k)
      before += "   " + their_commands[k].line;
    std::string after;
    for (std::size_t k = n + 1; k < std::min(n + 5, their_commands.size()); ++k) {
      after += "   " + their_commands[k].line;
    }
    return fmt::format(
        "command {} at offset {}:\n{}ours   {}kernel {}after it in the kernel's:\n{}", n, b.offset,
        before, a.line, b.line, after);
  }
  return "the stream header or the framing differs";
}

std::string sha256_text(Bytes bytes) {
  const ChecksumInfo* info = checksum_info(csum_type_sha256);
  const u8 somewhere = 0;  // no bytes at all are still somewhere, for the library
  Checksum sum = compute_checksum(*info, bytes.empty() ? Bytes(&somewhere, 0) : bytes);
  std::string text;
  for (u32 n = 0; n < info->size; ++n)
    text += fmt::format("{:02x}", sum[n]);
  return text;
}

}  // namespace canopy
