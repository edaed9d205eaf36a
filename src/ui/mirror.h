// The DOM mirror, made anew with every frame: what the canvas shows, as parts that web/mirror.js
// turns into hidden HTML. Screen readers and the browser tests read it, and what they press there
// is pressed here. Rectangles are in physical pixels; the page gets CSS pixels.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "ui/shell_layout.h"

namespace canopy::ui {

class Mirror {
 public:
  struct Row {
    std::vector<std::string> cells;
    std::optional<Rect> rect;
    u64 index = 0;
  };
  struct Table {
    std::vector<std::string> columns;
    std::vector<Row> rows;
    u64 total = 0;
    std::optional<u64> selected;
  };

  void begin_frame(float scale);
  void button(const std::string& name, const std::string& label, const Rect& rect, bool enabled);
  void table(const std::string& name, const std::string& label, const Table& table);
  void list(const std::string& name, const std::string& label,
            const std::vector<std::pair<std::string, std::string>>& entries);
  void progress(const std::string& name, const std::string& label, double value);
  void text(const std::string& name, const std::string& text);
  // Where the part of that name lies is to be noted while the frame is drawn; panels are parts,
  // too.
  void watch(std::string name) { watch_ = std::move(name); }
  void place(const std::string& name, const Rect& rect) {
    if (!watch_.empty() && name == watch_) watched_ = rect;
  }
  std::optional<Rect> watched() const { return watched_; }
  // What a live region reads out; the last one of a frame counts.
  void news(std::string text) { news_ = std::move(text); }
  // True if it differs from the frame before.
  bool end_frame();
  const std::string& json() const { return shown_; }

  // Somebody pressed a button of the mirror: the next frame's button of that name is pressed.
  void activate(std::string name) { activated_ = std::move(name); }
  bool take_activation(const std::string& name);

 private:
  JsonWriter& part(const char* kind, const std::string& name, const std::string& label);
  void put_rect(const char* key, const Rect& rect);

  float scale_ = 1;
  JsonWriter json_;
  std::string news_;
  std::string shown_;
  std::string activated_;
  std::string watch_;
  std::optional<Rect> watched_;
};

}  // namespace canopy::ui
