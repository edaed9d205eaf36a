// Deduplication: of data extents that have the same bytes on disk, in the files of given
// subvolumes, all but the first are let go; who referred to them refers to the first. It changes
// subvolumes, read-only ones too, as the kernel's FIDEDUPERANGE may; so no subvolume may be sent at
// that time (tree/root_uses.h).
//
//   file a  | item | --> extent at 1000          file a | item | --> extent at 1000
//   file b  | item | --> extent at 2000   ==>    file b | item | ------^     2000 is freed
//
// Each batch is one transaction beside those of others; what is remembered from one to the next are
// the names of extents (tree/renaming.h), so that a relocation may run in between.
#pragma once

#include <functional>
#include <vector>

#include "commit/filesystem_writer.h"

namespace canopy {

struct DedupeOptions {
  u64 batch_items = 64;  // file extent items that one transaction changes
  // Called where a transaction has no room; tries to make some. Then it is tried once more.
  std::function<void()> make_room;
};

struct DedupeReport {
  u64 items = 0;    // file extent items that name another extent now
  u64 extents = 0;  // that came to have an equal, as often as they were met
  u64 bytes = 0;    // on disk, that those items referred to
  u64 commits = 0;
};

// Code::would_block if one of the subvolumes is being sent; Code::unsupported for a filesystem with
// quotas, whose numbers this does not keep; Code::not_found; Code::no_space. Each error leaves the
// last commit in force.
Result<DedupeReport> deduplicate(FilesystemWriter& writer, const std::vector<u64>& subvolumes,
                                 const DedupeOptions& options = {});

}  // namespace canopy
