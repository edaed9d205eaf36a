// The card of a type of item: what it is for, what its key says, how its bytes are laid out, and
// the way to a real one in the image that is open.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "inspect/item_cards.h"
#include "session/inspection.h"
#include "ui/widgets.h"

namespace canopy::ui {

// Draws the fields as boxes in rows of bytes; `fields` lie from `base` on. The returned index is
// that of the field under the pointer, -1 if there is none; `lit_field` is drawn as lit.
int draw_byte_grid(const Frame& frame, const std::vector<Field>& fields, u64 base, u32 bytes,
                   int lit_field);

// The words of a card, and the button that finds an item of its type: the first one, or the next
// one behind the tree and key of `after`. `name` is the beginning of the names in the mirror.
void draw_card_text(const Frame& frame, const std::string& name, const ItemCard& card,
                    const std::optional<std::pair<u64, Key>>& after);

// Beside an item: the button that unfolds its card, and below it the card if `is_open`. As
// draw_byte_grid() otherwise. REQUIRES: inspection.card.
int draw_item_card(const Frame& frame, const Inspection& inspection,
                   const std::optional<std::pair<u64, Key>>& item, int lit_field, bool& is_open);

}  // namespace canopy::ui
