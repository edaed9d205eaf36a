// A set of addresses of tree blocks: a bit for each sector, in pages that exist once something in
// them is set. One page stands for 128 MiB of addresses (with sectors of 4 KiB) and takes 4 KiB.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "base/types.h"

namespace canopy {

class AddressSet {
 public:
  explicit AddressSet(u32 sectorsize) : sectorsize_(sectorsize) {}

  bool contains(u64 address) const {
    const u64 bit = address / sectorsize_;
    auto page = pages_.find(bit / PAGE_BITS);
    return page != pages_.end() && ((*page->second)[word_of(bit)] >> bit % 64 & 1) != 0;
  }
  // False: it was there before.
  bool insert(u64 address) {
    const u64 bit = address / sectorsize_;
    auto& page = pages_[bit / PAGE_BITS];
    if (page == nullptr) page = std::make_unique<Page>();
    u64& word = (*page)[word_of(bit)];
    const u64 mask = u64{1} << bit % 64;
    const bool added = (word & mask) == 0;
    word |= mask;
    return added;
  }
  void clear() { pages_.clear(); }

 private:
  static constexpr u64 PAGE_BITS = 32768;
  using Page = std::array<u64, PAGE_BITS / 64>;

  static std::size_t word_of(u64 bit) { return static_cast<std::size_t>(bit % PAGE_BITS / 64); }

  u32 sectorsize_;
  std::unordered_map<u64, std::unique_ptr<Page>> pages_;
};

}  // namespace canopy
