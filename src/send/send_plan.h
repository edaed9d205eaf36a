// Sending as a person asks for it: one or several subvolumes, from a parent or from the best one
// among clone sources. The rules are those of `btrfs send`:
//
//   -p P          every subvolume is sent from P, and may clone from P
//   -c A -c B     its parent is the one of A, B it is a snapshot of, or the nearest relative; a
//                 subvolume that was sent counts as a clone source for those after it
//   neither       full streams
//
// What the kernel then makes of each request is send.h.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "files/subvolume.h"
#include "send/send.h"

namespace canopy {

struct SendPlan {
  std::vector<u64> subvolumes;
  std::optional<u64> parent;
  std::vector<u64> clone_sources;
  // Clone sources and parent go to the kernel's rules as they are: a parent is not added to the
  // clone sources, and none is chosen among them.
  bool exact_clone_sources = false;
  // One stream header before the first subvolume and one END after the last (-e); else each
  // subvolume is a stream of its own.
  bool one_stream = false;
  // Absent: 1, or 2 where compressed data is asked for. 0: the highest.
  std::optional<u32> protocol;
  SendFlags flags;
  bool treat_as_read_only = false;
  bool zeros_for_data = false;  // to measure: see SendRequest
};

// The plan that makes just this request of the kernel.
SendPlan plan_of(const SendRequest& request);

// `starting` is told before each subvolume. Errors: those of send_subvolume(), and where no clone
// source can be the parent (Code::not_found).
Result<SendSummary> run_send_plan(Filesystem& filesystem, const SubvolumeList& subvolumes,
                                  const SendPlan& plan, Sink& sink,
                                  SendProgress* progress = nullptr,
                                  CommandObserver* observer = nullptr,
                                  const std::function<void(u64 subvolume)>& starting = {});

}  // namespace canopy
