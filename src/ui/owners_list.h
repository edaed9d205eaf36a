// Who has what is selected, in the inspector: of a data extent the files that use it, wherever they
// are, and of a tree block the trees from which it is reached.
#pragma once

#include <optional>

#include "ui/widgets.h"

namespace canopy::ui {

class OwnersList {
 public:
  struct Place {
    u64 address = 0;
    bool is_data = true;

    friend bool operator==(const Place&, const Place&) = default;
  };

  // A button, and once it was pressed the list.
  void draw(const Frame& frame, const Place& place);

 private:
  void draw_files(const Frame& frame, const OwnersView& view);
  void draw_trees(const Frame& frame, const OwnersView& view);

  std::optional<Place> asked_;
};

}  // namespace canopy::ui
