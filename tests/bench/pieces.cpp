// How fast the pieces are that every byte of a stream goes through. build/native/bench_pieces.

#include <benchmark/benchmark.h>

#include <vector>

#include "base/bytes.h"
#include "checksum/checksum.h"
#include "checksum/crc32c.h"
#include "compress/sample_extents.h"
#include "stream/reader.h"
#include "stream/writer.h"

namespace canopy {
namespace {

std::vector<u8> data_of(std::size_t size) {
  std::vector<u8> data(size);
  for (std::size_t i = 0; i < size; ++i)
    data[i] = static_cast<u8>(i * 2654435761u >> 13);
  return data;
}

void set_bytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(static_cast<i64>(each) * static_cast<i64>(state.iterations()));
}

void crc32c_of_bytes(benchmark::State& state) {
  const std::vector<u8> data = data_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(crc32c_raw(0, data));
  set_bytes(state, data.size());
}
BENCHMARK(crc32c_of_bytes)->Arg(64)->Arg(512)->Arg(4096)->Arg(131072);

void crc32c_by(benchmark::State& state, u32 (*update)(u32, Bytes)) {
  const std::vector<u8> data = data_of(4096);
  for (auto _ : state)
    benchmark::DoNotOptimize(update(0, data));
  set_bytes(state, data.size());
}
BENCHMARK_CAPTURE(crc32c_by, table, crc32c_internal::update_by_table);
BENCHMARK_CAPTURE(crc32c_by, sparse, crc32c_internal::update_sparse);

void crc32c_appends_a_sector(benchmark::State& state) {
  const Crc32cSectors sectors(4096);
  u32 crc = 1;
  for (auto _ : state)
    benchmark::DoNotOptimize(crc = sectors.append(crc, 0x12345678));
}
BENCHMARK(crc32c_appends_a_sector);

void crc32c_combines(benchmark::State& state) {
  u32 crc = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc = crc32c_combine_raw(crc, 7, static_cast<u64>(state.range(0))));
  }
}
BENCHMARK(crc32c_combines)->Arg(4096)->Arg(49152)->Arg(131072)->Arg(131071);

void checksum_of_sector(benchmark::State& state) {
  const ChecksumInfo& info = *checksum_info(static_cast<u16>(state.range(0)));
  state.SetLabel(std::string(info.name));
  const std::vector<u8> data = data_of(4096);
  for (auto _ : state)
    benchmark::DoNotOptimize(compute_checksum(info, data));
  set_bytes(state, data.size());
}
BENCHMARK(checksum_of_sector)->DenseRange(0, 3);

void decompress_extent(benchmark::State& state) {
  const auto kind = static_cast<Compression>(state.range(0));
  state.SetLabel(std::string(compression_name(kind)));
  const std::vector<u8> data = text_of(131072, 1);
  const std::vector<u8> extent = extent_of(kind, data);
  std::vector<u8> out(data.size());
  for (auto _ : state) {
    if (!decompress(kind, extent, out, 4096).ok()) state.SkipWithError("damaged");
  }
  set_bytes(state, data.size());
}
BENCHMARK(decompress_extent)->DenseRange(0, 3);

class NullSink final : public Sink {
 public:
  Result<void> write(std::span<const Bytes> pieces) override {
    for (const Bytes piece : pieces)
      benchmark::DoNotOptimize(piece.data());
    return {};
  }
};

void write_utimes_command(benchmark::State& state) {
  NullSink sink;
  Writer writer(1, sink);
  for (auto _ : state) {
    writer.begin(SendCommand::utimes);
    writer.put_text(SendAttribute::path, "usr/share/doc/some-package/changelog.gz");
    writer.put_timespec(SendAttribute::atime, 1, 2);
    writer.put_timespec(SendAttribute::mtime, 3, 4);
    writer.put_timespec(SendAttribute::ctime, 5, 6);
    if (!writer.end().ok()) state.SkipWithError("refused");
  }
}
BENCHMARK(write_utimes_command);

// 128 KiB whose sectors were verified before: their checksums are known.
void write_verified_data(benchmark::State& state) {
  NullSink sink;
  Writer writer(2, sink);
  const std::vector<u8> data = data_of(131072);
  const Crc32cSectors sectors(4096);
  for (auto _ : state) {
    u32 crc = 0;
    for (u32 sector = 0; sector < 32; ++sector)
      crc = sectors.append(crc, sector);
    writer.begin(SendCommand::write);
    writer.put_text(SendAttribute::path, "var/lib/images/disk.img");
    writer.put_u64(SendAttribute::file_offset, 0);
    writer.put_data({data, crc});
    if (!writer.end().ok()) state.SkipWithError("refused");
  }
  set_bytes(state, data.size());
}
BENCHMARK(write_verified_data);

void read_small_commands(benchmark::State& state) {
  MemorySink sink;
  Writer writer(1, sink);
  for (u64 i = 0; i < 1000; ++i) {
    writer.begin(SendCommand::chown);
    writer.put_text(SendAttribute::path, "usr/share/doc/some-package/changelog.gz");
    writer.put_u64(SendAttribute::uid, i);
    writer.put_u64(SendAttribute::gid, i);
    if (!writer.end().ok()) state.SkipWithError("refused");
  }
  for (auto _ : state) {
    Reader reader(1);
    reader.feed(sink.bytes());
    while (reader.next().value() != nullptr) {
    }
  }
  state.SetItemsProcessed(1000 * static_cast<i64>(state.iterations()));
}
BENCHMARK(read_small_commands);

}  // namespace
}  // namespace canopy
