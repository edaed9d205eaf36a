#include "tree/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace canopy {

std::string LostBlock::to_string() const {
  const std::string from = first ? key_text(*first) : "the first item";
  const std::string to = end ? fmt::format("to before {}", key_text(*end)) : "to the last item";
  return fmt::format("tree {}: block {} of level {}, items from {} {}: {}", objectid_name(tree),
                     address, level, from, to, reason);
}

std::string LostData::to_string() const {
  return fmt::format("data: {} bytes at address {}, {}: {}", length, address,
                     is_there ? "given as they are" : "zeros in their place", reason);
}

std::string LostFile::to_string() const {
  return fmt::format("subvolume {}: inode {}{}{}: {}", subvolume, ino, path.empty() ? "" : ", ",
                     escaped(path), reason);
}

void Losses::add(LostBlock block) {
  std::scoped_lock hold(mutex_);
  const std::pair<u64, u64> key{block.tree, block.address};
  if (blocks_.contains(key)) return;
  if (blocks_.size() < MOST_KEPT) {
    blocks_.emplace(key, std::move(block));
  } else {
    ++not_kept_;
  }
}

void Losses::add(LostData data) {
  std::scoped_lock hold(mutex_);
  auto next = data_.upper_bound(data.address);
  if (next != data_.begin()) {
    LostData& before = std::prev(next)->second;
    const u64 end = before.address + before.length;
    if (data.address < end) return;
    if (data.address == end && data.reason == before.reason && data.is_there == before.is_there) {
      before.length += data.length;
      return;
    }
  }
  if (data_.size() < MOST_KEPT) {
    data_.emplace_hint(next, data.address, std::move(data));
  } else {
    ++not_kept_;
  }
}

void Losses::add(LostFile file) {
  std::scoped_lock hold(mutex_);
  const std::pair<u64, u64> key{file.subvolume, file.ino};
  if (files_.contains(key)) return;
  if (files_.size() < MOST_KEPT) {
    files_.emplace(key, std::move(file));
  } else {
    ++not_kept_;
  }
}

namespace {

template <typename Map>
auto values_of(const Map& map) {
  std::vector<typename Map::mapped_type> values;
  values.reserve(map.size());
  for (const auto& [key, value] : map)
    values.push_back(value);
  return values;
}

}  // namespace

std::vector<LostBlock> Losses::blocks() const {
  std::scoped_lock hold(mutex_);
  return values_of(blocks_);
}

std::vector<LostData> Losses::data() const {
  std::scoped_lock hold(mutex_);
  return values_of(data_);
}

std::vector<LostFile> Losses::files() const {
  std::scoped_lock hold(mutex_);
  return values_of(files_);
}

u64 Losses::count() const {
  std::scoped_lock hold(mutex_);
  return blocks_.size() + data_.size() + files_.size() + not_kept_;
}

std::vector<std::string> Losses::lines() const {
  std::scoped_lock hold(mutex_);
  std::vector<std::string> lines;
  for (const auto& [key, block] : blocks_)
    lines.push_back(block.to_string());
  for (const auto& [key, data] : data_)
    lines.push_back(data.to_string());
  for (const auto& [key, file] : files_)
    lines.push_back(file.to_string());
  if (not_kept_ > 0) lines.push_back(fmt::format("and {} more", not_kept_));
  return lines;
}

}  // namespace canopy
