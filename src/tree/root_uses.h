// Which subvolumes are being sent and which deduplicated. The two exclude each other on a root, in
// both orders: send relies on its roots not changing, and deduplication changes even read-only
// ones. Whoever comes second is refused, as the kernel does with EAGAIN. Many sends may use a root
// at once, and many deduplications.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace canopy {

class RootUses {
 public:
  enum class By : u8 { send, dedupe };

  // The roots are used for as long as this lives.
  class Use {
   public:
    Use() = default;
    Use(Use&& other) noexcept { *this = std::move(other); }
    Use& operator=(Use&& other) noexcept;
    ~Use() { end(); }

   private:
    friend class RootUses;
    void end();

    RootUses* uses_ = nullptr;
    By by_ = By::send;
    std::vector<u64> roots_;
  };

  // Uses all of the roots, or none: Code::would_block, with the root that the other kind uses. A
  // root may be named twice. REQUIRES: this outlives the Use.
  Result<Use> begin(By by, std::vector<u64> roots);

  // How many sends run, for rules that look at no root.
  u64 sends() const;

 private:
  struct Count {
    u64 sends = 0;
    u64 dedupes = 0;
  };
  static u64& of(Count& count, By by) { return by == By::send ? count.sends : count.dedupes; }

  mutable std::mutex mutex_;
  std::map<u64, Count> counts_;
  u64 sends_ = 0;
};

}  // namespace canopy
