#include "ui/usage_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "report/block_group_use.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr ImGuiTableFlags table_flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH |
                                        ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_Resizable |
                                        ImGuiTableFlags_NoSavedSettings;

std::string kind_text(u64 flags) {
  const Profile* profile = profile_of(flags);
  return fmt::format("{}, {}", block_group_type_name(flags),
                     profile == nullptr ? "unknown" : profile->name);
}

std::string percent_text(u64 part, u64 whole) {
  return whole == 0 ? "–"
                    : fmt::format("{:.1f} %",
                                  100 * static_cast<double>(part) / static_cast<double>(whole));
}

// A size in the next cell, with the exact one on hover.
void size_cell(const Frame& frame, u64 bytes) {
  ImGui::TableNextColumn();
  right_aligned(frame, size_text(bytes), frame.theme.text);
  hint(frame, exact_bytes_text(bytes));
}

// What was counted before a balance or a commit says so.
void tell_if_old(const Frame& frame, u64 generation) {
  const u64 now = frame.app.session()->summary().generation;
  if (generation != now)
    secondary_text(frame, fmt::format("As of generation {}; now it is {}.", generation, now));
}

// A row that is chosen in the next one of the table.
bool row_cell(const Frame& frame, std::size_t index, const std::string& label, bool is_chosen) {
  ImGui::TableNextRow(0, frame.row());
  ImGui::TableNextColumn();
  ImGui::PushID(static_cast<int>(index));
  const bool clicked = ImGui::Selectable(
      label.c_str(), is_chosen, ImGuiSelectableFlags_SpanAllColumns, ImVec2(0, frame.cell()));
  ImGui::PopID();
  return clicked;
}

void copy_text(const Frame& frame, const char* name, const char* command,
               const std::string& copied) {
  copy_button(frame, name, "Copy as text", copied, fmt::format("what `{}` prints", command));
}

}  // namespace

void UsagePanel::draw(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Space", rect);
  take_view(frame);
  static const std::vector<std::string> parts = {"Usage", "Chunks", "Subvolumes", "Trees"};
  tabs(frame, "space.part", parts, part_);
  if (shown_ == nullptr) {
    empty_note(frame, "Reading block groups and devices…");
  } else {
    if (!shown_->problem.empty()) wrapped_text(frame, shown_->problem, frame.theme.error_text);
    switch (part_) {
      case usage:
        draw_overview(frame);
        break;
      case chunks:
        draw_chunks(frame);
        break;
      case subvolumes:
        draw_subvolumes(frame);
        break;
      default:
        draw_trees(frame);
    }
  }
  end_panel();
}

void UsagePanel::take_view(const Frame& frame) {
  Session& session = *frame.app.session();
  const auto found = session.lookups().usage.find({session.summary().generation});
  if (found == nullptr || found == shown_) return;
  shown_ = found;
  sort_chunks();
}

void UsagePanel::draw_overview(const Frame& frame) {
  const Usage& all = shown_->usage;
  copy_text(frame, "usage.copy", "btrfs filesystem usage", shown_->usage_text);
  const std::vector<std::pair<std::string, std::string>> facts = {
      {"Size of devices", size_text(all.total)},
      {"Allocated", size_text(all.allocated)},
      {"Unallocated", size_text(all.unallocated())},
      {"Used", size_text(all.used)},
      {"Free",
       fmt::format("{}, at least {}", size_text(all.free_estimated), size_text(all.free_at_least))},
      {"Free, as df says", size_text(all.free_statfs)},
      {"Global reserve", size_text(all.reserve)},
      {"Bytes for each",
       fmt::format("{:.2f} of data, {:.2f} of metadata", all.data_ratio, all.metadata_ratio)},
      {"Missing", size_text(all.missing)},
      {"Several profiles", all.several_profiles.empty() ? "no" : all.several_profiles},
  };
  for (const auto& [term, value] : facts)
    fact(frame, term, value, frame.px(136));
  frame.mirror.list("usage", "Usage", facts);
  const float height = ImGui::GetContentRegionAvail().y;
  const float rows = frame.row() * static_cast<float>(all.spaces.size() + 1) + frame.px(8);
  draw_kinds(frame, std::clamp(rows, frame.px(60), std::max(height * 0.6f, frame.px(60))));
  draw_devices(frame, std::max(ImGui::GetContentRegionAvail().y, frame.px(80)));
}

void UsagePanel::draw_kinds(const Frame& frame, float height) {
  Mirror::Table mirrored;
  mirrored.columns = {"Kind", "Size", "Used", "Share", "On disk"};
  mirrored.total = shown_->usage.spaces.size();
  if (!begin_table(frame, "kinds", 5, table_flags, ImVec2(0, height), 480)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Kind", ImGuiTableColumnFlags_WidthStretch);
  for (const char* name : {"Size", "Used", "Share", "On disk"})
    ImGui::TableSetupColumn(name, 0, frame.px(86));
  table_header(frame);
  for (const auto& [kind, space] : shown_->usage.spaces) {
    ImGui::TableNextRow(0, frame.row());
    ImGui::TableNextColumn();
    const std::string name = kind_text(kind.flags);
    text(frame, name);
    size_cell(frame, space.total);
    size_cell(frame, space.used);
    ImGui::TableNextColumn();
    const std::string share = percent_text(space.used, space.total);
    right_aligned(frame, share, frame.theme.secondary);
    size_cell(frame, space.on_disk);
    mirrored.rows.push_back({{name, fmt::format("{}", space.total), fmt::format("{}", space.used),
                              share, fmt::format("{}", space.on_disk)},
                             {},
                             mirrored.rows.size()});
  }
  ImGui::EndTable();
  frame.mirror.table("usage.kinds", "Kinds of chunks", mirrored);
}

void UsagePanel::draw_devices(const Frame& frame, float height) {
  Mirror::Table mirrored;
  mirrored.columns = {"Device", "Name", "Size", "Allocated", "Unallocated", "Smallest size"};
  mirrored.total = shown_->usage.devices.size();
  if (!begin_table(frame, "devices", 6, table_flags, ImVec2(0, height), 560)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Device", 0, frame.px(60));
  ImGui::TableSetupColumn("Name", ImGuiTableColumnFlags_WidthStretch);
  for (const char* name : {"Size", "Allocated", "Unallocated", "Smallest"})
    ImGui::TableSetupColumn(name, 0, frame.px(86));
  table_header(frame);
  for (const auto& [devid, device] : shown_->usage.devices) {
    ImGui::TableNextRow(0, frame.row());
    ImGui::TableNextColumn();
    text(frame, fmt::format("{}", devid));
    ImGui::TableNextColumn();
    text(frame, shown_name(device.name));
    size_cell(frame, device.total);
    size_cell(frame, device.allocated);
    size_cell(frame, device.unallocated());
    ImGui::TableNextColumn();
    std::string smallest;
    for (const UsageView::Smallest& one : shown_->smallest) {
      if (one.devid != devid) continue;
      right_aligned(frame, one.bytes ? size_text(*one.bytes) : "?", frame.theme.text);
      hint(frame,
           "To what it could be shrunk, as btrfs inspect-internal min-dev-size says:\n" + one.text);
      if (one.bytes) smallest = fmt::format("{}", *one.bytes);
    }
    mirrored.rows.push_back(
        {{fmt::format("{}", devid), device.name, fmt::format("{}", device.total),
          fmt::format("{}", device.allocated), fmt::format("{}", device.unallocated()), smallest},
         {},
         mirrored.rows.size()});
  }
  ImGui::EndTable();
  frame.mirror.table("usage.devices", "Devices", mirrored);
}

void UsagePanel::sort_chunks() {
  const std::vector<ChunkRow>& rows = shown_->chunks;
  order_.resize(rows.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  const auto value = [this](const ChunkRow& chunk) -> u64 {
    switch (column_) {
      case 0:
        return chunk.devid;
      case 1:
        return chunk.physical;
      case 2:
        return chunk.logical;
      case 3:
        return chunk.length;
      case 4:
        return chunk.flags;
      default:
        return chunk.used;
    }
  };
  std::ranges::stable_sort(order_, [&](std::size_t a, std::size_t b) {
    return descending_ ? value(rows[b]) < value(rows[a]) : value(rows[a]) < value(rows[b]);
  });
}

void UsagePanel::draw_chunks(const Frame& frame) {
  copy_text(frame, "space.chunks.copy", "btrfs inspect-internal list-chunks", shown_->chunks_text);
  Mirror::Table mirrored;
  mirrored.columns = {"Device", "Physical", "Logical", "Length", "Kind", "Used", "Share"};
  mirrored.total = shown_->chunks.size();
  if (!begin_table(frame, "space.chunks", 7, table_flags | ImGuiTableFlags_Sortable,
                   ImGui::GetContentRegionAvail(), 600))
    return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Device", 0, frame.px(48));
  ImGui::TableSetupColumn("Physical", 0, frame.px(100));
  ImGui::TableSetupColumn("Logical", 0, frame.px(100));
  ImGui::TableSetupColumn("Length", ImGuiTableColumnFlags_PreferSortDescending, frame.px(70));
  ImGui::TableSetupColumn("Kind", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("Used", ImGuiTableColumnFlags_PreferSortDescending, frame.px(64));
  ImGui::TableSetupColumn("Share", ImGuiTableColumnFlags_NoSort, frame.px(48));
  ImGuiTableSortSpecs* const specs = ImGui::TableGetSortSpecs();
  if (specs != nullptr && specs->SpecsDirty && specs->SpecsCount > 0) {
    column_ = specs->Specs[0].ColumnIndex;
    descending_ = specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
    specs->SpecsDirty = false;
    sort_chunks();
  }
  table_header(frame);
  visible_rows(order_.size(), frame.row(), [&](int i) {
    const auto index = static_cast<std::size_t>(i);
    draw_chunk(frame, shown_->chunks[order_[index]], index, mirrored);
  });
  ImGui::EndTable();
  frame.mirror.table("space.chunks", "Chunks", mirrored);
}

void UsagePanel::draw_chunk(const Frame& frame, const ChunkRow& chunk, std::size_t index,
                            Mirror::Table& mirrored) {
  const bool is_chosen = chunk.physical == chosen_ && chunk.devid == chosen_device_;
  const bool clicked = row_cell(frame, index, fmt::format("{}", chunk.devid), is_chosen);
  const Rect rect = item_rect();
  if (clicked) {
    chosen_ = chunk.physical;
    chosen_device_ = chunk.devid;
    frame.app.inspect(
        fmt::format("3 ({} {} {})", FIRST_CHUNK_TREE_OBJECTID, CHUNK_ITEM_KEY, chunk.logical));
  }
  for (const u64 address : {chunk.physical, chunk.logical}) {
    ImGui::TableNextColumn();
    ImGui::PushFont(frame.fonts.mono);
    right_aligned(frame, grouped_mono(address), frame.theme.text);
    ImGui::PopFont();
  }
  size_cell(frame, chunk.length);
  ImGui::TableNextColumn();
  const std::string kind = kind_text(chunk.flags);
  text(frame, kind);
  size_cell(frame, chunk.used);
  ImGui::TableNextColumn();
  const std::string share = percent_text(chunk.used, chunk.length);
  right_aligned(frame, share, frame.theme.secondary);
  mirrored.rows.push_back({{fmt::format("{}", chunk.devid), fmt::format("{}", chunk.physical),
                            fmt::format("{}", chunk.logical), fmt::format("{}", chunk.length), kind,
                            fmt::format("{}", chunk.used), share},
                           rect,
                           index});
  if (is_chosen) mirrored.selected = index;
}

bool UsagePanel::draw_count(const Frame& frame, const char* name, const char* label, bool counts,
                            const std::string& what) {
  if (!counts) {
    const bool balancing = frame.app.session()->is_balancing();
    const bool pressed = button(frame, name, label, ButtonKind::primary, !balancing);
    if (balancing) hint(frame, "Once the balance has ended");
    ImGui::SameLine();
    return pressed;
  }
  if (button(frame, std::string(name) + ".cancel", std::string(icon::stop) + "  Cancel"))
    frame.app.cancel_counting();
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  secondary_text(frame, what);
  frame.mirror.text(std::string(name) + ".state", what);
  return false;
}

void UsagePanel::draw_subvolumes(const Frame& frame) {
  App& app = frame.app;
  if (draw_count(frame, "du.count", "Count what subvolumes take", app.is_counting_files(),
                 count_text(app.files_counted(), "file", "files") + " counted"))
    app.count_files();
  const DiskUseView* const view = app.disk_use().get();
  if (!app.is_counting_files())
    copy_text(frame, "du.copy", "btrfs filesystem du -s", view == nullptr ? "" : view->text);
  if (view == nullptr) {
    empty_note(frame,
               "How much each subvolume takes, with those in it, how much of that is in no other "
               "place, and how much is shared. All files are gone through for it.");
    return;
  }
  if (!view->problem.empty()) wrapped_text(frame, view->problem, frame.theme.error_text);
  tell_if_old(frame, view->generation);
  Mirror::Table mirrored;
  mirrored.columns = {"Subvolume", "Total", "Exclusive", "Set shared"};
  mirrored.total = view->rows.size();
  if (!begin_table(frame, "du", 4, table_flags, ImGui::GetContentRegionAvail(), 420)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Subvolume", ImGuiTableColumnFlags_WidthStretch);
  for (const char* name : {"Total", "Exclusive", "Set shared"})
    ImGui::TableSetupColumn(name, 0, frame.px(96));
  table_header(frame);
  visible_rows(view->rows.size(), frame.row(), [&](int i) {
    const auto index = static_cast<std::size_t>(i);
    const DiskUseView::Row& row = view->rows[index];
    const Selection& selected = app.selection();
    const bool is_chosen =
        selected.kind == Selection::Kind::subvolume && selected.subvolume == row.subvolume;
    const bool clicked = row_cell(frame, index, shown_name(row.use.path), is_chosen);
    const Rect rect = item_rect();
    if (clicked) app.select({.kind = Selection::Kind::subvolume, .subvolume = row.subvolume});
    size_cell(frame, row.use.total);
    size_cell(frame, row.use.exclusive);
    size_cell(frame, row.use.set_shared.value_or(0));
    mirrored.rows.push_back(
        {{row.use.path, fmt::format("{}", row.use.total), fmt::format("{}", row.use.exclusive),
          fmt::format("{}", row.use.set_shared.value_or(0))},
         rect,
         index});
    if (is_chosen) mirrored.selected = index;
  });
  ImGui::EndTable();
  frame.mirror.table("du", "What subvolumes take", mirrored);
}

void UsagePanel::draw_trees(const Frame& frame) {
  App& app = frame.app;
  if (draw_count(frame, "tree_stats.count", "Measure all trees", app.is_counting_trees(),
                 count_text(app.blocks_counted(), "block", "blocks") + " read"))
    app.count_trees();
  const TreeStatsView* const view = app.tree_stats().get();
  if (!app.is_counting_trees())
    copy_text(frame, "tree_stats.copy", "btrfs inspect-internal tree-stats",
              view == nullptr ? "" : view->text);
  if (view == nullptr) {
    empty_note(frame,
               "How large each tree is, how many levels it has, and how often one has to seek "
               "between its blocks. All tree blocks are read for it.");
    return;
  }
  if (!view->problem.empty()) wrapped_text(frame, view->problem, frame.theme.error_text);
  tell_if_old(frame, view->generation);
  Mirror::Table mirrored;
  mirrored.columns = {"Tree", "Levels", "Blocks", "Size", "Inline data", "Seeks", "Clusters"};
  mirrored.total = view->rows.size();
  if (!begin_table(frame, "tree_stats", 7, table_flags, ImGui::GetContentRegionAvail(), 620))
    return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Tree", ImGuiTableColumnFlags_WidthStretch);
  for (const char* name : {"Levels", "Blocks", "Size", "Inline data", "Seeks", "Clusters"})
    ImGui::TableSetupColumn(name, 0, frame.px(68));
  table_header(frame);
  visible_rows(view->rows.size(), frame.row(), [&](int i) {
    const TreeStatsView::Row& row = view->rows[static_cast<std::size_t>(i)];
    const TreeStats& stats = row.stats;
    ImGui::TableNextRow(0, frame.row());
    ImGui::TableNextColumn();
    const std::string name = app.tree_label(row.tree);
    text(frame, name);
    hint(frame, tree_stats_text(stats, false));
    const auto number = [&](u64 value) {
      ImGui::TableNextColumn();
      right_aligned(frame, grouped(value), frame.theme.text);
    };
    number(stats.level + u64{1});
    number(stats.total_nodes);
    size_cell(frame, stats.total_nodes * stats.nodesize);
    size_cell(frame, stats.inline_bytes);
    number(stats.seeks);
    number(stats.clusters);
    mirrored.rows.push_back(
        {{name, fmt::format("{}", stats.level + 1), fmt::format("{}", stats.total_nodes),
          fmt::format("{}", stats.total_nodes * stats.nodesize),
          fmt::format("{}", stats.inline_bytes), fmt::format("{}", stats.seeks),
          fmt::format("{}", stats.clusters)},
         {},
         static_cast<u64>(i)});
  });
  ImGui::EndTable();
  frame.mirror.table("tree_stats", "Trees", mirrored);
}

}  // namespace canopy::ui
