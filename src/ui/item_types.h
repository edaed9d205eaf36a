// A sheet of all types of items: a list of them, and the card of the one that is chosen, with the
// layout of its bytes, which needs no item of the type.
#pragma once

#include <optional>

#include "ui/widgets.h"

namespace canopy::ui {

class ItemTypesSheet {
 public:
  // At this type, or where it was left.
  void open(std::optional<u8> type);
  void draw(const Frame& frame);

 private:
  void draw_list(const Frame& frame, float width, float height);
  void draw_chooser(const Frame& frame);
  void draw_card(const Frame& frame);

  bool wanted_ = false;
  std::size_t chosen_ = 0;  // of item_cards()
  bool shows_chosen_ = false;
  u32 found_ = 0;  // App::items_found() when it was opened
};

}  // namespace canopy::ui
