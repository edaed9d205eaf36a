#include "ui/trees_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/text.h"

namespace canopy::ui {

namespace {

// Families of items that share a colour: inodes and names, file extents, extents and chunks, roots.
Color item_color(const Theme& theme, u8 type) {
  const auto quiet = [&](Color color) { return mix(theme.panel, color, theme.dark ? 0.45 : 0.4); };
  switch (type) {
    case INODE_ITEM_KEY:
    case ORPHAN_ITEM_KEY:
      return quiet(rgb(0x56b4e9));
    case INODE_REF_KEY:
    case INODE_EXTREF_KEY:
    case DIR_ITEM_KEY:
    case DIR_INDEX_KEY:
    case XATTR_ITEM_KEY:
      return quiet(mix(rgb(0x56b4e9), theme.panel, 0.45));
    case EXTENT_DATA_KEY:
    case EXTENT_CSUM_KEY:
      return quiet(rgb(0x009e73));
    case EXTENT_ITEM_KEY:
    case METADATA_ITEM_KEY:
    case BLOCK_GROUP_ITEM_KEY:
    case FREE_SPACE_INFO_KEY:
    case FREE_SPACE_EXTENT_KEY:
    case FREE_SPACE_BITMAP_KEY:
      return quiet(rgb(0xe69f00));
    case ROOT_ITEM_KEY:
    case ROOT_REF_KEY:
    case ROOT_BACKREF_KEY:
      return quiet(rgb(0xcc79a7));
    default:
      return quiet(theme.secondary);
  }
}

double fill_of(const BlockView& view) {
  double used = sizeof(Header);
  for (const BlockEntry& entry : view.entries) {
    used += view.is_leaf() ? static_cast<double>(sizeof(Item) + entry.size)
                           : static_cast<double>(sizeof(KeyPtr));
  }
  return view.bytes.empty() ? 0 : used / static_cast<double>(view.bytes.size());
}

// The text, or as much of its beginning as fits into `room` with "…" behind; nothing where that
// would say nothing.
std::string fitting(const std::string& text, float room) {
  if (ImGui::CalcTextSize(text.c_str()).x <= room) return text;
  const float left = room - ImGui::CalcTextSize("…").x;
  std::size_t end = 0;
  for (std::size_t next = 1; next <= text.size(); next++) {
    // Only before the first byte of a character.
    if (next < text.size() && (static_cast<u8>(text[next]) & 0xc0) == 0x80) continue;
    if (ImGui::CalcTextSize(text.c_str(), text.c_str() + next).x > left) break;
    end = next;
  }
  return end < 3 ? std::string() : text.substr(0, end) + "…";
}

void draw_text_in(ImDrawList& draw, const Rect& rect, float padding, ImU32 color,
                  const std::string& text) {
  const std::string shown = fitting(text, rect.width - 1.5f * padding);
  const float height = ImGui::GetFontSize();
  draw.AddText(ImVec2(rect.x + padding, rect.y + std::round((rect.height - height) / 2)), color,
               shown.c_str());
}

ImVec2 low(const Rect& rect) { return {rect.x, rect.y}; }
ImVec2 high(const Rect& rect) { return {rect.right(), rect.bottom()}; }

Rect moved(const Rect& rect, const Rect& by) {
  return {rect.x + by.x, rect.y + by.y, rect.width, rect.height};
}

std::string tree_title(const PlacedTree& tree) { return shown_name(tree.name); }

}  // namespace

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
  }
}

void TreesPanel::draw(const Frame& frame, const Rect& rect) {
  ImGui::PushStyleColor(ImGuiCol_WindowBg, paint(frame.theme.background));
  begin_panel(frame, "Trees", rect);
  if (trees_.empty()) place(frame.app);
  if (wanted_place_) show_place(*std::exchange(wanted_place_, std::nullopt));
  draw_toolbar(frame);

  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const Rect canvas{std::round(at.x), std::round(at.y), std::floor(room.x), std::floor(room.y)};
  metrics_ = {.width = canvas.width,
              .height = canvas.height,
              .title = frame.px(24),
              .band = frame.px(24),
              .gap = frame.px(4),
              .text_row = frame.px(20),
              .text_width = frame.px(210)};
  if (canvas.width >= 8 && canvas.height >= 8) {
    const CanvasInput::Gesture gesture = input_.update(frame, "canvas", canvas, axis_);
    // By the layout of the frame before, which is what was clicked.
    if (gesture.clicked) choose(frame, gesture.x, gesture.y, false);
    if (gesture.double_clicked) choose(frame, gesture.x, gesture.y, true);
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
    draw_bands(frame, canvas);
    draw_boxes(frame, canvas);
    draw_items(frame, canvas);
    draw_titles(frame, canvas);
    draw.PopClipRect();
    draw_tooltip();
  }
  end_panel();
  ImGui::PopStyleColor();
}

void TreesPanel::draw_toolbar(const Frame& frame) {
  static const std::vector<std::string> names = {"Owner", "Generation", "Fill"};
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - frame.px(4));
  label_in_row(frame, "Colour", frame.px(28));
  ImGui::SameLine();
  int chosen = static_cast<int>(coloring_);
  tabs(frame, "trees.color", names, chosen);
  coloring_ = static_cast<Coloring>(chosen);
  ImGui::SameLine(ImGui::GetWindowWidth() - frame.px(3 * 28 + 12 + 8));
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

Color TreesPanel::color_of(const Frame& frame, const TreeBox& box) const {
  const Theme& theme = frame.theme;
  const Color plain = mix(theme.panel, theme.secondary, theme.dark ? 0.32 : 0.28);
  switch (coloring_) {
    case Coloring::generation: {
      const double range = static_cast<double>(std::max<u64>(newest_ - oldest_, 1));
      const u64 generation = std::clamp(box.address.generation, oldest_, newest_);
      return viridis(static_cast<double>(generation - oldest_) / range);
    }
    case Coloring::fill:
      if (box.view == nullptr) return plain;
      return mix(theme.panel, theme.dark ? rgb(0x56b4e9) : rgb(0x2b7fb8),
                 0.15 + 0.75 * fill_of(*box.view));
    case Coloring::owner:
      break;
  }
  const u64 tree = trees_[box.tree].root.tree;
  if (box.view != nullptr && box.view->owner != tree)
    return mix(theme.panel, meaning::shared, 0.55);
  return plain;
}

void TreesPanel::draw_bands(const Frame& frame, const Rect& canvas) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  for (u8 level = 0; level <= canvas_.top_level; level++) {
    const float y = canvas.y + band_y(canvas_, metrics_, level);
    draw.AddRectFilled(ImVec2(canvas.x, y), ImVec2(canvas.right(), y + metrics_.band),
                       paint(mix(frame.theme.background, frame.theme.panel, 0.7)));
  }
}

void TreesPanel::draw_titles(const Frame& frame, const Rect& canvas) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  Mirror::Table mirrored;
  mirrored.columns = {"Tree", "Name", "Level"};
  mirrored.total = trees_.size();
  const auto width = static_cast<double>(metrics_.width);
  float free_from = canvas.x;
  for (std::size_t i = 0; i < trees_.size(); i++) {
    const PlacedTree& tree = trees_[i];
    const double left = std::max(axis_.to_pixel(tree.begin, width), 0.0);
    const double right = std::min(axis_.to_pixel(tree.end, width), width);
    if (right <= left) continue;
    const Rect title{canvas.x + static_cast<float>(left), canvas.y,
                     static_cast<float>(right - left), metrics_.title};
    const std::string name = tree_title(tree);
    const bool selected = frame.app.selection().block.tree == tree.root.tree &&
                          frame.app.selection().kind != Selection::Kind::nothing;
    // A name that does not fit says nothing; the tooltip has it.
    if (title.x >= free_from && title.width >= frame.px(36)) {
      draw_text_in(draw, title, frame.px(2),
                   paint(selected ? frame.theme.text : frame.theme.secondary), name);
      free_from = title.right();
    }
    mirrored.rows.push_back(
        {{fmt::format("{}", tree.root.tree), name, fmt::format("{}", tree.root.level)}, title, i});
  }
  frame.mirror.table("trees", "Trees in view", mirrored);
}

void TreesPanel::draw_boxes(const Frame& frame, const Rect& canvas) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const Selection& selection = frame.app.selection();
  const float rounding = frame.px(2);
  const u64 hovered = hovered_box_ != nullptr && hovered_box_->kind != TreeBox::Kind::run
                          ? hovered_box_->address.logical
                          : 0;
  ImGui::PushFont(frame.fonts.mono);
  Mirror::Table mirrored;
  mirrored.columns = {"Block", "Level", "Tree", "State"};
  for (const TreeBox& box : canvas_.boxes) {
    const Rect rect = moved(box.rect, canvas);
    const float rounded = rect.width > frame.px(6) ? rounding : 0;
    if (box.kind == TreeBox::Kind::pending) {
      draw.AddRect(low(rect), high(rect), paint(frame.theme.line), rounding);
      continue;
    }
    const bool failed = box.kind == TreeBox::Kind::failed;
    const Color color = failed ? meaning::error : color_of(frame, box);
    draw.AddRectFilled(low(rect), high(rect), paint(color), rounded);
    if (box.kind == TreeBox::Kind::run) continue;
    const bool is_selected = selection.is_block(box.address.logical);
    if (is_selected || box.address.logical == hovered) {
      // The same block lights up in every tree that shares it.
      draw.AddRect(low(rect), high(rect),
                   paint(is_selected ? frame.theme.accent : frame.theme.text), rounded, 0,
                   frame.px(is_selected ? 2 : 1));
    }
    if (rect.width < frame.px(30)) continue;
    const Color ink = contrast(frame.theme.text, color) >= 3.5 ? frame.theme.text
                      : contrast(rgb(0x0b0d11), color) > contrast(rgb(0xffffff), color)
                          ? rgb(0x0b0d11)
                          : rgb(0xffffff);
    std::string label = grouped_mono(box.address.logical);
    const bool shared =
        box.view != nullptr && box.view->owner != trees_[box.tree].root.tree && !box.view->failed();
    if (shared) label.insert(0, "S ");
    if (failed) label.insert(0, "! ");
    if (box.view != nullptr && rect.width > frame.px(190)) {
      label += fmt::format("  gen {}  {} {}", box.address.generation, box.view->entries.size(),
                           box.address.level == 0 ? "items" : "ptrs");
    }
    Rect seen = rect;
    seen.x = std::max(rect.x, canvas.x);
    seen.width = rect.right() - seen.x;
    // Half an address would be another one.
    if (ImGui::CalcTextSize(label.c_str()).x + frame.px(8) <= seen.width) {
      draw_text_in(draw, seen, frame.px(5), paint(ink), label);
    }
    if (mirrored.rows.size() < 200) {
      mirrored.rows.push_back(
          {{fmt::format("{}", box.address.logical), fmt::format("{}", box.address.level),
            fmt::format("{}", trees_[box.tree].root.tree),
            failed   ? "damaged: " + box.view->problem
            : shared ? "shared"
                     : ""},
           rect,
           mirrored.rows.size()});
    }
  }
  ImGui::PopFont();
  mirrored.total = mirrored.rows.size();
  frame.mirror.table("trees.blocks", "Blocks in view", mirrored);
}

void TreesPanel::draw_items(const Frame& frame, const Rect& canvas) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const Selection& selection = frame.app.selection();
  Mirror::Table mirrored;
  mirrored.columns = {"Leaf", "Slot", "Key", "Size"};
  ImGui::PushFont(frame.fonts.mono);
  for (const ItemCell& cell : canvas_.items) {
    const TreeBox& leaf = canvas_.boxes[cell.box];
    const BlockEntry& entry = leaf.view->entries[cell.slot];
    Rect rect = moved(cell.rect, canvas);
    const Color color = item_color(frame.theme, entry.key.type);
    const bool is_selected = selection.kind == Selection::Kind::item &&
                             selection.block.logical == leaf.address.logical &&
                             selection.slot == cell.slot;
    const bool is_hovered = &cell == hovered_item_;
    if (!cell.has_text) {
      const float gap = rect.height >= 4 ? 1.0f : 0.0f;
      draw.AddRectFilled(low(rect), ImVec2(rect.right() - 1, rect.bottom() - gap), paint(color));
      if (is_selected || is_hovered) {
        draw.AddRect(low(rect), high(rect),
                     paint(is_selected ? frame.theme.accent : frame.theme.text));
      }
      continue;
    }
    if (is_selected || is_hovered) {
      draw.AddRectFilled(low(rect), high(rect),
                         paint(is_selected ? frame.theme.selection : frame.theme.hover));
    }
    draw.AddRectFilled(ImVec2(rect.x, rect.y + frame.px(3)),
                       ImVec2(rect.x + frame.px(4), rect.bottom() - frame.px(3)), paint(color));
    const std::string size = fmt::format("{}", entry.size);
    const float size_width = ImGui::CalcTextSize(size.c_str()).x;
    Rect key_rect{rect.x + frame.px(10), rect.y, rect.width - size_width - frame.px(26),
                  rect.height};
    draw_text_in(draw, key_rect, 0, paint(frame.theme.text), key_text(entry.key));
    draw_text_in(
        draw,
        {rect.right() - size_width - frame.px(12), rect.y, size_width + frame.px(12), rect.height},
        0, paint(frame.theme.secondary), size);
    mirrored.rows.push_back({{fmt::format("{}", leaf.address.logical), fmt::format("{}", cell.slot),
                              key_text(entry.key), size},
                             rect,
                             mirrored.rows.size()});
  }
  ImGui::PopFont();
  mirrored.total = canvas_.items.size();
  frame.mirror.table("trees.items", "Items in view", mirrored);
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
  const std::string tree = tree_title(trees_[box.tree]);
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
