#include <algorithm>
#include <cmath>

#include "ui/panels.h"

namespace canopy::ui {

namespace {

constexpr const char* sentences[] = {
    "Canopy looks into a Btrfs image: its trees, every item down to its bytes, its subvolumes and "
    "snapshots.",
    "It sends a snapshot, whole or as the difference from another one, with exactly the bytes that "
    "the Linux kernel would write.",
    "It needs no root, no mount and no kernel: drop a disk image, a partition, or all devices of "
    "one filesystem. A send stream opens too, to look into it.",
};
constexpr const char* tour_words = "15 short stops on the sample, from its first block on";
constexpr const char* privacy = "Your file never leaves this browser. Nothing is uploaded.";

// A dashed rectangle with whole dashes.
void draw_dashes(ImDrawList& draw, const Rect& rect, ImU32 color, float dash, float thickness) {
  const auto line = [&](float x, float y, float dx, float dy, float length) {
    const int count = std::max(1, static_cast<int>(length / (2 * dash)));
    const float step = length / static_cast<float>(count);
    for (int i = 0; i < count; i++) {
      const float at = (static_cast<float>(i) + 0.25f) * step;
      draw.AddLine(ImVec2(x + dx * at, y + dy * at),
                   ImVec2(x + dx * (at + step / 2), y + dy * (at + step / 2)), color, thickness);
    }
  };
  line(rect.x, rect.y, 1, 0, rect.width);
  line(rect.x, rect.bottom(), 1, 0, rect.width);
  line(rect.x, rect.y, 0, 1, rect.height);
  line(rect.right(), rect.y, 0, 1, rect.height);
}

}  // namespace

bool StartPanel::draw(const Frame& frame, const Rect& rect, bool drag) {
  bool wants_tour = false;
  ImGui::PushStyleColor(ImGuiCol_WindowBg, paint(frame.theme.background));
  begin_panel(frame, "Start", rect);
  const float width = std::min(frame.px(640), rect.width - frame.px(48));
  const float left = std::round((rect.width - width) / 2);
  const float height = frame.px(548);
  ImGui::SetCursorPos(
      ImVec2(left, std::max(frame.px(24), std::round((rect.height - height) / 2.4f))));
  ImGui::BeginGroup();
  ImGui::PushTextWrapPos(left + width);

  ImGui::PushFont(frame.fonts.heading);
  ImGui::TextUnformatted("Canopy");
  ImGui::PopFont();
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  for (const char* sentence : sentences) {
    ImGui::TextUnformatted(sentence);
    ImGui::Dummy(ImVec2(0, frame.px(2)));
  }
  ImGui::Dummy(ImVec2(0, frame.px(8)));
  draw_target(frame, width, drag);
  ImGui::Dummy(ImVec2(0, frame.px(8)));
  if (!frame.app.is_opening()) {
    wants_tour = button(frame, "start.tour", std::string(icon::question) + "  Take the tour");
    same_line_if_fits(frame, tour_words, 0);
    ImGui::AlignTextToFramePadding();
    secondary_text(frame, tour_words);
    ImGui::Dummy(ImVec2(0, frame.px(4)));
  }
  ImGui::TextUnformatted(icon::lock);
  ImGui::SameLine();
  secondary_text(frame, privacy);
  frame.mirror.text("start.privacy", privacy);
  ImGui::PopTextWrapPos();

  if (!frame.app.open_problem().empty()) {
    ImGui::Dummy(ImVec2(0, frame.px(12)));
    ImGui::PushTextWrapPos(left + width);
    ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.error_text));
    const std::string problem = std::string(icon::error) + "  " + frame.app.opening_name() +
                                " could not be opened: " + frame.app.open_problem();
    ImGui::TextUnformatted(problem.c_str());
    ImGui::PopStyleColor();
    frame.mirror.text("start.problem", frame.app.open_problem());
    secondary_text(
        frame,
        "Choose the image of a Btrfs filesystem, of a disk that has one, or a QCOW2 disk; it "
        "may be packed as .gz or .zst. Of a filesystem on several devices, choose all "
        "of them together.");
    ImGui::PopTextWrapPos();
  }
  ImGui::EndGroup();
  end_panel();
  ImGui::PopStyleColor();
  return wants_tour;
}

void StartPanel::draw_target(const Frame& frame, float width, bool drag) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 local = ImGui::GetCursorPos();
  const Rect target{at.x, at.y, width, frame.px(168)};
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const Color ground = drag ? frame.theme.selection : frame.theme.panel;
  draw.AddRectFilled(at, ImVec2(target.right(), target.bottom()), paint(ground),
                     frame.px(size::rounding));
  const Color edge = drag ? frame.theme.accent : mix(frame.theme.line, frame.theme.secondary, 0.4);
  draw_dashes(draw, target, paint(edge), frame.px(5), std::max(1.0f, frame.px(1)));

  const bool opening = frame.app.is_opening();
  const std::string title = opening          ? "Opening " + frame.app.opening_name() + "…"
                            : drag           ? "Drop to open"
                            : frame.is_touch ? "Open an image"
                                             : "Drop an image here";
  const ImVec2 title_size = ImGui::CalcTextSize(title.c_str());
  ImGui::SetCursorPos(
      ImVec2(local.x + std::round((width - title_size.x) / 2), local.y + frame.px(40)));
  ImGui::PushFont(frame.fonts.strong);
  ImGui::TextUnformatted(title.c_str());
  ImGui::PopFont();
  frame.mirror.text("start.target", title);

  ImGui::SetCursorPos(ImVec2(local.x, local.y + frame.px(84)));
  if (opening) {
    const float button_width = frame.px(96);
    if (const auto fraction = frame.app.unpacked()) {
      ImGui::SetCursorPos(ImVec2(local.x + frame.px(80), local.y + frame.px(68)));
      ImGui::BeginChild("unpacking", ImVec2(width - frame.px(160), frame.px(12)));
      progress_bar(frame, *fraction, frame.theme.accent, false);
      ImGui::EndChild();
      frame.mirror.progress("start.progress", "Unpacking", *fraction);
      ImGui::SetCursorPosY(local.y + frame.px(90));
    }
    ImGui::SetCursorPosX(local.x + std::round((width - button_width) / 2));
    if (button(frame, "start.cancel", "Cancel", ButtonKind::normal, true, button_width)) {
      frame.app.cancel_opening();
    }
  } else {
    const float open_width = frame.px(160);
    const float sample_width = frame.px(160);
    ImGui::SetCursorPosX(local.x +
                         std::round((width - open_width - sample_width - frame.px(8)) / 2));
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(frame.px(8), frame.px(7)));
    if (button(frame, "start.open", std::string(icon::folder_opened) + "  Open files",
               ButtonKind::primary, true, open_width)) {
      frame.app.host().choose_files();
    }
    ImGui::SameLine(0, frame.px(8));
    if (button(frame, "start.sample", std::string(icon::beaker) + "  Try the sample",
               ButtonKind::normal, true, sample_width)) {
      frame.app.host().open_sample();
    }
    ImGui::PopStyleVar();
  }
  ImGui::SetCursorPos(ImVec2(local.x, local.y + target.height));
  ImGui::Dummy(ImVec2(width, frame.px(1)));
}

}  // namespace canopy::ui
