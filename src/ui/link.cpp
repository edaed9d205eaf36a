#include "ui/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace canopy::ui {

namespace {

// By the numbers of View.
constexpr std::array view_words = {"trees", "difference", "groups", "files", "check", "space"};

std::optional<u64> number_of(std::string_view text) {
  u64 value = 0;
  const auto [at, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || at != text.data() + text.size() || text.empty())
    return std::nullopt;
  return value;
}

std::optional<Key> key_of(std::string_view text) {
  std::array<u64, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); i++) {
    const std::string_view part = text.substr(0, text.find('.'));
    const auto value = number_of(part);
    if (!value) return std::nullopt;
    parts[i] = *value;
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  if (!text.empty() || parts[1] > 255) return std::nullopt;
  return Key{parts[0], static_cast<u8>(parts[1]), parts[2]};
}

std::string block_text(const BlockAddress& block) {
  return fmt::format("&tree={}&block={}&generation={}&level={}", block.tree, block.logical,
                     block.generation, block.level);
}

using Words = std::map<std::string_view, std::string_view>;

Words split(std::string_view text) {
  Words words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t equals = word.find('=');
    words[word.substr(0, equals)] = equals == word.npos ? "" : word.substr(equals + 1);
  }
  return words;
}

// Fills the selection; false if a number is missing or none.
bool read_selection(const Words& words, Link& link) {
  const auto number = [&](const char* name) {
    const auto found = words.find(name);
    return found == words.end() ? std::nullopt : number_of(found->second);
  };
  Selection& selection = link.selection;
  if (words.contains("superblock")) {
    selection.kind = Selection::Kind::superblock;
  } else if (words.contains("subvolume")) {
    const auto subvolume = number("subvolume");
    if (!subvolume) return false;
    selection.kind = Selection::Kind::subvolume;
    selection.subvolume = *subvolume;
    if (!words.contains("inode")) return true;
    const auto ino = number("inode");
    if (!ino) return false;
    selection.kind = Selection::Kind::file;
    selection.ino = *ino;
    selection.opened = words.contains("open");
  } else if (words.contains("tree")) {
    const auto tree = number("tree");
    if (!tree) return false;
    selection.block.tree = *tree;
    selection.kind = Selection::Kind::block;
    if (const auto key = words.find("key"); key != words.end()) {
      link.key = key_of(key->second);
      selection.kind = Selection::Kind::item;
      return link.key.has_value();
    }
    const auto block = number("block"), generation = number("generation"), level = number("level");
    if (!block || !generation || !level || *level >= MAX_LEVEL) return false;
    selection.block = {*block, *generation, *tree, static_cast<u8>(*level)};
    if (const auto slot = number("slot")) {
      selection.kind = Selection::Kind::item;
      selection.slot = static_cast<u32>(*slot);
    }
  }
  return true;
}

}  // namespace

std::string link_text(const Link& link) {
  const Selection& selection = link.selection;
  std::string text = fmt::format("view={}", view_words[static_cast<std::size_t>(link.view)]);
  switch (selection.kind) {
    case Selection::Kind::nothing:
    case Selection::Kind::command:  // of a stream that only this page has
      break;
    case Selection::Kind::superblock:
      text += "&superblock";
      break;
    case Selection::Kind::subvolume:
      text += fmt::format("&subvolume={}", selection.subvolume);
      break;
    case Selection::Kind::file:
      text += fmt::format("&subvolume={}&inode={}{}", selection.subvolume, selection.ino,
                          selection.opened ? "&open" : "");
      break;
    case Selection::Kind::block:
      text += block_text(selection.block);
      break;
    case Selection::Kind::item:
      text += link.key ? fmt::format("&tree={}&key={}.{}.{}", selection.block.tree,
                                     link.key->objectid, link.key->type, link.key->offset)
                       : block_text(selection.block) + fmt::format("&slot={}", selection.slot);
      break;
  }
  return text;
}

std::optional<Link> parse_link(std::string_view text) {
  const Words words = split(text);
  Link link;
  if (const auto view = words.find("view"); view != words.end()) {
    for (std::size_t i = 0; i < view_words.size(); i++) {
      if (view->second == view_words[i]) link.view = static_cast<View>(i);
    }
  } else if (!words.contains("tree") && !words.contains("subvolume")) {
    return std::nullopt;
  }
  if (!read_selection(words, link)) return std::nullopt;
  return link;
}

}  // namespace canopy::ui
