#include "ui/trees_panel.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/minimap.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

ImVec2 low(const Rect& rect) { return {rect.x, rect.y}; }
ImVec2 high(const Rect& rect) { return {rect.right(), rect.bottom()}; }

}  // namespace

double fill_of(const BlockView& view) {
  double used = sizeof(Header);
  for (const BlockEntry& entry : view.entries) {
    used += view.is_leaf() ? static_cast<double>(sizeof(Item) + entry.size)
                           : static_cast<double>(sizeof(KeyPtr));
  }
  return view.bytes.empty() ? 0 : used / static_cast<double>(view.bytes.size());
}

void TreesPanel::place(const App& app) {
  std::vector<BlockAddress> roots;
  std::vector<std::string> names;
  std::vector<u64> blocks;
  oldest_ = ~u64{0};
  newest_ = 0;
  for (const TreeSummary& tree : app.session()->summary().trees) {
    roots.push_back(tree.root);
    names.push_back(tree.name);
    blocks.push_back(tree.blocks);
    oldest_ = std::min(oldest_, tree.root.generation);
    newest_ = std::max(newest_, tree.root.generation);
  }
  // Blocks below a root may be as old as the filesystem.
  oldest_ = std::min<u64>(oldest_, 1);
  trees_ = place_trees(roots, names, blocks);
}

void TreesPanel::reset(bool keep_view) {
  trees_.clear();
  wanted_slot_.reset();
  wanted_move_.reset();
  if (!keep_view) axis_ = Axis();
}

void TreesPanel::zoom(double factor) {
  const auto width = static_cast<double>(metrics_.width);
  axis_.zoom(factor, width / 2, width);
}

void TreesPanel::show_tree(u64 tree) {
  for (const PlacedTree& placed : trees_) {
    if (placed.root.tree == tree) axis_.fit(placed.begin, placed.end);
  }
}

void TreesPanel::show_place(const Place& place) {
  if (trees_.empty()) {
    wanted_place_ = place;
    return;
  }
  for (const PlacedTree& placed : trees_) {
    if (placed.root.tree != place.block.tree) continue;
    double begin = placed.begin;
    double end = placed.end;
    for (const auto& [slot, count] : place.steps) {
      const double width = (end - begin) / std::max<u32>(count, 1);
      begin += width * slot;
      end = begin + width;
    }
    axis_.fit(begin, end);
    if (place.slot) {
      wanted_slot_ = TreeWalk{TreeWalk::Outcome::moved, {place.block, place.slot}, begin, end};
    }
  }
}

void TreesPanel::show_wanted_slot(Session& session) {
  const BlockViewPtr view = session.find_block(wanted_slot_->place.block);
  if (view == nullptr) return;
  const TreeWalk found = *std::exchange(wanted_slot_, std::nullopt);
  if (view->is_leaf())
    show_slot(found.begin, found.end, found.place.slot.value_or(0),
              static_cast<u32>(view->entries.size()));
}

void TreesPanel::show_slot(double begin, double end, u32 slot, u32 count) {
  const float below = metrics_.height - band_y(canvas_, metrics_, 0) - metrics_.band - metrics_.gap;
  const auto columns = std::max(1.0, std::floor(static_cast<double>(metrics_.width) /
                                                static_cast<double>(metrics_.text_width)));
  const auto rows = std::floor(static_cast<double>(below / metrics_.text_row));
  const double most = std::max(1.0, columns * rows - 1);
  if (count <= most) {
    if ((end - begin) / axis_.span() * static_cast<double>(metrics_.width) <
            static_cast<double>(metrics_.text_width) ||
        begin > axis_.end() || end < axis_.begin())
      axis_.fit(begin, end);
    return;
  }
  const double each = (end - begin) / count;
  const double first = (axis_.begin() - begin) / each;
  const double last = (axis_.end() - begin) / each;
  if (last - first <= most && slot >= first && slot + 1 <= last) return;
  const double from = std::clamp(slot - most / 2, 0.0, count - most);
  axis_.fit(begin + each * from, begin + each * (from + most), 0);
}

void TreesPanel::draw(const Frame& frame, const Rect& rect) {
  ImGui::PushStyleColor(ImGuiCol_WindowBg, paint(frame.theme.background));
  begin_panel(frame, "Trees", rect);
  if (trees_.empty()) place(frame.app);
  if (wanted_place_) show_place(*std::exchange(wanted_place_, std::nullopt));
  draw_toolbar(frame);

  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  clones_.look(frame);
  const float shelf = std::floor(clones_.height(frame, room.y));
  const Rect canvas{std::round(at.x), std::round(at.y), std::floor(room.x),
                    std::floor(room.y - minimap_height(frame)) - shelf};
  metrics_ = {.width = canvas.width,
              .height = canvas.height,
              .title = frame.px(24),
              .band = frame.px(24),
              .gap = frame.px(6),
              .text_row = frame.px(20),
              .text_width = frame.px(210)};
  if (canvas.width >= 8 && canvas.height >= 8) {
    const CanvasInput::Gesture gesture = input_.update(frame, "canvas", canvas, axis_);
    // By the layout of the frame before, which is what was clicked.
    if (gesture.clicked) choose(frame, gesture.x, gesture.y, false);
    if (gesture.double_clicked) choose(frame, gesture.x, gesture.y, true);
    walk_by_keys(frame);
    if (wanted_slot_ && !canvas_.boxes.empty()) show_wanted_slot(*frame.app.session());
    hovered_box_ = nullptr;
    hovered_item_ = nullptr;
    Session& session = *frame.app.session();
    canvas_ = layout_trees(trees_, axis_, metrics_, [&](const BlockAddress& address) {
      return session.find_block(address);
    });
    if (gesture.is_hovered && !input_.is_panning()) {
      hovered_box_ = canvas_.box_at(gesture.x, gesture.y);
      hovered_item_ = canvas_.item_at(gesture.x, gesture.y);
    }
    ImDrawList& draw = *ImGui::GetWindowDrawList();
    draw.PushClipRect(low(canvas), high(canvas), true);
    mirrors_now_ = axis_ == shown_axis_ && !input_.is_panning();
    shown_axis_ = axis_;
    draw_bands(frame, canvas);
    draw_edges(frame, canvas);
    draw_boxes(frame, canvas);
    draw_items(frame, canvas);
    draw_titles(frame, canvas);
    draw.PopClipRect();
    draw_tooltip();
    clones_.draw(frame, {canvas.x, canvas.bottom(), canvas.width, shelf}, canvas, canvas_);
    draw_minimap(frame, {canvas.x, canvas.bottom() + shelf, canvas.width, minimap_height(frame)},
                 trees_, axis_);
  }
  end_panel();
  ImGui::PopStyleColor();
}

void TreesPanel::draw_toolbar(const Frame& frame) {
  static const std::vector<std::string> names = {"Owner", "Generation", "Fill"};
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - frame.px(4));
  // The word yields where there is no room for it beside the buttons.
  float wide = ImGui::CalcTextSize("Colour").x + 3 * frame.control() + frame.px(48);
  for (const std::string& name : names)
    wide +=
        ImGui::CalcTextSize(name.c_str()).x + 2 * ImGui::GetStyle().FramePadding.x + frame.px(4);
  if (wide <= ImGui::GetWindowWidth()) {
    label_in_row(frame, "Colour", frame.control());
    ImGui::SameLine();
  }
  int chosen = static_cast<int>(coloring_);
  tabs(frame, "trees.color", names, chosen);
  coloring_ = static_cast<Coloring>(chosen);
  ImGui::SameLine(0, frame.px(16));
  draw_legend(frame, ImGui::GetWindowWidth() - frame.px(12 + 8 + 16) - 3 * frame.control() -
                         ImGui::GetCursorPosX());
  ImGui::SameLine(ImGui::GetWindowWidth() - frame.px(12 + 8) - 3 * frame.control());
  if (icon_button(frame, "trees.zoom_in", icon::zoom_in, "Zoom in (wheel)")) {
    zoom(2);
  }
  ImGui::SameLine(0, 0);
  if (icon_button(frame, "trees.zoom_out", icon::zoom_out, "Zoom out (wheel)",
                  !axis_.is_fitted())) {
    zoom(0.5);
  }
  ImGui::SameLine(0, 0);
  if (icon_button(frame, "trees.fit", icon::fit, "Show all trees (F)", !axis_.is_fitted())) {
    axis_.fit_all();
  }
}

void TreesPanel::choose(const Frame& frame, float x, float y, bool zoom) {
  if (y < metrics_.title) {
    const double world =
        axis_.to_world(static_cast<double>(x), static_cast<double>(metrics_.width));
    for (const PlacedTree& tree : trees_) {
      if (world < tree.begin || world >= tree.end) continue;
      if (zoom) {
        axis_.fit(tree.begin, tree.end);
      } else {
        frame.app.select({.kind = Selection::Kind::block, .block = tree.root});
      }
    }
    return;
  }
  if (const ItemCell* item = canvas_.item_at(x, y)) {
    const TreeBox& leaf = canvas_.boxes[item->box];
    frame.app.select({.kind = Selection::Kind::item, .block = leaf.address, .slot = item->slot});
    if (zoom) axis_.fit(leaf.begin, leaf.end);
    return;
  }
  const TreeBox* box = canvas_.box_at(x, y);
  if (box == nullptr) return;
  if (box->kind != TreeBox::Kind::run) {
    frame.app.select({.kind = Selection::Kind::block, .block = box->address});
  }
  if (zoom) axis_.fit(box->begin, box->end);
}

void TreesPanel::walk_by_keys(const Frame& frame) {
  if (ImGui::IsWindowFocused() && !ImGui::GetIO().WantTextInput &&
      !ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup)) {
    static constexpr std::pair<ImGuiKey, TreeMove> keys[] = {
        {ImGuiKey_UpArrow, TreeMove::up},
        {ImGuiKey_DownArrow, TreeMove::down},
        {ImGuiKey_LeftArrow, TreeMove::left},
        {ImGuiKey_RightArrow, TreeMove::right},
    };
    for (const auto& [key, move] : keys) {
      // ImGui would go from button to button with them; Tab still does.
      ImGui::SetKeyOwner(key, ImGui::GetItemID());
      if (!ImGui::GetIO().KeyAlt && ImGui::IsKeyPressed(key)) wanted_move_ = move;
    }
    if (wanted_move_ && !ImGui::IsItemFocused()) {
      ImGui::SetFocusID(ImGui::GetItemID(), ImGui::GetCurrentWindow());
    }
  }
  if (wanted_move_) walk(frame, *std::exchange(wanted_move_, std::nullopt));
}

void TreesPanel::walk(const Frame& frame, TreeMove move) {
  const Selection& selection = frame.app.selection();
  std::optional<TreePlace> from;
  const bool is_item = selection.kind == Selection::Kind::item;
  if (is_item || selection.kind == Selection::Kind::block) {
    from = TreePlace{selection.block, is_item ? std::optional(selection.slot) : std::nullopt};
  }
  Session& session = *frame.app.session();
  const TreeWalk walk = walk_trees(trees_, from, move, [&](const BlockAddress& address) {
    const BlockViewPtr view = session.find_block(address);
    return view != nullptr && view->is_outdated ? nullptr : view;
  });
  if (walk.outcome == TreeWalk::Outcome::unread) wanted_move_ = move;
  if (walk.outcome != TreeWalk::Outcome::moved) return;
  frame.app.select({.kind = walk.place.slot ? Selection::Kind::item : Selection::Kind::block,
                    .block = walk.place.block,
                    .slot = walk.place.slot.value_or(0)});
  show_walked(walk);
}

// Moves what is in view no more than it takes to see where one is.
void TreesPanel::show_walked(const TreeWalk& walk) {
  const auto width = static_cast<double>(metrics_.width);
  const double wide = (walk.end - walk.begin) / axis_.span() * width;
  if (walk.place.slot) {
    wanted_slot_ = walk;
  } else if (wide < 24) {
    const double around = (walk.end - walk.begin) * 4;
    axis_.fit(walk.begin - around, walk.end + around, 0);
  } else if (wide > width ? walk.end < axis_.begin() || walk.begin > axis_.end()
                          : walk.begin < axis_.begin() || walk.end > axis_.end()) {
    const double middle = (walk.begin + walk.end) / 2;
    axis_.pan(width / 2 - axis_.to_pixel(middle, width), width);
  }
}

void TreesPanel::draw_tooltip() {
  if (hovered_item_ != nullptr) {
    const TreeBox& leaf = canvas_.boxes[hovered_item_->box];
    const BlockEntry& entry = leaf.view->entries[hovered_item_->slot];
    ImGui::SetTooltip("%s\nslot %u, %s at %u of leaf %s", key_text(entry.key).c_str(),
                      hovered_item_->slot, count_text(entry.size, "byte", "bytes").c_str(),
                      entry.offset, grouped(leaf.address.logical).c_str());
    return;
  }
  if (hovered_box_ == nullptr) return;
  const TreeBox& box = *hovered_box_;
  const std::string tree = shown_name(trees_[box.tree].name);
  if (box.kind == TreeBox::Kind::run) {
    ImGui::SetTooltip("%s\n%s of level %u, up to generation %s\nZoom in to see them", tree.c_str(),
                      count_text(box.count, "block", "blocks").c_str(),
                      static_cast<unsigned>(box.address.level),
                      grouped(box.address.generation).c_str());
    return;
  }
  std::string text =
      fmt::format("{}\n{} {}, generation {}", tree, box.address.level == 0 ? "Leaf" : "Node",
                  grouped(box.address.logical), grouped(box.address.generation));
  if (box.kind == TreeBox::Kind::failed) {
    text += "\n" + box.view->problem;
  } else if (box.view != nullptr) {
    text += fmt::format("\n{}, {:.0f} % full",
                        box.address.level == 0
                            ? count_text(box.view->entries.size(), "item", "items")
                            : count_text(box.view->entries.size(), "pointer", "pointers"),
                        fill_of(*box.view) * 100);
    if (box.view->owner != trees_[box.tree].root.tree) {
      text += fmt::format("\nShared: made for {}", objectid_name(box.view->owner));
    }
  }
  ImGui::SetTooltip("%s", text.c_str());
}

}  // namespace canopy::ui
