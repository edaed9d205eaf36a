#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ui/command_counts.h"
#include "ui/panels.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr float label_width = 72;
constexpr const char* restarts_hint =
    "How often the send had to search its place again, because the balance beside it had committed "
    "a transaction. The stream has the same bytes as without a balance.";

void label(const Frame& frame, const char* text) {
  ImGui::AlignTextToFramePadding();
  secondary_text(frame, text);
  ImGui::SameLine(frame.px(12 + label_width));
  ImGui::SetNextItemWidth(-1);
}

// REQUIRES: 64 digits.
void draw_hash(const Frame& frame, const std::string& sha256, float column) {
  secondary_text(frame, "SHA-256");
  ImGui::SameLine(column);
  ImGui::PushFont(frame.fonts.mono);
  ImGui::TextUnformatted((sha256.substr(0, 8) + "…" + sha256.substr(56)).c_str());
  ImGui::PopFont();
  hint(frame, sha256);
  ImGui::SameLine();
  if (line_icon_button(frame, "send.copy_hash", icon::copy, "Copy the SHA-256")) {
    frame.app.host().copy(sha256);
  }
}

bool is_among(const std::vector<u64>& ids, u64 id) {
  return std::ranges::find(ids, id) != ids.end();
}

// The snapshots beside B that a receiver may have.
std::vector<const Subvolume*> others_to_send_from(const App& app) {
  std::vector<const Subvolume*> others;
  for (const Subvolume& subvolume : app.session()->summary().subvolumes.all()) {
    if (subvolume.id != app.form.subvolume && !subvolume.deleted && subvolume.is_read_only())
      others.push_back(&subvolume);
  }
  return others;
}

}  // namespace

void SendPanel::draw(const Frame& frame) {
  const SendEntry* entry = frame.app.current_send();
  const bool active = entry != nullptr && !entry->job->snapshot().ended();
  if (!active) draw_form(frame);
  if (entry != nullptr) {
    const SendJobSnapshot snapshot = entry->job->snapshot();
    if (active) {
      draw_progress(frame, *entry, snapshot);
    } else {
      draw_result(frame, *entry, snapshot);
    }
  }
}

void SendPanel::draw_form(const Frame& frame) {
  App& app = frame.app;
  const SubvolumeList& subvolumes = app.session()->summary().subvolumes;
  const std::vector<Subvolume>& all = subvolumes.all();
  const Subvolume* chosen = subvolumes.find(app.form.subvolume);
  if (chosen == nullptr) {
    empty_note(frame, "Choose a subvolume above to send it.");
    return;
  }
  label(frame, "B, to send");
  std::size_t at = static_cast<std::size_t>(chosen - all.data());
  if (combo(
          frame, "send.subvolume", "B, the subvolume to send", shown_name(chosen->display_name()),
          all.size(), [&](std::size_t i) { return shown_name(all[i].display_name()); }, at)) {
    app.choose_subvolume(all[at].id);
    chosen = &all[at];
  }
  draw_parent(frame);
  draw_clone_sources(frame);

  label(frame, "Protocol");
  std::size_t protocol = app.form.protocol - 1;
  if (combo(
          frame, "send.protocol", "Protocol", app.form.protocol == 1 ? "1" : "2", 2,
          [](std::size_t i) {
            return i == 0 ? std::string("1, every kernel receives it")
                          : std::string("2, from Linux 6.0 on");
          },
          protocol)) {
    app.form.protocol = static_cast<u32>(protocol + 1);
  }
  ImGui::SetCursorPosX(frame.px(12 + label_width));
  const bool has_data = app.session()->summary().has_data;
  if (!has_data) app.form.no_data = true;
  check_box(frame, "send.no_data", "No file data", app.form.no_data, has_data);
  hint(frame, has_data ? "Tells where data changed, without the data (--no-data)"
                       : "A dump of btrfs-image has no data that could be sent");
  ImGui::SetCursorPosX(frame.px(12 + label_width));
  const bool may_compress = app.form.protocol >= 2;
  if (!may_compress) app.form.compressed_data = false;
  check_box(frame, "send.compressed", "Compressed data as it is", app.form.compressed_data,
            may_compress);
  hint(frame, may_compress ? "Sends compressed extents as they are (--compressed-data)"
                           : "Compressed data needs protocol 2");
  const bool writable = !chosen->is_read_only();
  if (writable) {
    wrapped_text(frame,
                 "This subvolume is writable. The kernel sends read-only ones only; nothing writes "
                 "to an image at rest, so it can be sent all the same.",
                 frame.theme.secondary);
    check_box(frame, "send.writable", "Send it as if it were read-only",
              app.form.treat_as_read_only);
  }
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  if (button(frame, "send.start", std::string(icon::play) + "  Send", ButtonKind::primary,
             app.can_send_form(), frame.px(112))) {
    app.start_send(app.request_of_form(), nullptr);
  }
}

void SendPanel::draw_parent(const Frame& frame) {
  App& app = frame.app;
  std::vector<const Subvolume*> choices = others_to_send_from(app);
  choices.insert(choices.begin(), nullptr);
  std::size_t at = 0;
  for (std::size_t i = 1; i < choices.size(); i++) {
    if (app.form.parent == choices[i]->id) at = i;
  }
  const auto text_of = [&](std::size_t i) {
    return choices[i] == nullptr ? std::string("none: send everything")
                                 : shown_name(choices[i]->display_name());
  };
  label(frame, "A, parent");
  const bool suggested = app.form.parent_is_suggestion && at != 0;
  if (combo(frame, "send.parent", "A, the parent", text_of(at), choices.size(), text_of, at)) {
    app.form.parent = choices[at] == nullptr ? std::nullopt : std::optional(choices[at]->id);
    app.form.parent_is_suggestion = false;
    app.form.wants_full = choices[at] == nullptr;
  }
  hint(frame, std::string("An incremental send holds only what differs from A. The receiver must "
                          "have A.") +
                  (suggested ? " This one is suggested: the newest snapshot before B." : ""));
}

// What else the receiver has, for commands that clone from it (btrfs send -c).
void SendPanel::draw_clone_sources(const Frame& frame) {
  std::vector<u64>& chosen = frame.app.form.clone_sources;
  std::vector<const Subvolume*> choices = others_to_send_from(frame.app);
  // The parent is one in any case.
  std::erase_if(choices, [&](const Subvolume* one) { return one->id == frame.app.form.parent; });
  if (choices.empty()) return;
  std::string shown;
  for (const Subvolume* choice : choices) {
    if (!is_among(chosen, choice->id)) continue;
    shown += (shown.empty() ? "" : ", ") + shown_name(choice->display_name());
  }
  label(frame, "Clones of");
  combo_of_many(
      frame, "send.clone_sources", "Clone sources", shown.empty() ? "nothing else" : shown,
      choices.size(), [&](std::size_t i) { return shown_name(choices[i]->display_name()); },
      [&](std::size_t i) { return is_among(chosen, choices[i]->id); },
      [&](std::size_t i) {
        if (std::erase(chosen, choices[i]->id) == 0) chosen.push_back(choices[i]->id);
      });
  hint(frame,
       "Snapshots that the receiver has as well (-c): what they share with B is cloned there "
       "instead of being sent");
}

void SendPanel::draw_progress(const Frame& frame, const SendEntry& entry,
                              const SendJobSnapshot& snapshot) {
  const bool paused = snapshot.state == JobState::paused;
  wrapped_text(frame, entry.subject, frame.theme.text);
  progress_bar(frame, snapshot.fraction, meaning::send, paused);
  const std::string percent = fmt::format("{:.0f} %", snapshot.fraction * 100);
  frame.mirror.progress("send.progress", "Sending " + entry.subject, snapshot.fraction);
  const float column = frame.px(12 + label_width + 16);
  const double rate =
      snapshot.seconds > 0.2 ? static_cast<double>(snapshot.bytes) / snapshot.seconds : 0;
  const std::string left = snapshot.seconds_left ? duration_text(*snapshot.seconds_left) : "–";
  fact(frame, "Progress", paused ? percent + ", paused" : percent, column);
  const std::string total =
      snapshot.total_bytes ? " of " + size_text(*snapshot.total_bytes) : std::string();
  fact(frame, "Stream", size_text(snapshot.bytes) + total, column,
       exact_bytes_text(snapshot.bytes) +
           (snapshot.total_bytes ? "\nof " + exact_bytes_text(*snapshot.total_bytes) : ""));
  fact(frame, "Commands", grouped(snapshot.commands), column);
  fact(frame, "Rate", rate_text(rate), column);
  if (snapshot.restarts > 0 || frame.app.session()->is_balancing()) {
    fact(frame, "Restarts", grouped(snapshot.restarts), column, restarts_hint);
  }
  fact(frame, "Time left", left, column);
  fact(frame, "Pipe", fmt::format("{:.0f} % full", entry.job->pipe_fill() * 100), column,
       "Between the thread that makes commands and the one that stores them: 64 KiB, as between "
       "btrfs send and its reader.");
  frame.mirror.list(
      "send.status", "Send",
      {{"Subject", entry.subject},
       {"State", job_state_name(snapshot.state)},
       {"Bytes", fmt::format("{}", snapshot.bytes)},
       {"Total", snapshot.total_bytes ? fmt::format("{}", *snapshot.total_bytes) : ""},
       {"Commands", fmt::format("{}", snapshot.commands)},
       {"Time left", left}});
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  if (paused) {
    if (button(frame, "send.resume", std::string(icon::play) + "  Resume", ButtonKind::primary)) {
      entry.job->resume();
      frame.app.host().wake();
    }
  } else if (button(frame, "send.pause", std::string(icon::pause) + "  Pause")) {
    entry.job->pause();
    frame.app.host().wake();
  }
  ImGui::SameLine();
  if (button(frame, "send.cancel", std::string(icon::stop) + "  Cancel")) {
    entry.job->cancel();
    frame.app.host().wake();
  }
}

void SendPanel::draw_result(const Frame& frame, const SendEntry& entry,
                            const SendJobSnapshot& snapshot) {
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  ImGui::Separator();
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  std::vector<std::pair<std::string, std::string>> mirrored = {
      {"Subject", entry.subject}, {"State", job_state_name(snapshot.state)}};
  if (snapshot.state == JobState::failed) {
    wrapped_text(frame, std::string(icon::error) + "  " + entry.subject, frame.theme.error_text);
    wrapped_text(frame, snapshot.problem, frame.theme.text);
    mirrored.push_back({"Problem", snapshot.problem});
  } else if (snapshot.state == JobState::cancelled) {
    wrapped_text(frame, std::string(icon::stop) + "  " + entry.subject + ": cancelled",
                 frame.theme.secondary);
  } else {
    wrapped_text(frame, std::string(icon::check) + "  " + entry.subject, frame.theme.text);
    // What is done with it comes before what it is, so that it is seen without scrolling.
    draw_download(frame, entry);
    draw_check(frame, entry, mirrored);
    const float column = frame.px(12 + label_width + 16);
    fact(frame, "Size", size_text(snapshot.bytes), column, exact_bytes_text(snapshot.bytes));
    fact(frame, "Commands", grouped(snapshot.commands), column);
    // Of the first moment of a thread a rate would say little.
    const std::string rate =
        snapshot.seconds < 1
            ? ""
            : ", " + rate_text(static_cast<double>(snapshot.bytes) / snapshot.seconds);
    fact(frame, "Took", duration_text(snapshot.seconds) + rate, column);
    if (!snapshot.sha256.empty()) draw_hash(frame, snapshot.sha256, column);
    if (snapshot.restarts > 0) {
      fact(frame, "Restarts", grouped(snapshot.restarts), column, restarts_hint);
      mirrored.push_back({"Restarts", fmt::format("{}", snapshot.restarts)});
    }
    draw_command_counts(frame, "send.histogram", entry.job->index().counts());
    mirrored.push_back({"Bytes", fmt::format("{}", snapshot.bytes)});
    mirrored.push_back({"Commands", fmt::format("{}", snapshot.commands)});
    if (!snapshot.sha256.empty()) mirrored.push_back({"SHA-256", snapshot.sha256});
    mirrored.push_back({"File", entry.file_name});
  }
  frame.mirror.list("send.status", "Send", mirrored);
}

void SendPanel::draw_download(const Frame& frame, const SendEntry& entry) {
  if (!entry.is_kept) return secondary_text(frame, "Measured; the stream was not kept.");
  if (button(frame, "send.download", std::string(icon::save) + "  Download", ButtonKind::primary))
    frame.app.download(entry);
  hint(frame, entry.file_name);
  draw_ask_place(frame);
}

// Beside the download: whether the browser asks where to save, which is remembered.
void SendPanel::draw_ask_place(const Frame& frame) {
  App& app = frame.app;
  if (!app.can_ask_place) return;
  ImGui::SameLine(0, frame.px(2));
  if (icon_button(frame, "send.ask_place", icon::save_as,
                  app.asks_place ? "Asks where to save; click to save among the downloads"
                                 : "Saves among the downloads; click to be asked where")) {
    app.asks_place = !app.asks_place;
    app.host().store("ask-place", app.asks_place ? "yes" : "no");
  }
  if (!app.asks_place) return;
  const Rect rect = item_rect();
  ImGui::GetWindowDrawList()->AddRectFilled(
      ImVec2(rect.x + frame.px(4), rect.bottom() - frame.px(2)),
      ImVec2(rect.right() - frame.px(4), rect.bottom()), paint(frame.theme.accent));
}

void SendPanel::draw_check(const Frame& frame, const SendEntry& entry,
                           std::vector<std::pair<std::string, std::string>>& mirrored) {
  const bool checking = entry.check != nullptr && !has_ended(entry.check->state());
  ImGui::SameLine();
  if (checking) {
    if (button(frame, "send.cancel_check", std::string(icon::stop) + "  Stop checking")) {
      entry.check->cancel();
    }
    progress_bar(frame, entry.check->fraction(), meaning::send, false);
    return;
  }
  const bool balancing = frame.app.session()->is_balancing();
  if (button(frame, "send.check", std::string(icon::check) + "  Check it", ButtonKind::normal,
             !balancing)) {
    frame.app.check_send();
  }
  hint(frame,
       "Receives the stream in memory, as btrfs receive would, and compares the result with "
       "the snapshot");
  if (entry.check == nullptr || entry.check->state() != JobState::done) return;
  const CheckedSubvolume& result = entry.check->result();
  const std::string verdict =
      !result.failure.empty() ? "cannot be received: " + result.failure
      : result.passed()
          ? fmt::format("makes the snapshot: {} and {} compared",
                        count_text(result.paths, "name", "names"), size_text(result.bytes))
          : fmt::format("{}; the log names them",
                        count_text(result.differences.size(), "difference", "differences"));
  wrapped_text(
      frame, fmt::format("{}  Checked: {}", result.passed() ? icon::check : icon::warning, verdict),
      result.passed() ? frame.theme.text : frame.theme.error_text);
  mirrored.push_back({"Check", result.passed() ? "passed" : verdict});
}

}  // namespace canopy::ui
