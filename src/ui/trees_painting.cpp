// How the canvas with all trees is painted: shapes by CanvasPainter, text by ImGui above them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/text.h"
#include "ui/trees_panel.h"

namespace canopy::ui {

namespace {

constexpr std::size_t most_mirrored = 200;
constexpr float narrowest_with_edge = 6;  // pixels

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

Color fill_color(const Theme& theme) { return theme.dark ? rgb(0x56b4e9) : rgb(0x2b7fb8); }

Rect moved(const Rect& rect, const Rect& by) {
  return {rect.x + by.x, rect.y + by.y, rect.width, rect.height};
}

}  // namespace

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
      return mix(theme.panel, fill_color(theme), 0.15 + 0.75 * fill_of(*box.view));
    case Coloring::owner:
      break;
  }
  const u64 tree = trees_[box.tree].root.tree;
  if (box.view != nullptr && box.view->owner != tree)
    return mix(theme.panel, meaning::shared, 0.55);
  return plain;
}

// What the colours say, where there is room for it.
void TreesPanel::draw_legend(const Frame& frame, float room) {
  const bool is_scale = coloring_ != Coloring::owner;
  const char* const before = coloring_ == Coloring::generation ? "old" : is_scale ? "empty" : "";
  const char* const after = coloring_ == Coloring::generation ? "new"
                            : is_scale                        ? "full"
                                                              : "S: made for another tree";
  const float side = frame.px(12);
  const float gap = frame.px(6);
  const int count = is_scale ? 6 : 1;
  const float first = is_scale ? ImGui::CalcTextSize(before).x + gap : 0;
  const float wide = first + side * static_cast<float>(count) + gap + ImGui::CalcTextSize(after).x;
  if (wide > room) return ImGui::NewLine();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = frame.control();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float text_y = at.y + std::round((height - ImGui::GetFontSize()) / 2);
  const ImU32 ink = paint(frame.theme.secondary);
  draw.AddText(ImVec2(at.x, text_y), ink, before);
  float x = at.x + first;
  const float y = at.y + std::round((height - side) / 2);
  for (int i = 0; i < count; i++, x += side) {
    const double part = static_cast<double>(i) / 5;
    const Color color = coloring_ == Coloring::generation ? viridis(part)
                        : is_scale
                            ? mix(frame.theme.panel, fill_color(frame.theme), 0.15 + 0.75 * part)
                            : mix(frame.theme.panel, meaning::shared, 0.55);
    draw.AddRectFilled(ImVec2(x, y), ImVec2(x + side, y + side), paint(color));
  }
  draw.AddText(ImVec2(x + gap, text_y), ink, after);
  ImGui::Dummy(ImVec2(wide, height));
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
    const std::string name = shown_name(tree.name);
    const bool selected = frame.app.selection().block.tree == tree.root.tree &&
                          frame.app.selection().kind != Selection::Kind::nothing;
    // A name that does not fit says nothing; the tooltip has it.
    if (title.x >= free_from && title.width >= frame.px(24)) {
      // "EXTENT" where there is no room for "EXTENT_TREE".
      const bool fits = ImGui::CalcTextSize(name.c_str()).x + frame.px(3) <= title.width;
      const std::size_t suffix = fits ? std::string::npos : name.rfind("_TREE");
      draw_text_in(draw, title, frame.px(2),
                   paint(selected ? frame.theme.text : frame.theme.secondary),
                   name.substr(0, suffix));
      free_from = title.right();
    }
    if (!mirrors_now_) continue;
    mirrored.rows.push_back(
        {{fmt::format("{}", tree.root.tree), name, fmt::format("{}", tree.root.level)}, title, i});
  }
  if (mirrors_now_) mirrored_titles_ = std::move(mirrored);
  frame.mirror.table("trees", "Trees in view", mirrored_titles_);
}

// From each node to its children, and between the places of a block that several trees share.
void TreesPanel::draw_edges(const Frame& frame, const Rect& canvas) {
  std::vector<CanvasEdge> edges;
  const ImU32 plain = paint(mix(frame.theme.background, frame.theme.secondary, 0.55));
  const auto middle = [&](const TreeBox& box) {
    const float left = std::max(box.rect.x, 0.0f);
    const float right = std::min(box.rect.right(), canvas.width);
    return std::round(canvas.x + (left + right) / 2);
  };
  for (const TreeBox& box : canvas_.boxes) {
    if (box.parent == TreeBox::none || box.rect.width < narrowest_with_edge) continue;
    const Rect& parent = canvas_.boxes[box.parent].rect;
    const float x = middle(box);
    edges.push_back({x, canvas.y + parent.bottom(), x, canvas.y + box.rect.y, plain,
                     std::max(1.0f, frame.px(1)), 0, 0});
  }
  // The selected block, and all that it hangs from.
  const Selection& selection = frame.app.selection();
  const TreeBox* last = nullptr;
  for (const TreeBox& box : canvas_.boxes) {
    if (!selection.is_block(box.address.logical) || box.kind == TreeBox::Kind::run) continue;
    if (last != nullptr)
      edges.push_back({middle(*last), canvas.y + last->rect.y, middle(box), canvas.y + box.rect.y,
                       paint(meaning::shared), frame.px(1.5f), frame.px(18), frame.px(4)});
    last = &box;
    const TreeBox* below = &box;
    while (below->parent != TreeBox::none) {
      const TreeBox& parent = canvas_.boxes[below->parent];
      edges.push_back({middle(*below), canvas.y + parent.rect.bottom(), middle(*below),
                       canvas.y + below->rect.y, paint(frame.theme.accent), frame.px(3), 0, 0});
      below = &parent;
    }
  }
  frame.painter.edges(*ImGui::GetWindowDrawList(), edges);
}

bool TreesPanel::is_shared(const TreeBox& box) const {
  return box.view != nullptr && !box.view->failed() &&
         box.view->owner != trees_[box.tree].root.tree;
}

void TreesPanel::draw_boxes(const Frame& frame, const Rect& canvas) {
  const Selection& selection = frame.app.selection();
  const u64 hovered = hovered_box_ != nullptr && hovered_box_->kind != TreeBox::Kind::run
                          ? hovered_box_->address.logical
                          : 0;
  std::vector<CanvasBlock> blocks;
  blocks.reserve(canvas_.boxes.size());
  for (const TreeBox& box : canvas_.boxes) {
    CanvasBlock& block = blocks.emplace_back();
    block.rect = moved(box.rect, canvas);
    block.rounding = block.rect.width > frame.px(6) ? frame.px(2) : 0;
    if (box.kind == TreeBox::Kind::pending) {
      block.edge = paint(frame.theme.line);
      block.edge_width = 1;
      continue;
    }
    const Color color = box.kind == TreeBox::Kind::failed ? meaning::error : color_of(frame, box);
    block.fill = paint(color);
    block.edge = paint(with_alpha(frame.theme.background, 150));
    if (box.kind == TreeBox::Kind::run) {
      if (block.rect.width > frame.px(8)) block.set_pattern(CanvasPattern::upright);
      continue;
    }
    if (box.kind == TreeBox::Kind::failed) {
      block.set_pattern(CanvasPattern::crossed);
    } else if (is_shared(box)) {
      block.edge = paint(mix(meaning::shared, frame.theme.text, 0.6));
      block.set_pattern(CanvasPattern::corner);
    }
    const bool is_selected = selection.is_block(box.address.logical);
    // The same block lights up in every tree that shares it.
    if (!is_selected && box.address.logical != hovered) continue;
    block.edge = paint(is_selected ? frame.theme.accent : frame.theme.text);
    block.edge_width = frame.px(is_selected ? 2 : 1);
  }
  frame.painter.blocks(*ImGui::GetWindowDrawList(), blocks);
  draw_labels(frame, canvas);
}

void TreesPanel::draw_labels(const Frame& frame, const Rect& canvas) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  ImGui::PushFont(frame.fonts.mono);
  Mirror::Table mirrored;
  mirrored.columns = {"Block", "Level", "Tree", "State"};
  for (const TreeBox& box : canvas_.boxes) {
    if (box.kind == TreeBox::Kind::run || box.kind == TreeBox::Kind::pending) continue;
    const Rect rect = moved(box.rect, canvas);
    if (rect.width < frame.px(30)) continue;
    const bool failed = box.kind == TreeBox::Kind::failed;
    const bool shared = is_shared(box);
    const Color color = failed ? meaning::error : color_of(frame, box);
    const Color ink = contrast(frame.theme.text, color) >= 3.5 ? frame.theme.text
                      : contrast(rgb(0x0b0d11), color) > contrast(rgb(0xffffff), color)
                          ? rgb(0x0b0d11)
                          : rgb(0xffffff);
    std::string label = grouped_mono(box.address.logical);
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
    if (mirrored.rows.size() == most_mirrored || !mirrors_now_) continue;
    mirrored.rows.push_back(
        {{fmt::format("{}", box.address.logical), fmt::format("{}", box.address.level),
          fmt::format("{}", trees_[box.tree].root.tree),
          failed   ? "damaged: " + box.view->problem
          : shared ? "shared"
                   : ""},
         rect,
         mirrored.rows.size()});
  }
  ImGui::PopFont();
  if (mirrors_now_) {
    mirrored.total = mirrored.rows.size();
    mirrored_blocks_ = std::move(mirrored);
  }
  frame.mirror.table("trees.blocks", "Blocks in view", mirrored_blocks_);
}

void TreesPanel::draw_items(const Frame& frame, const Rect& canvas) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const Selection& selection = frame.app.selection();
  std::vector<CanvasBlock> blocks;
  blocks.reserve(canvas_.items.size());
  std::vector<const ItemCell*> with_text;
  for (const ItemCell& cell : canvas_.items) {
    const TreeBox& leaf = canvas_.boxes[cell.box];
    const Rect rect = moved(cell.rect, canvas);
    CanvasBlock block;
    block.fill = paint(item_color(frame.theme, leaf.view->entries[cell.slot].key.type));
    const bool is_selected = selection.kind == Selection::Kind::item &&
                             selection.block.logical == leaf.address.logical &&
                             selection.slot == cell.slot;
    const bool is_hovered = &cell == hovered_item_;
    if (!cell.has_text) {
      const float gap = rect.height >= 4 ? 1.0f : 0.0f;
      block.rect = {rect.x, rect.y, rect.width - 1, rect.height - gap};
      if (is_selected || is_hovered) {
        block.edge = paint(is_selected ? frame.theme.accent : frame.theme.text);
        block.edge_width = 1;
      }
      blocks.push_back(block);
      continue;
    }
    with_text.push_back(&cell);
    if (is_selected || is_hovered) {
      CanvasBlock ground;
      ground.rect = rect;
      ground.fill = paint(is_selected ? frame.theme.selection : frame.theme.hover);
      blocks.push_back(ground);
    }
    block.rect = {rect.x, rect.y + frame.px(3), frame.px(4), rect.height - frame.px(6)};
    blocks.push_back(block);
  }
  frame.painter.blocks(draw, blocks);
  draw_item_texts(frame, canvas, with_text);
}

void TreesPanel::draw_item_texts(const Frame& frame, const Rect& canvas,
                                 const std::vector<const ItemCell*>& cells) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  Mirror::Table mirrored;
  mirrored.columns = {"Leaf", "Slot", "Key", "Size"};
  ImGui::PushFont(frame.fonts.mono);
  for (const ItemCell* cell : cells) {
    const TreeBox& leaf = canvas_.boxes[cell->box];
    const BlockEntry& entry = leaf.view->entries[cell->slot];
    const Rect rect = moved(cell->rect, canvas);
    const std::string size = fmt::format("{}", entry.size);
    const float size_width = ImGui::CalcTextSize(size.c_str()).x;
    const Rect key_rect{rect.x + frame.px(10), rect.y, rect.width - size_width - frame.px(26),
                        rect.height};
    const std::string key = key_text(entry.key);
    draw_text_in(draw, key_rect, 0, paint(frame.theme.text), key);
    draw_text_in(
        draw,
        {rect.right() - size_width - frame.px(12), rect.y, size_width + frame.px(12), rect.height},
        0, paint(frame.theme.secondary), size);
    if (!mirrors_now_) continue;
    mirrored.rows.push_back(
        {{fmt::format("{}", leaf.address.logical), fmt::format("{}", cell->slot), key, size},
         rect,
         mirrored.rows.size()});
  }
  ImGui::PopFont();
  if (mirrors_now_) {
    mirrored.total = canvas_.items.size();
    mirrored_items_ = std::move(mirrored);
  }
  frame.mirror.table("trees.items", "Items in view", mirrored_items_);
}

}  // namespace canopy::ui
