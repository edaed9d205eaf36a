#include "session/inspection.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "inspect/block_fields.h"
#include "inspect/super_fields.h"

namespace canopy {

namespace {

// A block's slots, one line each.
void put_slots(const BlockView& block, u64 tree, Inspection& inspection) {
  const auto slot_size = static_cast<u32>(block.is_leaf() ? sizeof(Item) : sizeof(KeyPtr));
  for (u32 slot = 0; slot < block.entries.size(); slot++) {
    const BlockEntry& entry = block.entries[slot];
    Field& field = inspection.fields.emplace_back();
    field.offset = static_cast<u32>(sizeof(Header)) + slot * slot_size;
    field.size = slot_size;
    if (block.is_leaf()) {
      field.name = fmt::format("item[{}]", slot);
      field.value =
          fmt::format("{}, {} bytes at {}", key_text(entry.key), entry.size, entry.offset);
      inspection.slots.push_back({inspection.fields.size() - 1, slot});
      continue;
    }
    field.name = fmt::format("ptr[{}]", slot);
    field.value =
        fmt::format("{} \u2192 {}, gen {}", key_text(entry.key), entry.blockptr, entry.generation);
    field.link = FieldLink::tree_block;
    field.target = entry.blockptr;
    inspection.children.push_back(
        {inspection.fields.size() - 1,
         {entry.blockptr, entry.generation, tree, static_cast<u8>(block.level - 1)}});
  }
}

// Leaves out what only the text of the dump needs.
void drop_fields_without_name(std::vector<Field>& fields) {
  std::erase_if(fields, [](const Field& field) { return field.name.empty(); });
}

}  // namespace

int Inspection::field_at(u32 offset) const {
  int found = -1;
  for (std::size_t i = 0; i < fields.size(); i++) {
    const Field& field = fields[i];
    if (offset < field.offset || offset - field.offset >= field.size) continue;
    if (found < 0 || field.depth >= fields[static_cast<std::size_t>(found)].depth) {
      found = static_cast<int>(i);
    }
  }
  return found;
}

const BlockAddress* Inspection::child(std::size_t field) const {
  for (const auto& [index, address] : children) {
    if (index == field) return &address;
  }
  return nullptr;
}

std::optional<u32> Inspection::slot(std::size_t field) const {
  for (const auto& [index, item] : slots) {
    if (index == field) return item;
  }
  return std::nullopt;
}

Inspection inspect_block(const BlockView& block, u64 tree, const FieldContext& context) {
  Inspection inspection;
  inspection.title = block.is_leaf() ? "Leaf" : fmt::format("Node, level {}", block.level);
  inspection.base = 0;
  inspection.facts = {{"Logical", fmt::format("{}", block.logical)},
                      {"Generation", fmt::format("{}", block.generation)}};
  if (block.failed()) {
    inspection.facts.push_back({"Problem", block.problem});
    return inspection;
  }
  inspection.facts.push_back({"Owner", objectid_name(block.owner)});
  if (block.owner != tree) inspection.facts.push_back({"Seen in", objectid_name(tree)});
  u32 used = static_cast<u32>(sizeof(Header));
  for (const BlockEntry& entry : block.entries) {
    used += block.is_leaf() ? static_cast<u32>(sizeof(Item)) + entry.size
                            : static_cast<u32>(sizeof(KeyPtr));
  }
  inspection.facts.push_back(
      {block.is_leaf() ? "Items" : "Pointers",
       fmt::format("{}, {} of {} bytes used", block.entries.size(), used, block.bytes.size())});
  inspection.bytes = block.bytes;
  inspection.fields = header_fields(context, block.bytes);
  drop_fields_without_name(inspection.fields);
  put_slots(block, tree, inspection);
  return inspection;
}

Inspection inspect_item(const BlockView& block, u32 slot, const FieldContext& context) {
  const BlockEntry& entry = block.entries[slot];
  Inspection inspection;
  inspection.title = key_type_name(entry.key.type, entry.key.objectid);
  inspection.subtitle = key_text(entry.key);
  inspection.card = find_item_card(entry.key.type);
  inspection.facts = {
      {"Leaf", fmt::format("{}", block.logical)},
      {"Slot", fmt::format("{} of {}", slot, block.entries.size())},
      {"Data", fmt::format("{} bytes at {} of the leaf", entry.size, entry.offset)}};
  const Bytes item = Bytes(block.bytes).subspan(entry.offset, entry.size);
  inspection.bytes.assign(item.begin(), item.end());
  inspection.base = entry.offset;
  // The item's header is told above; its fields are those of the data, counted from there.
  for (Field& field : slot_fields(context, block.bytes, slot)) {
    if (field.name.empty() || field.offset < entry.offset) continue;
    if (field.offset - entry.offset + field.size > entry.size) continue;
    field.offset -= entry.offset;
    inspection.fields.push_back(std::move(field));
  }
  return inspection;
}

Inspection inspect_superblock(Bytes super, u64 physical) {
  Inspection inspection;
  inspection.title = "Superblock";
  inspection.base = physical;
  inspection.bytes.assign(super.begin(), super.end());
  inspection.fields = super_fields(super);
  drop_fields_without_name(inspection.fields);
  return inspection;
}

}  // namespace canopy
