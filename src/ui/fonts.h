// The fonts, rasterized for the pixels they are shown on, and the icons in them.
#pragma once

#include <array>
#include <vector>

#include "base/types.h"

struct ImFont;

namespace canopy::ui {

// In the order in which web/page.js loads them.
enum class FontFile : u32 { text = 0, strong = 1, mono = 2, icons = 3 };
inline constexpr std::size_t font_file_count = 4;
using FontFiles = std::array<std::vector<u8>, font_file_count>;

struct Fonts {
  ImFont* text = nullptr;     // with icons
  ImFont* strong = nullptr;   // headings of panels
  ImFont* heading = nullptr;  // of the start page
  ImFont* mono = nullptr;     // bytes, keys, addresses
};

// Fills ImGui's atlas anew; `scale` physical pixels to a CSS pixel.
Fonts make_fonts(const FontFiles& files, float scale);

// Codicons, as text in the fonts `text`.
namespace icon {
inline constexpr const char* folder_opened = "\xee\xab\xb7";  // U+EAF7
inline constexpr const char* arrow_left = "\xee\xaa\x9b";     // U+EA9B
inline constexpr const char* arrow_right = "\xee\xaa\x9c";    // U+EA9C
inline constexpr const char* play = "\xee\xac\xac";           // U+EB2C
inline constexpr const char* pause = "\xee\xab\x91";          // U+EAD1
inline constexpr const char* stop = "\xee\xab\x97";           // U+EAD7
inline constexpr const char* close = "\xee\xa9\xb6";          // U+EA76
inline constexpr const char* check = "\xee\xaa\xb2";          // U+EAB2
inline constexpr const char* error = "\xee\xaa\x87";          // U+EA87
inline constexpr const char* warning = "\xee\xa9\xac";        // U+EA6C
inline constexpr const char* info = "\xee\xa9\xb4";           // U+EA74
inline constexpr const char* lock = "\xee\xa9\xb5";           // U+EA75
inline constexpr const char* copy = "\xee\xaf\x8c";           // U+EBCC
inline constexpr const char* save = "\xee\xad\x8b";           // U+EB4B
inline constexpr const char* color_mode = "\xee\xab\x86";     // U+EAC6
inline constexpr const char* beaker = "\xee\xa9\xb9";         // U+EA79
inline constexpr const char* fit = "\xee\xad\x8c";            // U+EB4C
inline constexpr const char* search = "\xee\xa9\xad";         // U+EA6D
inline constexpr const char* question = "\xee\xac\xb2";       // U+EB32
inline constexpr const char* chevron_right = "\xee\xaa\xb6";  // U+EAB6
inline constexpr const char* chevron_down = "\xee\xaa\xb4";   // U+EAB4
inline constexpr const char* link = "\xee\xac\x95";           // U+EB15
inline constexpr const char* tree = "\xee\xae\x86";           // U+EB86
inline constexpr const char* database = "\xee\xab\x8e";       // U+EACE
inline constexpr const char* zoom_in = "\xee\xae\x81";        // U+EB81
inline constexpr const char* zoom_out = "\xee\xae\x82";       // U+EB82
inline constexpr const char* camera = "\xee\xab\x9a";         // U+EADA
inline constexpr const char* output = "\xee\xae\x9d";         // U+EB9D
inline constexpr const char* file = "\xee\xa9\xbb";           // U+EA7B
inline constexpr const char* folder = "\xee\xaa\x83";         // U+EA83
inline constexpr const char* repo = "\xee\xa9\xa2";           // U+EA62
inline constexpr const char* arrow_up = "\xee\xaa\xa1";       // U+EAA1
inline constexpr const char* symlink = "\xee\xab\xae";        // U+EAEE
inline constexpr const char* checklist = "\xee\xaa\xb3";      // U+EAB3
inline constexpr const char* terminal = "\xee\xaa\x85";       // U+EA85
inline constexpr const char* history = "\xee\xaa\x82";        // U+EA82
inline constexpr const char* save_as = "\xee\xad\x8a";        // U+EB4A
}  // namespace icon

}  // namespace canopy::ui
