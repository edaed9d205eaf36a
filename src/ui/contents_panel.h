// What is in a file, piece by piece: as text where it is text, otherwise its bytes.
#pragma once

#include <memory>

#include "session/contents_view.h"
#include "ui/widgets.h"

namespace canopy::ui {

class ContentsPanel {
 public:
  // In the rest of the window that is being drawn.
  void draw(const Frame& frame, const FilePlace& place);

 private:
  void draw_steps(const Frame& frame);
  void draw_lines(const Frame& frame) const;

  FilePlace place_;
  u64 offset_ = 0;
  bool wants_bytes_ = false;  // of text, too
  std::shared_ptr<const ContentsView> shown_;
};

}  // namespace canopy::ui
