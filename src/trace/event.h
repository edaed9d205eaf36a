// The catalogue of what threads do for a while: spans, with two numbers each that say what of.
// Where the catalogue grows, the table in event.cpp grows, and every reader of traces knows it.
#pragma once

#include <string_view>

#include "base/types.h"

namespace canopy {

enum class TraceKind : u8 {
  // Send
  item,          // what is done with one item of the trees
  search,        // in a commit root
  clone_block,   // a leaf or root that send keeps
  restart,       // the place is searched again: a relocation was committed
  clone_search,  // who else has an extent
  read_data,     // of a file
  // Waits
  pipe_full,
  pipe_empty,
  pipe_fill,               // an instant: so much is in the pipe now
  commit_roots_shared,     // for the commit root semaphore, as a reader
  commit_roots_exclusive,  // as the writer
  turn,                    // for whoever changes the filesystem at the moment
  // Relocation
  relocate_group,
  move_extents,  // one batch
  remove_group,
  // Commit
  commit,
  settle,  // delayed references, block groups, root items
  write_blocks,
  write_superblocks,
  switch_roots,  // the commit root semaphore is held exclusively
  discard,
  // Others
  receive,  // the reader of a pipe hands on what it read
  receiver_commit,
  dedupe,
  reclaim,
  // Beside the spans of a thread, not within them (TraceBuffer::read_aside)
  holds_shared,  // the commit root semaphore, as a reader
  holds_exclusive,
  extent_moved,  // instants of a commit: what it has moved, keeps until it is over, and lets go
  pinned,
  released,
};

inline constexpr u32 TRACE_KINDS = static_cast<u32>(TraceKind::released) + 1;

// One of the four lanes that a timeline may give colours to.
enum class TraceCategory : u8 { send, wait, relocation, commit, other };

struct TraceKindInfo {
  std::string_view name;  // in words
  TraceCategory category;
  std::string_view first;  // what the numbers are; "" where there is none
  std::string_view second;
};

const TraceKindInfo& trace_kind_info(TraceKind kind);
std::string_view trace_category_name(TraceCategory category);

// What a thread did from `begin_ns` to `end_ns` of the steady clock. Spans of one thread lie beside
// or within each other.
struct TraceEvent {
  TraceKind kind = TraceKind::item;
  u64 begin_ns = 0;
  u64 end_ns = 0;  // 0: it still does
  u64 first = 0;
  u64 second = 0;
};

}  // namespace canopy
