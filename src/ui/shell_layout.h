// Where the parts of the page are, as numbers: the bar on top, the column on the left (filesystem,
// subvolumes, send), the canvas, the inspector on the right, the tables below. Splitters lie
// between them; what a person sets with them is kept as fractions, so that it survives another
// window size, and no part is ever pressed below the size at which it can be used. A window as
// small as a phone's shows one part at a time, above a switcher between them.
#pragma once

#include <optional>
#include <string>

namespace canopy::ui {

struct Rect {
  float x = 0, y = 0, width = 0, height = 0;

  float right() const { return x + width; }
  float bottom() const { return y + height; }
  bool contains(float px, float py) const {
    return px >= x && px < right() && py >= y && py < bottom();
  }
  friend bool operator==(const Rect&, const Rect&) = default;
};

// Fractions of the width or height of the window.
struct Splits {
  float left = 0.23f;
  float right = 0.25f;
  float bottom = 0.28f;
  float left_lower = 0.56f;  // of the left column: the send panel

  friend bool operator==(const Splits&, const Splits&) = default;
};

struct ShellLayout {
  Rect bar, left_upper, left_lower, canvas, inspector, tables;
  // Empty where the parts they divide are not beside each other.
  Rect split_left, split_right, split_bottom, split_left_lower;
  // A narrow window shows the left column and the middle; the inspector takes the place of the
  // tables.
  bool narrow = false;
  // On a window as small as a phone's all parts lie in the same place, and one of them is drawn.
  bool single = false;
  Rect switcher;  // between the parts; only if `single`
};

// As text and back, to be remembered; nullopt for what is not such a text.
std::string splits_text(const Splits& splits);
std::optional<Splits> parse_splits(const std::string& text);

// Where a card of that size lies best: within `room`, and where it covers least of `lit`.
Rect place_card(const Rect& room, const Rect& lit, float width, float height, float gap);

// Sizes are in physical pixels, `scale` of them to a CSS pixel. All rectangles have whole numbers.
ShellLayout layout_shell(float width, float height, float scale, const Splits& splits);

// While a stream is open and no image: what is said of it has the left column, its commands the
// middle, and the inspector its place.
ShellLayout layout_of_stream(const ShellLayout& layout);

// The splits after a splitter was dragged so that its middle is at (x, y).
Splits drag_left(const Splits& splits, float x, float width);
Splits drag_right(const Splits& splits, float x, float width);
Splits drag_bottom(const Splits& splits, float y, float height);
Splits drag_left_lower(const Splits& splits, float y, const ShellLayout& layout);

}  // namespace canopy::ui
