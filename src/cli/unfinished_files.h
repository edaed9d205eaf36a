// Files that are removed when a signal, or a fault in a mapped image, ends the program: those that
// lie under a temporary name because they are not whole yet.
#pragma once

#include <string>

namespace canopy {

// From now on the file at `path` is removed when the program is ended; until it is forgotten. Where
// the path is too long or there are too many of them, it is not.
void watch_unfinished(const std::string& path);
void forget_unfinished(const std::string& path);

// Removes them; for the handlers of what ends the program.
void remove_unfinished_files();

}  // namespace canopy
