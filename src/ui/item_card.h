// The card of an item: what its type is for, what its key says, and how its bytes are laid out.
#pragma once

#include "session/inspection.h"
#include "ui/widgets.h"

namespace canopy::ui {

// Draws the button that unfolds the card, and below it the card if
// `is_open`. The returned index is that of the field under the pointer, -1 if there is none;
// `lit_field` is drawn as lit. REQUIRES: inspection.card.
int draw_item_card(const Frame& frame, const Inspection& inspection, int lit_field, bool& is_open);

}  // namespace canopy::ui
