// What the space is used for: the filesystem as a whole and its devices, its chunks as a table to
// be sorted, what each subvolume takes, and how the trees lie. Each part is copied as the text that
// btrfs-progs prints of the mounted filesystem.
#pragma once

#include <memory>
#include <vector>

#include "ui/widgets.h"

namespace canopy::ui {

class UsagePanel {
 public:
  enum Part : int { usage, chunks, subvolumes, trees };

  void draw(const Frame& frame, const Rect& rect);
  void show(Part part) { part_ = part; }

 private:
  void take_view(const Frame& frame);
  void draw_overview(const Frame& frame);
  void draw_kinds(const Frame& frame, float height);
  void draw_devices(const Frame& frame, float height);
  void draw_chunks(const Frame& frame);
  void sort_chunks();
  void draw_chunk(const Frame& frame, const ChunkRow& chunk, std::size_t index,
                  Mirror::Table& mirrored);
  void draw_subvolumes(const Frame& frame);
  void draw_trees(const Frame& frame);
  // A button that begins what takes long, or what can be said and done while it runs. True if it
  // was pressed.
  bool draw_count(const Frame& frame, const char* name, const char* label, bool counts,
                  const std::string& what);

  std::shared_ptr<const UsageView> shown_;  // the last that arrived
  int part_ = usage;
  // Chunks in the order of the table.
  std::vector<std::size_t> order_;
  int column_ = 0;
  bool descending_ = false;
  u64 chosen_ = 0;  // the physical address of a stripe
  u64 chosen_device_ = 0;
};

}  // namespace canopy::ui
