#include "volume/chunk_map.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace canopy {
namespace {

// More than the devices of any real array; bounds what a damaged block costs in a chunk that
// claims thousands of stripes.
constexpr u32 RAID6_MIRRORS_MAX = 64;
// A chunk has fewer pieces of 64 KiB than fit in 32 bits, as in the kernel.
constexpr u64 MAX_CHUNK_LENGTH = u64{0xffffffff} * STRIPE_LEN;

}  // namespace

u32 ChunkMapping::data_stripes() const {
  auto count = static_cast<u32>(stripes.size());
  if (!profile->striped) return 1;
  return (count - profile->parity) / profile->copies;
}

u32 ChunkMapping::num_mirrors() const {
  switch (profile->parity) {
    case 0:
      return profile->copies;
    case 1:
      return 2;
    default:
      return std::min(static_cast<u32>(stripes.size()), RAID6_MIRRORS_MAX);
  }
}

namespace {

Result<void> check_shape(const ChunkMapping& chunk, const Chunk& raw, u32 sectorsize) {
  auto bad = [&](std::string_view why) {
    return error(Code::corrupt, "chunk: {}", why).at(chunk.logical);
  };
  if ((chunk.type & ~(BLOCK_GROUP_TYPE_MASK | BLOCK_GROUP_PROFILE_MASK)) != 0)
    return bad(fmt::format("unknown type flags {:#x}", chunk.type));
  if ((chunk.type & BLOCK_GROUP_TYPE_MASK) == 0) return bad("neither data, metadata nor system");
  if ((chunk.type & BLOCK_GROUP_SYSTEM) != 0 &&
      (chunk.type & (BLOCK_GROUP_DATA | BLOCK_GROUP_METADATA)) != 0)
    return bad("system, and data or metadata as well");
  if (chunk.profile == nullptr) return bad("more than one profile");
  if (raw.sector_size != sectorsize)
    return bad(fmt::format("sector size {}", raw.sector_size.value()));
  if (chunk.length == 0 || chunk.length % sectorsize != 0 || chunk.length >= MAX_CHUNK_LENGTH)
    return bad(fmt::format("length {}", chunk.length));
  if (chunk.logical % sectorsize != 0) return bad("start not in sectors");
  if (chunk.logical + chunk.length < chunk.logical) return bad("passes the end of the addresses");
  if (raw.stripe_len != STRIPE_LEN)
    return bad(fmt::format("stripe length {}", raw.stripe_len.value()));
  auto count = static_cast<u32>(chunk.stripes.size());
  const Profile& profile = *chunk.profile;
  bool count_ok = profile.striped ? count >= profile.devs_min && count % profile.sub_stripes == 0
                                  : count == profile.copies;
  if (!count_ok) return bad(fmt::format("{} stripes for {}", count, profile.name));
  if (profile.sub_stripes == 2 && chunk.sub_stripes != 2)
    return bad(fmt::format("{} sub stripes for {}", chunk.sub_stripes, profile.name));
  if (chunk.length % chunk.data_stripes() != 0) return bad("length not divisible by its stripes");
  for (const ChunkStripe& stripe : chunk.stripes)
    if (stripe.physical + chunk.stripe_length() < stripe.physical)
      return bad("stripe wraps around");
  return {};
}

}  // namespace

Result<ChunkMapping> parse_chunk(u64 logical, Bytes item, u32 sectorsize) {
  auto corrupt = [&](std::string_view why) {
    return error(Code::corrupt, "chunk: {}", why).at(logical);
  };
  if (item.size() < sizeof(Chunk)) return corrupt("item too small");
  auto raw = load_struct<Chunk>(item);
  u32 num_stripes = raw.num_stripes;
  if (num_stripes == 0 || item.size() != sizeof(Chunk) + u64{num_stripes} * sizeof(Stripe))
    return corrupt(fmt::format("item of {} bytes for {} stripes", item.size(), num_stripes));
  ChunkMapping chunk;
  chunk.logical = logical;
  chunk.length = raw.length;
  chunk.type = raw.type;
  chunk.sub_stripes = raw.sub_stripes;
  chunk.profile = profile_of(chunk.type);
  for (u32 i = 0; i < num_stripes; ++i) {
    auto stripe = load_struct<Stripe>(item, sizeof(Chunk) + std::size_t{i} * sizeof(Stripe));
    ChunkStripe& out = chunk.stripes.emplace_back();
    out.devid = stripe.devid;
    out.physical = stripe.offset;
    std::memcpy(out.dev_uuid, stripe.dev_uuid, sizeof out.dev_uuid);
  }
  TRY(check_shape(chunk, raw, sectorsize));
  return chunk;
}

namespace {

bool same(const ChunkMapping& a, const ChunkMapping& b) {
  return a.logical == b.logical && a.length == b.length && a.type == b.type &&
         std::ranges::equal(a.stripes, b.stripes, [](const auto& x, const auto& y) {
           return x.devid == y.devid && x.physical == y.physical;
         });
}

}  // namespace

Result<void> ChunkMap::insert(ChunkMapping chunk) {
  std::unique_lock hold(mutex_);
  auto next = by_logical_.upper_bound(chunk.logical);
  if (next != by_logical_.begin()) {
    const ChunkMapping& before = *std::prev(next)->second;
    if (same(before, chunk)) return {};
    if (before.end() > chunk.logical)
      return error(Code::corrupt, "chunk overlaps the one at {}", before.logical).at(chunk.logical);
  }
  if (next != by_logical_.end() && chunk.end() > next->first)
    return error(Code::corrupt, "chunk overlaps the one at {}", next->first).at(chunk.logical);
  u64 logical = chunk.logical;
  by_logical_.emplace(logical, std::make_shared<const ChunkMapping>(std::move(chunk)));
  return {};
}

void ChunkMap::remove(u64 logical) {
  std::unique_lock hold(mutex_);
  by_logical_.erase(logical);
}

std::shared_ptr<const ChunkMapping> ChunkMap::find(u64 logical) const {
  std::shared_lock hold(mutex_);
  auto next = by_logical_.upper_bound(logical);
  if (next == by_logical_.begin()) return nullptr;
  const auto& chunk = std::prev(next)->second;
  return logical < chunk->end() ? chunk : nullptr;
}

std::vector<std::shared_ptr<const ChunkMapping>> ChunkMap::all() const {
  std::shared_lock hold(mutex_);
  std::vector<std::shared_ptr<const ChunkMapping>> chunks;
  for (const auto& [logical, chunk] : by_logical_)
    chunks.push_back(chunk);
  return chunks;
}

}  // namespace canopy
