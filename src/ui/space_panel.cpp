#include "ui/space_panel.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr u32 most_cells = heat_cells;

Color kind_color(u64 flags) {
  switch (flags & BLOCK_GROUP_TYPE_MASK) {
    case BLOCK_GROUP_DATA:
      return rgb(0x56b4e9);
    case BLOCK_GROUP_METADATA:
      return rgb(0x009e73);
    case BLOCK_GROUP_SYSTEM:
      return rgb(0xcc79a7);
    default:
      return rgb(0xe69f00);
  }
}

double share(u64 part, u64 whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string describe(const GroupView& group) {
  const ChunkMapping& chunk = *group.chunk;
  std::string text = fmt::format("{}\n{} at {}\n", block_group_flags_text(chunk.type),
                                 size_text(chunk.length), grouped(chunk.logical));
  text += group.is_known ? fmt::format("{} used, {:.1f} %", size_text(group.used),
                                       100 * share(group.used, chunk.length))
                         : "How much is used could not be read";
  for (const ChunkStripe& stripe : chunk.stripes)
    text += fmt::format("\nDevice {} at {}", stripe.devid, grouped(stripe.physical));
  return text;
}

void draw_hatching(ImDrawList& draw, const Rect& rect, ImU32 color, float step, float thickness) {
  draw.PushClipRect(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.bottom()), true);
  for (float x = rect.x - rect.height; x < rect.right(); x += step) {
    draw.AddLine(ImVec2(x, rect.bottom()), ImVec2(x + rect.height, rect.y), color, thickness);
  }
  draw.PopClipRect();
}

}  // namespace

void SpacePanel::place() {
  begins_.clear();
  u64 total = 0;
  for (const GroupView& group : shown_->groups)
    total += group.chunk->length;
  u64 at = 0;
  for (const GroupView& group : shown_->groups) {
    begins_.push_back(share(at, total));
    at += group.chunk->length;
  }
  begins_.push_back(1);
}

const GroupView* SpacePanel::group_at(double world) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), world);
  const auto index = static_cast<std::size_t>(after - begins_.begin());
  if (index == 0 || index > shown_->groups.size()) return nullptr;
  return &shown_->groups[index - 1];
}

double SpacePanel::world_of(u64 logical) const {
  const GroupView* const group = shown_->find(logical);
  if (group == nullptr) return -1;
  const auto index = static_cast<std::size_t>(group - shown_->groups.data());
  const double part = share(logical - group->chunk->logical, group->chunk->length);
  return begins_[index] + (begins_[index + 1] - begins_[index]) * part;
}

// A controlled run has a filesystem of its own, which is shown as long as the run is there.
void SpacePanel::take_space(const Frame& frame) {
  Session& session = *frame.app.session();
  const StepEntry* const steps = frame.app.steps();
  const auto take = [&](std::shared_ptr<const SpaceView> found) {
    if (found == nullptr || found == shown_) return;
    shown_ = std::move(found);
    place();
  };
  const StepSnapshotPtr stepped = steps == nullptr ? nullptr : steps->job->snapshot();
  const bool is_of_run = stepped != nullptr && stepped->space != nullptr;
  if (is_of_run_ && !is_of_run) extents_ = nullptr;
  is_of_run_ = is_of_run;
  if (is_of_run_) {
    take(stepped->space);
    extents_ = stepped->extents;
    moving_ = emptied_;
    request_.reset();
    return;
  }
  take(session.lookups().space.find({session.summary().generation}));
  const BalanceEntry* const balance = frame.app.balance();
  moving_ = balance == nullptr ? 0 : balance->job->snapshot().current_group;
  take_filters(frame);
}

// What the balance panel is set to shows which groups it would move, while nothing moves.
void SpacePanel::take_filters(const Frame& frame) {
  request_.reset();
  if (moving_ != 0 || !frame.app.balance_form.has_filters()) return;
  if (auto request = frame.app.balance_form.request(); request.ok()) request_ = request.value();
}

void SpacePanel::draw(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Block groups", rect);
  take_movements(frame);
  take_space(frame);
  if (shown_ == nullptr) {
    empty_note(frame, "Reading the block groups…");
    end_panel();
    return;
  }
  draw_toolbar(frame);
  if (!shown_->problem.empty()) wrapped_text(frame, shown_->problem, frame.theme.error_text);
  const float width = std::floor(ImGui::GetContentRegionAvail().x);
  const auto take = [&](float height) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    return Rect{std::round(at.x), std::round(at.y), width, height};
  };
  next_hovered_ = 0;
  if (width > 8) {
    draw_strip(frame, take(frame.px(76)));
    draw_map(frame, width);
    draw_devices(frame, width);
    draw_table(frame);
  }
  hovered_ = next_hovered_;
  end_panel();
}

void SpacePanel::draw_toolbar(const Frame& frame) {
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - frame.px(4));
  const float top = ImGui::GetCursorPosY();
  std::vector<std::pair<std::string, std::string>> mirrored;
  // As many as there is room for before the buttons; the table has them all.
  const float end = ImGui::GetWindowWidth() - frame.px(222) - 3 * frame.control();
  for (const SpaceSummary& kind : frame.app.session()->summary().space) {
    mirrored.push_back({kind.name, size_text(kind.size_bytes)});
    const std::string label = fmt::format("{} {} in {}", kind.name, size_text(kind.size_bytes),
                                          count_text(kind.chunks, "group", "groups"));
    if (ImGui::GetCursorPosX() + ImGui::CalcTextSize(label.c_str()).x > end) continue;
    label_in_row(frame, label.c_str(), frame.control());
    ImGui::SameLine(0, frame.px(16));
  }
  frame.mirror.list("space.kinds", "Kinds of block groups", mirrored);
  ImGui::SetCursorPos(ImVec2(ImGui::GetWindowWidth() - frame.px(222) - 3 * frame.control(), top));
  static const std::vector<std::string> orders = {"Hilbert", "Rows", "No map"};
  int order = static_cast<int>(map_.order);
  tabs(frame, "space.order", orders, order);
  map_.order = static_cast<SpaceMap::Order>(order);
  ImGui::SetCursorPos(ImVec2(ImGui::GetWindowWidth() - frame.px(12) - 3 * frame.control(), top));
  const auto width = static_cast<double>(ImGui::GetWindowWidth());
  if (icon_button(frame, "space.zoom_in", icon::zoom_in, "Zoom in (wheel)")) {
    axis_.zoom(2, width / 2, width);
  }
  ImGui::SameLine(0, 0);
  if (icon_button(frame, "space.zoom_out", icon::zoom_out, "Zoom out (wheel)",
                  !axis_.is_fitted())) {
    axis_.zoom(0.5, width / 2, width);
  }
  ImGui::SameLine(0, 0);
  if (icon_button(frame, "space.fit", icon::fit, "Show all block groups", !axis_.is_fitted())) {
    axis_.fit_all();
  }
}

// Above the groups, each filled as far as it is used; below what extents cover.
void SpacePanel::draw_strip(const Frame& frame, const Rect& strip) {
  const CanvasInput::Gesture gesture = input_.update(frame, "strip", strip, axis_);
  const auto width = static_cast<double>(strip.width);
  const GroupView* const under =
      gesture.is_hovered ? group_at(axis_.to_world(static_cast<double>(gesture.x), width))
                         : nullptr;
  const Rect upper{strip.x, strip.y, strip.width, std::round(strip.height * 0.62f)};
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.PushClipRect(ImVec2(strip.x, strip.y), ImVec2(strip.right(), strip.bottom()), true);
  for (std::size_t i = 0; i < shown_->groups.size(); i++) {
    const double left = axis_.to_pixel(begins_[i], width);
    const double right = axis_.to_pixel(begins_[i + 1], width);
    if (right < 0 || left > width) continue;
    const auto x = static_cast<float>(std::max(left, -8.0));
    const auto end = static_cast<float>(std::min(right, width + 8));
    draw_group(frame, {upper.x + x, upper.y, std::max(end - x - 1, 1.0f), upper.height},
               shown_->groups[i]);
  }
  draw_extents(frame, {strip.x, upper.bottom() + frame.px(3), strip.width,
                       strip.height - upper.height - frame.px(3)});
  draw_moves(frame, upper);
  draw.PopClipRect();
  if (under == nullptr || input_.is_panning()) return;
  const double world = axis_.to_world(static_cast<double>(gesture.x), width);
  const u64 address = address_at(*under, world);
  tell_under(frame, *under, world);
  if (gesture.double_clicked) {
    const auto index = static_cast<std::size_t>(under - shown_->groups.data());
    axis_.fit(begins_[index], begins_[index + 1]);
  } else if (gesture.clicked && gesture.y > upper.height) {
    frame.app.inspect(fmt::format("{}", address));
  } else if (gesture.clicked) {
    choose(frame, *under);
  }
}

bool SpacePanel::is_asked_for(const GroupView& group) const {
  return request_ && group.is_known && asks_for(*request_, *group.chunk, group.used);
}

u64 SpacePanel::address_at(const GroupView& group, double world) const {
  const auto index = static_cast<std::size_t>(&group - shown_->groups.data());
  const double width = std::max(1e-12, begins_[index + 1] - begins_[index]);
  const double part = std::clamp((world - begins_[index]) / width, 0.0, 1.0);
  const auto offset = static_cast<u64>(part * static_cast<double>(group.chunk->length));
  return group.chunk->logical + std::min(offset, group.chunk->length - 1);
}

void SpacePanel::tell_under(const Frame&, const GroupView& group, double world) {
  next_hovered_ = group.chunk->logical;
  ImGui::SetTooltip("%s\n\nHere: %s", describe(group).c_str(),
                    grouped(address_at(group, world)).c_str());
}

void SpacePanel::draw_group(const Frame& frame, const Rect& rect, const GroupView& group) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const Theme& theme = frame.theme;
  const Color color = kind_color(group.chunk->type);
  const u64 logical = group.chunk->logical;
  draw.AddRectFilled(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.bottom()),
                     paint(mix(theme.panel, color, 0.22)));
  const auto full = static_cast<float>(share(group.used, group.chunk->length));
  const float top = rect.bottom() - std::round(rect.height * std::min(full, 1.0f));
  draw.AddRectFilled(ImVec2(rect.x, top), ImVec2(rect.right(), rect.bottom()),
                     paint(mix(theme.panel, color, theme.dark ? 0.55 : 0.6)));
  if (logical == moving_) {
    draw_hatching(draw, rect, paint(meaning::relocation), frame.px(8), frame.px(2));
  }
  if (logical == chosen_ || logical == hovered_) {
    draw.AddRect(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.bottom()),
                 paint(logical == chosen_ ? theme.accent : theme.text), 0, 0,
                 frame.px(logical == chosen_ ? 2 : 1));
  }
  // The longest label that fits.
  const std::string letter = (is_asked_for(group) ? std::string(icon::arrow_right) + " " : "") +
                             std::string(group_letter(group.chunk->type));
  const std::string labels[] = {
      fmt::format("{}  {}  {:.0f} %", letter, group.chunk->profile->name, 100 * full),
      letter + " " + group.chunk->profile->name, letter};
  for (const std::string& label : labels) {
    if (ImGui::CalcTextSize(label.c_str()).x + frame.px(8) > rect.width) continue;
    draw.AddText(ImVec2(rect.x + frame.px(4), rect.y + frame.px(3)), paint(theme.text),
                 label.c_str());
    break;
  }
}

void SpacePanel::draw_extents(const Frame& frame, const Rect& strip) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(ImVec2(strip.x, strip.y), ImVec2(strip.right(), strip.bottom()),
                     paint(frame.theme.background));
  const GroupView* const first = group_at(axis_.begin());
  const GroupView* const last = group_at(std::min(axis_.end(), 1 - 1e-12));
  if (first == nullptr || last == nullptr) return;
  // Rounded, so that small movements do not ask anew.
  u64 begin = address_at(*first, axis_.begin());
  u64 end = address_at(*last, axis_.end()) + 1;
  if (end - begin > most_looked_into) {
    if (!is_of_run_) extents_ = nullptr;
    draw.AddText(ImVec2(strip.x + frame.px(4), strip.y + frame.px(3)), paint(frame.theme.secondary),
                 "Zoom in to see extents");
    return;
  }
  const u64 unit = std::max<u64>(4096, std::bit_floor(std::max<u64>(end - begin, 1)) / 64);
  begin = begin / unit * unit;
  end = (end / unit + 1) * unit;
  const u64 generation = frame.app.session()->summary().generation;
  const u32 cells = static_cast<u32>(std::min<u64>(most_cells, (end - begin) / 4096));
  if (!is_of_run_) {
    auto found = frame.app.session()->lookups().extents.find({begin, end, cells, generation});
    if (found != nullptr) extents_ = std::move(found);
  }
  if (extents_ == nullptr || extents_->fill.empty()) return;
  const ExtentsKey& key = extents_->key;
  for (int column = 0; column < static_cast<int>(strip.width); column++) {
    const double world = axis_.to_world(column + 0.5, static_cast<double>(strip.width));
    const GroupView* const group = group_at(world);
    if (group == nullptr) continue;
    const u64 logical = address_at(*group, world);
    if (logical < key.begin || logical >= key.end) continue;
    const auto cell = static_cast<std::size_t>(
        std::min<double>(share(logical - key.begin, key.end - key.begin) * key.cells,
                         static_cast<double>(key.cells) - 1));
    const auto fill = static_cast<double>(extents_->fill[cell]);
    if (fill <= 0) continue;
    const float x = strip.x + static_cast<float>(column);
    draw.AddRectFilled(
        ImVec2(x, strip.y), ImVec2(x + 1, strip.bottom()),
        paint(mix(frame.theme.background, kind_color(group->chunk->type), 0.25 + 0.75 * fill)));
  }
}

// A row for each device: where the stripes of the groups lie.
void SpacePanel::draw_devices(const Frame& frame, float width) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float name_width = frame.px(84);
  const float row = frame.px(20);
  const float room = std::max(width - name_width, 1.0f);
  const std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(shown_->devices.size(), most); i++) {
    const SpaceView::DeviceView& device = shown_->devices[i];
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const Rect strip{at.x + name_width, at.y, room, row - frame.px(3)};
    draw.AddText(at, paint(frame.theme.secondary), fmt::format("Device {}", device.devid).c_str());
    draw.AddRectFilled(ImVec2(strip.x, strip.y), ImVec2(strip.right(), strip.bottom()),
                       paint(frame.theme.background));
    ImGui::PushID(static_cast<int>(i));
    const bool clicked = ImGui::InvisibleButton("device", ImVec2(width, row)) &&
                         ImGui::IsMouseReleased(ImGuiMouseButton_Left);
    ImGui::PopID();
    focus_mark(frame);
    const bool is_hovered =
        ImGui::IsItemHovered() && !ImGui::GetCurrentContext()->NavDisableMouseHover;
    const float mouse = ImGui::GetMousePos().x;
    for (const GroupView& group : shown_->groups) {
      const ChunkMapping& chunk = *group.chunk;
      for (const ChunkStripe& stripe : chunk.stripes) {
        if (stripe.devid != device.devid) continue;
        const auto left = static_cast<float>(share(stripe.physical, device.size_bytes));
        const auto length = static_cast<float>(share(chunk.stripe_length(), device.size_bytes));
        const float x = strip.x + left * room;
        const float end = std::min(std::max(x + length * room - 1, x + 1), strip.right());
        const bool lit = chunk.logical == hovered_ || chunk.logical == chosen_;
        draw.AddRectFilled(ImVec2(x, strip.y), ImVec2(end, strip.bottom()),
                           paint(mix(frame.theme.panel, kind_color(chunk.type), lit ? 0.9 : 0.45)));
        if (!is_hovered || mouse < x || mouse >= end) continue;
        next_hovered_ = chunk.logical;
        ImGui::SetTooltip("%s", describe(group).c_str());
        if (clicked) choose(frame, group);
      }
    }
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + row));
  }
  if (shown_->devices.size() > most) {
    secondary_text(frame, fmt::format("and {} more devices", shown_->devices.size() - most));
  }
}

void SpacePanel::draw_table(const Frame& frame) {
  Mirror::Table mirrored;
  mirrored.columns = {"Logical", "Length", "Kind", "Used", "State"};
  mirrored.total = shown_->groups.size();
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH |
                                ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_Resizable |
                                ImGuiTableFlags_NoSavedSettings;
  if (!begin_table(frame, "groups", 5, flags, ImGui::GetContentRegionAvail(), 520)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Logical", 0, frame.px(120));
  ImGui::TableSetupColumn("Length", 0, frame.px(80));
  ImGui::TableSetupColumn("Kind", 0, frame.px(140));
  ImGui::TableSetupColumn("Used", 0, frame.px(90));
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthStretch);
  table_header(frame);
  visible_rows(shown_->groups.size(), frame.row(),
               [&](int i) { draw_row(frame, static_cast<std::size_t>(i), mirrored); });
  ImGui::EndTable();
  frame.mirror.table("space.groups", "Block groups", mirrored);
}

void SpacePanel::draw_row(const Frame& frame, std::size_t index, Mirror::Table& mirrored) {
  const GroupView& group = shown_->groups[index];
  const ChunkMapping& chunk = *group.chunk;
  ImGui::TableNextRow(0, frame.row());
  ImGui::TableNextColumn();
  ImGui::PushID(static_cast<int>(index));
  ImGui::PushFont(frame.fonts.mono);
  const bool clicked = ImGui::Selectable(
      grouped_mono(chunk.logical).c_str(), chunk.logical == chosen_ || chunk.logical == hovered_,
      ImGuiSelectableFlags_SpanAllColumns, ImVec2(0, frame.cell()));
  ImGui::PopFont();
  const Rect rect = item_rect();
  if (ImGui::IsItemHovered()) next_hovered_ = chunk.logical;
  hint(frame, describe(group));
  if (clicked) choose(frame, group);
  ImGui::TableNextColumn();
  right_aligned(frame, size_text(chunk.length), frame.theme.text);
  ImGui::TableNextColumn();
  const std::string kind = block_group_flags_text(chunk.type);
  const bool asked_for = is_asked_for(group);
  text(frame, asked_for ? std::string(icon::arrow_right) + " " + kind : kind);
  if (asked_for) hint(frame, "The filters of the balance panel ask for it");
  ImGui::TableNextColumn();
  right_aligned(frame, group.is_known ? size_text(group.used) : "?", frame.theme.text);
  ImGui::TableNextColumn();
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() + frame.px(6));
  progress_bar(frame, share(group.used, chunk.length),
               chunk.logical == moving_ ? meaning::relocation : kind_color(chunk.type),
               chunk.logical == moving_);
  ImGui::PopID();
  mirrored.rows.push_back({{fmt::format("{}", chunk.logical), fmt::format("{}", chunk.length), kind,
                            fmt::format("{}", group.used),
                            chunk.logical == moving_ ? "moving"
                            : asked_for              ? "would move"
                                                     : ""},
                           rect,
                           index});
  if (chunk.logical == chosen_) mirrored.selected = index;
}

// The chunk is shown in the inspector; a second time, its block group.
void SpacePanel::choose(const Frame& frame, const GroupView& group) {
  const ChunkMapping& chunk = *group.chunk;
  shows_item_ = chosen_ == chunk.logical && !shows_item_;
  chosen_ = chunk.logical;
  const auto& trees = frame.app.session()->summary().trees;
  const bool has_tree = std::ranges::any_of(
      trees, [](const TreeSummary& tree) { return tree.root.tree == BLOCK_GROUP_TREE_OBJECTID; });
  frame.app.inspect(shows_item_
                        ? fmt::format("{} ({} {} {})",
                                      has_tree ? BLOCK_GROUP_TREE_OBJECTID : EXTENT_TREE_OBJECTID,
                                      chunk.logical, BLOCK_GROUP_ITEM_KEY, chunk.length)
                        : fmt::format("{} ({} {} {})", CHUNK_TREE_OBJECTID,
                                      FIRST_CHUNK_TREE_OBJECTID, CHUNK_ITEM_KEY, chunk.logical));
}

}  // namespace canopy::ui
