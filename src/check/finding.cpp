#include "check/finding.h"

#include <fmt/format.h>

namespace canopy {

const char* problem_name(Problem problem) {
  switch (problem) {
    case Problem::superblock:
      return "superblock";
    case Problem::unreadable_block:
      return "unreadable block";
    case Problem::bad_copy:
      return "bad copy";
    case Problem::wrong_block:
      return "wrong block";
    case Problem::key_order:
      return "key order";
    case Problem::wrong_item:
      return "wrong item";
    case Problem::extent_item:
      return "extent item";
    case Problem::reference:
      return "reference";
    case Problem::sharing:
      return "sharing";
    case Problem::chunk:
      return "chunk";
    case Problem::device:
      return "device";
    case Problem::block_group:
      return "block group";
    case Problem::free_space:
      return "free space";
    case Problem::csum_item:
      return "checksum item";
    case Problem::data:
      return "data";
    case Problem::root_item:
      return "root item";
    case Problem::inode:
      return "inode";
    case Problem::file_extent:
      return "file extent";
    case Problem::directory:
      return "directory";
    case Problem::subvolume_ref:
      return "subvolume reference";
    case Problem::quota:
      return "quota";
    case Problem::incomplete:
      return "incomplete";
  }
  return "unknown";
}

std::string Finding::to_string() const {
  std::string text;
  auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (tree) add(fmt::format("tree {}", objectid_name(*tree)));
  if (key) add(fmt::format("key {}", key_text(*key)));
  if (address) add(fmt::format("address {}", *address));
  return text.empty() ? reason : fmt::format("{}: {}", text, reason);
}

}  // namespace canopy
