#include "ui/fonts.h"

#include <cmath>

#include <misc/freetype/imgui_freetype.h>
#include "imgui.h"
#include "ui/theme.h"

// FreeType is compiled without its copy of zlib, which would stand beside ours; only compressed
// fonts (WOFF, SVG glyphs) would need it, and these are answered with Unimplemented_Feature.
// NOLINTNEXTLINE(readability-identifier-naming): the name is FreeType's
extern "C" int FT_Gzip_Uncompress(void*, unsigned char*, unsigned long*, const unsigned char*,
                                  unsigned long) {
  return 7;
}

namespace canopy::ui {

namespace {

// Latin, Greek, Cyrillic, punctuation, arrows, and what the page itself uses.
constexpr ImWchar text_ranges[] = {0x0020, 0x024f, 0x0370, 0x052f, 0x1e00, 0x1eff,
                                   0x2000, 0x206f, 0x20a0, 0x20bf, 0x2190, 0x21ff,
                                   0x2200, 0x22ff, 0xfffd, 0xfffd, 0};
constexpr ImWchar mono_ranges[] = {0x0020, 0x024f, 0x0370, 0x03ff, 0x0400, 0x04ff, 0x2000, 0x206f,
                                   0x2190, 0x2193, 0x2500, 0x257f, 0xfffd, 0xfffd, 0};
constexpr ImWchar icon_ranges[] = {0xea60, 0xec1e, 0};

ImFont* add(const FontFiles& files, FontFile file, float pixels, const ImWchar* ranges,
            unsigned int flags, bool merge = false) {
  const std::vector<u8>& bytes = files[static_cast<std::size_t>(file)];
  if (bytes.empty()) return nullptr;
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  config.MergeMode = merge;
  config.PixelSnapH = true;
  config.OversampleH = 1;
  config.FontBuilderFlags = flags;
  if (merge) {
    // Icons stand on the middle of the text, not on its base line.
    config.GlyphOffset.y = std::round(pixels * 0.17f);
    config.GlyphMinAdvanceX = pixels;
  }
  return ImGui::GetIO().Fonts->AddFontFromMemoryTTF(
      const_cast<u8*>(bytes.data()), static_cast<int>(bytes.size()), pixels, &config, ranges);
}

}  // namespace

Fonts make_fonts(const FontFiles& files, float scale) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
  const auto px = [&](float css) { return std::round(css * scale); };
  // Where pixels are large, letters are fitted to them; where they are small, shapes stay true.
  const unsigned int hinting =
      scale < 1.5f ? ImGuiFreeTypeBuilderFlags_LightHinting : ImGuiFreeTypeBuilderFlags_NoHinting;
  Fonts fonts;
  // ImGui measures a font by its line, CSS by its em: Inter's line is 1.21 em, JetBrains
  // Mono's 1.32.
  constexpr float inter_line = 1.21f;
  constexpr float mono_line = 1.32f;
  fonts.text = add(files, FontFile::text, px(size::text * inter_line), text_ranges, hinting);
  add(files, FontFile::icons, px(size::icon), icon_ranges, ImGuiFreeTypeBuilderFlags_NoHinting,
      true);
  fonts.strong = add(files, FontFile::strong, px(size::text * inter_line), text_ranges, hinting);
  add(files, FontFile::icons, px(size::icon), icon_ranges, ImGuiFreeTypeBuilderFlags_NoHinting,
      true);
  fonts.heading =
      add(files, FontFile::strong, px(size::heading * inter_line), text_ranges, hinting);
  fonts.mono = add(files, FontFile::mono, px(size::mono * mono_line), mono_ranges, hinting);
  atlas.Build();
  ImGui::GetIO().FontDefault = fonts.text;
  return fonts;
}

}  // namespace canopy::ui
