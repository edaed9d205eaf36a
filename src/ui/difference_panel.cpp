#include "ui/difference_panel.h"

#include <fmt/format.h>

#include <algorithm>

#include "files/subvolume_files.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

struct Look {
  Color color;
  const char* letter;
  const char* word;
};

Look look_of(ItemDifference what) {
  switch (what) {
    case ItemDifference::added:
      return {meaning::added, "+", "added"};
    case ItemDifference::removed:
      return {meaning::removed, "-", "removed"};
    case ItemDifference::changed:
      break;
  }
  return {meaning::changed, "~", "changed"};
}

std::string read_text(const TreeWalk& walk) {
  const u64 left = walk.blocks > walk.blocks_read ? walk.blocks - walk.blocks_read : 0;
  return fmt::format("{} read, {} never looked at", count_text(walk.blocks_read, "block", "blocks"),
                     grouped(left));
}

}  // namespace

void DifferencePanel::draw(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Difference", rect);
  const SendForm& form = frame.app.form;
  const SubvolumeList& subvolumes = frame.app.session()->summary().subvolumes;
  const Subvolume* const after = subvolumes.find(form.subvolume);
  const Subvolume* const before = form.parent ? subvolumes.find(*form.parent) : nullptr;
  if (after == nullptr || before == nullptr) {
    empty_note(frame,
               "What changed between two subvolumes is shown here. Click B in the table of "
               "subvolumes, and choose its parent A in the send panel.");
    end_panel();
    return;
  }
  const DifferenceKey key{before->id, after->id, frame.app.session()->summary().generation};
  if (auto found = frame.app.session()->lookups().difference.find(key)) shown_ = std::move(found);
  text(frame, fmt::format("A: {}     B: {}", shown_name(before->display_name()),
                          shown_name(after->display_name())));
  if (shown_ == nullptr || shown_->key.parent != before->id || shown_->key.subvolume != after->id) {
    empty_note(frame, "Comparing…");
    end_panel();
    return;
  }
  if (!shown_->problem.empty()) wrapped_text(frame, shown_->problem, frame.theme.error_text);
  draw_walks(frame);
  draw_items(frame);
  end_panel();
}

// Both trees as strips: what both share and what was gone into.
void DifferencePanel::draw_walks(const Frame& frame) {
  const DifferenceView& view = *shown_;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const auto strip = [&](const char* name, const TreeWalk& walk, Color different) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float left = frame.px(20);
    const float width = std::max(ImGui::GetContentRegionAvail().x - left, 1.0f);
    const float height = frame.px(18);
    draw.AddText(at, paint(frame.theme.secondary), name);
    draw.AddRectFilled(ImVec2(at.x + left, at.y), ImVec2(at.x + left + width, at.y + height),
                       paint(frame.theme.background));
    for (const TreePart& part : walk.parts) {
      const float x = at.x + left + static_cast<float>(part.begin) * width;
      const float end = std::max(at.x + left + static_cast<float>(part.end) * width, x + 1);
      const bool is_shared = part.kind == TreePart::Kind::shared;
      const Color color = is_shared ? mix(frame.theme.panel, meaning::shared, 0.4)
                          : part.kind == TreePart::Kind::same
                              ? mix(frame.theme.panel, frame.theme.secondary, 0.5)
                              : different;
      // What is shared is half as high: it says so without its colour.
      draw.AddRectFilled(ImVec2(x, is_shared ? at.y + height / 2 : at.y),
                         ImVec2(end, at.y + height), paint(color));
    }
    ImGui::Dummy(ImVec2(width + left, height));
    hint(frame, std::string("Tree ") + name +
                    ": low and green what both share and was skipped, grey what was read and is "
                    "equal, high and coloured what differs");
  };
  strip("A", view.before, meaning::removed);
  strip("B", view.after, meaning::changed);
  const std::string skipped =
      fmt::format("{} skipped. A: {}. B: {}.",
                  count_text(view.shared_subtrees, "shared subtree", "shared subtrees"),
                  read_text(view.before), read_text(view.after));
  const std::string counts =
      fmt::format("{} added, {} removed, {} changed; {} compared and equal", grouped(view.added),
                  grouped(view.removed), grouped(view.changed), grouped(view.same));
  wrapped_text(frame, skipped, frame.theme.text);
  wrapped_text(frame, counts, frame.theme.text);
  frame.mirror.list("difference.counts", "Difference",
                    {{"Skipped", fmt::format("{}", view.shared_subtrees)},
                     {"Blocks read", fmt::format("{}", view.after.blocks_read)},
                     {"Added", fmt::format("{}", view.added)},
                     {"Removed", fmt::format("{}", view.removed)},
                     {"Changed", fmt::format("{}", view.changed)},
                     {"Equal", fmt::format("{}", view.same)}});
}

void DifferencePanel::draw_items(const Frame& frame) {
  const std::vector<DifferentItem>& items = shown_->items;
  if (items.empty()) return empty_note(frame, "No item differs.");
  Mirror::Table mirrored;
  mirrored.columns = {"Change", "File", "Key", "Bytes in A", "Bytes in B"};
  mirrored.total = shown_->added + shown_->removed + shown_->changed;
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH |
                                ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_NoSavedSettings;
  if (!begin_table(frame, "items", 5, flags, ImGui::GetContentRegionAvail(), 560)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("", 0, frame.px(84));
  ImGui::TableSetupColumn("File", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("Key", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("Bytes in A", 0, frame.px(76));
  ImGui::TableSetupColumn("Bytes in B", 0, frame.px(76));
  table_header(frame);
  visible_rows(items.size(), frame.row(),
               [&](int i) { draw_row(frame, static_cast<std::size_t>(i), mirrored); });
  ImGui::EndTable();
  frame.mirror.table("difference.items", "Different items", mirrored);
}

void DifferencePanel::draw_row(const Frame& frame, std::size_t index, Mirror::Table& mirrored) {
  const DifferentItem& item = shown_->items[index];
  const Selection& selection = frame.app.selection();
  const bool is_selected = selection.kind == Selection::Kind::item &&
                           selection.block.logical == item.place.block.logical &&
                           selection.slot == item.place.slot;
  ImGui::TableNextRow(0, frame.row());
  ImGui::TableNextColumn();
  ImGui::PushID(static_cast<int>(index));
  const bool clicked = ImGui::Selectable("##row", is_selected, ImGuiSelectableFlags_SpanAllColumns,
                                         ImVec2(0, frame.cell()));
  ImGui::PopID();
  const Rect rect = item_rect();
  ImGui::SameLine(0, 0);
  const Look look = look_of(item.what);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(ImVec2(rect.x, rect.y + frame.px(2)),
                     ImVec2(rect.x + frame.px(4), rect.bottom() - frame.px(2)), paint(look.color));
  text(frame, fmt::format("  {} {}", look.letter, look.word));
  const std::string key = key_text(item.key);
  const std::string before =
      item.what == ItemDifference::added ? "" : fmt::format("{}", item.size_before);
  const std::string after =
      item.what == ItemDifference::removed ? "" : fmt::format("{}", item.size_after);
  ImGui::TableNextColumn();
  const bool is_root = item.path.empty() && item.key.objectid == SubvolumeFiles::ROOT_INO;
  const std::string path = is_root ? "/" : shown_name(item.path);
  text(frame, path);
  ImGui::TableNextColumn();
  mono_text(frame, key, frame.theme.text);
  ImGui::TableNextColumn();
  right_aligned(frame, before, frame.theme.secondary);
  ImGui::TableNextColumn();
  right_aligned(frame, after, frame.theme.secondary);
  if (clicked) {
    frame.app.select({.kind = Selection::Kind::item,
                      .block = item.place.block,
                      .slot = item.place.slot.value_or(0)});
  }
  mirrored.rows.push_back({{look.word, path, key, before, after}, rect, index});
  if (is_selected) mirrored.selected = index;
}

}  // namespace canopy::ui
