// A cache keyed by (inode, generation) that drops what was not looked up for longest. Which entry
// goes when is visible in a stream, so the rules are exactly the kernel's (fs/btrfs/lru_cache.c):
// a hit moves an entry to the newest end; storing a new entry into a full cache first drops the
// oldest; storing what is there changes nothing.
#pragma once

#include <list>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/types.h"

namespace canopy {

template <typename Value>
class LruCache {
 public:
  struct Entry {
    u64 key;
    u64 gen;
    Value value;
  };

  // capacity 0: whoever stores also trims.
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

  std::size_t size() const { return entries_.size(); }

  // Null: not there. Valid until the entry goes.
  Value* lookup(u64 key, u64 gen = 0) {
    auto found = index_.find({key, gen});
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.end(), entries_, found->second);
    return &found->second->value;
  }

  void store(u64 key, u64 gen, Value value) {
    if (index_.contains({key, gen})) return;
    if (capacity_ > 0 && entries_.size() == capacity_) remove_oldest();
    entries_.push_back({key, gen, std::move(value)});
    index_.emplace(Id{key, gen}, std::prev(entries_.end()));
  }

  void remove(u64 key, u64 gen = 0) {
    auto found = index_.find({key, gen});
    if (found == index_.end()) return;
    entries_.erase(found->second);
    index_.erase(found);
  }

  void clear() {
    entries_.clear();
    index_.clear();
  }

  // REQUIRES: size() > 0.
  const Entry& oldest() const { return CHECK(!entries_.empty()), entries_.front(); }
  const Entry& newest() const { return CHECK(!entries_.empty()), entries_.back(); }

 private:
  struct Id {
    u64 key;
    u64 gen;
    bool operator==(const Id&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Id& id) const {
      return static_cast<std::size_t>((id.key * 0x9e3779b97f4a7c15u) ^ (id.gen << 17));
    }
  };

  void remove_oldest() {
    index_.erase({entries_.front().key, entries_.front().gen});
    entries_.pop_front();
  }

  std::size_t capacity_;
  std::list<Entry> entries_;  // oldest first
  std::unordered_map<Id, typename std::list<Entry>::iterator, Hash> index_;
};

}  // namespace canopy
