#include "device/browser_file.h"

#include <algorithm>
#include <cstring>

namespace canopy {

namespace {

// As web/read-worker.js numbers them.
constexpr i32 operation_window = 0;
constexpr i32 operation_piece = 1;

}  // namespace

// Bytes of the file, there once the answer is done.
struct BrowserFile::Part {
  Part(PartMap& map_of_part, u64 index_of_part, u64 offset_of_part, std::size_t size_of_part)
      : map(map_of_part),
        index(index_of_part),
        offset(offset_of_part),
        size(size_of_part),
        memory(std::make_unique_for_overwrite<u8[]>(size)) {}

  MutableBytes bytes() { return {memory.get(), size}; }
  // Copies what there is of the bytes at `from`, and returns how many.
  std::size_t copy(u64 from, MutableBytes out) const {
    const auto skip = static_cast<std::size_t>(from - offset);
    const std::size_t length = std::min(out.size(), size - skip);
    std::memcpy(out.data(), memory.get() + skip, length);
    return length;
  }

  PartMap& map;  // that it is in
  const u64 index;
  const u64 offset;
  const std::size_t size;
  std::unique_ptr<u8[]> memory;  // not zeros: all of it is read
  BrowserAnswer answer;
};

BrowserFile::BrowserFile(BrowserRing& ring, i32 number, std::string name, u64 size_bytes)
    : ring_(ring), number_(number), name_(std::move(name)), size_bytes_(size_bytes) {}

BrowserFile::~BrowserFile() {
  // The worker still writes into the memory of what was asked for.
  for (const PartPtr& part : parts_)
    BrowserRing::wait(part->answer);
}

BrowserFile::PartPtr BrowserFile::find(const PartMap& parts, u64 index) {
  auto found = parts.find(index);
  if (found == parts.end()) return nullptr;
  parts_.splice(parts_.begin(), parts_, found->second);
  return parts_.front();
}

BrowserFile::PartPtr BrowserFile::add(PartMap& parts, u64 index, u64 size_of_part) {
  const u64 offset = index * size_of_part;
  auto part = std::make_shared<Part>(parts, index, offset,
                                     to_size(std::min(size_of_part, size_bytes_ - offset)));
  parts_.push_front(part);
  parts[index] = parts_.begin();
  held_ += part->size;
  drop_old_parts();
  return part;
}

void BrowserFile::drop_old_parts() {
  auto at = parts_.end();
  while (held_ > held_limit && at != parts_.begin()) {
    --at;
    // One that a reader holds, or that the worker still fills, is kept.
    if (at->use_count() > 1 || (*at)->answer.done.load() == 0) continue;
    held_ -= (*at)->size;
    (*at)->map.erase((*at)->index);
    at = parts_.erase(at);
  }
}

// Others may find a part before it was asked for; they wait for the answer all the same.
void BrowserFile::ask(Part& part) {
  ring_.ask({.operation = &part.map == &pieces_ ? operation_piece : operation_window,
             .file = number_,
             .offset = part.offset,
             .bytes = part.bytes()},
            part.answer);
}

BrowserFile::PartPtr BrowserFile::window(u64 index) {
  PartPtr part;
  {
    std::lock_guard lock(mutex_);
    if (PartPtr found = find(windows_, index)) return found;
    part = add(windows_, index, window_size);
    asked_.push_back(index);
    if (asked_.size() > soon) asked_.pop_front();
  }
  ask(*part);
  return part;
}

bool BrowserFile::is_scattered(u64 index) {
  if (scattered_.contains(index)) return true;
  if (std::find(asked_.begin(), asked_.end(), index) == asked_.end()) return false;
  scattered_.insert(index);
  return true;
}

BrowserFile::PartPtr BrowserFile::window_or_piece(u64 offset) {
  const u64 index = offset / window_size;
  PartPtr part;
  {
    std::lock_guard lock(mutex_);
    if (PartPtr found = find(windows_, index)) return found;
    if (PartPtr found = find(pieces_, offset / piece_size)) return found;
    if (is_scattered(index)) part = add(pieces_, offset / piece_size, piece_size);
  }
  if (part == nullptr) return window(index);
  ask(*part);
  return part;
}

Result<void> BrowserFile::finish(Part& part) const {
  BrowserRing::wait(part.answer);
  const BrowserAnswer& answer = part.answer;
  if (answer.result == static_cast<i32>(part.size)) return {};
  return error(Code::io,
               "cannot read {} bytes at {} of {}: the file was changed, moved or removed since it "
               "was opened; open it again ({})",
               part.size, part.offset, name_,
               answer.result < 0 ? answer.problem : "it is shorter than it was");
}

Result<void> BrowserFile::read_small(u64 offset, MutableBytes out) {
  while (!out.empty()) {
    const PartPtr part = window_or_piece(offset);
    TRY(finish(*part));
    const std::size_t length = part->copy(offset, out);
    offset += length;
    out = out.subspan(length);
  }
  return {};
}

Result<void> BrowserFile::read(u64 offset, MutableBytes out) {
  if (offset > size_bytes_ || out.size() > size_bytes_ - offset) {
    return beyond_device(*this, offset, out.size());
  }
  if (out.empty()) return {};
  const u64 first = offset / window_size;
  const u64 last = (offset + out.size() - 1) / window_size;
  bool onwards;
  {
    std::lock_guard lock(mutex_);
    onwards = first == last_index_ + 1 || (first == last_index_ && last > first);
    last_index_ = last;
  }
  if (!onwards && out.size() <= piece_size) return read_small(offset, out);
  // What is needed first is asked for first; what may be needed comes after it.
  PartPtr part = window(first);
  const u64 end = (size_bytes_ + window_size - 1) / window_size;
  // Windows are asked for in groups, so that the worker reads several in one go.
  const u64 group = last / read_ahead_windows;
  const u64 wanted = onwards ? (group + 2) * read_ahead_windows : last + 1;
  const u64 ahead = std::min({wanted, end, first + held_limit / window_size / 2});
  for (u64 index = first + 1; index < ahead; index++)
    (void)window(index);

  std::size_t done = 0;
  for (u64 index = first; index <= last; index++) {
    if (index != first) part = window(index);
    TRY(finish(*part));
    done += part->copy(offset + done, out.subspan(done));
  }
  return {};
}

void BrowserFile::will_read(u64 offset, u64 length) {
  // What is small comes with the reads themselves.
  if (offset >= size_bytes_ || length <= piece_size) return;
  const u64 first = offset / window_size;
  const u64 last = (offset + std::min(length, size_bytes_ - offset) - 1) / window_size;
  // More than a few would wait for slots, and a hint must be cheap.
  for (u64 index = first; index <= last && index < first + read_ahead_windows; index++) {
    (void)window(index);
  }
}

}  // namespace canopy
