// The commands of `canopy inspect-internal`, each added by its file.
#pragma once

#include "cli/command_line.h"

namespace canopy {

void add_list_chunks(CommandLine& line, Command group);
void add_min_dev_size(CommandLine& line, Command group);
void add_resolve_commands(CommandLine& line, Command group);
void add_tree_stats(CommandLine& line, Command group);

}  // namespace canopy
