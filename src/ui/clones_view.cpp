#include "ui/clones_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr float shelf_height = 52;
constexpr float chip_width = 250;
constexpr float narrowest_chip = 150;
constexpr float more_width = 40;
constexpr float byte_width = 21;
// How often in a second the clones beside free threads are looked at.
constexpr double looks_a_second = 4;

const Color dark_ink = rgb(0x16181d);

std::string title_of(const KeptView& clone) {
  return fmt::format("C {}", grouped_mono(clone.logical));
}

// The box of the block that the clone is of, where it is in view.
const TreeBox* box_of(const KeptView& clone, const TreeCanvas& trees) {
  for (const u64 address : {clone.name, clone.address, clone.logical}) {
    for (const TreeBox& box : trees.boxes) {
      if (box.kind == TreeBox::Kind::block && box.address.logical == address) return &box;
    }
  }
  return nullptr;
}

}  // namespace

void ClonesView::look(const Frame& frame) {
  App& app = frame.app;
  is_counted_ = app.steps() != nullptr;
  if (is_counted_) {
    kept_ = app.steps()->job->snapshot()->kept;
    return;
  }
  Session* const session = app.session();
  if (session == nullptr || !session->is_sending() || !session->is_balancing()) {
    kept_ = nullptr;
    return;
  }
  const auto moment = static_cast<u64>(ImGui::GetTime() * looks_a_second);
  if (auto found = session->lookups().kept.find({moment})) kept_ = std::move(found);
}

const KeptView* ClonesView::compared() const {
  if (!is_comparing_ || kept_ == nullptr) return nullptr;
  for (const KeptView& clone : *kept_)
    if (clone.logical == compared_) return &clone;
  return nullptr;
}

void ClonesView::compare_next() {
  if (kept_ == nullptr || kept_->empty()) return;
  std::size_t next = 0;
  for (std::size_t i = 0; is_comparing_ && i < kept_->size(); i++)
    if ((*kept_)[i].logical == compared_) next = (i + 1) % kept_->size();
  is_comparing_ = true;
  compared_ = (*kept_)[next].logical;
}

float ClonesView::height(const Frame& frame, float room) const {
  if (kept_ == nullptr || kept_->empty()) return 0;
  const float shelf = frame.px(shelf_height);
  if (room < 2 * shelf) return 0;
  return compared() == nullptr ? shelf : std::max(shelf + frame.px(80), room * 0.55f);
}

void ClonesView::draw(const Frame& frame, const Rect& rect, const Rect& canvas,
                      const TreeCanvas& trees) {
  if (rect.height <= 0 || kept_ == nullptr) return;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.bottom()),
                     paint(frame.theme.panel));
  draw.AddLine(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.y), paint(frame.theme.line));
  const float shelf = frame.px(shelf_height);
  draw_shelf(frame, {rect.x, rect.y, rect.width, shelf}, canvas, trees);
  if (const KeptView* clone = compared())
    draw_compared(frame, {rect.x, rect.y + shelf, rect.width, rect.height - shelf}, *clone);
}

void ClonesView::draw_shelf(const Frame& frame, const Rect& rect, const Rect& canvas,
                            const TreeCanvas& trees) {
  const float gap = frame.px(8);
  // As many as there is room for; the others are counted, and compared one after the other.
  const float room = rect.width - gap - frame.px(more_width);
  const auto most =
      static_cast<std::size_t>(std::max(1.0f, std::floor(room / (frame.px(narrowest_chip) + gap))));
  const std::size_t count = std::min(kept_->size(), most);
  const float width =
      std::min(frame.px(chip_width), std::floor(room / static_cast<float>(count)) - gap);
  std::vector<CanvasBlock> blocks;
  std::vector<Rect> chips;
  Mirror::Table mirrored;
  mirrored.columns = {"Clone of", "Generation", "Level", "Tree", "Age", "At its address now"};
  mirrored.total = kept_->size();
  u64 clicked = 0;
  for (std::size_t i = 0; i < count; i++) {
    const KeptView& clone = (*kept_)[i];
    const Rect chip{std::round(rect.x + gap + static_cast<float>(i) * (width + gap)),
                    rect.y + frame.px(8), std::floor(width), rect.height - frame.px(12)};
    chips.push_back(chip);
    CanvasBlock& block = blocks.emplace_back();
    block.rect = chip;
    block.fill = paint(mix(frame.theme.panel, meaning::cloned_leaf, 0.22));
    block.edge = paint(meaning::cloned_leaf);
    block.rounding = frame.px(3);
    const bool is_compared = is_comparing_ && clone.logical == compared_;
    block.edge_width = frame.px(is_compared ? 3 : 1.5f);
    ImGui::SetCursorScreenPos(ImVec2(chip.x, chip.y));
    ImGui::PushID(static_cast<int>(i));
    if (ImGui::InvisibleButton("clone", ImVec2(chip.width, chip.height))) clicked = clone.logical;
    ImGui::PopID();
    focus_mark(frame);
    const std::string age = age_text(clone.age_ns, is_counted_);
    hint(frame,
         fmt::format("A copy that send keeps of {} {} of tree {}, generation {}\nTaken after "
                     "transaction {}, {} ago\nAt its address now: {}{}",
                     clone.level == 0 ? "leaf" : "node", grouped(clone.logical),
                     objectid_name(clone.owner), grouped(clone.generation), grouped(clone.transid),
                     age, now_text(clone),
                     clone.is_moved() ? "\nThe block itself is at " + grouped(clone.address) : ""));
    mirrored.rows.push_back(
        {{fmt::format("{}", clone.logical), fmt::format("{}", clone.generation),
          fmt::format("{}", clone.level), fmt::format("{}", clone.owner), age, now_text(clone)},
         chip,
         i});
    if (is_compared) mirrored.selected = i;
  }
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  frame.painter.blocks(draw, blocks);
  for (std::size_t i = 0; i < chips.size(); i++) {
    const KeptView& clone = (*kept_)[i];
    const Rect& chip = chips[i];
    const ImVec4 clip(chip.x, chip.y, chip.right() - frame.px(4), chip.bottom());
    const auto line = [&](float y, Color color, const std::string& words) {
      draw.AddText(nullptr, 0, ImVec2(chip.x + frame.px(8), chip.y + y), paint(color),
                   words.c_str(), nullptr, 0, &clip);
    };
    line(frame.px(3), frame.theme.text, title_of(clone));
    line(frame.px(20), frame.theme.secondary,
         chip.width >= frame.px(240)
             ? fmt::format("gen {}, {}, {}", clone.generation, age_text(clone.age_ns, is_counted_),
                           now_text(clone))
             : fmt::format("gen {}, {}", clone.generation, age_text(clone.age_ns, is_counted_)));
  }
  if (count < kept_->size()) {
    draw.AddText(ImVec2(chips.back().right() + gap, rect.y + frame.px(16)),
                 paint(frame.theme.secondary), fmt::format("+{}", kept_->size() - count).c_str());
  }
  frame.mirror.table("trees.clones", "Clones that send keeps", mirrored);
  draw_links(frame, chips, canvas, trees);
  if (clicked == 0) return;
  is_comparing_ = !is_comparing_ || compared_ != clicked;
  compared_ = clicked;
}

// A frame around each block that a clone is of, and the way from it to the clone.
void ClonesView::draw_links(const Frame& frame, const std::vector<Rect>& chips, const Rect& canvas,
                            const TreeCanvas& trees) {
  std::vector<CanvasBlock> blocks;
  std::vector<CanvasEdge> edges;
  for (std::size_t i = 0; i < chips.size(); i++) {
    const TreeBox* const box = box_of((*kept_)[i], trees);
    if (box == nullptr) continue;
    CanvasBlock& block = blocks.emplace_back();
    const float by = frame.px(2);
    block.rect = {canvas.x + box->rect.x - by, canvas.y + box->rect.y - by,
                  box->rect.width + 2 * by, box->rect.height + 2 * by};
    block.edge = paint(meaning::cloned_leaf);
    block.edge_width = frame.px(2);
    block.rounding = frame.px(3);
    const float left = std::max(block.rect.x, canvas.x);
    const float right = std::min(block.rect.right(), canvas.right());
    edges.push_back({(left + right) / 2, block.rect.bottom(), chips[i].x + chips[i].width / 2,
                     chips[i].y, paint(meaning::cloned_leaf), frame.px(1.5f), 0, frame.px(5)});
  }
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.PushClipRect(ImVec2(canvas.x, canvas.y),
                    ImVec2(canvas.right(), canvas.bottom() + frame.px(8)), true);
  frame.painter.edges(draw, edges);
  frame.painter.blocks(draw, blocks);
  draw.PopClipRect();
}

void ClonesView::draw_compared(const Frame& frame, const Rect& rect, const KeptView& clone) {
  if (rows_of_ != kept_.get() || rows_address_ != clone.logical) {
    rows_of_ = kept_.get();
    rows_address_ = clone.logical;
    rows_ = compare_rows(clone);
  }
  ImGui::SetCursorScreenPos(ImVec2(rect.x + frame.px(8), rect.y));
  ImGui::BeginChild("compared", ImVec2(rect.width - frame.px(16), rect.height));
  const std::string now =
      clone.live == nullptr ? "Nothing lies at its address now: its block group was removed."
      : rows_.empty()       ? "The same bytes lie at its address now."
                            : fmt::format("At its address now: generation {}, {}.",
                                          grouped(clone.live_generation), now_text(clone));
  const std::string where =
      clone.is_moved() ? fmt::format(" The block was moved to {}.", grouped(clone.address)) : "";
  wrapped_text(frame,
               fmt::format("Clone of {} {}, tree {}, generation {}. {}{}",
                           clone.level == 0 ? "leaf" : "node", grouped(clone.logical),
                           objectid_name(clone.owner), grouped(clone.generation), now, where),
               frame.theme.text);
  if (button(frame, "clones.close", std::string(icon::close) + "  Close")) is_comparing_ = false;
  Mirror::Table mirrored;
  mirrored.columns = {"Offset", "Clone", "Now", "What"};
  mirrored.total = rows_.size();
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_ScrollX |
                                ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_NoSavedSettings;
  if (!rows_.empty() && ImGui::BeginTable("compared", 4, flags, ImGui::GetContentRegionAvail())) {
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableSetupColumn("Offset", 0, frame.px(60));
    const float bytes_width = frame.px(byte_width) * CompareRow::bytes + frame.px(8);
    ImGui::TableSetupColumn("Clone, as send sees it", 0, bytes_width);
    ImGui::TableSetupColumn("Now", 0, bytes_width);
    ImGui::TableSetupColumn("What", 0, frame.px(280));
    table_header(frame);
    visible_rows(rows_.size(), frame.row(), [&](int i) {
      const CompareRow& row = rows_[static_cast<std::size_t>(i)];
      draw_row(frame, clone, row);
      const auto hex = [&](const std::vector<u8>& bytes) {
        std::string text;
        for (u32 at = row.offset; at < row.offset + CompareRow::bytes && at < bytes.size(); at++) {
          text += fmt::format("{}{:02x}{}", text.empty() ? "" : " ", bytes[at],
                              (row.different >> (at - row.offset) & 1) != 0 ? "*" : "");
        }
        return text;
      };
      mirrored.rows.push_back(
          {{fmt::format("{}", row.offset), hex(*clone.bytes), hex(*clone.live), row.what},
           {},
           static_cast<u64>(i)});
    });
    ImGui::EndTable();
  }
  frame.mirror.table("clones.bytes", "Bytes of the clone that differ", mirrored);
  ImGui::EndChild();
}

// Bytes that differ stand on a ground of their own and are underlined.
void ClonesView::draw_row(const Frame& frame, const KeptView& clone, const CompareRow& row) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  ImGui::TableNextRow(0, frame.row());
  ImGui::TableNextColumn();
  mono_text(frame, fmt::format("{}", row.offset), frame.theme.secondary);
  const auto bytes = [&](const std::vector<u8>& in, Color ground) {
    ImGui::TableNextColumn();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float step = frame.px(byte_width);
    const float height = frame.px(18);
    for (u32 i = 0; i < CompareRow::bytes && row.offset + i < in.size(); i++) {
      const float x = at.x + static_cast<float>(i) * step;
      const bool differs = (row.different >> i & 1) != 0;
      if (differs) {
        draw.AddRectFilled(ImVec2(x - frame.px(1), at.y),
                           ImVec2(x + step - frame.px(1), at.y + height), paint(ground));
        draw.AddLine(ImVec2(x, at.y + height - 1),
                     ImVec2(x + step - frame.px(2), at.y + height - 1), paint(dark_ink),
                     std::max(1.0f, frame.px(1.5f)));
      }
      draw.AddText(frame.fonts.mono, frame.fonts.mono->FontSize, ImVec2(x, at.y),
                   paint(differs ? dark_ink : frame.theme.secondary),
                   fmt::format("{:02x}", in[row.offset + i]).c_str());
    }
    ImGui::Dummy(ImVec2(step * CompareRow::bytes, height));
  };
  bytes(*clone.bytes, meaning::cloned_leaf);
  bytes(*clone.live, meaning::changed);
  ImGui::TableNextColumn();
  text(frame, row.what);
}

}  // namespace canopy::ui
