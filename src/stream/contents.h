// What a file of the model holds: pieces of what was written, in the order of their offsets, and
// zeros between them. A piece refers to the bytes of one WRITE, shared by all files and snapshots
// that hold them, so that cloning and snapshots copy references only.
//
//     size   |<------------------------------------------------------->|
//            [ piece ][ piece ]     zeros      [ piece     ]    zeros
//
// The bytes themselves are kept, or only a hash of every 4 KiB (Keep::hashes): then a gigabyte
// costs four megabytes, and comparing still finds every difference but in blocks that were cut in
// two after they were written, which are `unknown`.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "base/types.h"

namespace canopy {

enum class Keep { bytes, hashes };

// The data of one WRITE. Immutable.
class StoredData {
 public:
  StoredData(Bytes bytes, Keep keep);

  std::size_t size() const { return size_; }
  // Whether [from, from + expected.size()) is `expected`; `unknown` where only hashes are left and
  // the range does not cover their blocks.
  enum class Match { same, different, unknown };
  Match compare(std::size_t from, Bytes expected) const;
  // False if only hashes are left.
  bool read(std::size_t from, MutableBytes out) const;

 private:
  static constexpr std::size_t block_size = 4096;

  std::size_t size_;
  std::size_t bytes_start_ = 0;             // bytes_ is the data from here to its end
  std::vector<u8> bytes_;                   // all, or what is behind the last whole block
  std::vector<std::array<u64, 2>> hashes_;  // of whole blocks, if bytes_ is not all
};

class Contents {
 public:
  using Match = StoredData::Match;

  u64 size() const { return size_; }

  // `data` is put at `offset`; the file grows if needed. REQUIRES: no sum exceeds 2^63.
  void write(u64 offset, Bytes data, Keep keep);
  // Zeros, without growing.
  void punch(u64 offset, u64 length);
  void truncate(u64 size);
  // [from, from + length) of `source` appears at `offset`; the file grows if needed. `source` may
  // be this. REQUIRES: the range is within the source.
  void clone(const Contents& source, u64 from, u64 length, u64 offset);

  // Whether the bytes at `offset` are `expected`, where everything behind the end counts as zero.
  // The worst of `different`, `unknown`, `same` is returned.
  Match compare(u64 offset, Bytes expected) const;
  // Copies the bytes at `offset`, zeros behind the end. False if some are not kept.
  bool read(u64 offset, MutableBytes out) const;

 private:
  struct Piece {
    std::size_t length;
    std::shared_ptr<const StoredData> data;
    std::size_t from;
  };
  using Pieces = std::map<u64, Piece>;

  Pieces::const_iterator first_reaching(u64 offset) const;
  void split(u64 offset);
  // Calls part(offset, length, piece or null for zeros) over [offset, offset + length).
  template <typename F>
  void for_each_part(u64 offset, u64 length, F part) const;

  u64 size_ = 0;
  Pieces pieces_;  // by offset; they do not overlap and end at or before size_
};

}  // namespace canopy
