#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ondisk/extent_item.h"
#include "ondisk/file_extent.h"
#include "ui/item_card.h"
#include "ui/panels.h"
#include "ui/text.h"
#include "volume/volume.h"

namespace canopy::ui {

namespace {

constexpr u32 bytes_per_row_wide = 16;
constexpr u32 bytes_per_row_narrow = 8;
constexpr float fact_column = 104;

Inspection inspect_subvolume(const App& app, u64 id) {
  Inspection inspection;
  const SubvolumeList& all = app.session()->summary().subvolumes;
  const Subvolume* subvolume = all.find(id);
  if (subvolume == nullptr) return inspection;
  inspection.title = "Subvolume";
  inspection.subtitle = shown_name(subvolume->display_name());
  inspection.facts = {{"ID", fmt::format("{}", id)},
                      {"Generation", fmt::format("{}", subvolume->item.generation.value())},
                      {"Created", time_text(static_cast<i64>(subvolume->item.otime.sec.value()))},
                      {"Access", subvolume->is_read_only() ? "read-only" : "writable"}};
  const auto put_uuid = [&](const char* term, const u8* uuid) {
    inspection.facts.push_back({term, uuid_text(uuid)});
  };
  put_uuid("UUID", subvolume->item.uuid);
  put_uuid("Parent UUID", subvolume->item.parent_uuid);
  put_uuid("Received", subvolume->item.received_uuid);
  return inspection;
}

// What leads to that which a field names, in the words of the search box; empty if nothing does.
std::string query_of(const Field& field, u64 tree) {
  if (field.target == 0) return "";
  switch (field.link) {
    case FieldLink::tree_block:
    case FieldLink::extent:
    case FieldLink::chunk:
      return fmt::format("{}", field.target);
    case FieldLink::tree:
      // The root tree and the chunk tree have no root item.
      if (field.target == ROOT_TREE_OBJECTID || field.target == CHUNK_TREE_OBJECTID) return "";
      return fmt::format("{} ({} {} 0)", ROOT_TREE_OBJECTID, field.target, ROOT_ITEM_KEY);
    case FieldLink::inode:
      if (!is_subvolume_id(tree)) return "";
      return fmt::format("{} ({} {} 0)", tree, field.target, INODE_ITEM_KEY);
    case FieldLink::device:
      return fmt::format("{} ({} {} {})", CHUNK_TREE_OBJECTID, DEV_ITEMS_OBJECTID, DEV_ITEM_KEY,
                         field.target);
    case FieldLink::none:
      break;
  }
  return "";
}

// As it is pasted elsewhere.
std::string text_of(const Inspection& inspection) {
  std::string text = inspection.title + "\n";
  if (!inspection.subtitle.empty()) text += inspection.subtitle + "\n";
  for (const auto& [term, value] : inspection.facts)
    text += fmt::format("{}: {}\n", term, value);
  for (const Field& field : inspection.fields)
    text += fmt::format("{:{}}{}: {}\n", "", 2 + 2 * field.depth, field.name, field.value);
  return text;
}

// The extent or tree block that an item is about.
std::optional<OwnersList::Place> owned_by_item(const Key& key, Bytes item) {
  if (key.type == METADATA_ITEM_KEY) return OwnersList::Place{key.objectid, false};
  if (key.type == EXTENT_ITEM_KEY && item.size() >= sizeof(ExtentItem)) {
    const bool is_data = (load_struct<ExtentItem>(item).flags & EXTENT_FLAG_DATA) != 0;
    return OwnersList::Place{key.objectid, is_data};
  }
  if (key.type != EXTENT_DATA_KEY) return std::nullopt;
  const auto extent = load_file_extent(item);
  if (!extent || extent->type == FILE_EXTENT_INLINE || extent->disk_bytenr == 0)
    return std::nullopt;
  return OwnersList::Place{extent->disk_bytenr, true};
}

FieldContext context_of(const ImageSummary& summary) {
  FieldContext context;
  context.nodesize = summary.nodesize;
  context.sectorsize = summary.sectorsize;
  context.csum_type = summary.csum_type;
  return context;
}

}  // namespace

void InspectorPanel::refresh(const Frame& frame) {
  App& app = frame.app;
  const Selection& selection = app.selection();
  if (is_there_ && selection == shown_) return;
  if (!(selection == shown_)) chosen_field_ = hovered_field_ = -1;
  shown_ = selection;
  is_there_ = true;
  inspection_ = Inspection();
  item_.reset();
  logical_.reset();
  owned_.reset();
  switch (selection.kind) {
    case Selection::Kind::block:
    case Selection::Kind::item: {
      const BlockViewPtr view = app.session()->find_block(selection.block);
      is_there_ = view != nullptr;
      if (view == nullptr) return;
      if (selection.kind == Selection::Kind::item && view->is_leaf() &&
          selection.slot < view->entries.size()) {
        show_item(frame, *view, selection.block.tree, selection.slot);
      } else {
        const FieldContext context = context_of(app.session()->summary());
        inspection_ = inspect_block(*view, selection.block.tree, context);
        logical_ = selection.block.logical;
        owned_ = {selection.block.logical, false};
      }
      break;
    }
    case Selection::Kind::subvolume:
      inspection_ = inspect_subvolume(app, selection.subvolume);
      break;
    case Selection::Kind::command: {
      const auto stream = app.find_stream(selection.send);
      if (!stream) return;
      const auto inspection = commands_.find(stream->commands, selection.command,
                                             [host = &app.host()] { host->wake(); });
      is_there_ = inspection != nullptr;
      if (is_there_) inspection_ = *inspection;
      break;
    }
    case Selection::Kind::file: {
      const auto details = app.session()->lookups().file.find(
          {{selection.subvolume, selection.ino}, app.session()->summary().generation});
      is_there_ = details != nullptr;
      if (!is_there_ || !details->place) return;
      const BlockViewPtr view = app.session()->find_block(details->place->block);
      is_there_ = view != nullptr;
      const u32 slot = details->place->slot.value_or(0);
      if (!is_there_ || slot >= view->entries.size()) return;
      show_item(frame, *view, selection.subvolume, slot);
      break;
    }
    case Selection::Kind::superblock: {
      inspection_ = inspect_superblock(app.session()->summary().superblock, SUPER_OFFSETS[0]);
      break;
    }
    case Selection::Kind::nothing:
      break;
  }
}

void InspectorPanel::show_item(const Frame& frame, const BlockView& block, u64 tree, u32 slot) {
  inspection_ = inspect_item(block, slot, context_of(frame.app.session()->summary()));
  item_ = {tree, block.entries[slot].key};
  logical_ = block.logical + block.entries[slot].offset;
  owned_ = owned_by_item(block.entries[slot].key, inspection_.bytes);
}

// Where the first byte lies: in the address space, and on each device that has it. Pressed, an
// address is copied as the search box takes it.
void InspectorPanel::draw_addresses(const Frame& frame) {
  addresses_.clear();
  if (!logical_) return;
  App& app = frame.app;
  const auto row = [&](const std::string& term, const std::string& name, const std::string& shown,
                       const std::string& copied) {
    addresses_.push_back({term, copied});
    secondary_text(frame, addresses_.size() > 2 ? "" : term);
    ImGui::SameLine(frame.px(fact_column));
    copy_link(frame, name, shown, copied, ", which the search box takes");
  };
  row("Logical", "inspector.logical", grouped(*logical_), fmt::format("{}", *logical_));
  const auto space = app.session()->lookups().space.find({app.session()->summary().generation});
  const GroupView* const group = space == nullptr ? nullptr : space->find(*logical_);
  if (group == nullptr) return;
  const ChunkMapping& chunk = *group->chunk;
  for (u32 mirror = 1; mirror <= chunk.profile->copies; mirror++) {
    const StripePlace place = place_in_chunk(chunk, *logical_, mirror);
    const u64 device = chunk.stripes[place.stripe].devid;
    row("Physical", fmt::format("inspector.physical.{}", mirror),
        fmt::format("device {}, {}", device, grouped(place.physical)),
        fmt::format("{}:{}", device, place.physical));
  }
}

void InspectorPanel::draw(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Inspector", rect);
  refresh(frame);
  heading(frame, inspection_.title.empty() ? "Inspector" : inspection_.title.c_str());
  if (frame.app.selection().kind == Selection::Kind::nothing) {
    const bool open = frame.app.session() != nullptr;
    empty_note(frame, open ? "Click a block or an item of a tree, a subvolume or a command of a "
                             "stream: its fields and its bytes are shown here."
                           : "Click a command of the stream: its attributes and its bytes are "
                             "shown here.");
    if (open && button(frame, "inspector.superblock", "Show the superblock")) {
      frame.app.select({.kind = Selection::Kind::superblock});
    }
    end_panel();
    return;
  }
  if (!is_there_) {
    empty_note(frame, "Reading…");
    end_panel();
    return;
  }
  next_hovered_field_ = -1;
  ImGui::SameLine(ImGui::GetWindowWidth() - frame.px(8) - frame.control());
  const float top = ImGui::GetCursorPosY();
  ImGui::SetCursorPosY(top - frame.px(6));
  if (icon_button(frame, "inspector.copy", icon::copy, "Copy as text")) {
    frame.app.host().copy(text_of(inspection_));
    frame.app.tell("Copied " + inspection_.title + ".");
  }
  ImGui::SetCursorPosY(top + ImGui::GetTextLineHeightWithSpacing());
  if (!inspection_.subtitle.empty()) {
    mono_text(frame, shown_name(inspection_.subtitle), frame.theme.text);
  }
  for (const auto& [term, value] : inspection_.facts) {
    if (term != "Logical") fact(frame, term, value, frame.px(fact_column));
  }
  draw_addresses(frame);
  draw_links(frame);
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  const float room = ImGui::GetContentRegionAvail().y;
  const float fields = std::max(frame.px(80), std::round(room * 0.58f));
  if (ImGui::BeginChild("fields", ImVec2(0, fields))) draw_fields(frame);
  ImGui::EndChild();
  ImGui::Separator();
  if (ImGui::BeginChild("bytes", ImVec2(0, 0))) draw_bytes(frame);
  ImGui::EndChild();
  hovered_field_ = next_hovered_field_;
  end_panel();
}

void InspectorPanel::draw_links(const Frame& frame) {
  const Selection::Kind kind = frame.app.selection().kind;
  if (kind == Selection::Kind::item &&
      button(frame, "inspector.leaf", std::string(icon::link) + "  Leaf", ButtonKind::normal)) {
    Selection leaf = frame.app.selection();
    leaf.kind = Selection::Kind::block;
    leaf.slot = 0;
    frame.app.select(leaf);
  }
  if (inspection_.card != nullptr) {
    if (kind == Selection::Kind::item) ImGui::SameLine();
    const int over = draw_item_card(frame, inspection_, item_, hovered_field_, shows_card_);
    if (over >= 0) next_hovered_field_ = over;
  }
  if (kind == Selection::Kind::subvolume) {
    Session& session = *frame.app.session();
    const auto text =
        session.lookups().subvolume_text.find({shown_.subvolume, session.summary().generation});
    copy_button(frame, "inspector.copy_subvolume", "Copy as text", text == nullptr ? "" : *text,
                "what `btrfs subvolume show` prints");
  }
  if (kind == Selection::Kind::command) provenance_.draw_reason(frame);
  if (owned_) owners_.draw(frame, *owned_);
  if (item_) provenance_.draw_caused(frame, item_->first, item_->second);
}

void InspectorPanel::draw_fields(const Frame& frame) {
  const std::vector<Field>& fields = inspection_.fields;
  if (fields.empty()) {
    empty_note(frame, inspection_.bytes.empty() ? "There are no bytes." : "No fields are known.");
  }
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  float column = frame.px(64);
  ImGui::PushFont(frame.fonts.mono);
  for (const Field& field : fields) {
    column = std::max(column, ImGui::CalcTextSize(field.name.c_str()).x +
                                  frame.px(14 + 12.0f * static_cast<float>(field.depth)));
  }
  column = std::min(column, ImGui::GetContentRegionAvail().x / 2);
  std::vector<std::pair<std::string, std::string>> mirrored;
  const float row = frame.px(frame.is_touch ? size::touch_row : 20);
  visible_rows(fields.size(), row, [&](int i) {
    const Field& field = fields[static_cast<std::size_t>(i)];
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    ImGui::PushID(i);
    const bool clicked = ImGui::InvisibleButton("field", ImVec2(std::max(width, 1.0f), row));
    ImGui::PopID();
    const bool is_hovered = ImGui::IsItemHovered();
    focus_mark(frame);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + row));
    if (is_hovered) next_hovered_field_ = i;
    const bool lit = i == hovered_field_ || i == chosen_field_;
    if (lit) {
      draw.AddRectFilled(at, ImVec2(at.x + width, at.y + row),
                         paint(i == chosen_field_ ? frame.theme.selection : frame.theme.hover));
    }
    const float indent = frame.px(2 + 12.0f * static_cast<float>(field.depth));
    const float text_y = at.y + std::round((row - ImGui::GetFontSize()) / 2);
    const ImVec4 name_clip(at.x, at.y, at.x + column - frame.px(6), at.y + row);
    draw.AddText(ImGui::GetFont(), ImGui::GetFontSize(), ImVec2(at.x + indent, text_y),
                 paint(frame.theme.secondary), field.name.c_str(), nullptr, 0, &name_clip);
    const std::string value = shown_name(field.value);
    const BlockAddress* child = inspection_.child(static_cast<std::size_t>(i));
    const std::string query = child == nullptr ? query_of(field, tree_of_fields()) : "";
    const std::optional<u32> slot = inspection_.slot(static_cast<std::size_t>(i));
    const bool links = child != nullptr || !query.empty() || slot;
    draw.AddText(ImVec2(at.x + column, text_y),
                 paint(links ? frame.theme.accent : frame.theme.text), value.c_str());
    if (is_hovered) {
      ImGui::PopFont();
      hint(frame, fmt::format("{} = {}\n{} at byte {}{}", field.name, value,
                              count_text(field.size, "byte", "bytes"), field.offset,
                              links ? "\nClick to go there" : ""));
      ImGui::PushFont(frame.fonts.mono);
    }
    if (clicked && slot) {
      frame.app.select({.kind = Selection::Kind::item, .block = shown_.block, .slot = *slot});
    } else if (clicked && !query.empty()) {
      frame.app.inspect(query);
    } else if (clicked && links) {
      frame.app.select({.kind = Selection::Kind::block, .block = *child});
    } else if (clicked) {
      chosen_field_ = chosen_field_ == i ? -1 : i;
    }
    if (mirrored.size() < 100) mirrored.push_back({field.name, field.value});
  });
  ImGui::PopFont();
  std::vector<std::pair<std::string, std::string>> all = {{"Title", inspection_.title},
                                                          {"Key", inspection_.subtitle}};
  for (const auto& entry : inspection_.facts)
    if (entry.first != "Logical") all.push_back(entry);
  all.insert(all.end(), addresses_.begin(), addresses_.end());
  all.insert(all.end(), mirrored.begin(), mirrored.end());
  frame.mirror.list("inspector", "Inspector", all);
}

void InspectorPanel::draw_bytes(const Frame& frame) {
  const std::vector<u8>& bytes = inspection_.bytes;
  if (bytes.empty()) return;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  ImGui::PushFont(frame.fonts.mono);
  const float cell = ImGui::CalcTextSize("0").x;
  const std::string last = fmt::format("{}", inspection_.base + bytes.size());
  const float address_width = cell * static_cast<float>(last.size()) + frame.px(10);
  const float room = ImGui::GetContentRegionAvail().x - address_width;
  const float per_byte = cell * 2.5f;
  const auto fits = [&](u32 count) {
    return static_cast<float>(count) * (per_byte + cell) + frame.px(12) <= room;
  };
  const u32 per_row = fits(bytes_per_row_wide) ? bytes_per_row_wide : bytes_per_row_narrow;
  const float text_x = address_width + static_cast<float>(per_row) * per_byte + frame.px(8);
  const float row_height = frame.px(18);
  const int lit = chosen_field_ >= 0 ? chosen_field_ : hovered_field_;
  u32 lit_begin = 0, lit_end = 0;
  if (lit >= 0 && lit < static_cast<int>(inspection_.fields.size())) {
    lit_begin = inspection_.fields[static_cast<std::size_t>(lit)].offset;
    lit_end = lit_begin + inspection_.fields[static_cast<std::size_t>(lit)].size;
  }
  const u64 rows = (bytes.size() + per_row - 1) / per_row;
  // A field that was chosen is brought into view.
  static int scrolled_to = -1;
  if (chosen_field_ != scrolled_to) {
    scrolled_to = chosen_field_;
    if (chosen_field_ >= 0) {
      const std::size_t row = lit_begin / per_row;
      ImGui::SetScrollY(static_cast<float>(row) * row_height - row_height);
    }
  }
  visible_rows(rows, row_height, [&](int row) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const u32 begin = static_cast<u32>(row) * per_row;
    const u32 end = std::min(begin + per_row, static_cast<u32>(bytes.size()));
    draw.AddText(at, paint(frame.theme.secondary),
                 fmt::format("{}", inspection_.base + begin).c_str());
    for (u32 i = begin; i < end; i++) {
      const float x = at.x + address_width + static_cast<float>(i - begin) * per_byte;
      const float tx = at.x + text_x + static_cast<float>(i - begin) * cell;
      if (i >= lit_begin && i < lit_end) {
        const ImU32 ground = paint(frame.theme.selection);
        draw.AddRectFilled(ImVec2(x - cell * 0.25f, at.y),
                           ImVec2(x + per_byte - cell * 0.25f, at.y + row_height), ground);
        draw.AddRectFilled(ImVec2(tx, at.y), ImVec2(tx + cell, at.y + row_height), ground);
      }
      const u8 byte = bytes[i];
      const ImU32 ink =
          paint(byte == 0 ? mix(frame.theme.panel, frame.theme.secondary, 0.55) : frame.theme.text);
      const char hex[3] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15], 0};
      draw.AddText(ImVec2(x, at.y), ink, hex);
      const char letter[2] = {byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.', 0};
      draw.AddText(ImVec2(tx, at.y), paint(frame.theme.secondary), letter);
    }
    ImGui::PushID(row);
    const bool clicked =
        ImGui::InvisibleButton("row", ImVec2(std::max(room + address_width, 1.0f), row_height)) &&
        ImGui::IsMouseReleased(ImGuiMouseButton_Left);
    ImGui::PopID();
    focus_mark(frame);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + row_height));
    if (!ImGui::IsItemHovered()) return;
    const float mouse = ImGui::GetMousePos().x;
    const float in_hex = (mouse - at.x - address_width + cell * 0.25f) / per_byte;
    const float in_text = (mouse - at.x - text_x) / cell;
    const float place = in_text >= 0 ? in_text : in_hex;
    if (place < 0 || place >= static_cast<float>(end - begin)) return;
    next_hovered_field_ = inspection_.field_at(begin + static_cast<u32>(place));
    if (clicked) chosen_field_ = next_hovered_field_;
  });
  ImGui::PopFont();
}

}  // namespace canopy::ui
