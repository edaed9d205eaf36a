#include "ondisk/chunk.h"

namespace canopy {
namespace {

struct FlagName {
  u64 flag;
  const char* name;
};

constexpr FlagName FLAG_NAMES[] = {
    {BLOCK_GROUP_DATA, "DATA"},         {BLOCK_GROUP_SYSTEM, "SYSTEM"},
    {BLOCK_GROUP_METADATA, "METADATA"}, {BLOCK_GROUP_RAID0, "RAID0"},
    {BLOCK_GROUP_RAID1, "RAID1"},       {BLOCK_GROUP_DUP, "DUP"},
    {BLOCK_GROUP_RAID10, "RAID10"},     {BLOCK_GROUP_RAID5, "RAID5"},
    {BLOCK_GROUP_RAID6, "RAID6"},       {BLOCK_GROUP_RAID1C3, "RAID1C3"},
    {BLOCK_GROUP_RAID1C4, "RAID1C4"},
};

}  // namespace

std::string block_group_flags_text(u64 flags) {
  std::string text;
  for (const FlagName& entry : FLAG_NAMES) {
    if ((flags & entry.flag) == 0) continue;
    if (!text.empty()) text += '|';
    text += entry.name;
  }
  if ((flags & BLOCK_GROUP_PROFILE_MASK) == 0) text += text.empty() ? "single" : "|single";
  return text;
}

}  // namespace canopy
