#include "send/send_plan.h"

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

SendPlan plan_of(const SendRequest& request) {
  SendPlan plan;
  plan.subvolumes = {request.subvolume};
  plan.parent = request.parent;
  plan.clone_sources = request.clone_sources;
  plan.exact_clone_sources = true;
  plan.protocol = request.protocol;
  plan.flags = request.flags;
  plan.treat_as_read_only = request.treat_as_read_only;
  plan.zeros_for_data = request.zeros_for_data;
  return plan;
}

Result<SendSummary> run_send_plan(Filesystem& filesystem, const SubvolumeList& subvolumes,
                                  const SendPlan& plan, Sink& sink, SendProgress* progress,
                                  CommandObserver* observer,
                                  const std::function<void(u64)>& starting) {
  SendRequest request;
  request.parent = plan.parent;
  request.clone_sources = plan.clone_sources;
  request.protocol = plan.protocol.value_or(plan.flags.compressed_data ? 2 : 1);
  request.treat_as_read_only = plan.treat_as_read_only;
  request.zeros_for_data = plan.zeros_for_data;
  const bool choose = !plan.parent && !plan.clone_sources.empty() && !plan.exact_clone_sources;
  if (plan.parent && !plan.exact_clone_sources) request.clone_sources.push_back(*plan.parent);

  SendSummary total;
  for (std::size_t n = 0; n < plan.subvolumes.size(); ++n) {
    request.subvolume = plan.subvolumes[n];
    if (starting) starting(request.subvolume);
    if (choose) {
      request.parent = TRY(choose_parent(subvolumes, request.subvolume, request.clone_sources));
    }
    request.flags = plan.flags;
    request.flags.omit_stream_header |= plan.one_stream && n > 0;
    request.flags.omit_end_command |= plan.one_stream && n + 1 < plan.subvolumes.size();
    SendSummary one = TRY(send_subvolume(filesystem, request, sink, progress, observer));
    total = {one.protocol, total.bytes + one.bytes, total.commands + one.commands};
    if (choose) request.clone_sources.push_back(request.subvolume);
  }
  return total;
}

}  // namespace canopy
