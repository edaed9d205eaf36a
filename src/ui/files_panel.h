// The folders of a subvolume, and everything that is known of one file.
#pragma once

#include <memory>
#include <string>

#include "ui/contents_panel.h"
#include "ui/widgets.h"

namespace canopy::ui {

// Everything that is known of one file, below the folder that it lies in.
class FileDetailsView {
 public:
  void draw(const Frame& frame, const FilePlace& place);
  void show_contents() { part_ = contents; }

 private:
  void draw_heading(const Frame& frame, const FilePlace& place, const FileDetails& details);
  void draw_facts(const Frame& frame, const FilePlace& place, const FileDetails& details);
  void draw_extents(const Frame& frame, const FileDetails& details);

  enum Part : int { about, contents, extents };
  int part_ = about;
  ContentsPanel contents_;
};

// The folders of a subvolume, as a table that is gone through.
class FilesPanel {
 public:
  void draw(const Frame& frame, const Rect& rect);
  void reset() { shown_ = nullptr; }

 private:
  void follow_selection(const Frame& frame);
  void open(const Frame& frame, const FilePlace& place);
  void draw_bar(const Frame& frame);
  void draw_rows(const Frame& frame, float height);
  void draw_row(const Frame& frame, const FileRow& row, std::size_t index, Mirror::Table& mirrored);
  void draw_export(const Frame& frame);
  void read_order();
  void take_out(const Frame& frame, const FilePlace& place, const std::string& name, bool folder);

  FilePlace place_{0, SubvolumeFiles::ROOT_INO};  // the folder
  FileOrder order_ = FileOrder::name;
  bool descending_ = false;
  std::shared_ptr<const FolderView> shown_;  // the last that arrived
  Selection followed_;
  bool goes_to_folder_of_file_ = false;
  bool takes_focus_ = false;
  FileDetailsView details_;
};

}  // namespace canopy::ui
