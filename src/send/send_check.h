// Checking a stream by receiving it: the stream goes into a model of a filesystem, as `btrfs
// receive` would apply it, and what comes out is compared with the snapshot in the image: paths,
// types, modes, owners, times, xattrs, targets, contents, hard links.
//
//   image --send--> stream --receive--> model  <--compare--> image read as files
//
// What the receiver must have before, the parent and the clone sources, is sent in full first.
//
// The kernel's own stream does not always reproduce the snapshot, and ours is the kernel's. Where a
// difference has a known cause of that kind (receive_quirks.h), `quirk` names it.
#pragma once

#include <string>

#include "send/send_plan.h"

namespace canopy {

struct SendDifference {
  std::string path;   // in the snapshot
  std::string what;   // for people: "mode 755 instead of 644"
  std::string quirk;  // why the kernel's stream does this; empty where we know of no reason
};

// How one subvolume of the plan came out.
struct CheckedSubvolume {
  u64 id = 0;
  std::string failure;        // why the stream cannot be received; then nothing was compared
  std::string failure_quirk;  // why the kernel's cannot either; empty where we know of no reason
  u64 paths = 0;              // compared
  u64 bytes = 0;              // of contents compared
  std::vector<SendDifference> differences;
  // There are more than were kept.
  bool truncated = false;

  bool passed() const { return failure.empty() && differences.empty(); }
};

struct SendCheck {
  SendSummary summary;
  std::vector<CheckedSubvolume> subvolumes;
};

// As run_send_plan(), and checks the stream as it is made. What is not received rightly is no
// error, but said in the result; errors are those of run_send_plan() and of reading the snapshot.
// Contents are not compared where the plan omits them (no_data). Code::unsupported for a stream
// without its header.
Result<SendCheck> run_checked_send_plan(Filesystem& filesystem, const SubvolumeList& subvolumes,
                                        const SendPlan& plan, Sink& sink,
                                        SendProgress* progress = nullptr,
                                        CommandObserver* observer = nullptr,
                                        const std::function<void(u64 subvolume)>& starting = {});

}  // namespace canopy
