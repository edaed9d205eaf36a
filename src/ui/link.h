// A place of the page as the fragment of its address: which view, and what is selected, so that the
// browser's history leads back there and a link leads others to the same place of the same image.
// Never a name or anything that is in the image.
//
//   view=files&subvolume=256&inode=257&open
//   view=trees&tree=256&key=257.1.0
//   view=trees&tree=256&block=30408704&generation=12&level=1
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ondisk/key.h"
#include "ui/selection.h"

namespace canopy::ui {

struct Link {
  View view = View::trees;
  Selection selection;
  std::optional<Key> key;  // of an item, where it is known
};

std::string link_text(const Link& link);
// nullopt for what is no such text. An item with a key has no block.
std::optional<Link> parse_link(std::string_view text);

}  // namespace canopy::ui
