#include "send/snapshot_compare.h"

#include <algorithm>

#include "base/text.h"
#include "send/inode_creator.h"

namespace canopy {
namespace {

constexpr std::size_t DIFFERENCES_KEPT = 1000;
constexpr u64 WINDOW = 1u << 20;

std::string time_text(i64 sec, u32 nsec) { return fmt::format("{}.{:09}", sec, nsec); }

StreamTime time_of(const Timespec& time) { return {static_cast<i64>(time.sec.value()), time.nsec}; }

// The begin of it, if it is long.
std::string shown_target(const std::string& target) {
  constexpr std::size_t most = 60;
  return escaped(target.substr(0, most)) + (target.size() > most ? "..." : "");
}

}  // namespace

void SnapshotCompare::differ(const std::string& path, std::string what, std::string quirk) {
  if (result_->differences.size() == DIFFERENCES_KEPT) {
    result_->truncated = true;
    return;
  }
  result_->differences.push_back({path, std::move(what), std::move(quirk)});
  inos_.push_back(ino_);
}

Result<void> SnapshotCompare::run(const ModelSubvolume& received, CheckedSubvolume& result) {
  received_ = &received;
  result_ = &result;
  files_.emplace(TRY(SubvolumeFiles::open(filesystem_.forest(), result.id)));
  contents_.emplace(*files_);
  quirks_.emplace(filesystem_, result.id, options_.parent);
  received.for_each([&](const std::string& path, u64 ino) { unseen_.emplace(path, ino); });
  TRY(files_->for_each([&](const std::string& path, const DirectoryEntry& entry) {
    return compare_name(path, entry);
  }));
  TRY(report_extra_names());
  TRY(explain_clones());
  return explain_mistaken_inodes();
}

Result<void> SnapshotCompare::compare_name(const std::string& path, const DirectoryEntry& entry) {
  // Subvolumes in a subvolume are not sent.
  if (entry.is_subvolume) return {};
  ino_ = entry.ino;
  ++result_->paths;
  auto found = unseen_.find(path);
  if (found == unseen_.end()) {
    differ(path, "is missing");
    return {};
  }
  const u64 received_ino = found->second;
  unseen_.erase(found);

  const InodeItem sent = TRY(files_->read_inode(entry.ino));
  const Pair pair{path, entry.ino, sent, received_->inode(received_ino)};
  const bool met_before = received_of_.contains(entry.ino);
  compare_links(pair, received_ino);
  // A further name of an inode that was compared.
  if (met_before) return {};
  if ((sent.mode & MODE_TYPE_MASK) != pair.received.type()) {
    differ(path, fmt::format("is of type {:o} instead of {:o}", pair.received.type(),
                             sent.mode & MODE_TYPE_MASK));
    return {};
  }
  compare_attributes(pair);
  compare_times(pair);
  TRY(compare_xattrs(pair));
  return compare_contents(pair);
}

void SnapshotCompare::compare_links(const Pair& pair, u64 received_ino) {
  const auto [to, first] = received_of_.emplace(pair.ino, received_ino);
  const auto [back, first_back] = sent_of_.emplace(received_ino, pair.ino);
  if (to->second != received_ino)
    differ(pair.path, "is no hard link to the file that it should be one of");
  else if (back->second != pair.ino)
    differ(pair.path, "is a hard link to another file");
}

void SnapshotCompare::compare_attributes(const Pair& pair) {
  const auto compare = [&](const char* what, u64 received, u64 sent, bool octal = false) {
    if (received == sent) return;
    differ(pair.path, octal ? fmt::format("{} {:o} instead of {:o}", what, received, sent)
                            : fmt::format("{} {} instead of {}", what, received, sent));
  };
  const u32 type = pair.received.type();
  // Linux has no mode of its own for symbolic links.
  if (type != MODE_SYMLINK)
    compare("mode", pair.received.mode & ~MODE_TYPE_MASK, pair.sent.mode & ~MODE_TYPE_MASK, true);
  if (type == MODE_CHARACTER || type == MODE_BLOCK)
    compare("device", pair.received.rdev, encode_device(pair.sent.rdev));
  compare("owner", pair.received.uid, pair.sent.uid);
  compare("group", pair.received.gid, pair.sent.gid);
}

void SnapshotCompare::compare_times(const Pair& pair) {
  const StreamTime mtime = time_of(pair.sent.mtime);
  if (!pair.received.mtime) {
    differ(pair.path, "mtime is left to the receiver",
           ReceiveQuirks::of_missing_mtime(pair.received.is_directory()));
  } else if (*pair.received.mtime != mtime) {
    differ(pair.path, fmt::format("mtime {} instead of {}",
                                  time_text(pair.received.mtime->sec, pair.received.mtime->nsec),
                                  time_text(mtime.sec, mtime.nsec)));
  }
}

Result<void> SnapshotCompare::compare_xattrs(const Pair& pair) {
  auto extra = pair.received.xattrs;
  for (const Xattr& sent : TRY(files_->xattrs(pair.ino))) {
    auto found = extra.find(sent.name);
    if (found == extra.end()) {
      differ(pair.path, fmt::format("xattr {} is missing", escaped(sent.name)),
             ReceiveQuirks::of_missing_xattr(sent.name));
      continue;
    }
    if (found->second != sent.value)
      differ(pair.path, fmt::format("xattr {} has another value", escaped(sent.name)),
             ReceiveQuirks::of_xattr_value(sent));
    extra.erase(found);
  }
  for (const auto& [name, value] : extra)
    differ(pair.path, fmt::format("xattr {} should not be there", escaped(name)));
  return {};
}

Result<void> SnapshotCompare::compare_contents(const Pair& pair) {
  if (pair.received.type() == MODE_SYMLINK) {
    const std::string target = TRY(files_->symlink_target(pair.ino));
    if (pair.received.target != target)
      differ(pair.path, fmt::format("leads to {} instead of {}", shown_target(pair.received.target),
                                    shown_target(target)));
    return {};
  }
  if (!pair.received.is_regular() || !options_.contents) return {};
  const u64 size = pair.sent.size;
  if (pair.received.contents.size() != size) {
    differ(pair.path, fmt::format("{} bytes instead of {}", pair.received.contents.size(), size));
    return {};
  }
  // What is known not to be sent is compared apart from the rest.
  const auto lost = TRY(quirks_->lost_tail(pair.ino));
  std::vector<u8> bytes;
  for (u64 offset = 0, end = 0; offset < size; offset = end) {
    end = std::min(offset + WINDOW, size);
    const bool in_lost = lost && offset >= lost->from && offset < lost->to;
    if (in_lost) end = std::min(end, lost->to);
    if (lost && offset < lost->from) end = std::min(end, lost->from);
    bytes.resize(static_cast<std::size_t>(end - offset));
    TRY(contents_->read(pair.ino, offset, bytes));
    result_->bytes += bytes.size();
    if (pair.received.contents.compare(offset, bytes) != Contents::Match::different) continue;
    if (in_lost) {
      lost_.push_back(*lost);
    } else {
      unexplained_.push_back({result_->differences.size(), pair.ino, offset, end});
    }
    differ(pair.path, fmt::format("contents differ between {} and {}", offset, end),
           in_lost ? ReceiveQuirks::of_lost_tail(*lost) : "");
    return {};
  }
  return {};
}

Result<void> SnapshotCompare::explain_clones() {
  for (const Unexplained& one : unexplained_) {
    if (one.difference >= result_->differences.size()) break;  // there were too many
    result_->differences[one.difference].quirk =
        TRY(quirks_->of_clone(one.ino, one.from, one.to, lost_));
  }
  return {};
}

// What was meant for one inode may have come through its name to others.
Result<void> SnapshotCompare::explain_mistaken_inodes() {
  std::string any;
  for (std::size_t i = 0; i < inos_.size(); ++i) {
    SendDifference& difference = result_->differences[i];
    if (!difference.quirk.empty() || inos_[i] == 0) continue;
    difference.quirk = TRY(quirks_->of_mistaken_inode(inos_[i]));
    if (any.empty()) any = difference.quirk;
  }
  for (SendDifference& difference : result_->differences)
    if (difference.quirk.empty()) difference.quirk = any;
  return {};
}

Result<void> SnapshotCompare::report_extra_names() {
  ino_ = 0;
  for (const auto& [path, ino] : unseen_)
    differ(path, "should not be there", TRY(quirks_->of_extra_name(path)));
  return {};
}

}  // namespace canopy
