#include <fmt/format.h>

#include <algorithm>

#include "report/subvolume_list_text.h"
#include "ui/panels.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

// What hovering a subvolume says.
std::string details_of(const SubvolumeList& all, const Subvolume& subvolume) {
  const RootItem& item = subvolume.item;
  const auto name_of = [&](const u8* uuid) -> std::string {
    std::string text = uuid_text(uuid);
    if (text == "none") return text;
    const Subvolume* found = all.find_uuid(std::span<const u8, 16>(uuid, 16));
    return found == nullptr ? text
                            : fmt::format("{} ({})", text, shown_name(found->display_name()));
  };
  return fmt::format(
      "{}\n\nID {}, generation {}, created in transaction {} at {} (UTC)\n{}\nUUID {}\nParent UUID "
      "{}\nReceived UUID {}",
      shown_name(subvolume.display_name()), subvolume.id, item.generation.value(),
      subvolume.creation_transid(), time_text(static_cast<i64>(item.otime.sec.value())),
      subvolume.deleted          ? "Deleted, waiting for the cleaner"
      : subvolume.is_read_only() ? "Read-only: can be sent as it is"
                                 : "Writable",
      uuid_text(item.uuid), name_of(item.parent_uuid), name_of(item.received_uuid));
}

void copy_list(const Frame& frame) {
  const SubvolumeList& list = frame.app.session()->summary().subvolumes;
  const Subvolume* top = list.find(FS_TREE_OBJECTID);
  if (top == nullptr) return;
  auto text = subvolume_list_text(list, *top, {});
  if (!text.ok()) return;
  frame.app.host().copy(text.value());
  frame.app.tell("Copied the list of subvolumes.");
}

}  // namespace

void SubvolumesPanel::draw(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Filesystem", rect);
  draw_facts(frame);
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  heading(frame, "Subvolumes");
  ImGui::SameLine(0, frame.px(4));
  if (line_icon_button(frame, "subvolumes.copy", icon::copy,
                       "Copy the list, as `btrfs subvolume list` prints it"))
    copy_list(frame);
  draw_table(frame);
  end_panel();
}

void SubvolumesPanel::draw_facts(const Frame& frame) {
  const ImageSummary& summary = frame.app.session()->summary();
  const std::string title =
      summary.label.empty() ? frame.app.image_name() : shown_name(summary.label);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float room = ImGui::GetContentRegionAvail().x - frame.control();
  ImGui::PushClipRect(at, ImVec2(at.x + room, at.y + frame.control()), true);
  heading(frame, title.c_str());
  ImGui::PopClipRect();
  hint(frame, fmt::format("{}\nUUID {}", frame.app.image_name(), uuid_text(summary.fsid.data())));
  ImGui::SameLine(ImGui::GetWindowWidth() - frame.px(8) - frame.control());
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - frame.px(4));
  if (icon_button(frame, "filesystem.commits", icon::history,
                  "Open as of another commit, or by another superblock")) {
    choose_commit = true;
  }
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - frame.control() + frame.px(20));
  const std::string devices =
      summary.devices.size() == 1 ? "" : fmt::format(" on {} devices", summary.devices.size());
  const std::string used = fmt::format("{} of {} used{}", size_text(summary.used_bytes),
                                       size_text(summary.total_bytes), devices);
  secondary_text(frame, used);
  std::string space = fmt::format("{} of {}\n", exact_bytes_text(summary.used_bytes),
                                  exact_bytes_text(summary.total_bytes));
  for (const DeviceSummary& device : summary.devices) {
    space +=
        fmt::format("\nDevice {}: {}, {}", device.devid, device.name, size_text(device.size_bytes));
  }
  for (const SpaceSummary& kind : summary.space) {
    space += fmt::format("\n{}: {} in {}", kind.name, size_text(kind.size_bytes),
                         count_text(kind.chunks, "chunk", "chunks"));
  }
  hint(frame, space);
  const std::string format = fmt::format("Generation {}, {}, nodes of {}", summary.generation,
                                         summary.checksum, size_text(summary.nodesize));
  secondary_text(frame, format);
  if (!summary.warnings.empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.error_text));
    ImGui::Text("%s  %s", icon::warning,
                count_text(summary.warnings.size(), "warning", "warnings").c_str());
    ImGui::PopStyleColor();
    std::string all;
    for (const std::string& warning : summary.warnings)
      all += warning + "\n";
    hint(frame, all);
  }
  draw_repairs(frame);
  frame.mirror.list("filesystem", "Filesystem",
                    {{"Label", summary.label},
                     {"UUID", uuid_text(summary.fsid.data())},
                     {"Space", used},
                     {"Format", format}});
}

// Copies of blocks and data that were bad, while others could be read.
void SubvolumesPanel::draw_repairs(const Frame& frame) {
  constexpr std::size_t most_hinted = 12;
  const Repairs& repairs = frame.app.session()->repairs();
  const u64 count = repairs.count();
  if (seen_version_ != frame.app.image_version() || bad_count_ != count) {
    seen_version_ = frame.app.image_version();
    bad_count_ = count;
    bad_ = repairs.copies();
  }
  if (bad_.empty()) return;
  std::string all = "Another copy was read in the place of each of these:\n";
  std::string listed;
  for (std::size_t i = 0; i < bad_.size(); i++) {
    if (i < most_hinted) all += "\n" + bad_[i].to_string();
    listed += bad_[i].to_string() + "\n";
  }
  if (bad_.size() > most_hinted) all += fmt::format("\nand {} more", bad_.size() - most_hinted);
  const std::string said = fmt::format("{}  {}  {}", icon::warning,
                                       count_text(count, "bad copy", "bad copies"), icon::copy);
  ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.error_text));
  if (button(frame, "filesystem.bad_copies", said, ButtonKind::quiet)) {
    frame.app.host().copy(listed);
    frame.app.tell("Copied the list of bad copies.");
  }
  ImGui::PopStyleColor();
  hint(frame, all + "\n\nClick to copy the list.");
  Mirror::Table mirrored;
  mirrored.columns = {"Kind", "Address", "Mirror", "Device", "Physical", "Bytes", "Reason"};
  mirrored.total = bad_.size();
  for (std::size_t i = 0; i < std::min<std::size_t>(bad_.size(), 50); i++) {
    const BadCopy& copy = bad_[i];
    mirrored.rows.push_back(
        {{copy.is_data ? "data" : "tree block", fmt::format("{}", copy.address),
          fmt::format("{}", copy.mirror), fmt::format("{}", copy.devid),
          fmt::format("{}", copy.physical), fmt::format("{}", copy.length), copy.reason},
         {},
         i});
  }
  frame.mirror.table("bad_copies", "Bad copies", mirrored);
}

void SubvolumesPanel::draw_table(const Frame& frame) {
  const SubvolumeList& subvolumes = frame.app.session()->summary().subvolumes;
  const std::vector<Subvolume>& all = subvolumes.all();
  Mirror::Table mirrored;
  mirrored.columns = {"ID", "Path", "Generation", "Read-only", "Role"};
  mirrored.total = all.size();
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH |
                                ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_NoSavedSettings;
  if (!ImGui::BeginTable("subvolumes", 4, flags, ImGui::GetContentRegionAvail())) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Path", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, frame.px(32));
  ImGui::TableSetupColumn("ID");
  ImGui::TableSetupColumn("Gen");
  table_header(frame);
  visible_rows(all.size(), frame.row(), [&](int i) {
    const Subvolume& subvolume = all[static_cast<std::size_t>(i)];
    ImGui::TableNextRow(0, frame.row());
    ImGui::TableNextColumn();
    ImGui::PushID(i);
    const bool is_b = subvolume.id == frame.app.form.subvolume;
    const bool is_a = frame.app.form.parent == subvolume.id;
    const std::string name = shown_name(subvolume.display_name());
    if (subvolume.deleted) ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.secondary));
    const bool clicked = ImGui::Selectable(name.c_str(), is_b, ImGuiSelectableFlags_SpanAllColumns,
                                           ImVec2(0, frame.cell()));
    if (subvolume.deleted) ImGui::PopStyleColor();
    const Rect row = item_rect();
    hint(frame, details_of(subvolumes, subvolume));
    if (clicked && !subvolume.deleted) {
      frame.app.choose_subvolume(subvolume.id);
      Selection selection;
      selection.kind = Selection::Kind::subvolume;
      selection.subvolume = subvolume.id;
      frame.app.select(selection);
    }
    ImGui::TableNextColumn();
    if (is_a || is_b) {
      ImGui::PushFont(frame.fonts.strong);
      ImGui::TextUnformatted(is_b ? "B" : "A");
      ImGui::PopFont();
      if (subvolume.is_read_only()) ImGui::SameLine(0, frame.px(4));
    }
    if (subvolume.is_read_only()) {
      secondary_text(frame, icon::lock);
    }
    ImGui::TableNextColumn();
    mono_text(frame, fmt::format("{}", subvolume.id), frame.theme.text);
    ImGui::TableNextColumn();
    mono_text(frame, fmt::format("{}", subvolume.item.generation.value()), frame.theme.secondary);
    ImGui::PopID();
    mirrored.rows.push_back({{fmt::format("{}", subvolume.id), name,
                              fmt::format("{}", subvolume.item.generation.value()),
                              subvolume.is_read_only() ? "yes" : "no",
                              is_b   ? "B: to send"
                              : is_a ? "A: parent"
                                     : ""},
                             row,
                             static_cast<u64>(i)});
    if (is_b) mirrored.selected = static_cast<u64>(i);
  });
  ImGui::EndTable();
  frame.mirror.table("subvolumes", "Subvolumes", mirrored);
}

}  // namespace canopy::ui
