#include "ui/heat_map.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace canopy::ui {

namespace {

u64 address_at(const GroupView& group, double part) {
  const auto offset =
      static_cast<u64>(std::clamp(part, 0.0, 1.0) * static_cast<double>(group.chunk->length));
  return group.chunk->logical + std::min(offset, group.chunk->length - 1);
}

// How much extents cover between the two addresses; nullopt where that is not known.
std::optional<double> covered(const ExtentsView* extents, u64 begin, u64 end) {
  if (extents == nullptr || extents->fill.empty()) return std::nullopt;
  const ExtentsKey& key = extents->key;
  if (begin < key.begin || end > key.end || begin >= end) return std::nullopt;
  const double width = static_cast<double>(key.end - key.begin) / key.cells;
  const auto cell_of = [&](u64 address) {
    const double cell = static_cast<double>(address - key.begin) / width;
    return static_cast<std::size_t>(std::min(cell, static_cast<double>(key.cells - 1)));
  };
  const std::size_t first = cell_of(begin);
  const std::size_t last = cell_of(end - 1);
  double sum = 0;
  for (std::size_t i = first; i <= last; i++)
    sum += static_cast<double>(extents->fill[i]);
  return sum / static_cast<double>(last - first + 1);
}

u8 amount(double fill) {
  // What holds anything is never drawn as empty.
  if (fill <= 0) return 0;
  return static_cast<u8>(std::clamp(std::lround(fill * 255), 1l, 255l));
}

}  // namespace

HeatOrder::HeatOrder(bool hilbert, u32 side, u32 squares)
    : hilbert_(hilbert),
      side_(std::bit_floor(std::max(side, 1u))),
      squares_(std::max(squares, 1u)) {}

HeatOrder HeatOrder::fitting(bool hilbert, float width, float height, u32 most) {
  const float shape = height < 1 ? 1 : width / height;
  const auto squares = static_cast<u32>(std::clamp(std::round(shape), 1.0f, 16.0f));
  u32 side = 1;
  while (4 * side * side * squares <= most)
    side *= 2;
  return {hilbert, side, squares};
}

std::pair<u32, u32> HeatOrder::place_of(u32 cell) const {
  if (!hilbert_) return {cell % columns(), cell / columns()};
  const u32 square = cell / (side_ * side_);
  u32 left = cell % (side_ * side_);
  u32 x = 0, y = 0;
  for (u32 size = 1; size < side_; size *= 2) {
    const u32 right = 1 & (left / 2);
    const u32 down = 1 & (left ^ right);
    if (down == 0) {
      if (right == 1) {
        x = size - 1 - x;
        y = size - 1 - y;
      }
      std::swap(x, y);
    }
    x += size * right;
    y += size * down;
    left /= 4;
  }
  return {square * side_ + x, y};
}

u32 HeatOrder::cell_at(u32 column, u32 row) const {
  if (!hilbert_) return row * columns() + column;
  const u32 square = column / side_;
  u32 x = column % side_;
  u32 y = row;
  u32 cell = 0;
  for (u32 size = side_ / 2; size > 0; size /= 2) {
    const u32 right = (x & size) != 0 ? 1 : 0;
    const u32 down = (y & size) != 0 ? 1 : 0;
    cell += size * size * ((3 * right) ^ down);
    if (down == 0) {
      if (right == 1) {
        x = side_ - 1 - x;
        y = side_ - 1 - y;
      }
      std::swap(x, y);
    }
  }
  return square * side_ * side_ + cell;
}

std::optional<double> axis_place(std::span<const GroupView> groups, std::span<const double> begins,
                                 u64 logical) {
  const auto after = std::upper_bound(
      groups.begin(), groups.end(), logical,
      [](u64 address, const GroupView& group) { return address < group.chunk->logical; });
  if (after == groups.begin()) return std::nullopt;
  const auto index = static_cast<std::size_t>(after - groups.begin()) - 1;
  const ChunkMapping& chunk = *groups[index].chunk;
  if (logical >= chunk.end()) return std::nullopt;
  const double part =
      static_cast<double>(logical - chunk.logical) / static_cast<double>(chunk.length);
  return begins[index] + (begins[index + 1] - begins[index]) * part;
}

namespace {

// The cells that a range of addresses touches get a flag.
void flag(std::vector<HeatCell>& cells, const HeatSource& source,
          std::span<const std::pair<u64, u64>> ranges, u8 what) {
  const auto count = static_cast<double>(cells.size());
  for (const auto& [begin, end] : ranges) {
    const auto from = axis_place(source.groups, source.begins, begin);
    const auto to = axis_place(source.groups, source.begins, std::max(end, begin + 1) - 1);
    if (!from || !to || *to < source.begin || *from >= source.end) continue;
    const double scale = count / (source.end - source.begin);
    const auto first = static_cast<std::size_t>(std::max((*from - source.begin) * scale, 0.0));
    const auto last = static_cast<std::size_t>(std::min((*to - source.begin) * scale, count - 1));
    for (std::size_t i = first; i <= last && i < cells.size(); i++)
      cells[i].flags |= what;
  }
}

}  // namespace

std::vector<HeatCell> make_heat(const HeatSource& source, u32 count) {
  std::vector<HeatCell> cells(count);
  const double each = (source.end - source.begin) / count;
  if (source.groups.empty() || each <= 0) return cells;
  std::size_t index = 0;
  for (u32 i = 0; i < count; i++) {
    const double world = source.begin + (i + 0.5) * each;
    while (index < source.groups.size() && source.begins[index + 1] <= world)
      index++;
    if (index == source.groups.size()) break;
    if (world < source.begins[index]) continue;
    const GroupView& group = source.groups[index];
    const double begin = source.begins[index];
    const double width = source.begins[index + 1] - begin;
    const u64 low = address_at(group, (source.begin + i * each - begin) / width);
    const u64 high = address_at(group, (source.begin + (i + 1) * each - begin) / width);
    const double used = static_cast<double>(group.used) / static_cast<double>(group.chunk->length);
    cells[i].fill =
        amount(covered(source.extents, low, std::max(high, low + 1)).value_or(std::min(used, 1.0)));
    cells[i].flags = HeatCell::mapped;
    if (index % 2 == 1) cells[i].flags |= HeatCell::odd;
    if (source.moving != 0 && group.chunk->logical == source.moving)
      cells[i].flags |= HeatCell::moving;
    if (source.lit != 0 && group.chunk->logical == source.lit) cells[i].flags |= HeatCell::lit;
  }
  flag(cells, source, source.pinned, HeatCell::pinned);
  flag(cells, source, source.fresh, HeatCell::fresh);
  return cells;
}

std::vector<HeatCell> lay_out(std::span<const HeatCell> cells, const HeatOrder& order) {
  std::vector<HeatCell> laid(order.count());
  for (u32 i = 0; i < order.count() && i < cells.size(); i++) {
    const auto [column, row] = order.place_of(i);
    laid[row * order.columns() + column] = cells[i];
  }
  return laid;
}

}  // namespace canopy::ui
