#include "ui/panels.h"

namespace canopy::ui {

void LogPanel::draw(const Frame& frame) {
  if (!ImGui::BeginChild("log")) {
    ImGui::EndChild();
    return;
  }
  const std::vector<App::Message>& messages = frame.app.messages();
  if (messages.empty()) empty_note(frame, "What happens is noted here.");
  Mirror::Table mirrored;
  mirrored.columns = {"Kind", "Message"};
  mirrored.total = messages.size();
  // The newest first: it is what a person looks for.
  for (std::size_t i = messages.size(); i-- > 0;) {
    const App::Message& message = messages[i];
    ImGui::PushStyleColor(
        ImGuiCol_Text, paint(message.is_problem ? frame.theme.error_text : frame.theme.secondary));
    ImGui::TextUnformatted(message.is_problem ? icon::warning : icon::info);
    ImGui::PopStyleColor();
    ImGui::SameLine();
    wrapped_text(frame, message.text, frame.theme.text);
    if (mirrored.rows.size() < 50) {
      mirrored.rows.push_back({{message.is_problem ? "problem" : "note", message.text}, {}, i});
    }
  }
  frame.mirror.table("log", "Log", mirrored);
  ImGui::EndChild();
}

}  // namespace canopy::ui
