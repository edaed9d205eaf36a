// The subvolumes of a filesystem as `btrfs subvolume list` of btrfs-progs 6.14 prints them.
#pragma once

#include <string>
#include <string_view>

#include "files/subvolume.h"

namespace canopy {

// "+8", "-8", "8": at least, at most, exactly. The empty text lets everything pass.
struct GenerationFilter {
  char relation = 0;  // 0: everything passes
  u64 bound = 0;

  // Errors: the text is no generation.
  static Result<GenerationFilter> parse(std::string_view text);
  bool passes(u64 value) const;
};

struct SubvolumeListing {
  enum Column {
    id,
    gen,
    cgen,
    parent,
    top_level,
    otime,
    parent_uuid,
    received_uuid,
    uuid,
    path,
    COLUMNS
  };
  bool show[COLUMNS] = {};  // id, gen, top_level and path are always shown
  bool below_path = false;  // -o
  bool all = false;         // -a
  bool table = false;
  bool only_snapshots = false;
  bool only_read_only = false;
  bool deleted = false;
  GenerationFilter gens;
  GenerationFilter cgens;
  std::string sort;  // keys, with commas between; then by id
};

// Paths are as seen from `from`, of the list. Errors: there is no such order.
Result<std::string> subvolume_list_text(const SubvolumeList& list, const Subvolume& from,
                                        const SubvolumeListing& listing);

}  // namespace canopy
