// What is known of extents from two sides: recorded in the extent tree, and shown by the trees that
// use them.
#pragma once

#include "backref/extent_refs.h"
#include "check/check_context.h"
#include "check/reference_sums.h"

namespace canopy {

inline ExtentFact block_fact(u64 bytenr, u8 level, u64 generation) {
  return {.bytenr = bytenr, .a = level, .b = generation};
}
// `length` is 0 of tree blocks.
inline ExtentFact reference_fact(u64 bytenr, u64 length, const ExtentRef& ref) {
  const bool shared = ref.type == SHARED_BLOCK_REF_KEY || ref.type == SHARED_DATA_REF_KEY;
  return {.bytenr = bytenr,
          .type = ref.type,
          .a = shared ? ref.parent : ref.root,
          .b = ref.objectid,
          .c = ref.offset,
          .length = length};
}

inline u64 free_run_hash(u64 start, u64 end) { return hash_numbers({start, end}); }
inline void add_free_run(GroupUse& group, u64 start, u64 end) {
  ++group.free_runs;
  group.free_sum += free_run_hash(start, end);
}

// What the extent tree records, each with a minus (extents.cpp). The first time it also checks the
// extents by themselves and fills context.groups, full_backref and shared_block.
Result<void> add_recorded_facts(CheckContext& context, ExtentFacts& facts);
// What the trees show, each with a plus (tree_blocks.cpp). The first time it also checks all
// copies of every tree block. REQUIRES: the recorded facts were added.
Result<void> add_shown_facts(CheckContext& context, ExtentFacts& facts);
// Reports what did not cancel out (references.cpp).
void report_differences(CheckContext& context, const ExtentFacts& facts);

}  // namespace canopy
