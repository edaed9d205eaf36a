#include "ui/files_panel.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr std::size_t most_names = 20;
constexpr std::size_t most_value_bytes = 64;
constexpr float extents_width = 640;         // CSS pixels that the table of extents needs
constexpr std::size_t rows_when_narrow = 8;  // of it, where it is scrolled sideways

struct FlagName {
  u64 flag;
  const char* name;
};
constexpr FlagName flag_names[] = {
    {INODE_NODATASUM, "no checksums"},
    {INODE_NODATACOW, "no copy on write"},
    {INODE_NOCOMPRESS, "not compressed"},
    {INODE_PREALLOC, "reserved space"},
    {INODE_SYNC, "sync"},
    {INODE_IMMUTABLE, "immutable"},
    {INODE_APPEND, "append only"},
    {INODE_NODUMP, "no dump"},
    {INODE_NOATIME, "no atime"},
    {INODE_DIRSYNC, "dirsync"},
    {INODE_COMPRESS, "compressed"},
};

std::string flags_text(u64 flags) {
  std::string text;
  for (const FlagName& known : flag_names) {
    if ((flags & known.flag) != 0) text += (text.empty() ? "" : ", ") + std::string(known.name);
  }
  return text;
}

// As text where it is text, otherwise its bytes.
std::string value_text(const std::vector<u8>& value) {
  const bool is_text =
      std::all_of(value.begin(), value.end(), [](u8 byte) { return byte >= 0x20 && byte < 0x7f; });
  std::string text;
  for (std::size_t i = 0; i < std::min(value.size(), most_value_bytes); i++) {
    text += is_text ? std::string(1, static_cast<char>(value[i])) : fmt::format("{:02x}", value[i]);
  }
  if (value.size() > most_value_bytes) text += fmt::format("… ({} bytes)", value.size());
  return text;
}

std::string kind_text(const FileExtentRow& extent) {
  if (extent.is_inline()) return "inline";
  if (extent.is_hole()) return "hole";
  return extent.is_reserved() ? "reserved" : "data";
}

// How much of its size an extent takes on disk: "37 %".
std::string ratio_text(u64 disk, u64 ram) {
  if (ram == 0) return "";
  return fmt::format("{:.0f} %", 100 * static_cast<double>(disk) / static_cast<double>(ram));
}

std::string compression_text(const FileDetails& details) {
  std::string text;
  for (std::size_t kind = 1; kind < details.extents_by_compression.size(); kind++) {
    const u64 count = details.extents_by_compression[kind];
    if (count == 0) continue;
    text +=
        fmt::format("{}{} in {}", text.empty() ? "" : ", ", compression_name(static_cast<u8>(kind)),
                    count_text(count, "extent", "extents"));
  }
  return text;
}

}  // namespace

void FileDetailsView::draw(const Frame& frame, const FilePlace& place) {
  const auto details =
      frame.app.session()->lookups().file.find({place, frame.app.session()->summary().generation});
  if (details == nullptr) return empty_note(frame, "Reading…");
  if (!details->problem.empty()) wrapped_text(frame, details->problem, frame.theme.error_text);
  if (!details->inode) return;
  const bool is_file = (details->inode->mode & MODE_TYPE_MASK) == MODE_REGULAR;
  draw_heading(frame, place, *details);
  if (is_file) {
    static const std::vector<std::string> names = {"Details", "Contents", "Extents"};
    tabs(frame, "files.part", names, part_);
  }
  const Part part = is_file ? static_cast<Part>(part_) : about;
  if (part == contents) return contents_.draw(frame, place);
  if (part == about) draw_facts(frame, place, *details);
  if (part == extents || !is_file) draw_extents(frame, *details);
}

void FileDetailsView::draw_heading(const Frame& frame, const FilePlace& place,
                                   const FileDetails& details) {
  const std::string path = details.paths.empty() ? "" : details.paths.front();
  const std::string name = path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  heading(frame, shown_name(name.empty() ? "The root of the subvolume" : name).c_str());
  if ((details.inode->mode & MODE_TYPE_MASK) != MODE_REGULAR) return;
  ImGui::SameLine();
  if (button(frame, "files.download", std::string(icon::save) + "  Download"))
    frame.app.start_export({place, clean_file_name(name), false}, clean_file_name(name));
}

void FileDetailsView::draw_facts(const Frame& frame, const FilePlace& place,
                                 const FileDetails& details) {
  const InodeItem& inode = *details.inode;
  const bool is_file = (inode.mode & MODE_TYPE_MASK) == MODE_REGULAR;
  std::vector<std::pair<std::string, std::string>> facts = {
      {"Inode", fmt::format("{} of subvolume {}, {} ({:o}), owner {}:{}", place.ino,
                            place.subvolume, mode_text(inode.mode), inode.mode.value(),
                            inode.uid.value(), inode.gid.value())}};
  if (is_file) {
    facts.push_back(
        {"Size", fmt::format("{}, {}; {} on disk for {} ({})", size_text(inode.size),
                             exact_bytes_text(inode.size), size_text(details.disk_bytes),
                             size_text(details.ram_bytes),
                             ratio_text(details.disk_bytes, details.ram_bytes))});
    if (const std::string how = compression_text(details); !how.empty())
      facts.push_back({"Compression", how});
  }
  if (!details.target.empty()) facts.push_back({"Leads to", shown_name(details.target)});
  const auto time = [](const Timespec& at) { return time_text(static_cast<i64>(at.sec.value())); };
  facts.push_back(
      {"Modified", fmt::format("{}, in transaction {}", time(inode.mtime), inode.transid.value())});
  facts.push_back(
      {"Made", fmt::format("{}, in transaction {}", time(inode.otime), inode.generation.value())});
  if (const std::string flags = flags_text(inode.flags); !flags.empty())
    facts.push_back({"Flags", flags});
  for (std::size_t i = 1; i < std::min(details.paths.size(), most_names); i++)
    facts.push_back({"Also", shown_name(details.paths[i])});
  for (const Xattr& xattr : details.xattrs)
    facts.push_back({shown_name(xattr.name), value_text(xattr.value)});
  float column = frame.px(96);
  for (const auto& [term, value] : facts)
    column = std::max(column, ImGui::CalcTextSize(term.c_str()).x + frame.px(20));
  for (const auto& [term, value] : facts)
    fact(frame, term, value, std::min(column, frame.px(220)));
  facts.insert(facts.begin(), {"Path", details.paths.empty() ? "" : details.paths.front()});
  frame.mirror.list("files.details", "File", facts);
}

void FileDetailsView::draw_extents(const Frame& frame, const FileDetails& details) {
  if (details.extent_count == 0) return;
  secondary_text(frame, details.extents.size() < details.extent_count
                            ? fmt::format("The first {} of {} extents", details.extents.size(),
                                          grouped(details.extent_count))
                            : count_text(details.extent_count, "extent", "extents"));
  Mirror::Table mirrored;
  mirrored.columns = {"Offset", "Length", "Kind", "Logical", "Physical", "On disk", "Compression"};
  mirrored.total = details.extent_count;
  const ImGuiTableFlags flags = ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_BordersInnerH |
                                ImGuiTableFlags_NoSavedSettings;
  const float height = frame.row() * static_cast<float>(std::min<std::size_t>(
                                         details.extents.size() + 1, rows_when_narrow)) +
                       ImGui::GetStyle().ScrollbarSize;
  const bool fits = ImGui::GetContentRegionAvail().x >= frame.px(extents_width);
  if (!begin_table(frame, "extents", 7, flags, ImVec2(0, fits ? 0 : height), extents_width)) return;
  for (const std::string& column : mirrored.columns)
    ImGui::TableSetupColumn(column.c_str());
  table_header(frame);
  ImGui::PushFont(frame.fonts.mono);
  visible_rows(details.extents.size(), frame.row(), [&](int i) {
    const FileExtentRow& extent = details.extents[static_cast<std::size_t>(i)];
    ImGui::TableNextRow(0, frame.row());
    ImGui::TableNextColumn();
    ImGui::PushID(i);
    // Its item in the tree.
    const bool clicked = ImGui::Selectable(grouped_mono(extent.offset).c_str());
    ImGui::PopID();
    const Rect rect = item_rect();
    if (clicked) {
      frame.app.select({.kind = Selection::Kind::item,
                        .block = extent.place.block,
                        .slot = extent.place.slot.value_or(0)});
    }
    ImGui::TableNextColumn();
    right_aligned(frame, grouped_mono(extent.length), frame.theme.text);
    ImGui::TableNextColumn();
    text(frame, kind_text(extent));
    std::string logical, physical, disk, compression;
    ImGui::TableNextColumn();
    if (!extent.is_inline() && !extent.is_hole()) {
      logical = fmt::format("{}", extent.item.disk_bytenr.value());
      address_link(frame, fmt::format("files.extents.{}.logical", i),
                   grouped_mono(extent.item.disk_bytenr), logical);
    }
    ImGui::TableNextColumn();
    for (std::size_t copy = 0; copy < extent.copies.size(); copy++) {
      const PhysicalPlace& at = extent.copies[copy];
      const std::string place = fmt::format("{}:{}", at.devid, at.physical);
      physical += (copy == 0 ? "" : " ") + place;
      if (copy > 0) ImGui::SameLine();
      address_link(frame, fmt::format("files.extents.{}.physical.{}", i, copy),
                   fmt::format("{}: {}", at.devid, grouped_mono(at.physical)), place);
    }
    ImGui::TableNextColumn();
    if (!extent.is_hole()) {
      const u64 bytes = extent.is_inline() ? extent.length : extent.item.disk_num_bytes.value();
      disk = fmt::format("{} {}", size_text(bytes), ratio_text(bytes, extent.item.ram_bytes));
    }
    text(frame, disk);
    ImGui::TableNextColumn();
    compression = compression_name(extent.item.compression);
    text(frame, compression);
    mirrored.rows.push_back({{fmt::format("{}", extent.offset), fmt::format("{}", extent.length),
                              kind_text(extent), logical, physical, disk, compression},
                             rect,
                             static_cast<u64>(i)});
  });
  ImGui::PopFont();
  ImGui::EndTable();
  frame.mirror.table("files.extents", "Extents", mirrored);
}

}  // namespace canopy::ui
