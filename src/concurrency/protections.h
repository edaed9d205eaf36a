// What keeps a send right beside a relocation. In a controlled run (scheduler.h) each can be left
// out, to see which schedule then fails and how; free threads need all of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace canopy {

enum class Protection : u8 {
  // What send keeps of a tree after it let go of the commit root semaphore is a copy.
  leaf_clones,
  // After a commit of a relocation send searches its place again.
  restart,
  // Send looks at commit roots, and a commit switches them, holding the commit root semaphore.
  semaphore,
  // What a transaction frees stays what it was until its commit has switched the roots.
  pinning,
  // Where an extent lies is asked at the moment when it is read.
  revalidation,
  // Send lets go of the semaphore before it writes a command, which may wait for the receiver.
  release_before_callback,
};

inline constexpr u32 PROTECTIONS = static_cast<u32>(Protection::release_before_callback) + 1;

// "leaf_clones"
std::string_view protection_name(Protection protection);
std::optional<Protection> protection_named(std::string_view name);

// All are on at first.
class Protections {
 public:
  bool has(Protection protection) const { return (off_ & bit(protection)) == 0; }
  // REQUIRES: nobody works on the filesystem.
  void leave_out(Protection protection) { off_ |= bit(protection); }

  // Those that are left out, by name, joined by commas; and back: Code::invalid for other words.
  std::string left_out() const;
  static Result<Protections> without(std::string_view names);

  friend bool operator==(const Protections&, const Protections&) = default;

 private:
  static u32 bit(Protection protection) { return u32{1} << static_cast<u32>(protection); }
  u32 off_ = 0;
};

}  // namespace canopy
