// Sending one subvolume: the stream that the kernel's BTRFS_IOC_SEND would write, byte for byte.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "filesystem/filesystem.h"
#include "send/provenance.h"
#include "send/send_context.h"
#include "stream/sink.h"

namespace canopy {

inline constexpr u32 highest_send_protocol = 2;

// What the ioctl is given.
struct SendRequest {
  u64 subvolume = 0;
  std::optional<u64> parent;  // absent: a full send
  // Subvolumes that the receiver has too, in any order, repeated or not. The parent counts as one
  // only where it is named here as well.
  std::vector<u64> clone_sources;
  u32 protocol = 1;  // 0: the highest
  SendFlags flags;
  // File data is not read: zeros stand for it. All else is as in the stream, its length too.
  bool zeros_for_data = false;
  // Accept subvolumes that are not read-only. Nothing writes to an image at rest.
  bool treat_as_read_only = false;

  friend bool operator==(const SendRequest&, const SendRequest&) = default;
};

struct SendSummary {
  u32 protocol = 0;
  u64 bytes = 0;
  u64 commands = 0;
};

// Writes the stream of `request` to `sink`. `progress` and `observer` may be null.
//
// Errors are the kernel's refusals, with its errno and in its order (EPERM: not read-only or being
// deleted; EINVAL, EPROTO: flags; ENOENT: no such subvolume; EAGAIN with Code::would_block: one of
// the subvolumes is being deduplicated), those of the image, those of the sink, and
// Code::cancelled.
// What was written before an error stays written, without END.
Result<SendSummary> send_subvolume(Filesystem& filesystem, const SendRequest& request, Sink& sink,
                                   SendProgress* progress = nullptr,
                                   CommandObserver* observer = nullptr);

// How long the stream of `request` will be, exactly; an observer is told of its commands as if it
// were sent. Only metadata is read, so that this is cheap beside sending. (What is wrong with file
// data is not noticed.)
Result<SendSummary> measure_send(Filesystem& filesystem, const SendRequest& request,
                                 SendProgress* progress = nullptr,
                                 CommandObserver* observer = nullptr);

}  // namespace canopy
