#include "ui/theme.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace canopy::ui {

Color mix(Color a, Color b, double amount) {
  amount = std::clamp(amount, 0.0, 1.0);
  const auto channel = [&](u8 x, u8 y) {
    return static_cast<u8>(std::lround(x + (static_cast<double>(y) - x) * amount));
  };
  return {channel(a.r, b.r), channel(a.g, b.g), channel(a.b, b.b), channel(a.a, b.a)};
}

double contrast(Color a, Color b) {
  const auto luminance = [](Color color) {
    const auto linear = [](u8 value) {
      const double v = value / 255.0;
      return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b);
  };
  const double one = luminance(a);
  const double other = luminance(b);
  return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
}

const Theme& dark_theme() {
  static const Theme theme{
      .dark = true,
      .background = rgb(0x16181d),
      .panel = rgb(0x1d2026),
      .line = rgb(0x2c3038),
      .text = rgb(0xd7dae0),
      .secondary = rgb(0x8b919c),
      .accent = rgb(0x4c9be8),
      .on_accent = rgb(0x0b1420),
      .hover = rgb(0x262a32),
      .selection = rgb(0x24384f),
      .field = rgb(0x16181d),
      .error_text = rgb(0xf08a4b),
  };
  return theme;
}

const Theme& light_theme() {
  static const Theme theme{
      .dark = false,
      .background = rgb(0xfbfbfa),
      .panel = rgb(0xffffff),
      .line = rgb(0xdfe1e5),
      .text = rgb(0x22252b),
      .secondary = rgb(0x6a707b),
      .accent = rgb(0x1f6fc4),
      .on_accent = rgb(0xffffff),
      .hover = rgb(0xf0f2f5),
      .selection = rgb(0xd9e8f8),
      .field = rgb(0xfbfbfa),
      .error_text = rgb(0xb34e00),
  };
  return theme;
}

Color viridis(double position) {
  // Samples of matplotlib's map; between them a line is close enough to the eye.
  static constexpr Color samples[] = {rgb(0x440154), rgb(0x482878), rgb(0x3e4989), rgb(0x31688e),
                                      rgb(0x26828e), rgb(0x1f9e89), rgb(0x35b779), rgb(0x6ece58),
                                      rgb(0xb5de2b), rgb(0xfde725)};
  constexpr std::size_t last = std::size(samples) - 1;
  const double at = std::clamp(position, 0.0, 1.0) * static_cast<double>(last);
  const std::size_t below = std::min(static_cast<std::size_t>(at), last - 1);
  return mix(samples[below], samples[below + 1], at - static_cast<double>(below));
}

}  // namespace canopy::ui
