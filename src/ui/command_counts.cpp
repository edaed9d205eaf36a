#include "ui/command_counts.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/text.h"

namespace canopy::ui {

void draw_command_counts(const Frame& frame, const char* name, const CommandIndex::Counts& counts) {
  std::vector<u16> kinds;
  for (u16 kind = 0; kind < send_command_count; kind++) {
    if (counts[kind] > 0) kinds.push_back(kind);
  }
  std::stable_sort(kinds.begin(), kinds.end(), [&](u16 a, u16 b) { return counts[a] > counts[b]; });
  const u64 most = kinds.empty() ? 1 : counts[kinds[0]];
  Mirror::Table mirrored{
      .columns = {"Command", "Count"}, .rows = {}, .total = kinds.size(), .selected = {}};
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float width = ImGui::GetContentRegionAvail().x;
  const float name_width = frame.px(116);
  const float count_width = frame.px(72);
  for (const u16 kind : kinds) {
    const std::string kind_name(kind == 0 ? "unknown"
                                          : command_info(static_cast<SendCommand>(kind)).name);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float row = frame.px(18);
    const float room = std::max(0.0f, width - name_width - count_width);
    const float bar =
        std::max(1.0f, room * static_cast<float>(counts[kind]) / static_cast<float>(most));
    draw.AddRectFilled(ImVec2(at.x + name_width, at.y + frame.px(5)),
                       ImVec2(at.x + name_width + bar, at.y + row - frame.px(5)),
                       paint(meaning::send));
    ImGui::PushFont(frame.fonts.mono);
    draw.AddText(at, paint(frame.theme.secondary), kind_name.c_str());
    const std::string count = grouped_mono(counts[kind]);
    const float text_width = ImGui::CalcTextSize(count.c_str()).x;
    draw.AddText(ImVec2(at.x + width - text_width, at.y), paint(frame.theme.text), count.c_str());
    ImGui::PopFont();
    ImGui::Dummy(ImVec2(width, row - ImGui::GetStyle().ItemSpacing.y));
    mirrored.rows.push_back({{kind_name, fmt::format("{}", counts[kind])}, {}, kind});
  }
  frame.mirror.table(name, "Commands by kind", mirrored);
}

}  // namespace canopy::ui
