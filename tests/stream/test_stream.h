// Streams that the tests of the stream folder share.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "stream/command.h"

namespace canopy {

// A file of tests/stream/data. What a kernel wrote: full-v1, full-v2 (with compressed data) and
// incremental-v2 are streams of two snapshots with every kind of inode; NAME.dump is what
// btrfs-progs 6.14 prints for NAME.stream in UTC, and the manifests list the snapshots themselves.
std::vector<u8> read_test_file(const std::string& name);

// A stream with every command of the version once, in which numbers are sample_number(), texts and
// binary values are the name of their attribute, times are -5.999999999.
std::vector<u8> stream_of_every_command(u32 version);
u64 sample_number(SendAttribute attribute);

// Makes the CRC of every command right, as far as the lengths lead.
void fix_checksums(std::vector<u8>& stream);

}  // namespace canopy
