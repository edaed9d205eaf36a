#include "send/send_job.h"

namespace canopy {
namespace {

Result<u64> choose_parent(const SubvolumeList& subvolumes, u64 id,
                          const std::vector<u64>& clone_sources) {
  const Subvolume* subvolume = subvolumes.find(id);
  const Subvolume* parent =
      subvolume != nullptr ? subvolumes.parent_among(*subvolume, clone_sources) : nullptr;
  if (parent == nullptr) {
    return error(Code::not_found, "none of the clone sources can be the parent of {}",
                 subvolume != nullptr ? subvolume->display_name() : fmt::format("subvolume {}", id))
        .as_errno("ENOENT");
  }
  return parent->id;
}

}  // namespace

Result<SendSummary> run_send_job(Filesystem& filesystem, const SubvolumeList& subvolumes,
                                 const SendJob& job, Sink& sink, SendProgress* progress,
                                 CommandObserver* observer,
                                 const std::function<void(u64)>& starting) {
  SendRequest request;
  request.parent = job.parent;
  request.clone_sources = job.clone_sources;
  request.protocol = job.protocol.value_or(job.flags.compressed_data ? 2 : 1);
  request.treat_as_read_only = job.treat_as_read_only;
  const bool choose = !job.parent && !job.clone_sources.empty() && !job.exact_clone_sources;
  if (job.parent && !job.exact_clone_sources) request.clone_sources.push_back(*job.parent);

  SendSummary total;
  for (std::size_t n = 0; n < job.subvolumes.size(); ++n) {
    request.subvolume = job.subvolumes[n];
    if (starting) starting(request.subvolume);
    if (choose) {
      request.parent = TRY(choose_parent(subvolumes, request.subvolume, request.clone_sources));
    }
    request.flags = job.flags;
    request.flags.omit_stream_header |= job.one_stream && n > 0;
    request.flags.omit_end_command |= job.one_stream && n + 1 < job.subvolumes.size();
    SendSummary one = TRY(send_subvolume(filesystem, request, sink, progress, observer));
    total = {one.protocol, total.bytes + one.bytes, total.commands + one.commands};
    if (choose) request.clone_sources.push_back(request.subvolume);
  }
  return total;
}

}  // namespace canopy
