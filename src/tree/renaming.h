// Where extents lie that relocations have moved since the filesystem was opened. A relocation only
// renames addresses, so every data extent, and every tree block of a subvolume, has a *name* that
// lasts: the address it had at first.
//
//   name      100   101   102            of 102 the address is still the name; an address that
//   address   500   100   102            was freed may become that of another extent (100)
//
// Who compares addresses of different commits, orders by them or remembers them over commits uses
// names instead, and asks for the address when it reads.
//
// Memory: an extent that does not lie where it did takes two entries.
#pragma once

#include <map>
#include <unordered_map>

#include "base/types.h"

namespace canopy {

class Renaming {
 public:
  bool empty() const { return name_of_.empty(); }
  // The name of the extent that lies at `address`.
  u64 name_of(u64 address) const { return look_up(name_of_, address); }
  // Where the extent with that name lies.
  u64 address_of(u64 name) const { return look_up(address_of_, name); }

  // Extents move from one address to another, all at once.
  void apply(const std::map<u64, u64>& moves);
  // A new extent lies at `address`. Where that is the name of another, the new one gets a name that
  // no extent can have for an address.
  void create(u64 address);

 private:
  using Names = std::unordered_map<u64, u64>;
  static u64 look_up(const Names& names, u64 key) {
    auto found = names.find(key);
    return found == names.end() ? key : found->second;
  }

  Names name_of_;
  Names address_of_;
  u64 next_name_ = u64{1} << 63;
};

}  // namespace canopy
