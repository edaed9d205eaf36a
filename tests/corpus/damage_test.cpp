// A damaged or hostile image is sent or refused, but nothing crashes, hangs or grows without bound.
//
// Bytes in blocks of the trees that are sent are changed and the checksums made right again, as an
// attacker would. Each test prints its seed when it fails.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <set>

#include "base/random.h"
#include "checksum/checksum.h"
#include "recorded_case.h"
#include "tree/search.h"

namespace canopy {
namespace {

constexpr u64 max_stream_bytes = 64u << 20;
constexpr auto max_time = std::chrono::seconds(60);

// Stops a stream that would go on for ever.
class BoundedSink final : public Sink {
 public:
  Result<void> write(std::span<const Bytes> pieces) override {
    for (const Bytes& piece : pieces)
      written_ += piece.size();
    if (written_ > max_stream_bytes) return error(Code::no_space, "the stream is too long");
    return {};
  }

 private:
  u64 written_ = 0;
};

// A device with other bytes in some places.
class EditedDevice final : public Device {
 public:
  using Blocks = std::map<u64, std::vector<u8>>;  // by physical address

  EditedDevice(std::unique_ptr<Device> base, const Blocks& blocks)
      : base_(std::move(base)), blocks_(blocks) {}
  const std::string& name() const override { return base_->name(); }
  u64 size_bytes() const override { return base_->size_bytes(); }
  Result<void> read(u64 offset, MutableBytes out) override {
    TRY(base_->read(offset, out));
    for (const auto& [start, block] : blocks_) {
      const u64 from = std::max(start, offset);
      const u64 to = std::min<u64>(start + block.size(), offset + out.size());
      if (from < to) {
        std::memcpy(out.data() + (from - offset), block.data() + (from - start),
                    static_cast<std::size_t>(to - from));
      }
    }
    return {};
  }

 private:
  std::unique_ptr<Device> base_;
  const Blocks& blocks_;
};

struct Place {
  std::vector<u64> physical;  // of all copies
  std::vector<u8> bytes;
};

void collect(Filesystem& filesystem, const ExtentBuffer& block, u64 tree, std::set<u64>& seen,
             std::vector<Place>& places) {
  if (!seen.insert(block.start()).second) return;
  Place place;
  place.bytes.assign(block.bytes().begin(), block.bytes().end());
  for (u32 mirror = 1; mirror <= 2; ++mirror) {
    auto ranges = filesystem.volume().map(block.start(), block.size(), mirror);
    if (ranges.ok()) place.physical.push_back(ranges.value().at(0).physical);
  }
  places.push_back(std::move(place));
  for (u32 slot = 0; !block.is_leaf() && slot < block.nritems(); ++slot) {
    auto child = filesystem.cache().read_child(block, slot, tree);
    if (child.ok()) collect(filesystem, *child.value(), tree, seen, places);
  }
}

class Damage : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto loaded = RecordedCase::load(std::string("cases/") + GetParam());
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    recorded_ = std::move(loaded).value();
    ASSERT_EQ(recorded_->devices().size(), 1u);
    auto filesystem = Filesystem::open(recorded_->devices());
    ASSERT_TRUE(filesystem.ok());
    Filesystem& fs = *filesystem.value();
    checksum_ = checksum_info(fs.super().csum_type);
    std::set<u64> seen;
    for (u64 tree : {u64{257}, u64{258}, u64{259}, EXTENT_TREE_OBJECTID}) {
      auto root = fs.forest().root(tree);
      if (!root.ok() || root.value() == nullptr) continue;
      auto block = read_root(fs.cache(), root.value()->pointer());
      ASSERT_TRUE(block.ok());
      collect(fs, *block.value(), tree, seen, places_);
    }
    ASSERT_GT(places_.size(), 3u);
  }

  // One to three edits, most of them small numbers or bits in the data of items.
  EditedDevice::Blocks damage(Random& random) const {
    EditedDevice::Blocks edited;
    for (u64 n = 1 + random.below(3); n > 0; --n) {
      const Place& place = places_[static_cast<std::size_t>(random.below(places_.size()))];
      std::vector<u8> bytes = place.bytes;
      if (auto before = edited.find(place.physical[0]); before != edited.end()) {
        bytes = before->second;
      }
      const std::size_t start = sizeof(Header);
      const std::size_t at = start + static_cast<std::size_t>(random.below(bytes.size() - start));
      if (bytes[at] == 0 && random.below(4) != 0) {
        ++n;  // very likely room that is not used
        continue;
      }
      bytes[at] = random.below(2) == 0 ? static_cast<u8>(random.below(5))
                                       : static_cast<u8>(bytes[at] ^ (1u << random.below(8)));
      checksum_->write(Bytes(bytes).subspan(CSUM_SIZE), bytes.data());
      for (u64 physical : place.physical)
        edited[physical] = bytes;
    }
    return edited;
  }

  std::unique_ptr<RecordedCase> recorded_;
  const ChecksumInfo* checksum_ = nullptr;
  std::vector<Place> places_;
};

TEST_P(Damage, EndsInAStreamOrAnError) {
  const char* count = std::getenv("CANOPY_DAMAGE_TRIALS");
  const u64 trials = count != nullptr ? std::strtoull(count, nullptr, 10) : 60;
  u64 refused = 0;
  for (u64 seed = 1; seed <= trials; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    const EditedDevice::Blocks blocks = damage(random);
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(std::make_unique<EditedDevice>(std::move(recorded_->devices()[0]), blocks));
    auto filesystem = Filesystem::open(std::move(devices));
    if (!filesystem.ok()) continue;
    const auto start = std::chrono::steady_clock::now();
    for (int n = 0; n < 4; ++n) {
      const auto& jobs = recorded_->jobs();
      const RecordedJob& job = jobs[static_cast<std::size_t>(random.below(jobs.size()))];
      BoundedSink sink;
      auto result = send_subvolume(*filesystem.value(), job.request, sink);
      if (!result.ok() && job.errno_name.empty()) ++refused;
      if (!result.ok()) {
        EXPECT_FALSE(result.error().message().empty());
      }
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, max_time);
  }
  EXPECT_GT(refused, 0u) << "no damage was ever noticed";
}

std::string damage_name(const testing::TestParamInfo<const char*>& parameter) {
  std::string name = parameter.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Damage,
                         testing::Values("renames-2", "links-1", "xattrs-2", "data-2", "clones-2",
                                         "nodesize-4k-2"),
                         damage_name);

}  // namespace
}  // namespace canopy
