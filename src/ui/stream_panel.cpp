#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "ui/command_counts.h"
#include "ui/panels.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

constexpr float fact_column = 104;
constexpr std::size_t most_drawn = 50;  // of subvolumes and of damages

std::string verdict_text(const StreamViewSnapshot& seen) {
  const StreamFindings& findings = seen.findings;
  switch (seen.state) {
    case StreamViewSnapshot::State::failed:
      return "It could not be read to its end: " + seen.problem;
    case StreamViewSnapshot::State::cancelled:
      return "Only this part of it was read.";
    case StreamViewSnapshot::State::done:
      break;
    default:
      return "Reading and checking it…";
  }
  if (seen.is_whole()) return "Whole: the lengths and CRCs of all commands are right.";
  return fmt::format("Damaged in {}{}", count_text(findings.damage_count, "place", "places"),
                     findings.lost_at
                         ? fmt::format("; nothing can be told of what follows byte {}.",
                                       grouped(*findings.lost_at))
                         : ".");
}

Facts facts_of(const StreamEntry& entry, const StreamViewSnapshot& seen) {
  const StreamFindings& findings = seen.findings;
  const CommandIndex& index = entry.view->index();
  Facts facts = {{"Size", exact_bytes_text(entry.view->stored_bytes())}};
  if (seen.is_packed) facts.push_back({"Packed", exact_bytes_text(seen.file_bytes)});
  if (index.version() != 0) facts.push_back({"Version", fmt::format("{}", index.version())});
  facts.push_back({"Streams", grouped(findings.streams)});
  facts.push_back({"Commands", grouped(index.count())});
  facts.push_back({"File data", exact_bytes_text(findings.data_bytes)});
  return facts;
}

Facts facts_of(const StreamSubvolume& made, u32 version_of_first) {
  Facts facts = {{"UUID", canopy::uuid_text(made.uuid)},
                 {"Ctransid", fmt::format("{}", made.ctransid)}};
  if (made.parent) {
    facts.push_back({"Parent UUID", canopy::uuid_text(made.parent->uuid)});
    facts.push_back({"Parent ctransid", fmt::format("{}", made.parent->ctransid)});
  }
  if (made.version != version_of_first) {
    facts.push_back({"Version", fmt::format("{}", made.version)});
  }
  return facts;
}

std::string kind_of(const StreamSubvolume& made) {
  return made.parent ? "Snapshot, incremental" : "Subvolume, whole";
}

// As it is pasted elsewhere.
std::string text_of(const StreamEntry& entry, const StreamViewSnapshot& seen) {
  std::string text = shown_name(entry.name) + "\n" + verdict_text(seen) + "\n";
  for (const StreamDamage& damage : seen.findings.damages)
    text += fmt::format("  {}\n", damage.reason);
  const auto add = [&](const Facts& facts, const char* indent) {
    for (const auto& [term, value] : facts)
      text += fmt::format("{}{}: {}\n", indent, term, value);
  };
  add(facts_of(entry, seen), "");
  for (const StreamSubvolume& made : seen.findings.subvolumes) {
    text +=
        fmt::format("{}: {} (command {})\n", kind_of(made), shown_name(made.path), made.command);
    add(facts_of(made, entry.view->index().version()), "  ");
  }
  const CommandIndex::Counts counts = entry.view->index().counts();
  for (u16 kind = 0; kind < send_command_count; kind++) {
    if (counts[kind] == 0) continue;
    text += fmt::format("{}: {}\n",
                        kind == 0 ? "unknown" : command_info(static_cast<SendCommand>(kind)).name,
                        counts[kind]);
  }
  return text;
}

void go_to_command(const Frame& frame, const StreamEntry& entry, u64 command) {
  frame.app.select({.kind = Selection::Kind::command, .send = entry.number, .command = command});
}

}  // namespace

void StreamPanel::draw(const Frame& frame, const StreamEntry& entry) {
  const auto seen = entry.view->snapshot();
  heading(frame, "Send stream");
  ImGui::SameLine(ImGui::GetContentRegionMax().x - frame.control());
  const float top = ImGui::GetCursorPosY();
  ImGui::SetCursorPosY(top - frame.px(6));
  if (icon_button(frame, "stream.copy", icon::copy, "Copy as text")) {
    frame.app.host().copy(text_of(entry, *seen));
    frame.app.tell("Copied what there is to say of " + shown_name(entry.name) + ".");
  }
  ImGui::SetCursorPosY(top + ImGui::GetTextLineHeightWithSpacing());
  wrapped_text(frame, shown_name(entry.name), frame.theme.text);
  draw_verdict(frame, entry, *seen);
  draw_facts(frame, entry, *seen);
  draw_subvolumes(frame, entry, *seen);
  draw_command_counts(frame, "stream.counts", entry.view->index().counts());
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  if (button(frame, "stream.close", std::string(icon::close) + "  Close stream")) {
    frame.app.close_stream();
  }
}

void StreamPanel::draw_verdict(const Frame& frame, const StreamEntry& entry,
                               const StreamViewSnapshot& seen) {
  const std::string verdict = verdict_text(seen);
  Facts mirrored = {{"File", entry.name},
                    {"State", stream_state_name(seen)},
                    {"Verdict", verdict},
                    {"Bytes", fmt::format("{}", seen.bytes)},
                    {"Commands", fmt::format("{}", entry.view->index().count())}};
  frame.mirror.list("stream.status", "Send stream", mirrored);
  if (!seen.ended()) {
    progress_bar(frame, seen.fraction, meaning::send, false);
    frame.mirror.progress("stream.progress", "Reading " + shown_name(entry.name), seen.fraction);
    secondary_text(frame, fmt::format("{} {:.0f} %", verdict, seen.fraction * 100));
    if (button(frame, "stream.cancel", std::string(icon::stop) + "  Read no further")) {
      entry.view->cancel();
    }
    return;
  }
  const char* sign = seen.is_whole()                                      ? icon::check
                     : seen.state == StreamViewSnapshot::State::cancelled ? icon::info
                                                                          : icon::error;
  const bool is_wrong = seen.state != StreamViewSnapshot::State::cancelled && !seen.is_whole();
  wrapped_text(frame, fmt::format("{}  {}", sign, verdict),
               is_wrong ? frame.theme.error_text : frame.theme.text);
  draw_damages(frame, entry, seen);
}

// Where it is damaged: pressed, the command is shown.
void StreamPanel::draw_damages(const Frame& frame, const StreamEntry& entry,
                               const StreamViewSnapshot& seen) {
  const StreamFindings& findings = seen.findings;
  if (findings.damages.empty()) return;
  Mirror::Table mirrored;
  mirrored.columns = {"Command", "Offset", "Reason"};
  mirrored.total = findings.damage_count;
  const u64 commands = entry.view->index().count();
  for (std::size_t i = 0; i < std::min(findings.damages.size(), most_drawn); i++) {
    const StreamDamage& damage = findings.damages[i];
    wrapped_text(frame, damage.reason, frame.theme.text);
    mirrored.rows.push_back(
        {{fmt::format("{}", damage.command), fmt::format("{}", damage.offset), damage.reason},
         item_rect(),
         i});
    // What is not there cannot be shown; the one before it can.
    const bool is_there = damage.command < commands;
    if (commands == 0) continue;
    const u64 shown = is_there ? damage.command : commands - 1;
    if (button(frame, fmt::format("stream.damage.{}", i),
               fmt::format("{}  {} {}", icon::link, is_there ? "Command" : "The last command,",
                           grouped(shown)))) {
      go_to_command(frame, entry, shown);
    }
  }
  frame.mirror.table("stream.damages", "Where the stream is damaged", mirrored);
}

void StreamPanel::draw_facts(const Frame& frame, const StreamEntry& entry,
                             const StreamViewSnapshot& seen) {
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  const Facts facts = facts_of(entry, seen);
  for (const auto& [term, value] : facts)
    fact(frame, term, value, frame.px(fact_column));
  frame.mirror.list("stream.facts", "The stream", facts);
}

void StreamPanel::draw_subvolumes(const Frame& frame, const StreamEntry& entry,
                                  const StreamViewSnapshot& seen) {
  const StreamFindings& findings = seen.findings;
  for (std::size_t i = 0; i < std::min(findings.subvolumes.size(), most_drawn); i++) {
    const StreamSubvolume& made = findings.subvolumes[i];
    ImGui::Dummy(ImVec2(0, frame.px(4)));
    ImGui::PushFont(frame.fonts.strong);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(shown_name(made.path).c_str());
    ImGui::PopTextWrapPos();
    ImGui::PopFont();
    secondary_text(frame, kind_of(made));
    const Facts facts = facts_of(made, entry.view->index().version());
    for (const auto& [term, value] : facts) {
      secondary_text(frame, term);
      ImGui::SameLine(frame.px(fact_column));
      const bool is_uuid = value.size() == 36;
      copy_link(frame, fmt::format("stream.copy.{}.{}", i, term),
                is_uuid ? value.substr(0, 13) + "…" : value, value);
    }
    if (button(frame, fmt::format("stream.subvolume.{}", i),
               fmt::format("{}  Command {}", icon::link, grouped(made.command)))) {
      go_to_command(frame, entry, made.command);
    }
    Facts mirrored = {{"Path", made.path}, {"Kind", kind_of(made)}};
    mirrored.insert(mirrored.end(), facts.begin(), facts.end());
    frame.mirror.list(fmt::format("stream.made.{}", i), shown_name(made.path), mirrored);
  }
  if (findings.subvolume_count > most_drawn) {
    secondary_text(frame,
                   fmt::format("and {} more", grouped(findings.subvolume_count - most_drawn)));
  }
}

}  // namespace canopy::ui
