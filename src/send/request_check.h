// What a request names, looked up and found fit to be sent, or the kernel's refusal.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/result.h"
#include "send/root_reader.h"
#include "send/send.h"

namespace canopy {

struct RequestedRoots {
  // By id; a root that is named more than once has one reader.
  std::map<u64, std::unique_ptr<RootReader>> readers;
  const RootReader* send_root = nullptr;
  const RootReader* parent_root = nullptr;
  std::vector<const RootReader*> clone_roots;  // ascending by id, with the send root
  u32 protocol = 0;
};

// In the order of the kernel's checks.
Result<RequestedRoots> check_request(CommittedForest& forest, const SendRequest& request);

}  // namespace canopy
