// The way between the commands of a stream and the items of trees, in the inspector: of a command
// why it is in the stream and from which item, of an item what it led to. It is found out when the
// first command is looked at, or when somebody asks for the commands of an item.
#pragma once

#include <memory>

#include "ui/widgets.h"

namespace canopy::ui {

class ProvenanceView {
 public:
  // REQUIRES: a command is selected.
  void draw_reason(const Frame& frame);
  // For the item with that key in that tree; draws nothing where no stream was made of the tree.
  void draw_caused(const Frame& frame, u64 tree, const Key& key);

 private:
  std::shared_ptr<const CommandOrigins> find(const Frame& frame, const SendEntry& entry);
  void draw_rows(const Frame& frame, const SendEntry& entry, const CommandOrigins& origins,
                 const CommandOrigins::Caused& caused);

  u32 asked_ = 0;       // the number of the send whose commands are shown with items
  u64 generation_ = 0;  // of the filesystem, when it was last at rest
};

}  // namespace canopy::ui
