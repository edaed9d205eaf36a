#include "stream/contents.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace canopy {
namespace {

std::array<u64, 2> hash_of(Bytes bytes) {
  return {XXH64(bytes.data(), bytes.size(), 0), XXH64(bytes.data(), bytes.size(), 1)};
}

bool all_zero(Bytes bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

StoredData::Match worse(StoredData::Match a, StoredData::Match b) {
  using Match = StoredData::Match;
  if (a == Match::different || b == Match::different) return Match::different;
  return a == Match::same ? b : a;
}

}  // namespace

StoredData::StoredData(Bytes bytes, Keep keep) : size_(bytes.size()) {
  // A single block is small enough to be kept, and most tails are such.
  if (keep == Keep::hashes && size_ > block_size) bytes_start_ = size_ / block_size * block_size;
  for (std::size_t at = 0; at < bytes_start_; at += block_size) {
    hashes_.push_back(hash_of(bytes.subspan(at, block_size)));
  }
  const Bytes rest = bytes.subspan(bytes_start_);
  bytes_.assign(rest.begin(), rest.end());
}

StoredData::Match StoredData::compare(std::size_t from, Bytes expected) const {
  CHECK(from <= size_ && expected.size() <= size_ - from);
  Match match = Match::same;
  while (!expected.empty()) {
    if (from >= bytes_start_) {
      const bool same =
          std::memcmp(bytes_.data() + (from - bytes_start_), expected.data(), expected.size()) == 0;
      return worse(match, same ? Match::same : Match::different);
    }
    const std::size_t in_block = from % block_size;
    const std::size_t length = std::min(block_size - in_block, expected.size());
    if (length < block_size) {
      match = worse(match, Match::unknown);
    } else if (hash_of(expected.first(block_size)) != hashes_[from / block_size]) {
      return Match::different;
    }
    from += length;
    expected = expected.subspan(length);
  }
  return match;
}

bool StoredData::read(std::size_t from, MutableBytes out) const {
  CHECK(from <= size_ && out.size() <= size_ - from);
  if (from < bytes_start_) return false;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from - bytes_start_), out.size(),
              out.begin());
  return true;
}

// The first piece that ends behind `offset`.
Contents::Pieces::const_iterator Contents::first_reaching(u64 offset) const {
  auto next = pieces_.upper_bound(offset);
  if (next != pieces_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second.length > offset) return before;
  }
  return next;
}

void Contents::split(u64 offset) {
  const auto found = pieces_.upper_bound(offset);
  if (found == pieces_.begin()) return;
  const auto piece = std::prev(found);
  if (offset == piece->first || offset - piece->first >= piece->second.length) return;
  const auto head = static_cast<std::size_t>(offset - piece->first);
  const Piece tail = {piece->second.length - head, piece->second.data, piece->second.from + head};
  piece->second.length = head;
  pieces_.emplace(offset, tail);
}

void Contents::punch(u64 offset, u64 length) {
  split(offset);
  split(offset + length);
  pieces_.erase(pieces_.lower_bound(offset), pieces_.lower_bound(offset + length));
}

void Contents::truncate(u64 size) {
  if (size < size_) punch(size, size_ - size);
  size_ = size;
}

void Contents::write(u64 offset, Bytes data, Keep keep) {
  if (data.empty()) return;
  punch(offset, data.size());
  if (!all_zero(data)) {
    pieces_.emplace(offset, Piece{data.size(), std::make_shared<const StoredData>(data, keep), 0});
  }
  size_ = std::max<u64>(size_, offset + data.size());
}

template <typename F>
void Contents::for_each_part(u64 offset, u64 length, F part) const {
  const u64 end = offset + length;
  for (auto next = first_reaching(offset); offset < end;) {
    if (next == pieces_.end() || next->first >= end) {
      part(offset, end - offset, nullptr, std::size_t{0});
      return;
    }
    if (next->first > offset) {
      part(offset, next->first - offset, nullptr, std::size_t{0});
      offset = next->first;
    }
    const auto skipped = static_cast<std::size_t>(offset - next->first);
    const u64 here = std::min<u64>(next->second.length - skipped, end - offset);
    part(offset, here, &next->second.data, next->second.from + skipped);
    offset += here;
    ++next;
  }
}

void Contents::clone(const Contents& source, u64 from, u64 length, u64 offset) {
  CHECK(from <= source.size_ && length <= source.size_ - from);
  std::vector<std::pair<u64, Piece>> copies;
  source.for_each_part(
      from, length,
      [&](u64 at, u64 here, const std::shared_ptr<const StoredData>* data, std::size_t data_from) {
        if (data == nullptr) return;
        const auto length_here = static_cast<std::size_t>(here);
        copies.emplace_back(at - from + offset, Piece{length_here, *data, data_from});
      });
  punch(offset, length);
  for (auto& [at, piece] : copies)
    pieces_.emplace(at, std::move(piece));
  size_ = std::max(size_, offset + length);
}

Contents::Match Contents::compare(u64 offset, Bytes expected) const {
  Match match = Match::same;
  for_each_part(
      offset, expected.size(),
      [&](u64 at, u64 here, const std::shared_ptr<const StoredData>* data, std::size_t from) {
        const Bytes part =
            expected.subspan(static_cast<std::size_t>(at - offset), static_cast<std::size_t>(here));
        if (data != nullptr) {
          match = worse(match, (*data)->compare(from, part));
        } else if (!all_zero(part)) {
          match = Match::different;
        }
      });
  return match;
}

bool Contents::read(u64 offset, MutableBytes out) const {
  bool complete = true;
  for_each_part(
      offset, out.size(),
      [&](u64 at, u64 here, const std::shared_ptr<const StoredData>* data, std::size_t from) {
        const MutableBytes part =
            out.subspan(static_cast<std::size_t>(at - offset), static_cast<std::size_t>(here));
        if (data == nullptr) {
          std::fill(part.begin(), part.end(), u8{0});
        } else if (!(*data)->read(from, part)) {
          complete = false;
        }
      });
  return complete;
}

}  // namespace canopy
