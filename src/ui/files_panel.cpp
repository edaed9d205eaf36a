#include "ui/files_panel.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr float details_share = 0.46f;  // of the panel

const char* icon_of(const FileRow& row) {
  if (row.is_subvolume) return icon::repo;
  switch (row.type) {
    case FT_DIR:
      return icon::folder;
    case FT_SYMLINK:
      return icon::symlink;
    case FT_CHRDEV:
    case FT_BLKDEV:
    case FT_FIFO:
    case FT_SOCK:
      return icon::terminal;
    default:
      return icon::file;
  }
}

const char* type_name(const FileRow& row) {
  constexpr const char* names[] = {"unknown",      "file", "folder", "character device",
                                   "block device", "pipe", "socket", "symbolic link"};
  if (row.is_subvolume) return "subvolume";
  return row.type < std::size(names) ? names[row.type] : "unknown";
}

Selection selection_of(const FilePlace& place, bool opened) {
  return {.kind = Selection::Kind::file,
          .subvolume = place.subvolume,
          .ino = place.ino,
          .opened = opened};
}

}  // namespace

void FilesPanel::draw(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Files", rect);
  follow_selection(frame);
  const FolderKey key{place_, order_, descending_, frame.app.session()->summary().generation};
  if (auto found = frame.app.session()->lookups().folder.find(key)) shown_ = std::move(found);
  draw_bar(frame);
  draw_export(frame);
  const Selection& selection = frame.app.selection();
  const bool has_details = selection.kind == Selection::Kind::file;
  const float room = ImGui::GetContentRegionAvail().y;
  draw_rows(frame, has_details ? std::round(room * (1 - details_share)) : room);
  if (has_details) {
    ImGui::Separator();
    // What does not fit is scrolled to.
    ImGui::BeginChild("details", ImVec2(0, 0), 0, ImGuiWindowFlags_NavFlattened);
    details_.draw(frame, {selection.subvolume, selection.ino});
    ImGui::EndChild();
  }
  end_panel();
}

void FilesPanel::follow_selection(const Frame& frame) {
  const Selection& selection = frame.app.selection();
  if (place_.subvolume == 0) {
    place_ = {frame.app.form.subvolume != 0 ? frame.app.form.subvolume : FS_TREE_OBJECTID,
              SubvolumeFiles::ROOT_INO};
  }
  if (goes_to_folder_of_file_) {
    // A file that was found elsewhere: its folder is known once the file was read.
    const auto details = frame.app.session()->lookups().file.find(
        {{selection.subvolume, selection.ino}, frame.app.session()->summary().generation});
    if (details != nullptr) {
      if (details->folder) place_ = *details->folder;
      goes_to_folder_of_file_ = false;
    }
  }
  if (selection == followed_) return;
  followed_ = selection;
  goes_to_folder_of_file_ = false;
  if (selection.kind == Selection::Kind::subvolume) {
    place_ = {selection.subvolume, SubvolumeFiles::ROOT_INO};
  } else if (selection.kind == Selection::Kind::file) {
    const FilePlace place{selection.subvolume, selection.ino};
    if (selection.opened) {
      place_ = place;
      return;
    }
    const bool is_here = shown_ != nullptr && shown_->key.place == place_ &&
                         std::any_of(shown_->rows.begin(), shown_->rows.end(),
                                     [&](const FileRow& row) { return row.place == place; });
    goes_to_folder_of_file_ = !is_here;
  }
}

void FilesPanel::open(const Frame& frame, const FilePlace& place) {
  place_ = place;
  takes_focus_ = true;
  frame.app.select(selection_of(place, true));
}

// Where one is, each folder above it a button, and what can be done with the folder.
void FilesPanel::draw_bar(const Frame& frame) {
  const bool is_there = shown_ != nullptr && shown_->key.place == place_;
  const std::optional<FilePlace> parent = is_there ? shown_->parent : std::nullopt;
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - frame.px(4));
  const bool by_key = parent && ImGui::IsWindowFocused(ImGuiFocusedFlags_ChildWindows) &&
                      !ImGui::GetIO().WantTextInput && ImGui::IsKeyPressed(ImGuiKey_Backspace);
  if (icon_button(frame, "files.up", icon::arrow_up, "Folder above (Backspace)",
                  parent.has_value()) ||
      by_key) {
    return open(frame, *parent);
  }
  ImGui::SameLine(0, frame.px(4));
  std::string path;
  if (is_there) {
    ImGui::BeginGroup();
    for (std::size_t i = 0; i < shown_->steps.size(); i++) {
      const FolderView::Step& step = shown_->steps[i];
      const std::string name = shown_name(step.name);
      path += (i == 0 ? "" : "/") + name;
      // Of a long way the beginning and the end are shown.
      if (i > 0 && i + 3 < shown_->steps.size()) {
        if (i == 1) {
          ImGui::SameLine(0, 0);
          secondary_text(frame, "…");
        }
        continue;
      }
      if (i > 0) ImGui::SameLine(0, 0);
      if (button(frame, fmt::format("files.step.{}", i), cut_middle(name, 32), ButtonKind::quiet)) {
        ImGui::EndGroup();
        return open(frame, step.place);
      }
    }
    ImGui::EndGroup();
  }
  frame.mirror.text("files.path", path);
  const float width = frame.px(150);
  ImGui::SameLine(std::max(ImGui::GetWindowWidth() - width - frame.px(12), frame.px(60)));
  if (button(frame, "files.download_folder", std::string(icon::save) + "  Folder as .tar",
             ButtonKind::normal, is_there && !shown_->steps.empty(), width)) {
    take_out(frame, place_, shown_->steps.back().name, true);
  }
  hint(frame,
       "Downloads what is in this folder: names, times, owners, links and xattrs. Other subvolumes "
       "in it are left out");
}

void FilesPanel::take_out(const Frame& frame, const FilePlace& place, const std::string& name,
                          bool folder) {
  const std::string clean = name == "<FS_TREE>" ? "filesystem" : clean_file_name(name);
  frame.app.start_export({place, clean, folder}, folder ? clean + ".tar" : clean);
}

void FilesPanel::draw_export(const Frame& frame) {
  const ExportEntry* entry = frame.app.current_export();
  if (entry == nullptr || entry->end_was_told) return;
  const ExportJobSnapshot snapshot = entry->job->snapshot();
  std::string state =
      fmt::format("{}: {}", shown_name(entry->file_name), size_text(snapshot.bytes));
  if (snapshot.total_bytes) state += " of " + size_text(*snapshot.total_bytes);
  if (snapshot.files > 0) state += ", " + count_text(snapshot.files, "entry", "entries");
  if (button(frame, "files.cancel", std::string(icon::stop) + "  Cancel")) entry->job->cancel();
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  text(frame, state);
  frame.mirror.text("files.download_state", state);
  if (!snapshot.total_bytes) return;
  const double total = static_cast<double>(std::max<u64>(*snapshot.total_bytes, 1));
  progress_bar(frame, static_cast<double>(snapshot.bytes) / total, frame.theme.accent, false);
}

void FilesPanel::read_order() {
  ImGuiTableSortSpecs* const specs = ImGui::TableGetSortSpecs();
  if (specs == nullptr || !specs->SpecsDirty || specs->SpecsCount == 0) return;
  constexpr FileOrder orders[] = {FileOrder::name, FileOrder::size,     FileOrder::name,
                                  FileOrder::name, FileOrder::modified, FileOrder::inode};
  order_ = orders[specs->Specs[0].ColumnIndex];
  descending_ = specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
  specs->SpecsDirty = false;
}

void FilesPanel::draw_rows(const Frame& frame, float height) {
  if (shown_ == nullptr) {
    empty_note(frame, "Reading the folder…");
    ImGui::Dummy(ImVec2(0, height - ImGui::GetTextLineHeightWithSpacing()));
    return;
  }
  if (!shown_->problem.empty()) wrapped_text(frame, shown_->problem, frame.theme.error_text);
  frame.mirror.text("files.problem", shown_->problem);
  if (shown_->rows.empty() && shown_->problem.empty()) empty_note(frame, "The folder is empty.");
  Mirror::Table mirrored;
  mirrored.columns = {"Name", "Kind", "Size", "Mode", "Owner", "Modified", "Inode"};
  mirrored.total = shown_->names;
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH |
                                ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_Sortable |
                                ImGuiTableFlags_Resizable | ImGuiTableFlags_NoSavedSettings;
  if (!begin_table(frame, "files", 6, flags, ImVec2(0, height), 620)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  const ImGuiTableColumnFlags unsorted = ImGuiTableColumnFlags_NoSort;
  ImGui::TableSetupColumn("Name", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("Size", ImGuiTableColumnFlags_PreferSortDescending, frame.px(76));
  ImGui::TableSetupColumn("Mode", unsorted, frame.px(84));
  ImGui::TableSetupColumn("Owner", unsorted, frame.px(72));
  ImGui::TableSetupColumn("Modified", ImGuiTableColumnFlags_PreferSortDescending, frame.px(144));
  ImGui::TableSetupColumn("Inode", 0, frame.px(64));
  read_order();
  table_header(frame);
  visible_rows(shown_->rows.size(), frame.row(), [&](int i) {
    const auto index = static_cast<std::size_t>(i);
    draw_row(frame, shown_->rows[index], index, mirrored);
  });
  ImGui::EndTable();
  frame.mirror.table("files", "Files", mirrored);
}

void FilesPanel::draw_row(const Frame& frame, const FileRow& row, std::size_t index,
                          Mirror::Table& mirrored) {
  const Theme& theme = frame.theme;
  const Selection& selection = frame.app.selection();
  const bool is_selected = selection.kind == Selection::Kind::file && !selection.opened &&
                           FilePlace{selection.subvolume, selection.ino} == row.place;
  ImGui::TableNextRow(0, frame.row());
  ImGui::TableNextColumn();
  ImGui::PushID(static_cast<int>(index));
  const std::string name = shown_name(row.name);
  const std::string label = fmt::format("{}  {}", icon_of(row), name);
  if (takes_focus_ && index == 0) {
    ImGui::SetKeyboardFocusHere();
    takes_focus_ = false;
  }
  const bool clicked =
      ImGui::Selectable(label.c_str(), is_selected,
                        ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowDoubleClick,
                        ImVec2(0, frame.cell()));
  const Rect rect = item_rect();
  const bool by_keyboard = clicked && !ImGui::IsMouseClicked(ImGuiMouseButton_Left) &&
                           !ImGui::IsMouseReleased(ImGuiMouseButton_Left);
  const bool opens = by_keyboard || ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left);
  if (clicked && opens && row.is_folder()) {
    open(frame, row.place);
  } else if (clicked) {
    if (opens) details_.show_contents();
    frame.app.select(selection_of(row.place, false));
    followed_ = frame.app.selection();
  }
  const std::string size = row.is_folder() || !row.is_known ? "" : size_text(row.size_bytes);
  const std::string owner = row.is_known ? fmt::format("{}:{}", row.uid, row.gid) : "";
  const std::string modified = row.is_known ? time_text(row.modified) : "";
  const std::string mode = row.is_known ? mode_text(row.mode) : "";
  ImGui::TableNextColumn();
  right_aligned(frame, size, theme.text);
  if (!size.empty()) hint(frame, exact_bytes_text(row.size_bytes));
  ImGui::TableNextColumn();
  mono_text(frame, mode, theme.secondary);
  ImGui::TableNextColumn();
  mono_text(frame, owner, theme.secondary);
  ImGui::TableNextColumn();
  secondary_text(frame, modified);
  ImGui::TableNextColumn();
  mono_text(frame, fmt::format("{}", row.place.ino), theme.secondary);
  ImGui::PopID();
  mirrored.rows.push_back({{name, type_name(row), fmt::format("{}", row.size_bytes), mode, owner,
                            modified, fmt::format("{}", row.place.ino)},
                           rect,
                           index});
  if (is_selected) mirrored.selected = index;
}

}  // namespace canopy::ui
