// Comparing two large sets without holding either: who refers to an extent, as the trees show it
// and as the extent tree records it.
//
// Each side adds, for each member, a hash of it to one of 65536 sums, one side with a plus, the
// other with a minus. A sum of zero means that the two sides agree in all that went into it (but
// for chance, one in 2^64). Where sums are not zero, both sides are gone through again, and what
// goes into those sums is collected and held against each other.
//
// The hash is not secret: who makes an image so that wrong references add up to zero is not found
// out. A check finds damage, it does not guard.
#pragma once

#include <compare>
#include <initializer_list>
#include <map>
#include <set>
#include <vector>

#include "base/types.h"

namespace canopy {

// A 64-bit hash of some numbers, each of which matters.
u64 hash_numbers(std::initializer_list<u64> numbers);

// `Member` has operator<=>, hash(), and bucket(): members that are to be looked at together where
// something is wrong with one of them have the same.
template <typename Member>
class ReferenceSums {
 public:
  static constexpr std::size_t SUMS = 65536;
  // How many sums are looked at again; with more there is too much wrong to list it all.
  static constexpr std::size_t MOST_COLLECTED = 256;

  ReferenceSums() : sums_(SUMS) {}

  // `count` may be negative.
  void add(const Member& member, i64 count) {
    if (!collecting_) {
      sums_[sum_of(member)] += member.hash() * static_cast<u64>(count);
    } else if (is_collected(member)) {
      auto [entry, is_new] = members_.emplace(member, count);
      if (is_new) return;
      entry->second += count;
      if (entry->second == 0) members_.erase(entry);
    }
  }

  // How many sums are not zero.
  std::size_t unequal() const {
    std::size_t count = 0;
    for (u64 sum : sums_)
      count += sum != 0 ? 1 : 0;
    return count;
  }

  // From now on members of sums that are not zero are collected. Everything is to be added again.
  void collect() {
    collecting_ = true;
    for (std::size_t i = 0; i < SUMS && collected_.size() < MOST_COLLECTED; ++i)
      if (sums_[i] != 0) collected_.insert(i);
  }
  bool is_collected(const Member& member) const { return collected_.contains(sum_of(member)); }
  bool is_collecting() const { return collecting_; }
  // What did not cancel out.
  const std::map<Member, i64>& left() const { return members_; }

 private:
  static std::size_t sum_of(const Member& member) {
    return static_cast<std::size_t>(member.bucket() % SUMS);
  }

  std::vector<u64> sums_;
  bool collecting_ = false;
  std::set<std::size_t> collected_;
  std::map<Member, i64> members_;
};

// Something that refers to an extent, or that is said of it.
struct ExtentFact {
  u64 bytenr = 0;
  u8 type = 0;     // TREE_BLOCK_REF, ...; 0: the block itself, of level a and generation b
  u64 a = 0;       // root or parent
  u64 b = 0;       // inode
  u64 c = 0;       // offset
  u64 length = 0;  // of a data extent

  u64 bucket() const { return hash_numbers({bytenr}); }
  u64 hash() const { return hash_numbers({bytenr, type, a, b, c, length}); }
  friend auto operator<=>(const ExtentFact&, const ExtentFact&) = default;
};

// The extent tree's side counts with a minus, that of the trees with a plus.
class ExtentFacts : public ReferenceSums<ExtentFact> {
 public:
  // There is an extent item for this address. Remembered of what is collected.
  void note_recorded(u64 bytenr) {
    if (is_collected(ExtentFact{.bytenr = bytenr})) recorded_.insert(bytenr);
  }
  bool is_recorded(u64 bytenr) const { return recorded_.contains(bytenr); }

  // Something uses this address.
  void note_shown(u64 bytenr) {
    if (is_collected(ExtentFact{.bytenr = bytenr})) shown_.insert(bytenr);
  }
  bool is_shown(u64 bytenr) const { return shown_.contains(bytenr); }

 private:
  std::set<u64> recorded_;
  std::set<u64> shown_;
};

}  // namespace canopy
