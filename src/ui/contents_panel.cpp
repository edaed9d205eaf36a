#include "ui/contents_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/json.h"
#include "ui/hex_lines.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr u64 step = ContentsView::most_bytes;
constexpr std::size_t mirrored_bytes = 4096;

std::string hex_text(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes)
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<u8>(byte));
  return text;
}

}  // namespace

void ContentsPanel::draw(const Frame& frame, const FilePlace& place) {
  if (place != place_) {
    place_ = place;
    offset_ = 0;
    shown_ = nullptr;
  }
  Session& session = *frame.app.session();
  if (auto found = session.lookups().contents.find({place, offset_, session.summary().generation}))
    shown_ = std::move(found);
  if (shown_ == nullptr) return empty_note(frame, "Reading…");
  draw_steps(frame);
  if (!shown_->problem.empty()) wrapped_text(frame, shown_->problem, frame.theme.error_text);
  draw_lines(frame);
  const std::string_view text(reinterpret_cast<const char*>(shown_->bytes.data()),
                              std::min(shown_->bytes.size(), mirrored_bytes));
  frame.mirror.list("files.contents", "Contents",
                    {{"Offset", fmt::format("{}", shown_->offset)},
                     {"Problem", shown_->problem},
                     {shown_->is_text ? "Text" : "Bytes",
                      shown_->is_text ? to_valid_utf8(text) : hex_text(text)}});
}

// To other pieces, and from text to its bytes.
void ContentsPanel::draw_steps(const Frame& frame) {
  const u64 size = shown_->file_size;
  if (size > step) {
    if (icon_button(frame, "files.contents.back", icon::arrow_left, "To the piece before",
                    offset_ > 0))
      offset_ -= std::min(offset_, step);
    ImGui::SameLine(0, frame.px(4));
    if (icon_button(frame, "files.contents.on", icon::arrow_right, "To the next piece",
                    offset_ + step < size))
      offset_ += step;
    ImGui::SameLine();
    label_in_row(frame,
                 fmt::format("{} to {} of {}", grouped(shown_->offset),
                             grouped(shown_->offset + shown_->bytes.size()), grouped(size))
                     .c_str(),
                 frame.control());
  }
  if (!shown_->is_text) return;
  if (size > step) same_line_if_fits(frame, "As bytes", 40);
  check_box(frame, "files.contents.bytes", "As bytes", wants_bytes_);
}

void ContentsPanel::draw_lines(const Frame& frame) const {
  if (shown_->bytes.empty()) return;
  if (!ImGui::BeginChild("contents", ImVec2(0, 0))) {
    ImGui::EndChild();
    return;
  }
  ImGui::PushFont(frame.fonts.mono);
  if (shown_->is_text && !wants_bytes_) {
    const std::string text =
        to_valid_utf8({reinterpret_cast<const char*>(shown_->bytes.data()), shown_->bytes.size()});
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    ImGui::PopTextWrapPos();
  } else {
    const float cell = ImGui::CalcTextSize("0").x;
    const bool is_wide = ImGui::GetContentRegionAvail().x >= cell * (10 + 16 * 4 + 2);
    const std::vector<std::string> lines =
        hex_lines(shown_->bytes, shown_->offset, is_wide ? 16 : 8);
    visible_rows(lines.size(), ImGui::GetTextLineHeightWithSpacing(), [&](int i) {
      ImGui::TextUnformatted(lines[static_cast<std::size_t>(i)].c_str());
    });
  }
  ImGui::PopFont();
  ImGui::EndChild();
}

}  // namespace canopy::ui
