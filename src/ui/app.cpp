#include "ui/app.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr std::size_t most_messages = 500;

}  // namespace

void App::drop_jobs() {
  for (SendEntry& entry : sends_) {
    entry.job->cancel();
    if (!entry.end_was_told && send_ended) send_ended(entry);
  }
  sends_.clear();
  if (balance_ && !balance_->end_was_told && balance_ended) balance_ended(*balance_);
  balance_.reset();
  end_steps();
  export_.reset();
  consistency_.reset();
  searched_ = {};
  finding_.reset();
  find_problem_.clear();
  forget_counted();
  saving_image_.reset();
  if (Saved saved = std::move(image_saved_)) {
    saved(error(Code::cancelled, "another image was opened"));
  }
  image_saved_ = nullptr;
}

void App::choose_subvolume(u64 id) {
  if (session_ == nullptr) return;
  const SubvolumeList& subvolumes = session_->summary().subvolumes;
  const Subvolume* subvolume = subvolumes.find(id);
  if (subvolume == nullptr) return;
  form.subvolume = id;
  const Subvolume* parent = form.wants_full ? nullptr : subvolumes.suggest_parent(*subvolume);
  form.parent = parent == nullptr ? std::nullopt : std::optional(parent->id);
  form.parent_is_suggestion = parent != nullptr;
  form.treat_as_read_only = false;
  std::erase(form.clone_sources, id);
}

Result<u64> App::resolve_subvolume(const std::string& text) const {
  if (session_ == nullptr) return error(Code::invalid, "no image is open");
  const SubvolumeList& subvolumes = session_->summary().subvolumes;
  if (const Subvolume* found = subvolumes.find_path(text)) return found->id;
  if (!text.empty() && text.size() < 20 && text.find_first_not_of("0123456789") == text.npos) {
    if (const Subvolume* found = subvolumes.find(std::stoull(text))) return found->id;
  }
  return TRY(subvolumes.resolve(text))->id;
}

SendRequest App::request_of_form() const {
  SendRequest request;
  request.subvolume = form.subvolume;
  request.parent = form.parent;
  request.clone_sources = form.clone_sources;
  // btrfs send names the parent as a clone source too.
  if (form.parent) request.clone_sources.push_back(*form.parent);
  request.protocol = form.protocol;
  request.flags.compressed_data = form.compressed_data;
  request.flags.no_data = form.no_data;
  request.treat_as_read_only = form.treat_as_read_only;
  return request;
}

bool App::can_send_form() const {
  if (session_ == nullptr) return false;
  const Subvolume* chosen = session_->summary().subvolumes.find(form.subvolume);
  return chosen != nullptr && (chosen->is_read_only() || form.treat_as_read_only);
}

void App::start_send(const SendRequest& request, Started started, const SendUse& use) {
  if (session_ == nullptr) {
    if (started) started(error(Code::invalid, "no image is open"));
    return;
  }
  if (!use.keep) return begin_send(request, started, use, 0);
  ask_for_file([this, request, started = std::move(started), use](Result<i32> file) {
    begin_send(request, started, use, std::move(file));
  });
}

void App::ask_for_file(GotFile got) {
  const u32 token = ++last_token_;
  waiting_for_file_[token] = std::move(got);
  host_.create_result(token);
}

void App::result_created(u32 token, i32 number, const std::string& problem) {
  auto found = waiting_for_file_.find(token);
  if (found == waiting_for_file_.end()) return;
  const GotFile got = std::move(found->second);
  waiting_for_file_.erase(found);
  if (problem.empty()) return got(number);
  got(error(Code::io, "there is no place for the stream: {}", problem));
}

void App::begin_send(const SendRequest& request, const Started& started, const SendUse& use,
                     Result<i32> file) {
  const auto refuse = [&](Error refusal) {
    tell(refusal.to_string(), true);
    if (started) started(std::move(refusal));
  };
  if (!file.ok()) return refuse(std::move(file).error());
  if (session_ == nullptr) return refuse(error(Code::invalid, "no image is open"));

  SendEntry entry;
  entry.number = ++last_send_;
  entry.file = file.value();
  entry.is_kept = use.keep;
  const std::string name = subvolume_name(request.subvolume);
  const std::string parent = request.parent ? subvolume_name(*request.parent) : std::string();
  entry.subject = parent.empty() ? name : fmt::format("{}, from {}", name, parent);
  entry.file_name = stream_file_name(name, parent);
  std::shared_ptr<StreamFile> kept_in =
      use.keep ? host_.result_file(entry.file) : std::make_shared<DroppedStreamFile>();
  auto job = session_->send(request, std::move(kept_in), use.hash);
  if (!job.ok()) return refuse(std::move(job).error());
  entry.job = std::move(job).value();
  tell(fmt::format("Sending {}.", entry.subject));
  sends_.push_back(std::move(entry));
  if (started) started(sends_.back().number);
}

void App::check_send() {
  if (session_ == nullptr || sends_.empty()) return;
  SendEntry& entry = sends_.back();
  auto job = session_->check(entry.job->request());
  if (!job.ok()) return tell(job.error().to_string(), true);
  entry.check = std::move(job).value();
  entry.check_was_told = false;
}

const SendEntry* App::find_send(u32 number) const {
  for (const SendEntry& entry : sends_) {
    if (entry.number == number) return &entry;
  }
  return nullptr;
}

void App::poll() {
  poll_candidate();
  if (opening_ != nullptr && opening_->state() != Session::State::opening) finish_open();
  poll_sends();
  poll_stream();
  poll_export();
  poll_search();
  poll_finding();
  complete_link();
  poll_consistency();
  poll_balance();
  poll_steps();
  if (session_ != nullptr && session_->renew()) image_version_++;
  poll_losses();
  poll_repairs();
  poll_counting();
  if (saving_image_ != nullptr && has_ended(saving_image_->state())) {
    std::shared_ptr<ImageJob> job = std::move(saving_image_);
    saving_image_ = nullptr;
    Saved saved = std::move(image_saved_);
    image_saved_ = nullptr;
    if (job->state() == JobState::done) {
      tell(fmt::format("The changed image is there: {} of it differ from what was opened.",
                       size_text(job->bytes())));
      saved(std::move(job));
    } else {
      tell(fmt::format("The image could not be saved: {}", job->problem()), true);
      saved(error(Code::io, "{}", job->problem()));
    }
  }
}

bool App::shows_progress() const {
  if (stream_ && !stream_->view->snapshot()->ended()) return true;
  if (session_ == nullptr) return false;
  return session_->is_balancing() || is_finding_item() || is_counting_files() ||
         is_counting_trees() ||
         std::any_of(sends_.begin(), sends_.end(), [](const SendEntry& entry) {
           return entry.job->snapshot().state == JobState::running ||
                  (entry.check != nullptr && !has_ended(entry.check->state()));
         });
}

void App::download(const SendEntry& entry) {
  host_.download(entry.file, entry.file_name, can_ask_place && asks_place);
  for (SendEntry& send : sends_)
    if (send.number == entry.number) send.was_downloaded = true;
}

void App::poll_sends() {
  for (SendEntry& entry : sends_) {
    if (entry.check != nullptr && !entry.check_was_told && has_ended(entry.check->state())) {
      entry.check_was_told = true;
      tell_check(entry);
    }
    if (entry.end_was_told) continue;
    const SendJobSnapshot snapshot = entry.job->snapshot();
    if (!snapshot.ended()) continue;
    entry.end_was_told = true;
    switch (snapshot.state) {
      case JobState::done:
        tell(fmt::format(
            "Sent {}: {}, {}{}.", entry.subject, size_text(snapshot.bytes),
            count_text(snapshot.commands, "command", "commands"),
            snapshot.restarts == 0
                ? ""
                : ", searched again " + count_text(snapshot.restarts, "time", "times")));
        break;
      case JobState::failed:
        tell(fmt::format("Sending {} failed: {}", entry.subject, snapshot.problem), true);
        break;
      default:
        tell(fmt::format("Sending {} was cancelled.", entry.subject));
    }
    if (send_ended) send_ended(entry);
  }
}

void App::tell_check(const SendEntry& entry) {
  if (entry.check->state() != JobState::done) {
    return tell(fmt::format("{} could not be checked: {}", entry.subject, entry.check->problem()),
                true);
  }
  const CheckedSubvolume& result = entry.check->result();
  if (!result.failure.empty()) {
    return tell(
        fmt::format("The stream of {} cannot be received: {}{}", entry.subject, result.failure,
                    result.failure_quirk.empty()
                        ? ""
                        : " (nor can the kernel's: " + result.failure_quirk + ")"),
        true);
  }
  for (const SendDifference& difference : result.differences) {
    tell(fmt::format("{}: {}{}", shown_name(difference.path), difference.what,
                     difference.quirk.empty() ? "" : " (the kernel's: " + difference.quirk + ")"),
         true);
  }
  tell(fmt::format("Received {} in memory: {} compared, {}.", entry.subject,
                   count_text(result.paths, "name", "names"),
                   result.passed()
                       ? "all as in the snapshot"
                       : count_text(result.differences.size(), "difference", "differences")),
       !result.passed());
}

Result<BalanceRequest> BalanceForm::request() const {
  BalanceRequest request;
  request.force = force;
  const auto parse = [](const Kind& kind, const char* name,
                        std::optional<BalanceFilter>& to) -> Result<void> {
    if (!kind.chosen) return {};
    auto filter = parse_balance_filter(kind.filters);
    if (!filter.ok()) return std::move(filter).error().while_doing(name);
    to = std::move(filter).value();
    return {};
  };
  TRY(parse(data, "data filters", request.data));
  TRY(parse(metadata, "metadata filters", request.metadata));
  TRY(parse(system, "system filters", request.system));
  if (!request.data && !request.metadata && !request.system) {
    return error(Code::invalid, "no kind of chunks is chosen");
  }
  return request;
}

Result<u32> App::start_balance(const BalanceRequest& request, bool dry_run, bool while_sending) {
  if (session_ == nullptr) return error(Code::invalid, "no image is open");
  // What is counted holds the commits back.
  if (!dry_run) cancel_counting();
  auto job = session_->balance(request, dry_run, while_sending);
  if (!job.ok()) {
    tell(job.error().to_string(), true);
    return std::move(job).error();
  }
  balance_ = BalanceEntry{++last_balance_, std::move(job).value(), dry_run, false};
  if (!dry_run) tell("Balancing.");
  return balance_->number;
}

void App::poll_balance() {
  if (!balance_ || balance_->end_was_told) return;
  const BalanceJobSnapshot snapshot = balance_->job->snapshot();
  if (!snapshot.ended()) return;
  balance_->end_was_told = true;
  const std::string moved = fmt::format("{} of {}", snapshot.chunks_relocated,
                                        count_text(snapshot.chunks_expected, "chunk", "chunks"));
  if (snapshot.state == JobState::failed) {
    tell(fmt::format("The balance failed: {}", snapshot.problem), true);
  } else if (snapshot.state == JobState::cancelled) {
    tell(fmt::format("The balance was cancelled: {} were moved.", moved));
  } else if (balance_->dry_run) {
    tell(fmt::format("A balance would move {}.",
                     count_text(snapshot.chunks_expected, "chunk", "chunks")));
  } else {
    tell(fmt::format("Balanced: {} were moved.", moved), snapshot.chunks_without_space > 0);
  }
  if (balance_ended) balance_ended(*balance_);
}

void App::save_image(i32 result, bool whole, Saved saved) {
  const auto start = [&]() -> Result<std::shared_ptr<ImageJob>> {
    std::shared_ptr<StreamFile> file = host_.result_file(result);
    if (session_ != nullptr && saving_image_ == nullptr) {
      return session_->save_image(std::move(file), whole);
    }
    file->discard();
    if (session_ == nullptr) return error(Code::invalid, "no image is open");
    return error(Code::would_block, "the image is being saved already");
  };
  auto job = start();
  if (!job.ok()) return saved(std::move(job).error());
  saving_image_ = std::move(job).value();
  image_saved_ = std::move(saved);
}

void App::tell(std::string text, bool is_problem) {
  messages_.push_back({std::move(text), is_problem});
  if (messages_.size() > most_messages) messages_.erase(messages_.begin());
}

std::string App::subvolume_name(u64 id) const {
  const Subvolume* subvolume = session_->summary().subvolumes.find(id);
  return subvolume == nullptr ? fmt::format("subvolume {}", id)
                              : shown_name(subvolume->display_name());
}

std::string clean_file_name(const std::string& path) {
  std::string name = path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        return static_cast<u8>(c) < 0x20 || std::string("<>:\"\\|?*").find(c) != std::string::npos;
      },
      '_');
  return name;
}

std::string stream_file_name(const std::string& subvolume, const std::string& parent) {
  const std::string from = parent.empty() ? "" : "-from-" + clean_file_name(parent);
  return clean_file_name(subvolume) + from + ".btrfs-stream";
}

}  // namespace canopy::ui
