#include "send/send_check.h"

#include <set>

#include "send/snapshot_compare.h"
#include "stream/receiver.h"

namespace canopy {
namespace {

// Above this, only hashes of what was received are kept in memory.
constexpr u64 KEEP_BYTES_UP_TO = u64{256} << 20;

// Hands a stream to its sink and to a receiver. What the receiver cannot take does not stop the
// stream.
class CheckingSink final : public Sink {
 public:
  CheckingSink(Sink& sink, Model& model, const ReceiverOptions& options)
      : sink_(sink), receiver_(model, options) {}

  Result<void> write(std::span<const Bytes> pieces) override {
    TRY(sink_.write(pieces));
    if (!failure_.empty()) return {};
    note(receiver_.write(pieces));
    return {};
  }
  void finish() {
    if (failure_.empty()) note(receiver_.finish());
  }
  const std::string& failure() const { return failure_; }

 private:
  void note(const Result<void>& received) {
    if (!received.ok()) failure_ = received.error().to_string();
  }

  Sink& sink_;
  ReceivingSink receiver_;
  std::string failure_;
};

// Puts a subvolume, sent in full, into the model, under a name that no other has.
Result<void> receive_whole(Filesystem& filesystem, const SendPlan& plan, u64 id, Model& model,
                           const ReceiverOptions& options) {
  SendRequest request;
  request.subvolume = id;
  request.protocol = plan.protocol.value_or(1);
  request.treat_as_read_only = plan.treat_as_read_only;
  ReceivingSink sink(model, options);
  TRY(send_subvolume(filesystem, request, sink));
  TRY(sink.finish());
  model.subvolumes().back()->name = fmt::format("received before: {}", id);
  return {};
}

// What the receiver has before the plan is run, each once. A clone source that is sent itself comes
// with the plan.
std::set<u64> ids_before(const SendPlan& plan) {
  std::set<u64> ids(plan.clone_sources.begin(), plan.clone_sources.end());
  for (u64 id : plan.subvolumes)
    ids.erase(id);
  if (plan.parent) ids.insert(*plan.parent);
  return ids;
}

}  // namespace

Result<SendCheck> run_checked_send_plan(Filesystem& filesystem, const SubvolumeList& subvolumes,
                                        const SendPlan& plan, Sink& sink, SendProgress* progress,
                                        CommandObserver* observer,
                                        const std::function<void(u64)>& starting) {
  if (plan.flags.omit_stream_header)
    return error(Code::unsupported, "a stream without its header cannot be checked");
  ReceiverOptions options;
  options.sectorsize = filesystem.super().sectorsize;
  if (filesystem.super().bytes_used > KEEP_BYTES_UP_TO) options.keep = Keep::hashes;

  Model model;
  std::string failure;
  for (u64 id : ids_before(plan)) {
    auto received = receive_whole(filesystem, plan, id, model, options);
    if (!received.ok() && failure.empty())
      failure = fmt::format("subvolume {}, which the receiver needs before: {}", id,
                            received.error().to_string());
  }
  const std::size_t before = model.subvolumes().size();

  SendCheck check;
  CheckingSink checking(sink, model, options);
  check.summary =
      TRY(run_send_plan(filesystem, subvolumes, plan, checking, progress, observer, starting));
  checking.finish();
  if (failure.empty()) failure = checking.failure();

  SnapshotCompare::Options compare_options;
  compare_options.contents = !plan.flags.no_data;
  for (std::size_t n = 0; n < plan.subvolumes.size(); ++n) {
    CheckedSubvolume& result = check.subvolumes.emplace_back();
    result.id = plan.subvolumes[n];
    const bool arrived =
        before + n < model.subvolumes().size() && model.subvolumes()[before + n]->finished;
    if (!arrived || !failure.empty()) {
      result.failure = failure.empty() ? "the stream ends before the subvolume is whole" : failure;
      continue;
    }
    compare_options.parent = plan.parent;
    SnapshotCompare compare(filesystem, compare_options);
    TRY(compare.run(*model.subvolumes()[before + n], result));
  }
  return check;
}

}  // namespace canopy
