#include "ui/describe.h"

#include <fmt/format.h>

#include "ui/text.h"

namespace canopy::ui {

std::string describe_selection(const ImageSummary& summary, const std::string& image_name,
                               const Selection& selection) {
  std::string text = shown_name(image_name);
  const auto step = [&](const std::string& part) { text += "  /  " + part; };
  switch (selection.kind) {
    case Selection::Kind::nothing:
      break;
    case Selection::Kind::superblock:
      step("superblock");
      break;
    case Selection::Kind::block:
    case Selection::Kind::item: {
      std::string tree = objectid_name(selection.block.tree);
      for (const TreeSummary& known : summary.trees) {
        if (known.root.tree == selection.block.tree) tree = shown_name(known.name);
      }
      step(tree);
      step(fmt::format("{} {}", selection.block.level == 0 ? "leaf" : "node",
                       grouped(selection.block.logical)));
      if (selection.kind == Selection::Kind::item) step(fmt::format("slot {}", selection.slot));
      break;
    }
    case Selection::Kind::subvolume: {
      const Subvolume* subvolume = summary.subvolumes.find(selection.subvolume);
      if (subvolume != nullptr) step(shown_name(subvolume->display_name()));
      break;
    }
    case Selection::Kind::file: {
      const Subvolume* subvolume = summary.subvolumes.find(selection.subvolume);
      if (subvolume != nullptr) step(shown_name(subvolume->display_name()));
      step(fmt::format("inode {}", selection.ino));
      break;
    }
    case Selection::Kind::command:
      step(fmt::format("command {}", grouped(selection.command)));
      break;
  }
  return text;
}

}  // namespace canopy::ui
