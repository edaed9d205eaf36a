// Balance: relocation of all block groups that pass the filters, as `btrfs balance start` does it.
//
// Which chunks pass is decided as in the kernel, from the highest logical address down, limits
// counted on the way; but before the first is moved: what moves does not go into chunks whose turn
// is still to come. Data comes first, then SYSTEM, then metadata from the lowest group up: moving
// data rewrites tree blocks, and moving the tree blocks last can put all of them into the order of
// addresses that they had before.
#pragma once

#include <functional>
#include <vector>

#include "relocation/filters.h"
#include "relocation/relocate.h"

namespace canopy {

struct BalanceRequest {
  // The kinds of chunks that are balanced; none given: all of them. Chunks that hold both data and
  // metadata follow `data`.
  std::optional<BalanceFilter> data;
  std::optional<BalanceFilter> metadata;
  std::optional<BalanceFilter> system;
  bool force = false;  // a conversion may take away copies of metadata
};

// Whether the request asks for such a chunk; `limit` is not looked at. `used` in bytes.
bool asks_for(const BalanceRequest& request, const ChunkMapping& chunk, u64 used);

enum class ChunkVerdict { relocated, no_space };

struct BalancedChunk {
  u64 logical = 0;
  u64 length = 0;
  u64 flags = 0;
  u64 used = 0;  // before
  ChunkVerdict verdict = ChunkVerdict::relocated;
  std::string problem;  // of no_space
};

struct BalanceReport {
  u64 considered = 0;
  u64 relocated = 0;
  u64 no_space = 0;
  std::vector<BalancedChunk> chunks;
};

// Where what one kind of chunk gives up can go: into chunks that stay, or into new ones. Where that
// is not enough for all, it may be for one chunk after another, since each that is emptied leaves
// its room to the next; where it is not enough for a single chunk, chunks will stay.
struct PlannedRoom {
  enum class Verdict { enough, one_by_one, too_little };

  u64 flags = 0;          // BLOCK_GROUP_* of what is written: type and profile
  u64 to_move = 0;        // bytes
  u64 largest_chunk = 0;  // used bytes of the chunk that has most
  u64 free = 0;           // bytes in chunks that stay and have this type and profile
  u64 new_chunks = 0;     // bytes that new chunks could take, counted no further than is needed

  // Whether new chunks could take no more than new_chunks says.
  bool is_counted_to_the_end() const { return new_chunks == 0 || free + new_chunks < to_move; }
  Verdict verdict() const {
    if (to_move <= free + new_chunks) return Verdict::enough;
    return largest_chunk <= free + new_chunks ? Verdict::one_by_one : Verdict::too_little;
  }
};

// "enough", or what of it there is not enough for.
const char* room_verdict_text(PlannedRoom::Verdict verdict);

// What is to be known before a filesystem of which is_balance_paused() is mounted again.
inline constexpr const char* PAUSED_BALANCE_WARNING =
    "the kernel has begun a balance and paused it; the next mount for writing goes on with it, "
    "unless with the option skip_balance";
Result<bool> is_balance_paused(CommittedForest& forest);

// What a balance would do, found without changing anything.
struct BalancePlan {
  std::vector<BalancedChunk> chunks;
  u64 considered = 0;
  u64 data_bytes = 0;         // to be moved
  u64 metadata_bytes = 0;     // of tree blocks that lie in these chunks
  u64 unallocated_bytes = 0;  // on all devices together
  u64 free_data_bytes = 0;    // in chunks that stay
  u64 free_metadata_bytes = 0;
  std::vector<PlannedRoom> rooms;  // of each kind of which something moves
  // Moving data writes the tree blocks above it anew, a batch at a time: that many bytes of room
  // for metadata, at most, are taken until the batch is committed.
  u64 rewritten_bytes = 0;
  // The kernel has begun a balance and paused it; the next mount for writing goes on with it.
  bool is_paused_by_kernel = false;
};

// Code::invalid with the reason where the kernel refuses the request: profiles that the devices
// cannot hold, mixed groups with two different filters, fewer copies of metadata without `force`.
Result<void> check_balance(FilesystemWriter& writer, const BalanceRequest& request);

Result<BalancePlan> plan_balance(FilesystemWriter& writer, const BalanceRequest& request);

// Calls `on_chunk` after each chunk. A chunk for which there is no room is counted and passed over;
// other errors end the balance, with the last commit in force. `options` profiles are set from the
// filters.
Result<BalanceReport> balance(FilesystemWriter& writer, const BalanceRequest& request,
                              RelocationOptions options, RelocationControl& control,
                              const std::function<void(const BalancedChunk&)>& on_chunk);

}  // namespace canopy
