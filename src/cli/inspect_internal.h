// The commands of `canopy inspect-internal`, each added by its file.
#pragma once

#include "cli/command_line.h"

namespace canopy {

void add_list_chunks(CommandLine& line, CLI::App& group);
void add_min_dev_size(CommandLine& line, CLI::App& group);
void add_resolve_commands(CommandLine& line, CLI::App& group);
void add_tree_stats(CommandLine& line, CLI::App& group);

}  // namespace canopy
