// Reading data ahead of the thread that will need it: other threads bring ranges into memory,
// compare them with their checksums and decompress them. What goes wrong is not reported here: the
// reader, finding nothing good, does the work again by itself and says what is wrong.
//
// Ranges are taken in about the order in which they were begun; those that nobody came for give
// way. Memory is bounded by the number of ranges under way and their size.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "compress/decompress.h"
#include "concurrency/worker_pool.h"
#include "files/sector_sums.h"
#include "volume/volume.h"

namespace canopy {

class ReadAhead {
 public:
  static constexpr std::size_t ranges_at_once = 8;
  static constexpr u64 largest_range = 512 * 1024;

  // Whole sectors on disk, and what they become.
  struct Range {
    u64 logical = 0;
    u64 length = 0;
    Compression compression = Compression::none;
    u64 ram_bytes = 0;  // after decompression, of a compressed one

    u64 end() const { return logical + length; }
    bool same_extent(const Range& other) const {
      return logical == other.logical && length == other.length &&
             compression == other.compression && ram_bytes == other.ram_bytes;
    }
  };

  // What was read. Valid until the next call of take().
  struct Outcome {
    u64 logical = 0;
    Bytes bytes;               // decompressed, of a compressed range
    const u8* sums = nullptr;  // of the sectors of `bytes`, if they are CRC-32C and known
  };

  // All are borrowed. `threads` 0: nothing is ever read ahead.
  ReadAhead(const Volume& volume, SectorFormat format, u32 threads);
  ~ReadAhead();

  bool has_room();
  // Begins to read a range. `sums` are the checksums of its sectors, empty if there are none.
  // REQUIRES: has_room().
  void begin(const Range& range, std::vector<u8> sums);
  // Whether a range that begins at `logical` was begun and not dropped since.
  bool has_begun(u64 logical) const;
  // Where the plain ranges that were begun inside [from, end) end; `from` if there are none.
  u64 begun_until(u64 from, u64 end) const;

  // The plain range that covers [logical, +length), waited for; nullopt if there is none or it did
  // not turn out well.
  std::optional<Outcome> take(u64 logical, u64 length);
  // The same of a compressed extent.
  std::optional<Outcome> take_extent(const Range& range);

 private:
  struct Job {
    Range range;
    std::vector<u8> sums;
    std::vector<u8> on_disk;  // where the range is not mapped
    std::vector<u8> decompressed;
    std::vector<u8> decompressed_sums;
    Bytes bytes;
    bool good = false;
    u64 begun_at = 0;  // misses_ when it was begun
    std::shared_ptr<WorkerPool::Task> task;
  };

  std::unique_ptr<Job> new_job();
  void run(Job& job) const;
  void decompress_range(Job& job) const;
  void drop_front();
  std::optional<Outcome> outcome_of(std::size_t index);

  const Volume& volume_;
  SectorFormat format_;
  u32 threads_;
  u64 misses_ = 0;  // reads that found nothing here
  std::deque<std::unique_ptr<Job>> jobs_;
  // Some that are over: their memory is there and need not be filled with zeros again.
  std::vector<std::unique_ptr<Job>> over_;
  WorkerPool pool_;
};

}  // namespace canopy
