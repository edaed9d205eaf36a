// Moving everything out of one block group and taking its chunk away (what the kernel's
// btrfs_relocate_block_group does), in batches: each batch is one transaction of bounded size,
// after each the image is a valid filesystem, and committed readers go on all the while.
#pragma once

#include <optional>

#include "relocation/control.h"
#include "relocation/rename.h"

namespace canopy {

struct RelocationOptions {
  // A batch ends once it rewrites that many tree blocks, or copies that many bytes of data. What
  // one extent needs is never divided.
  u64 batch_blocks = 2048;
  u64 batch_data_bytes = 64u << 20;
  // BLOCK_GROUP_* profile bits that new places have; the group's own if not given.
  std::optional<u64> data_profile;
  std::optional<u64> metadata_profile;
  std::optional<u64> system_profile;
};

// A relocation of any number of groups; it remembers the order that blocks had when it began.
class Relocation {
 public:
  // All are borrowed. REQUIRES: one relocation at a time.
  Relocation(FilesystemWriter& writer, RelocationOptions options, RelocationControl& control);
  ~Relocation();

  // Whether the image can be relocated at all. Code::unsupported with the reason.
  Result<void> check_possible();
  // Empties the group at `start` and removes it. Errors: Code::no_space (the group stays, partly
  // emptied), Code::cancelled (likewise), Code::corrupt. Each leaves the last commit in force.
  Result<void> relocate_group(u64 start);

 private:
  Result<void> run_batches(u64 start);
  Result<bool> run_batch(BlockGroup& group, std::vector<u64>& extents, std::size_t& next);
  Result<std::vector<u64>> list_extents(const BlockGroup& group);
  Result<void> remove_free_space_cache(u64 start);
  Result<void> keep_data_profile(const BlockGroup& group);
  Result<void> reserve_blocks(Transaction& transaction, const BlockGroup& group,
                              const Closure& closure);
  RenameTargets targets_for(const BlockGroup& group) const;
  u64 usual_metadata_chunk(u64 type) const;
  Result<void> commit(std::unique_ptr<Transaction> transaction);

  FilesystemWriter& writer_;
  RelocationOptions options_;
  RelocationControl& control_;
  AddressOrder order_;
};

}  // namespace canopy
