// Moving everything out of one block group and taking its chunk away (what the kernel's
// btrfs_relocate_block_group does), in batches: each batch is one transaction of bounded size,
// after each the image is a valid filesystem, and committed readers go on all the while.
#pragma once

#include <functional>
#include <optional>
#include <set>

#include "relocation/control.h"
#include "relocation/rename.h"

namespace canopy {

struct RelocationOptions {
  // A batch ends once it rewrites that many tree blocks, or MOST_BLOCK_BYTES of them, or copies
  // that many bytes of data. What one extent needs is never divided. Blocks above those that move
  // are rewritten in every batch: the smaller batches are, the more is written in all.
  u64 batch_blocks = 8192;
  u64 batch_data_bytes = 256u << 20;
  // Which is the memory that a batch may take, twice over.
  static constexpr u64 MOST_BLOCK_BYTES = 128u << 20;
  // BLOCK_GROUP_* profile bits that new places have; the group's own if not given.
  std::optional<u64> data_profile;
  std::optional<u64> metadata_profile;
  std::optional<u64> system_profile;
};

// A relocation of any number of groups. It remembers where blocks lay when it began, and finish()
// puts them in that order again.
class Relocation {
 public:
  // All are borrowed. `groups` are those that will be relocated. REQUIRES: one relocation at a
  // time.
  Relocation(FilesystemWriter& writer, RelocationOptions options, RelocationControl& control,
             std::set<u64> groups);
  ~Relocation();

  // Whether the image can be relocated at all. Code::unsupported with the reason.
  Result<void> check_possible();
  // Closes groups that will be relocated next, so that nothing goes into them that would have to
  // move again. Where there is no room elsewhere they are opened again.
  void close_groups(const std::vector<u64>& starts);
  // Empties the group at `start` and removes it. Between batches the turn is passed on
  // (FilesystemWriter::turn()). REQUIRES of this and finish(): it is ours. Errors: Code::no_space
  // (the group stays, partly emptied), Code::cancelled (likewise), Code::corrupt. Each leaves the
  // last commit in force.
  Result<void> relocate_group(u64 start);
  // Puts blocks of subvolumes in the order that they had at first, as far as there is room: those
  // that came from groups that stay to where they were, the others beside each other.
  Result<void> finish();

 private:
  // What one or more transactions work through.
  struct Work {
    std::optional<u64> group;  // that is emptied and then removed
    std::vector<u64> extents;
    std::size_t next = 0;
    RisingBlocks rising;
  };

  Result<void> run_batches(u64 start);
  Result<void> retry_with_room(std::optional<u64> current,
                               const std::function<Result<void>()>& attempt);
  Result<bool> run_batch(Work& work);
  Result<bool> try_batch(Work& work);
  Result<Closure> next_closure(Work& work);
  // Whether there may be more room now; what is closed besides `current` is opened, or addresses
  // are no longer kept.
  bool make_room(std::optional<u64> current);
  Result<std::vector<u64>> list_extents(const BlockGroup& group);
  Result<void> restore_level(u8 level);
  Result<void> remove_free_space_cache(u64 start);
  Result<void> keep_data_profile(u64 start);
  Result<std::unique_ptr<Transaction>> begin_small();
  Result<void> reserve_blocks(Transaction& transaction, const RenameTargets& targets,
                              const Closure& closure);
  RenameTargets targets_for(u64 flags) const;
  u64 usual_metadata_chunk(u64 type) const;
  Result<void> commit(std::unique_ptr<Transaction> transaction, std::map<u64, u64> moves = {});
  // Between transactions: others may make theirs; waits while paused. Code::cancelled.
  Result<void> pass_turn();

  FilesystemWriter& writer_;
  RelocationOptions options_;
  RelocationControl& control_;
  std::set<u64> leaving_;
  HomeOrder order_;
  u64 next_address_ = 0;  // for blocks that leave their group in order
};

}  // namespace canopy
