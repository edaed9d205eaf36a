// The few widgets that the panels are made of, in the look of the page: each is drawn, reacts, and
// stands in the DOM mirror under its name.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/types.h"
#include "imgui.h"
#include "ui/app.h"
#include "ui/canvas_painter.h"
#include "ui/fonts.h"
#include "ui/mirror.h"
#include "ui/shell_layout.h"
#include "ui/theme.h"
#include "ui/touch.h"

namespace canopy::ui {

// What every panel is given to draw a frame.
struct Frame {
  App& app;
  Mirror& mirror;
  const Theme& theme;
  const Fonts& fonts;
  CanvasPainter& painter;
  float scale;  // physical pixels to a CSS pixel
  Touch& touch;
  bool is_touch;  // fingers are used: what is pressed is larger

  float px(float css) const;
  // A row of a table, and what of it is between the paddings of its cells.
  float row() const { return px(is_touch ? size::touch_row : size::row); }
  float cell() const { return px(size::row) - px(4); }
  // Of icons and tabs that are pressed.
  float control() const { return px(is_touch ? size::touch_control : size::control); }
};

inline ImU32 paint(Color color) { return IM_COL32(color.r, color.g, color.b, color.a); }
ImVec4 paint4(Color color);

// Applies the theme to ImGui's own widgets.
void apply_style(const Theme& theme, float scale, bool is_touch);

// A panel that fills `rect`: a window without decoration. Ends with end_panel().
bool begin_panel(const Frame& frame, const char* name, const Rect& rect);
void end_panel();
// A heading row of a panel.
void heading(const Frame& frame, const char* text);

enum class ButtonKind { normal, primary, quiet };
// `width` 0: as wide as its text. The label may begin with an icon; the mirror leaves it out.
bool button(const Frame& frame, const std::string& name, const std::string& label,
            ButtonKind kind = ButtonKind::normal, bool enabled = true, float width = 0);
bool icon_button(const Frame& frame, const std::string& name, const char* icon,
                 const std::string& label, bool enabled = true);
// The same after text on one line (ImGui::SameLine), in the middle of its height.
bool line_icon_button(const Frame& frame, const std::string& name, const char* icon,
                      const std::string& label);
bool check_box(const Frame& frame, const std::string& name, const std::string& label, bool& value,
               bool enabled = true);
// A line of text to be edited; `empty` is shown while there is none. True when it was changed.
bool text_field(const Frame& frame, const std::string& name, const std::string& label,
                const char* empty, std::string& value, bool enabled = true);
// A combo box that shows `shown`; `item` gives each choice's text, `chosen` its index. True when
// another one was chosen.
bool combo(const Frame& frame, const char* name, const std::string& spoken,
           const std::string& shown, std::size_t count,
           const std::function<std::string(std::size_t)>& item, std::size_t& chosen);
// The same with a check mark before each of several; `toggle` is called for the one that was
// pressed.
void combo_of_many(const Frame& frame, const char* name, const std::string& spoken,
                   const std::string& shown, std::size_t count,
                   const std::function<std::string(std::size_t)>& item,
                   const std::function<bool(std::size_t)>& is_chosen,
                   const std::function<void(std::size_t)>& toggle);
// Frames the last ImGui item if the keyboard is on it: for items that ImGui does not draw.
void focus_mark(const Frame& frame);
// Marks the last ImGui item as a button of the mirror; true if it was pressed there.
bool mirror_item(const Frame& frame, const std::string& name, const std::string& label,
                 bool enabled = true);

// Tabs in a row, or more of them where they do not fit: the index of the chosen one.
void tabs(const Frame& frame, const char* name, const std::vector<std::string>& labels,
          int& chosen);
// How high they are in that width.
float tabs_height(const Frame& frame, const std::vector<std::string>& labels, float width);

void text(const Frame& frame, const std::string& text);
void secondary_text(const Frame& frame, const std::string& text);
// As ImGui::SameLine(), but on a line of its own where a text with so many CSS pixels beside it
// does not fit.
void same_line_if_fits(const Frame& frame, const std::string& label, float more);
// Secondary text in the middle of a row of that height.
void label_in_row(const Frame& frame, const char* text, float height);
// Wraps at the width of the panel.
void wrapped_text(const Frame& frame, const std::string& text, Color color);
void mono_text(const Frame& frame, const std::string& text, Color color);
// A term on the left, its value on the right of `column`; `hint` on hover.
void fact(const Frame& frame, const std::string& term, const std::string& value, float column,
          const std::string& hint = "");
// Calls `draw_row(int)` for the rows of a table that are in sight. `row_height` is in physical
// pixels; ImGui counts rows in int, so there are at most 2,147,483,392 of them.
template <class DrawRow>
void visible_rows(u64 count, float row_height, DrawRow draw_row) {
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(std::min<u64>(count, 0x7fffff00)), row_height);
  while (clipper.Step())
    for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; row++)
      draw_row(row);
}
// A table that is scrolled sideways where there is less room than `least` CSS pixels. As
// ImGui::BeginTable() otherwise.
bool begin_table(const Frame& frame, const char* name, int columns, ImGuiTableFlags flags,
                 ImVec2 extent, float least);
// The row with the names of a table's columns.
void table_header(const Frame& frame);
// Text at the right edge of a table's cell.
void right_aligned(const Frame& frame, const std::string& text, Color color);
// What an empty panel says: what would be here.
void empty_note(const Frame& frame, const std::string& text);
void hint(const Frame& frame, const std::string& text);
void progress_bar(const Frame& frame, double fraction, Color color, bool hatched);

// A number that leads to what lies there: `query` is what the search box would be given.
void address_link(const Frame& frame, const std::string& name, const std::string& label,
                  const std::string& query);

// A value that is copied when it is pressed; `why`: what for, on hover.
void copy_link(const Frame& frame, const std::string& name, const std::string& label,
               const std::string& copied, const std::string& why = "");

// A button that puts a text on the clipboard, and says so: "Copied what `subvolume show` prints."
void copy_button(const Frame& frame, const std::string& name, const std::string& label,
                 const std::string& copied, const std::string& what);

// Rectangles between ImGui and us.
Rect item_rect();

}  // namespace canopy::ui
