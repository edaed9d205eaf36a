#include "files/read_ahead.h"

#include <algorithm>

#include "base/bytes.h"
#include "checksum/crc32c.h"

namespace canopy {
namespace {

// A range that was not asked for while so many reads found nothing here is not waited for any
// longer.
constexpr u64 patience = 64;

}  // namespace

ReadAhead::ReadAhead(const Volume& volume, SectorFormat format, u32 threads)
    : volume_(volume), format_(format), threads_(threads), pool_(threads) {}

ReadAhead::~ReadAhead() {
  while (!jobs_.empty())
    drop_front();
}

void ReadAhead::drop_front() {
  pool_.drop(jobs_.front()->task);
  if (over_.size() < ranges_at_once) over_.push_back(std::move(jobs_.front()));
  jobs_.pop_front();
}

std::unique_ptr<ReadAhead::Job> ReadAhead::new_job() {
  if (over_.empty()) return std::make_unique<Job>();
  std::unique_ptr<Job> job = std::move(over_.back());
  over_.pop_back();
  job->good = false;
  return job;
}

bool ReadAhead::has_room() {
  if (threads_ == 0) return false;
  if (jobs_.size() < ranges_at_once) return true;
  if (misses_ - jobs_.front()->begun_at < patience) return false;
  drop_front();
  return true;
}

void ReadAhead::begin(const Range& range, std::vector<u8> sums) {
  auto job = new_job();
  job->range = range;
  job->sums = std::move(sums);
  job->begun_at = misses_;
  job->task = pool_.submit([this, job = job.get()] { run(*job); });
  jobs_.push_back(std::move(job));
}

bool ReadAhead::has_begun(u64 logical) const {
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [&](const auto& job) { return job->range.logical == logical; });
}

u64 ReadAhead::begun_until(u64 from, u64 end) const {
  u64 until = from;
  for (const auto& job : jobs_) {
    const Range& range = job->range;
    if (range.compression == Compression::none && range.logical < end && range.end() > until) {
      if (range.logical <= until) until = range.end();
    }
  }
  return until;
}

std::optional<ReadAhead::Outcome> ReadAhead::take(u64 logical, u64 length) {
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    const Range& range = jobs_[i]->range;
    if (range.compression == Compression::none && logical >= range.logical &&
        logical - range.logical <= range.length &&
        length <= range.length - (logical - range.logical)) {
      return outcome_of(i);
    }
  }
  ++misses_;
  return std::nullopt;
}

std::optional<ReadAhead::Outcome> ReadAhead::take_extent(const Range& range) {
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (jobs_[i]->range.same_extent(range)) return outcome_of(i);
  }
  ++misses_;
  return std::nullopt;
}

std::optional<ReadAhead::Outcome> ReadAhead::outcome_of(std::size_t index) {
  for (; index > 0; --index)
    drop_front();
  Job& job = *jobs_.front();
  pool_.finish(job.task);
  if (!job.good) {
    drop_front();
    return std::nullopt;
  }
  const bool compressed = job.range.compression != Compression::none;
  const std::vector<u8>& sums = compressed ? job.decompressed_sums : job.sums;
  return Outcome{job.range.logical, job.bytes,
                 format_.is_crc32c() && !sums.empty() ? sums.data() : nullptr};
}

void ReadAhead::run(Job& job) const {
  volume_.will_read(job.range.logical, job.range.length);
  if (auto mapped = volume_.mapped(job.range.logical, job.range.length)) {
    job.bytes = *mapped;
  } else {
    job.on_disk.resize(to_size(job.range.length));
    if (!volume_.read(job.range.logical, job.on_disk, 1).ok()) return;
    job.bytes = job.on_disk;
  }
  if (!job.sums.empty() && find_bad_sector(format_, job.bytes, job.sums.data())) return;
  if (job.range.compression == Compression::none) {
    job.good = true;
  } else {
    decompress_range(job);
  }
}

// The sums of what was decompressed are made here too, so that the thread that needs the data need
// not look at it again.
void ReadAhead::decompress_range(Job& job) const {
  job.decompressed.resize(to_size(job.range.ram_bytes));
  job.good =
      decompress(job.range.compression, job.bytes, job.decompressed, format_.sectorsize).ok();
  if (!job.good) return;
  job.bytes = job.decompressed;
  if (!format_.is_crc32c()) return;
  const std::size_t sectors = job.bytes.size() / format_.sectorsize;
  job.decompressed_sums.resize(sectors * sizeof(u32));
  for (std::size_t i = 0; i < sectors; ++i) {
    const u32 crc = crc32c(job.bytes.subspan(i * format_.sectorsize, format_.sectorsize));
    store_le(job.decompressed_sums.data() + i * sizeof(u32), crc);
  }
}

}  // namespace canopy
