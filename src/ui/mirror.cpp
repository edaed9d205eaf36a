#include "ui/mirror.h"

#include <cmath>

namespace canopy::ui {

void Mirror::begin_frame(float scale) {
  scale_ = scale;
  watch_.clear();
  watched_.reset();
  json_ = JsonWriter();
  json_.begin_object().key("parts").begin_array();
}

JsonWriter& Mirror::part(const char* kind, const std::string& name, const std::string& label) {
  json_.begin_object().key("kind").string(kind).key("name").string(name);
  if (!label.empty()) json_.key("label").string(label);
  return json_;
}

void Mirror::put_rect(const char* key, const Rect& rect) {
  json_.key(key).begin_array();
  for (const float value : {rect.x, rect.y, rect.width, rect.height}) {
    json_.real(std::round(static_cast<double>(value / scale_) * 10) / 10);
  }
  json_.end_array();
}

void Mirror::button(const std::string& name, const std::string& label, const Rect& rect,
                    bool enabled) {
  place(name, rect);
  part("button", name, label);
  put_rect("rect", rect);
  if (!enabled) json_.key("disabled").boolean(true);
  json_.end_object();
}

void Mirror::table(const std::string& name, const std::string& label, const Table& table) {
  part("table", name, label).key("columns").begin_array();
  for (const std::string& column : table.columns)
    json_.string(column);
  json_.end_array().key("total").number(table.total);
  if (table.selected) json_.key("selected").number(*table.selected);
  json_.key("rows").begin_array();
  for (const Row& row : table.rows) {
    json_.begin_object().key("index").number(row.index);
    if (row.rect) put_rect("rect", *row.rect);
    json_.key("cells").begin_array();
    for (const std::string& cell : row.cells)
      json_.string(cell);
    json_.end_array().end_object();
  }
  json_.end_array().end_object();
}

void Mirror::list(const std::string& name, const std::string& label,
                  const std::vector<std::pair<std::string, std::string>>& entries) {
  part("list", name, label).key("entries").begin_array();
  for (const auto& [term, value] : entries) {
    json_.begin_array().string(term).string(value).end_array();
  }
  json_.end_array().end_object();
}

void Mirror::progress(const std::string& name, const std::string& label, double value) {
  part("progress", name, label).key("value").real(value).end_object();
}

void Mirror::text(const std::string& name, const std::string& text) {
  part("text", name, "").key("text").string(text).end_object();
}

bool Mirror::end_frame() {
  json_.end_array().key("news").string(news_).end_object();
  if (json_.text() == shown_) return false;
  shown_ = json_.text();
  return true;
}

bool Mirror::take_activation(const std::string& name) {
  if (activated_ != name) return false;
  activated_.clear();
  return true;
}

}  // namespace canopy::ui
