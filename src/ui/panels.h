// The panels of the page, one a source file. Each draws itself into the rectangle that the shell
// gives it and keeps what belongs to its view alone.
#pragma once

#include <string>
#include <vector>

#include "session/command_rows.h"
#include "ui/check_panel.h"
#include "ui/difference_panel.h"
#include "ui/files_panel.h"
#include "ui/item_types.h"
#include "ui/owners_list.h"
#include "ui/palette.h"
#include "ui/provenance_view.h"
#include "ui/space_panel.h"
#include "ui/step_panel.h"
#include "ui/tour.h"
#include "ui/trees_panel.h"
#include "ui/usage_panel.h"
#include "ui/widgets.h"

namespace canopy::ui {

// Before an image is open: what this is, and how to begin.
class StartPanel {
 public:
  // True if the tour is wanted.
  bool draw(const Frame& frame, const Rect& rect, bool drag);

 private:
  void draw_target(const Frame& frame, float width, bool drag);
};

// The filesystem in a few facts, and its subvolumes as a table.
class SubvolumesPanel {
 public:
  void draw(const Frame& frame, const Rect& rect);
  bool choose_commit = false;  // somebody asked for another commit

 private:
  void draw_facts(const Frame& frame);
  void draw_repairs(const Frame& frame);
  void draw_table(const Frame& frame);

  // The bad copies of the image of that version, while there are as many.
  u32 seen_version_ = 0;
  u64 bad_count_ = 0;
  std::vector<BadCopy> bad_;
};

// What to send, the send that runs, and its result.
class SendPanel {
 public:
  void draw(const Frame& frame);

 private:
  void draw_form(const Frame& frame);
  void draw_parent(const Frame& frame);
  void draw_clone_sources(const Frame& frame);
  void draw_progress(const Frame& frame, const SendEntry& entry, const SendJobSnapshot& snapshot);
  void draw_result(const Frame& frame, const SendEntry& entry, const SendJobSnapshot& snapshot);
  void draw_download(const Frame& frame, const SendEntry& entry);
  void draw_ask_place(const Frame& frame);
  void draw_check(const Frame& frame, const SendEntry& entry,
                  std::vector<std::pair<std::string, std::string>>& mirrored);
};

// What there is to say of a stream that was opened as a file: what it makes, how many commands of
// which kind, whether it is whole.
class StreamPanel {
 public:
  void draw(const Frame& frame, const StreamEntry& entry);

 private:
  void draw_verdict(const Frame& frame, const StreamEntry& entry, const StreamViewSnapshot& seen);
  void draw_damages(const Frame& frame, const StreamEntry& entry, const StreamViewSnapshot& seen);
  void draw_facts(const Frame& frame, const StreamEntry& entry, const StreamViewSnapshot& seen);
  void draw_subvolumes(const Frame& frame, const StreamEntry& entry,
                       const StreamViewSnapshot& seen);
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

// The selection: decoded fields beside bytes.
class InspectorPanel {
 public:
  void draw(const Frame& frame, const Rect& rect);

 private:
  void refresh(const Frame& frame);
  void show_item(const Frame& frame, const BlockView& block, u64 tree, u32 slot);
  void draw_fields(const Frame& frame);
  void draw_bytes(const Frame& frame);
  void draw_addresses(const Frame& frame);
  void draw_links(const Frame& frame);
  // That numbers of inodes in the fields are of.
  u64 tree_of_fields() const { return item_ ? item_->first : shown_.block.tree; }

  Selection shown_;
  bool is_there_ = false;
  CommandInspector commands_;
  Inspection inspection_;
  std::optional<std::pair<u64, Key>> item_;  // tree and key of the item that is shown
  std::optional<u64> logical_;               // of the first byte of a block or an item
  std::vector<std::pair<std::string, std::string>> addresses_;  // as they are copied
  // Of whom it can be asked who has it: an extent or a tree block.
  std::optional<OwnersList::Place> owned_;
  OwnersList owners_;
  ProvenanceView provenance_;
  int hovered_field_ = -1;  // by the pointer, in the frame before
  int next_hovered_field_ = -1;
  int chosen_field_ = -1;
  bool shows_card_ = false;
};

// The commands of a stream, in a table of any length.
class CommandsPanel {
 public:
  void draw(const Frame& frame);

 private:
  const ShownStream& choose_stream(const std::vector<ShownStream>& streams);
  void draw_kinds(const Frame& frame, const ShownStream& stream);
  void draw_subject(const Frame& frame, const std::vector<ShownStream>& streams,
                    const ShownStream& shown);
  void follow_selection(const Frame& frame, const std::vector<ShownStream>& streams);
  void draw_rows(const Frame& frame, const ShownStream& stream);
  void draw_row(const Frame& frame, const ShownStream& stream, u64 number, Mirror::Table& mirrored);

  CommandRows rows_;
  u32 newest_seen_ = 0;  // numbers of streams
  u32 chosen_ = 0;
  u32 shown_ = 0;
  int kind_ = 0;    // 0: all
  Selection seen_;  // in the frame before
  std::optional<u64> row_to_show_;
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

// The parts of the page, of which a window as small as a phone's shows one at a time.
enum class Section : u8 { image, views, inspector, jobs, tables };
inline constexpr std::size_t section_count = 5;
struct SectionName {
  const char* name;
  const char* icon;
  const char* goes_there;  // as an action
  const char* window;      // that has the focus there; of the views the one that is shown
};
// By their number.
const SectionName& section_name(Section section);

// All of them, and which of those that share a place are shown.
struct Panels {
  StartPanel start;
  SubvolumesPanel subvolumes;
  SendPanel send;
  BalancePanel balance;
  TreesPanel trees;
  FilesPanel files;
  DifferencePanel difference;
  SpacePanel space;
  CheckPanel check;
  UsagePanel usage;
  InspectorPanel inspector;
  CommandsPanel commands;
  StreamPanel stream;
  ChunksPanel chunks;
  LogPanel log;
  StepPanel step;
  TransactionsPanel transactions;
  TimelinePanel timeline;
  Palette palette;
  ItemTypesSheet item_types;
  Tour tour;
  std::string query;  // in the search box
  bool focus_search = false;
  bool focus_image = false;  // its subvolumes, once they are drawn
  int job_tab = 0;
  int table_tab = 0;
  int focused_panel = -1;
  // On a small window: what is shown, and what was there when that was last looked at.
  Section section = Section::image;
  bool is_single = false;
  bool shows_search = false;
  View seen_view = View::trees;
  Selection seen_selection;          // in the inspector
  const Session* session = nullptr;  // that the panels show
  u32 image_version = 0;
  u32 shown_stream = 0;
  u32 shown_send = 0, shown_balance = 0, shown_steps = 0;  // the jobs whose start was seen
  Selection shown_command;  // the selection, the last time it was a command
};

}  // namespace canopy::ui
