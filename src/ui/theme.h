// The colours and sizes of the page, as data. Colours with a meaning are the same in both themes
// and everywhere (the Okabe-Ito set, which colour-blind people tell apart); one accent marks the
// selection and the primary action, and nothing else.
#pragma once

#include "base/types.h"

namespace canopy::ui {

struct Color {
  u8 r = 0, g = 0, b = 0, a = 255;

  friend bool operator==(const Color&, const Color&) = default;
};

constexpr Color rgb(u32 hex) {
  return {static_cast<u8>(hex >> 16), static_cast<u8>(hex >> 8), static_cast<u8>(hex), 255};
}
constexpr Color with_alpha(Color color, u8 alpha) { return {color.r, color.g, color.b, alpha}; }
// `amount` of `b` over `a`, 0 to 1.
Color mix(Color a, Color b, double amount);
// The ratio of WCAG between two opaque colours, 1 to 21.
double contrast(Color a, Color b);

namespace meaning {
inline constexpr Color send = rgb(0x56b4e9);
inline constexpr Color relocation = rgb(0xe69f00);
inline constexpr Color commit = rgb(0xcc79a7);
inline constexpr Color cloned_leaf = rgb(0xf0e442);
inline constexpr Color shared = rgb(0x009e73);
inline constexpr Color added = rgb(0x009e73);
inline constexpr Color removed = rgb(0xd55e00);
inline constexpr Color changed = rgb(0xe69f00);
inline constexpr Color error = rgb(0xd55e00);
}  // namespace meaning

struct Theme {
  bool dark = true;
  Color background, panel, line, text, secondary, accent;
  Color on_accent;   // text on the accent
  Color hover;       // under the pointer
  Color selection;   // the selected row
  Color field;       // inputs
  Color error_text;  // the error colour as text needs it on this background
};

const Theme& dark_theme();
const Theme& light_theme();

// Viridis, 0 to 1: generations.
Color viridis(double position);

// Sizes in CSS pixels; painting multiplies them by the pixel ratio.
namespace size {
inline constexpr float text = 14;
inline constexpr float mono = 13;
inline constexpr float heading = 22;
inline constexpr float icon = 16;
inline constexpr float grid = 8;
inline constexpr float row = 22;
inline constexpr float touch_row = 28;
inline constexpr float control = 28;
inline constexpr float touch_control = 40;
inline constexpr float rounding = 4;
inline constexpr float bar = 40;
inline constexpr float splitter = 5;
}  // namespace size

}  // namespace canopy::ui
