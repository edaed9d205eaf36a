#include "session/stream_scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace canopy {

bool StreamScan::feed(Bytes bytes) {
  if (findings_.lost_at) return false;
  reader_.feed(bytes);
  for (;;) {
    auto command = reader_.next();
    if (!command.ok()) {
      if (!pass_over(command.error())) return false;
      continue;
    }
    if (command.value() == nullptr) return true;
    if (command.value()->number() == 0) {
      // Zeros have the right CRC.
      findings_.lost_at = command.value()->offset();
      note_damage(command.value()->offset(),
                  fmt::format("command {} at offset {} of the stream has the number 0, which is "
                              "none; such lie where there are zeros",
                              index_.count(), command.value()->offset()));
      return false;
    }
    add(*command.value());
    after_damage_ = false;
  }
}

// True if the scan can go on behind it.
bool StreamScan::pass_over(const Error& failure) {
  const u64 begin = reader_.offset();
  const StreamCommand* const damaged = reader_.pass_over();
  const bool is_lost = damaged == nullptr || (after_damage_ && !damaged->has_right_crc());
  // Two in a row: the length of the first has led astray, and this is none.
  if (!is_lost || !after_damage_) note_damage(begin, failure.message());
  if (is_lost) {
    findings_.lost_at = begin;
    return false;
  }
  count_header(damaged->offset());
  index_.append_command(damaged->number(), damaged->size());
  end_ = damaged->offset() + damaged->size();
  after_damage_ = !damaged->has_right_crc();
  return true;
}

void StreamScan::finish() {
  if (findings_.lost_at) return;
  const auto ended = reader_.finish();
  if (!ended.ok()) note_damage(reader_.offset(), ended.error().message());
  count_header(reader_.offset());
}

// What lies between two commands is the header of a stream.
void StreamScan::count_header(u64 begin_of_next) {
  if (begin_of_next == end_) return;
  findings_.streams++;
  index_.append_header(reader_.version().value_or(0));
  end_ = begin_of_next;
}

void StreamScan::add(const StreamCommand& command) {
  count_header(command.offset());
  const u64 number = index_.count();
  index_.append_command(command.number(), command.size());
  end_ = command.offset() + command.size();
  if (command.has(SendAttribute::data)) {
    findings_.data_bytes += command.bytes(SendAttribute::data).size();
  }
  const bool is_snapshot = command.type() == SendCommand::snapshot;
  if (!is_snapshot && command.type() != SendCommand::subvol) return;
  if (++findings_.subvolume_count > StreamFindings::most_subvolumes) return;
  StreamSubvolume& made = findings_.subvolumes.emplace_back();
  made.command = number;
  made.version = command.version();
  made.path = command.text(SendAttribute::path);
  std::ranges::copy(command.uuid(SendAttribute::uuid), made.uuid.begin());
  made.ctransid = command.number(SendAttribute::ctransid);
  if (!is_snapshot) return;
  StreamParent& parent = made.parent.emplace();
  std::ranges::copy(command.uuid(SendAttribute::clone_uuid), parent.uuid.begin());
  parent.ctransid = command.number(SendAttribute::clone_ctransid);
}

void StreamScan::note_damage(u64 offset, std::string reason) {
  if (++findings_.damage_count > StreamFindings::most_damages) return;
  findings_.damages.push_back({index_.count(), offset, std::move(reason)});
}

}  // namespace canopy
