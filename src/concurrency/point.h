// The yield points, by name: the places in send, relocation, commit, the consumer of the pipe and
// deduplication where the order of threads matters.
#pragma once

#include <string_view>

#include "base/types.h"

namespace canopy {

enum class Point : u8 {
  thread_start,
  waiting,  // for a lock, for room or bytes in a pipe
  send_before_search,
  send_in_search,  // between the look at a root pointer and the reading of its block
  send_leaf_cloned,
  send_before_callback,
  send_before_data_read,
  send_before_clone_search,
  send_next_key,
  pipe_write,
  pipe_read,
  relocation_next_batch,
  relocation_blocks_copied,
  commit_start,
  commit_blocks_written,
  commit_before_switch,
  commit_roots_switched,
  commit_unpinned,
  receiver_commit,
  dedupe_start,
  dedupe_before_commit,
  reclaim_start,
  test_a,  // for the scheduler's own tests
  test_b,
};

inline constexpr u32 POINTS = static_cast<u32>(Point::test_b) + 1;

// "send_before_search"
std::string_view point_name(Point point);

// What a controlled thread tells whoever steps it, besides where it stands.
enum class Fact : u8 {
  block_kept,  // send has cloned the block at this address
  restarted,   // send searches its place again, for this transaction of a relocation
  committed,   // this transaction has switched the commit roots
  moved,       // it has moved an extent away from this address
  pinned,    // so many bytes that its transaction frees stay what they are until they are released
  released,  // they, so many bytes, may be used again
};

// Tells the chooser of a controlled run. Where no scheduler controls the thread: a load and a
// branch.
void note_fact(Fact fact, u64 value);

// Whether a scheduler controls the calling thread.
bool is_controlled();

// The calling thread may be made to stand here. Where no scheduler controls it: a load and a
// branch.
void yield_point(Point point);

// Whether the calling thread is of a controlled run that has collapsed (scheduler.h): locks no
// longer keep others out, so whoever has just got one gives up.
bool run_has_collapsed();

}  // namespace canopy
