#include "ui/shell_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "ui/theme.h"

namespace canopy::ui {

namespace {

// In CSS pixels.
constexpr float min_left = 260;
constexpr float min_right = 240;
constexpr float min_middle = 280;
constexpr float min_canvas_height = 160;
constexpr float min_tables_height = 120;
constexpr float min_part_of_left = 140;
constexpr float narrow_width = 900;
// Below these the columns would leave each other too little.
constexpr float single_width = 680;
constexpr float single_height = 440;
constexpr float single_bar = 68;
constexpr float switcher_height = 52;

// `wanted` within the limits; the lower one yields where both cannot hold.
float between(float wanted, float low, float high) {
  return std::max(0.0f, std::min(std::max(wanted, low), high));
}

ShellLayout layout_single(float width, float height, float scale) {
  ShellLayout layout;
  const auto px = [&](float css) { return std::round(css * scale); };
  layout.single = true;
  layout.bar = {0, 0, width, std::min(px(single_bar), height)};
  const float body = height - layout.bar.height;
  const float switcher = std::min(px(switcher_height), body);
  layout.switcher = {0, height - switcher, width, switcher};
  const Rect part{0, layout.bar.bottom(), width, body - switcher};
  layout.left_upper = layout.left_lower = layout.canvas = layout.inspector = layout.tables = part;
  return layout;
}

}  // namespace

ShellLayout layout_shell(float width, float height, float scale, const Splits& splits) {
  const auto px = [&](float css) { return std::round(css * scale); };
  if (width < px(single_width) || height < px(single_height))
    return layout_single(width, height, scale);
  ShellLayout layout;
  const float gap = px(size::splitter);
  const float top = std::min(px(size::bar), height);
  layout.bar = {0, 0, width, top};
  const float body = height - top;
  layout.narrow = width < px(narrow_width);

  const float right_room = layout.narrow ? 0 : px(min_right) + gap;
  const float left = between(std::round(splits.left * width), px(min_left),
                             width - px(min_middle) - right_room - gap);
  const float right = layout.narrow ? 0
                                    : between(std::round(splits.right * width), px(min_right),
                                              width - left - px(min_middle) - 2 * gap);
  const float middle = std::max(0.0f, width - left - gap - (layout.narrow ? 0 : right + gap));
  const float tables = between(std::round(splits.bottom * height), px(min_tables_height),
                               body - px(min_canvas_height) - gap);
  const float lower = between(std::round(splits.left_lower * body), px(min_part_of_left),
                              body - px(min_part_of_left) - gap);

  layout.left_upper = {0, top, left, std::max(0.0f, body - lower - gap)};
  layout.split_left_lower = {0, layout.left_upper.bottom(), left, gap};
  layout.left_lower = {0, layout.split_left_lower.bottom(), left, lower};
  layout.split_left = {left, top, gap, body};

  const float middle_x = left + gap;
  const float upper = std::max(0.0f, body - tables - gap);
  layout.canvas = {middle_x, top, middle, upper};
  layout.split_bottom = {middle_x, top + upper, width - middle_x, gap};
  if (layout.narrow) {
    const float half = std::round(middle / 2);
    layout.tables = {middle_x, layout.split_bottom.bottom(), middle - half - gap, tables};
    layout.inspector = {layout.tables.right() + gap, layout.split_bottom.bottom(), half, tables};
    return layout;
  }
  layout.tables = {middle_x, layout.split_bottom.bottom(), width - middle_x, tables};
  layout.split_right = {middle_x + middle, top, gap, upper};
  layout.inspector = {layout.split_right.right(), top, right, upper};
  return layout;
}

ShellLayout layout_of_stream(const ShellLayout& layout) {
  if (layout.single) return layout;
  ShellLayout stream = layout;
  const float bottom = layout.left_lower.bottom();
  const auto to_bottom = [&](Rect& rect) { rect.height = bottom - rect.y; };
  to_bottom(stream.left_upper);
  stream.left_lower = stream.canvas = stream.split_left_lower = {};
  stream.tables = layout.canvas;
  if (layout.narrow) {
    stream.inspector.x = layout.tables.x;
    stream.inspector.width = layout.inspector.right() - layout.tables.x;
    return stream;
  }
  stream.split_bottom = {};
  to_bottom(stream.tables);
  to_bottom(stream.inspector);
  to_bottom(stream.split_right);
  return stream;
}

Rect place_card(const Rect& room, const Rect& lit, float width, float height, float gap) {
  const float right = room.right() - width;
  const float bottom = room.bottom() - height;
  const auto inside = [&](float x, float y) {
    return Rect{std::max(std::min(x, right), room.x), std::max(std::min(y, bottom), room.y), width,
                height};
  };
  // Beside it, from its upper edge on; else in a corner.
  const Rect places[] = {inside(lit.right() + gap, lit.y),
                         inside(lit.x - gap - width, lit.y),
                         inside(lit.x, lit.bottom() + gap),
                         inside(lit.x, lit.y - gap - height),
                         inside(right, bottom),
                         inside(room.x, bottom),
                         inside(right, room.y)};
  const auto covered = [&](const Rect& card) {
    const float wide = std::min(card.right(), lit.right()) - std::max(card.x, lit.x);
    const float high = std::min(card.bottom(), lit.bottom()) - std::max(card.y, lit.y);
    return std::max(wide, 0.0f) * std::max(high, 0.0f);
  };
  const Rect best =
      *std::min_element(std::begin(places), std::end(places),
                        [&](const Rect& a, const Rect& b) { return covered(a) < covered(b); });
  // Where it has to cover something, that is the end of it.
  const Rect end = inside(right, bottom);
  return covered(best) > 0 && covered(end) <= covered(best) * 1.1f ? end : best;
}

std::string splits_text(const Splits& splits) {
  return fmt::format("{:.4f} {:.4f} {:.4f} {:.4f}", splits.left, splits.right, splits.bottom,
                     splits.left_lower);
}

std::optional<Splits> parse_splits(const std::string& text) {
  std::array<float, 4> parts{};
  const char* at = text.c_str();
  for (float& part : parts) {
    char* end = nullptr;
    part = std::strtof(at, &end);
    if (end == at || !(part >= 0 && part <= 1)) return std::nullopt;
    at = end;
  }
  return Splits{parts[0], parts[1], parts[2], parts[3]};
}

Splits drag_left(const Splits& splits, float x, float width) {
  Splits changed = splits;
  changed.left = std::clamp(x / std::max(width, 1.0f), 0.0f, 1.0f);
  return changed;
}

Splits drag_right(const Splits& splits, float x, float width) {
  Splits changed = splits;
  changed.right = std::clamp(1 - x / std::max(width, 1.0f), 0.0f, 1.0f);
  return changed;
}

Splits drag_bottom(const Splits& splits, float y, float height) {
  Splits changed = splits;
  changed.bottom = std::clamp(1 - y / std::max(height, 1.0f), 0.0f, 1.0f);
  return changed;
}

Splits drag_left_lower(const Splits& splits, float y, const ShellLayout& layout) {
  Splits changed = splits;
  const float body = std::max(layout.left_lower.bottom() - layout.left_upper.y, 1.0f);
  changed.left_lower = std::clamp((layout.left_lower.bottom() - y) / body, 0.0f, 1.0f);
  return changed;
}

}  // namespace canopy::ui
