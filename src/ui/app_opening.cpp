// Opening images: asking first where that would lose something, the choice of a partition.
#include <fmt/format.h>

#include <algorithm>

#include "ui/app.h"
#include "ui/text.h"

namespace canopy::ui {

void App::open(std::string name, bool ask, OpenSession open_session, Opened opened,
               const OpenStream& open_stream) {
  PendingOpen next{std::move(name), std::move(open_session), std::move(opened), {}, ask};
  drop_candidate();
  if (!open_stream) return ask_before_open(std::move(next));
  candidate_ = Candidate{std::move(next), open_stream([host = &host_] { host->wake(); })};
}

void App::ask_before_open(PendingOpen next) {
  if (pending_open_ && pending_open_->opened) {
    pending_open_->opened(error(Code::cancelled, "another image was opened"));
  }
  pending_open_.reset();
  if (next.asks && !lost_by_opening().empty()) {
    pending_open_ = std::move(next);
    return;
  }
  begin_open(std::move(next));
}

std::vector<std::string_view> App::lost_by_opening() const {
  std::vector<std::string_view> lost;
  if (session_ == nullptr) return lost;
  const auto any_send = [&](auto&& is_meant) {
    return std::any_of(sends_.begin(), sends_.end(), is_meant);
  };
  if (any_send([](const SendEntry& entry) { return !has_ended(entry.job->snapshot().state); })) {
    lost.emplace_back("The send that is running is cancelled.");
  }
  if (any_send([](const SendEntry& entry) {
        return entry.is_kept && !entry.was_downloaded &&
               entry.job->snapshot().state == JobState::done;
      })) {
    lost.emplace_back("A stream that was not downloaded is gone.");
  }
  if (session_->is_balancing()) lost.emplace_back("The balance that is running is cancelled.");
  if (image_is_changed()) {
    lost.emplace_back("What a balance has changed and was not saved is gone.");
  }
  if (export_ && !export_->end_was_told) {
    lost.emplace_back("The files that are being taken out are not downloaded.");
  }
  return lost;
}

void App::answer_pending_open(bool yes) {
  if (!pending_open_) return;
  PendingOpen next = std::move(*pending_open_);
  pending_open_.reset();
  if (yes) {
    begin_open(std::move(next));
  } else if (next.opened) {
    next.opened(error(Code::cancelled, "the image that was open stays open"));
  }
}

void App::begin_open(PendingOpen next) {
  cancel_opening();
  open_problem_.clear();
  opening_name_ = std::move(next.name);
  opened_ = std::move(next.opened);
  opening_session_ = std::move(next.open_session);
  // A script is told which partitions there are; a person is asked.
  opening_asks_ = next.asks;
  opening_ = opening_session_([host = &host_] { host->wake(); }, next.choice);
}

void App::cancel_opening() {
  drop_candidate();
  if (opening_ == nullptr) return;
  opening_.reset();
  opening_session_ = nullptr;
  if (Opened opened = std::move(opened_)) opened(error(Code::cancelled, "opening was cancelled"));
}

std::optional<double> App::unpacked() const {
  if (opening_ == nullptr) return std::nullopt;
  const u64 total = opening_->opening().unpack_total;
  if (total == 0) return std::nullopt;
  return static_cast<double>(opening_->opening().unpacked.load()) / static_cast<double>(total);
}

void App::choose_partition(std::optional<u32> number) {
  if (!partition_choice_) return;
  PartitionChoice chosen = std::move(*partition_choice_);
  partition_choice_.reset();
  if (number) {
    chosen.open.choice.partition = number;
    begin_open(std::move(chosen.open));
  } else if (chosen.open.opened) {
    chosen.open.opened(error(Code::cancelled, "no partition was chosen"));
  }
}

void App::reopen(const OpenOptions& options) {
  if (session_ == nullptr) return;
  OpenChoice choice = session_->opening().choice;
  choice.filesystem = options;
  ask_before_open({image_name_, open_session_, nullptr, choice, image_is_changed()});
}

void App::finish_open() {
  std::shared_ptr<Session> next = std::move(opening_);
  opening_.reset();
  Opened opened = std::move(opened_);
  opened_ = nullptr;
  if (next->state() == Session::State::failed && opening_asks_ &&
      !next->opening().offered.empty()) {
    partition_choice_ = PartitionChoice{{opening_name_, std::move(opening_session_),
                                         std::move(opened), next->opening().choice, true},
                                        next->opening().offered};
    return;
  }
  if (next->state() == Session::State::failed) {
    open_problem_ = next->problem().to_string();
    tell(fmt::format("{} could not be opened: {}", opening_name_, open_problem_), true);
    if (opened) opened(next->problem());
    return;
  }
  drop_jobs();
  next->begin_use();
  session_ = std::move(next);
  open_session_ = std::move(opening_session_);
  image_version_++;
  losses_told_ = 0;
  repairs_told_ = false;
  told_losses_.clear();
  image_name_ = opening_name_;
  history_ = History(history_.last_number() + 1);
  link_lacks_key_ = false;
  host_.navigate(history_.current().number, "", true);
  form = SendForm();
  const ImageSummary& summary = session_->summary();
  tell(fmt::format("Opened {}: {}, generation {}.", image_name_,
                   count_text(summary.subvolumes.all().size(), "subvolume", "subvolumes"),
                   summary.generation));
  for (const std::string& warning : summary.warnings)
    tell(warning, true);
  // The newest read-only snapshot is what a person most likely came to send.
  const Subvolume* newest = nullptr;
  for (const Subvolume& subvolume : summary.subvolumes.all()) {
    if (!subvolume.is_read_only() || subvolume.deleted) continue;
    if (newest == nullptr || subvolume.creation_transid() >= newest->creation_transid()) {
      newest = &subvolume;
    }
  }
  if (newest != nullptr) choose_subvolume(newest->id);
  follow_link();
  if (opened) opened(OpenedAs::image);
}

// In a rescue: what was found to be lost since the last look, as far as a person reads.
void App::poll_losses() {
  constexpr u64 most_told = 200;
  if (session_ == nullptr) return;
  const Losses* const losses = session_->opening().choice.filesystem.losses.get();
  if (losses == nullptr || losses->count() <= losses_told_) return;
  const bool is_first = losses_told_ == 0;
  losses_told_ = losses->count();
  if (losses_told_ > most_told) return;
  if (is_first) tell("Some of the filesystem cannot be read and is left out:", true);
  for (const std::string& line : losses->lines())
    if (told_losses_.insert(line).second) tell("Lost: " + line, true);
  if (losses_told_ == most_told) tell("More is lost than is listed here.", true);
}

// The first of the copies that were read around; all of them stand beside the subvolumes.
void App::poll_repairs() {
  if (session_ == nullptr || repairs_told_ || session_->repairs().count() == 0) return;
  repairs_told_ = true;
  tell("A bad copy was read around: " + session_->repairs().copies().front().to_string(), true);
}

}  // namespace canopy::ui
