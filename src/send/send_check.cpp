#include "send/send_check.h"

#include <algorithm>
#include <array>
#include <set>

#include "send/receive_quirks.h"
#include "send/snapshot_compare.h"
#include "stream/receiver.h"

namespace canopy {
namespace {

// Above this, only hashes of what was received are kept in memory.
constexpr u64 KEEP_BYTES_UP_TO = u64{256} << 20;

// Hands a stream to its sink and to a receiver. What the receiver cannot take does not stop the
// stream: what follows is only watched for the reason.
class CheckingSink final : public Sink {
 public:
  CheckingSink(Sink& sink, Model& model, const ReceiverOptions& options)
      : sink_(sink), receiver_(model, options) {}

  Result<void> write(std::span<const Bytes> pieces) override {
    TRY(sink_.write(pieces));
    for (const Bytes piece : pieces) {
      if (broken_) return {};
      reader_.feed(piece);
      for (;;) {
        auto command = reader_.next();
        if (!command.ok()) note_broken(command.error());
        if (!command.ok() || command.value() == nullptr) break;
        take(*command.value());
      }
    }
    return {};
  }
  void finish() {
    if (broken_) return;
    if (auto whole = reader_.finish(); !whole.ok()) note_broken(whole.error());
    if (failure_.empty()) receiver_.finish_subvolume();
  }

  const std::string& failure() const { return failure_; }
  const FailedCommand& failed() const { return failed_; }
  // Which of the subvolumes failed, counted from 0.
  std::size_t failed_subvolume() const { return parents_.empty() ? 0 : failed_at_; }
  // The uuid that each subvolume names as its parent's; nullopt for a full stream.
  const std::vector<std::optional<std::array<u8, 16>>>& parents() const { return parents_; }

 private:
  void note_broken(const Error& problem) {
    broken_ = true;
    if (failure_.empty()) failure_ = problem.to_string();
  }

  void take(const StreamCommand& command) {
    if (command.type() == SendCommand::subvol || command.type() == SendCommand::snapshot)
      std::ranges::copy(command.uuid(SendAttribute::uuid), uuid_.begin());
    if (command.type() == SendCommand::subvol) parents_.emplace_back();
    if (command.type() == SendCommand::snapshot) {
      auto& uuid = parents_.emplace_back(std::in_place).value();
      std::ranges::copy(command.uuid(SendAttribute::clone_uuid), uuid.begin());
    }
    if (!failure_.empty()) {
      failed_.orphan_comes_later |= command.type() == SendCommand::rename &&
                                    command.text(SendAttribute::path_to) == failed_.orphan;
      return;
    }
    auto received = receiver_.apply(command);
    if (received.ok()) return;
    failure_ = received.error().to_string();
    failed_at_ = parents_.empty() ? 0 : parents_.size() - 1;
    failed_.clones_from_itself = command.type() == SendCommand::clone &&
                                 std::ranges::equal(command.uuid(SendAttribute::clone_uuid), uuid_);
    for (const SendAttribute attribute :
         {SendAttribute::path, SendAttribute::path_to, SendAttribute::path_link}) {
      if (failed_.orphan.empty() && command.has(attribute))
        failed_.orphan = orphan_above(command.text(attribute));
    }
  }

  Sink& sink_;
  Reader reader_;
  Receiver receiver_;
  bool broken_ = false;
  std::string failure_;
  FailedCommand failed_;
  std::size_t failed_at_ = 0;
  std::array<u8, 16> uuid_{};  // of the subvolume in hand
  std::vector<std::optional<std::array<u8, 16>>> parents_;
};

// Whose uuid a stream gave as that of the parent.
std::optional<u64> find_parent(const SubvolumeList& subvolumes, const SendPlan& plan,
                               const CheckingSink& checking, std::size_t n) {
  if (plan.parent) return plan.parent;
  if (n >= checking.parents().size() || !checking.parents()[n]) return std::nullopt;
  const auto& uuid = *checking.parents()[n];
  for (const Subvolume& subvolume : subvolumes.all()) {
    if (std::ranges::equal(subvolume.item.received_uuid, uuid)) return subvolume.id;
  }
  const Subvolume* found = subvolumes.find_uuid(uuid);
  return found == nullptr ? std::nullopt : std::optional(found->id);
}

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
  std::string quirk;
  if (failure.empty() && !checking.failure().empty()) {
    failure = checking.failure();
    const std::size_t n = checking.failed_subvolume();
    if (n < plan.subvolumes.size()) {
      ReceiveQuirks quirks(filesystem, plan.subvolumes[n],
                           find_parent(subvolumes, plan, checking, n));
      quirk = TRY(quirks.of_failure(checking.failed()));
    }
  }

  SnapshotCompare::Options compare_options;
  compare_options.contents = !plan.flags.no_data;
  for (std::size_t n = 0; n < plan.subvolumes.size(); ++n) {
    CheckedSubvolume& result = check.subvolumes.emplace_back();
    result.id = plan.subvolumes[n];
    const bool arrived =
        before + n < model.subvolumes().size() && model.subvolumes()[before + n]->finished;
    if (!arrived || !failure.empty()) {
      result.failure = failure.empty() ? "the stream ends before the subvolume is whole" : failure;
      result.failure_quirk = quirk;
      continue;
    }
    compare_options.parent = find_parent(subvolumes, plan, checking, n);
    SnapshotCompare compare(filesystem, compare_options);
    TRY(compare.run(*model.subvolumes()[before + n], result));
  }
  return check;
}

}  // namespace canopy
