// How many commands of each kind a stream has, as bars: the most frequent first.
#pragma once

#include "session/command_index.h"
#include "ui/widgets.h"

namespace canopy::ui {

// `name`: of the table in the mirror.
void draw_command_counts(const Frame& frame, const char* name, const CommandIndex::Counts& counts);

}  // namespace canopy::ui
