// Images that lie in memory as mappings of files, and the one thing that can go wrong there without
// a Result to say it: a file that becomes shorter while it is mapped, or whose disk fails, answers
// a load with SIGBUS. A program asks once that this ends it with a sentence instead of a crash.
#pragma once

#include "base/types.h"

namespace canopy {

// From now on a fault in a mapped image prints which file and where, calls `before_exit` (which
// may only do what a signal handler may; nullptr: nothing) and ends the program with `exit_code`.
void exit_on_mapped_fault(int exit_code, void (*before_exit)());

// What FileDevice tells of its mappings. `path` stays valid until the mapping is forgotten.
void remember_mapping(const u8* start, u64 length, const char* path);
void forget_mapping(const u8* start);

}  // namespace canopy
