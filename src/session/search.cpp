#include "session/search.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "files/subvolume.h"

namespace canopy {

namespace {

// Decimal or hexadecimal digits; the thin spaces and spaces between groups are left out before.
std::optional<u64> parse_number(std::string_view text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  u64 value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data(), end, value, is_hex ? 16 : 10);
  if (problem != std::errc() || at != end || text.empty()) return std::nullopt;
  return value;
}

std::string without_spaces(std::string_view text) {
  std::string kept;
  for (std::size_t i = 0; i < text.size(); i++) {
    // U+202F stands between the groups of a number.
    if (text.substr(i).starts_with("\xe2\x80\xaf")) {
      i += 2;
    } else if (text[i] != ' ') {
      kept += text[i];
    }
  }
  return kept;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return result;
}

std::optional<u8> parse_type(std::string_view text) {
  if (const auto number = parse_number(text); number && *number <= 255) {
    return static_cast<u8>(*number);
  }
  const std::string name = upper(text);
  for (u32 type = 0; type < 256; type++) {
    if (key_type_name(static_cast<u8>(type)) == name) return static_cast<u8>(type);
  }
  return std::nullopt;
}

// An objectid: a number or a name such as CSUM_TREE; "-5" for those that count from the end.
std::optional<u64> parse_objectid(std::string_view text) {
  if (const auto number = parse_number(text)) return number;
  if (text.starts_with("-")) {
    if (const auto number = parse_number(text.substr(1))) return ~*number + 1;
  }
  const std::string name = upper(text);
  for (u64 id = 0; id < FIRST_FREE_OBJECTID; id++) {
    if (objectid_name(id) == name) return id;
    if (objectid_name(~id) == name) return ~id;
  }
  return std::nullopt;
}

// "257 INODE_ITEM 0", with or without brackets.
std::optional<Key> parse_key(std::string_view text) {
  std::array<std::string_view, 3> words;
  for (std::string_view& word : words) {
    text = trimmed(text);
    word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
  }
  if (!trimmed(text).empty()) return std::nullopt;
  const auto objectid = parse_objectid(words[0]);
  const auto type = parse_type(words[1]);
  const auto offset = parse_objectid(words[2]);
  if (!objectid || !type || !offset) return std::nullopt;
  return Key{*objectid, *type, *offset};
}

// The subvolume that a path from the top enters last, and the rest of the path in it.
std::pair<const Subvolume*, std::string_view> split_path(const SubvolumeList& all,
                                                         std::string_view path) {
  for (std::string_view head = path; !head.empty();) {
    if (const Subvolume* found = all.find_path(head)) {
      std::string_view rest = path.substr(head.size());
      if (rest.starts_with('/')) rest.remove_prefix(1);
      return {found, rest};
    }
    const std::size_t slash = head.rfind('/');
    head = head.substr(0, slash == head.npos ? 0 : slash);
  }
  return {all.find(FS_TREE_OBJECTID), path};
}

// Absent if the subvolume has no such path.
std::optional<SearchResult> find_in(Filesystem& filesystem, u64 subvolume, std::string_view path) {
  const auto files = SubvolumeFiles::open(filesystem.forest(), subvolume);
  if (!files.ok()) return std::nullopt;
  const auto entry = files.value().find(path);
  if (!entry.ok()) return std::nullopt;
  SearchResult result;
  result.file = entry.value().is_subvolume ? FilePlace{entry.value().ino, SubvolumeFiles::ROOT_INO}
                                           : FilePlace{subvolume, entry.value().ino};
  result.is_folder = entry.value().type == FT_DIR;
  return result;
}

Result<SearchResult> search_path(Filesystem& filesystem, std::string_view text, u64 tree) {
  while (text.starts_with('/'))
    text.remove_prefix(1);
  while (text.ends_with('/'))
    text.remove_suffix(1);
  const SubvolumeList all = TRY(SubvolumeList::read(filesystem.forest()));
  const auto [subvolume, rest] = split_path(all, text);
  if (subvolume != nullptr) {
    if (auto found = find_in(filesystem, subvolume->id, rest)) return std::move(*found);
  }
  if (auto found = find_in(filesystem, tree, text)) return std::move(*found);
  if (const auto named = all.resolve(text); named.ok()) {
    SearchResult result;
    result.file = FilePlace{named.value()->id, SubvolumeFiles::ROOT_INO};
    result.is_folder = true;
    return result;
  }
  return error(Code::not_found, "there is no path, key or address {}", text);
}

Result<SearchResult> search_inode(Filesystem& filesystem, u64 subvolume, u64 ino) {
  const SubvolumeFiles files = TRY(SubvolumeFiles::open(filesystem.forest(), subvolume));
  const auto inode = TRY(files.find_inode(ino));
  if (!inode) return error(Code::not_found, "subvolume {} has no inode {}", subvolume, ino);
  SearchResult result;
  result.file = FilePlace{subvolume, ino};
  result.is_folder = (inode->mode & MODE_TYPE_MASK) == MODE_DIRECTORY;
  return result;
}

Result<SearchResult> found(Result<Place> place) {
  SearchResult result;
  result.place = TRY(std::move(place));
  result.note = result.place->note;
  return result;
}

Result<SearchResult> search_parsed(Filesystem& filesystem, const SearchKey& key) {
  const ParsedSearch parsed = parse_search(key.text);
  switch (parsed.kind) {
    case ParsedSearch::Kind::inode: {
      auto inode = search_inode(filesystem, parsed.tree.value_or(key.tree), parsed.key.objectid);
      // It may be a path of digits, too.
      if (inode.ok()) return inode;
      auto path = search_path(filesystem, key.text, key.tree);
      return path.ok() ? std::move(path) : std::move(inode);
    }
    case ParsedSearch::Kind::key:
      return found(find_item(filesystem, parsed.tree.value_or(key.tree), parsed.key, true));
    case ParsedSearch::Kind::logical: {
      auto address = found(find_logical(filesystem, parsed.address));
      if (address.ok()) return address;
      // A small number is that of an inode rather than an address that nothing is at.
      auto inode = search_inode(filesystem, key.tree, parsed.address);
      return inode.ok() ? std::move(inode) : std::move(address);
    }
    case ParsedSearch::Kind::physical:
      return found(
          find_logical(filesystem, TRY(find_physical(filesystem, parsed.devid, parsed.address))));
    case ParsedSearch::Kind::path:
      break;
  }
  return search_path(filesystem, trimmed(key.text), key.tree);
}

}  // namespace

ParsedSearch parse_search(std::string_view text) {
  ParsedSearch parsed;
  text = trimmed(text);
  const std::string dense = without_spaces(text);
  if (const auto address = parse_number(dense)) {
    parsed.kind = ParsedSearch::Kind::logical;
    parsed.address = *address;
    return parsed;
  }
  const std::string_view view = dense;
  for (const std::string_view word : {"inode", "ino"}) {
    const auto ino = view.starts_with(word) ? parse_number(view.substr(word.size())) : std::nullopt;
    if (!ino) continue;
    parsed.kind = ParsedSearch::Kind::inode;
    parsed.key = {*ino, INODE_ITEM_KEY, 0};
    return parsed;
  }
  if (const std::size_t colon = view.find(':'); colon != view.npos) {
    const auto devid = parse_number(view.substr(0, colon));
    const auto address = parse_number(view.substr(colon + 1));
    if (devid && address) {
      parsed.kind = ParsedSearch::Kind::physical;
      parsed.devid = *devid;
      parsed.address = *address;
      return parsed;
    }
  }
  if (const std::size_t slash = view.find('/'); slash != view.npos) {
    const auto tree = parse_number(view.substr(0, slash));
    const auto ino = parse_number(view.substr(slash + 1));
    if (tree && ino) {
      parsed.kind = ParsedSearch::Kind::inode;
      parsed.tree = tree;
      parsed.key = {*ino, INODE_ITEM_KEY, 0};
      return parsed;
    }
  }
  const std::size_t open = text.find('(');
  const bool has_brackets = open != text.npos && text.ends_with(')');
  const std::string_view inside =
      has_brackets ? text.substr(open + 1, text.size() - open - 2) : text;
  const std::string_view before = has_brackets ? trimmed(text.substr(0, open)) : "";
  const auto key = parse_key(inside);
  const auto tree = before.empty() ? std::nullopt : parse_objectid(before);
  if (key && (before.empty() || tree)) {
    parsed.kind = ParsedSearch::Kind::key;
    parsed.key = *key;
    parsed.tree = tree;
  }
  return parsed;
}

SearchResult search(Filesystem& filesystem, const SearchKey& key) {
  Result<SearchResult> result = search_parsed(filesystem, key);
  if (result.ok()) return std::move(result).value();
  SearchResult failed;
  failed.problem = result.error().to_string();
  return failed;
}

}  // namespace canopy
