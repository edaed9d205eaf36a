// The panels of the page, one a source file. Each draws itself into the rectangle that the shell
// gives it and keeps what belongs to its view alone.
#pragma once

#include <string>
#include <vector>

#include "session/command_rows.h"
#include "ui/axis.h"
#include "ui/palette.h"
#include "ui/tree_layout.h"
#include "ui/widgets.h"

namespace canopy::ui {

// Before an image is open: what this is, and how to begin.
class StartPanel {
 public:
  void draw(const Frame& frame, const Rect& rect, bool drag);

 private:
  void draw_target(const Frame& frame, float width, bool drag);
};

// The filesystem in a few facts, and its subvolumes as a table.
class SubvolumesPanel {
 public:
  void draw(const Frame& frame, const Rect& rect);

 private:
  void draw_facts(const Frame& frame);
  void draw_table(const Frame& frame);
};

// What to send, the send that runs, and its result.
class SendPanel {
 public:
  void draw(const Frame& frame);

 private:
  void draw_form(const Frame& frame);
  void draw_parent(const Frame& frame);
  void draw_progress(const Frame& frame, const SendEntry& entry, const SendJobSnapshot& snapshot);
  void draw_result(const Frame& frame, const SendEntry& entry, const SendJobSnapshot& snapshot);
  void draw_check(const Frame& frame, const SendEntry& entry,
                  std::vector<std::pair<std::string, std::string>>& mirrored);
  void draw_histogram(const Frame& frame, const SendEntry& entry);
};

// Which chunks to balance, the balance that runs, what came of it, and saving the changed image.
class BalancePanel {
 public:
  void draw(const Frame& frame);

 private:
  void draw_form(const Frame& frame);
  void draw_kind(const Frame& frame, const char* name, const std::string& label,
                 BalanceForm::Kind& kind);
  void draw_progress(const Frame& frame, const BalanceEntry& entry,
                     const BalanceJobSnapshot& snapshot);
  void draw_result(const Frame& frame, const BalanceEntry& entry,
                   const BalanceJobSnapshot& snapshot);
  void draw_saving(const Frame& frame);
};

// The canvas with all trees.
class TreesPanel {
 public:
  enum class Coloring { owner, generation, fill };

  void draw(const Frame& frame, const Rect& rect);
  void fit() { axis_.fit_all(); }
  // Shows `factor` times as much detail of the middle.
  void zoom(double factor);
  // Shows one tree as wide as the canvas.
  void show_tree(u64 tree);
  // The image is another one, or was changed: places every tree anew. `keep_view` keeps what is in
  // view there.
  void reset(bool keep_view);

 private:
  void place(const App& app);
  void handle_input(const Frame& frame, const Rect& canvas);
  void draw_toolbar(const Frame& frame);
  void draw_titles(const Frame& frame, const Rect& canvas);
  void draw_bands(const Frame& frame, const Rect& canvas);
  void draw_boxes(const Frame& frame, const Rect& canvas);
  void draw_items(const Frame& frame, const Rect& canvas);
  void draw_tooltip();
  void choose(const Frame& frame, float x, float y, bool zoom);
  Color color_of(const Frame& frame, const TreeBox& box) const;

  std::vector<PlacedTree> trees_;
  std::vector<u64> tree_ids_;
  u64 oldest_ = 0, newest_ = 0;  // generations
  Axis axis_;
  Coloring coloring_ = Coloring::owner;
  TreeMetrics metrics_;
  TreeCanvas canvas_;
  const TreeBox* hovered_box_ = nullptr;
  const ItemCell* hovered_item_ = nullptr;
  bool is_panning_ = false;
  float drag_distance_ = 0;
};

// The selection: decoded fields beside bytes.
class InspectorPanel {
 public:
  void draw(const Frame& frame, const Rect& rect);

 private:
  void refresh(const Frame& frame);
  void draw_fields(const Frame& frame);
  void draw_bytes(const Frame& frame);
  void draw_links(const Frame& frame);

  Selection shown_;
  bool is_there_ = false;
  CommandInspector commands_;
  Inspection inspection_;
  int hovered_field_ = -1;  // by the pointer, in the frame before
  int next_hovered_field_ = -1;
  int chosen_field_ = -1;
};

// The commands of the current stream, in a table of any length.
class CommandsPanel {
 public:
  void draw(const Frame& frame);

 private:
  void draw_rows(const Frame& frame, const SendEntry& entry);

  CommandRows rows_;
  u32 shown_send_ = 0;
  int kind_ = 0;  // 0: all
};

// The chunks of the last balance, each with what came of it.
class ChunksPanel {
 public:
  void draw(const Frame& frame);
};

// What happened.
class LogPanel {
 public:
  void draw(const Frame& frame);
};

// All of them, and which of those that share a place are shown.
struct Panels {
  StartPanel start;
  SubvolumesPanel subvolumes;
  SendPanel send;
  BalancePanel balance;
  TreesPanel trees;
  InspectorPanel inspector;
  CommandsPanel commands;
  ChunksPanel chunks;
  LogPanel log;
  Palette palette;
  int job_tab = 0;
  int table_tab = 0;
  int focused_panel = -1;
  const Session* session = nullptr;  // that the panels show
  u32 image_version = 0;
  u32 shown_send = 0, shown_balance = 0;  // the jobs whose start was seen
};

}  // namespace canopy::ui
