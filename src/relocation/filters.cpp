#include "relocation/filters.h"

#include <algorithm>
#include <charconv>

namespace canopy {
namespace {

struct ProfileName {
  std::string_view name;
  u64 flag;
};
constexpr ProfileName PROFILE_NAMES[] = {
    {"single", PROFILE_SINGLE},       {"dup", BLOCK_GROUP_DUP},
    {"raid0", BLOCK_GROUP_RAID0},     {"raid1", BLOCK_GROUP_RAID1},
    {"raid1c3", BLOCK_GROUP_RAID1C3}, {"raid1c4", BLOCK_GROUP_RAID1C4},
    {"raid10", BLOCK_GROUP_RAID10},   {"raid5", BLOCK_GROUP_RAID5},
    {"raid6", BLOCK_GROUP_RAID6},
};

Result<u64> parse_profile(std::string_view name) {
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const ProfileName& entry : PROFILE_NAMES)
    if (entry.name == lower) return entry.flag;
  return error(Code::invalid, "unknown profile '{}'", name);
}

// A number, with a suffix K, M, G, T, P or E (1024 each) where `sizes`.
Result<u64> parse_number(std::string_view text, bool sizes) {
  u64 value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
  bool ok = problem == std::errc() && !text.empty();
  if (ok && sizes && rest.size() == 1) {
    constexpr std::string_view suffixes = "kmgtpe";
    auto power = suffixes.find(static_cast<char>(rest[0] | 0x20));
    u32 shift = power == suffixes.npos ? 0 : 10 * static_cast<u32>(power + 1);
    ok = shift != 0 && value <= (~u64{0} >> shift);
    if (ok) value <<= shift;
  } else if (!rest.empty()) {
    ok = false;
  }
  if (!ok) return error(Code::invalid, "'{}' is not a number", text);
  return value;
}

// "a..b", "a..", "..b"; nullopt if there is no "..".
Result<std::optional<U64Range>> parse_range(std::string_view text, bool sizes) {
  auto dots = text.find("..");
  if (dots == text.npos) return std::optional<U64Range>();
  U64Range range;
  auto low = text.substr(0, dots), high = text.substr(dots + 2);
  if (low.empty() && high.empty()) return error(Code::invalid, "an empty range '{}'", text);
  if (!low.empty()) range.min = TRY(parse_number(low, sizes));
  if (!high.empty()) range.max = TRY(parse_number(high, sizes));
  if (range.min > range.max) return error(Code::invalid, "range {} ends before it begins", text);
  return std::optional(range);
}

Result<U64Range> must_be_range(std::string_view text, bool sizes) {
  auto range = TRY(parse_range(text, sizes));
  if (!range) return error(Code::invalid, "'{}' is not a range", text);
  return *range;
}

Result<void> parse_profiles(BalanceFilter& filter, std::string_view value) {
  u64 flags = 0;
  while (!value.empty()) {
    auto bar = value.find('|');
    flags |= TRY(parse_profile(value.substr(0, bar)));
    value = bar == value.npos ? std::string_view() : value.substr(bar + 1);
  }
  filter.profiles = flags;
  return {};
}

Result<void> parse_one(BalanceFilter& filter, std::string_view name, std::string_view value) {
  if (name == "soft") {
    filter.soft = true;
    return {};
  }
  if (value.empty()) return error(Code::invalid, "filter '{}' needs a value", name);
  if (name == "profiles") return parse_profiles(filter, value);
  if (name == "usage" || name == "limit") {
    auto range = TRY(parse_range(value, false));
    if (name == "usage") {
      filter.usage_is_range = range.has_value();
      filter.usage = range ? *range : U64Range{0, TRY(parse_number(value, false))};
    } else {
      filter.limit = range ? *range : U64Range{0, TRY(parse_number(value, false))};
    }
  } else if (name == "devid") {
    filter.devid = TRY(parse_number(value, false));
  } else if (name == "drange") {
    filter.drange = TRY(must_be_range(value, true));
  } else if (name == "vrange") {
    filter.vrange = TRY(must_be_range(value, true));
  } else if (name == "stripes") {
    filter.stripes = TRY(must_be_range(value, false));
  } else if (name == "convert") {
    u64 flag = TRY(parse_profile(value));
    filter.convert = flag == PROFILE_SINGLE ? 0 : flag;
  } else {
    return error(Code::invalid, "unknown filter '{}'", name);
  }
  return {};
}

u64 extended_profile(u64 flags) {
  u64 profile = flags & BLOCK_GROUP_PROFILE_MASK;
  return profile == 0 ? PROFILE_SINGLE : profile;
}

bool overlaps(u64 start, u64 length, const U64Range& range) {
  return start < range.max && start + length > range.min;
}

bool usage_matches(const BalanceFilter& filter, u64 length, u64 used) {
  const U64Range& usage = *filter.usage;
  auto percent = [&](u64 part) {
    return static_cast<u64>(static_cast<unsigned __int128>(length) * part / 100);
  };
  if (filter.usage_is_range) {
    u64 low = usage.min == 0 ? 0 : usage.min > 100 ? length : percent(usage.min);
    u64 high = usage.max == 0 ? 1 : usage.max > 100 ? length : percent(usage.max);
    return low <= used && used < high;
  }
  if (usage.max == 0) return used < 1;
  return used < (usage.max > 100 ? length : percent(usage.max));
}

}  // namespace

Result<BalanceFilter> parse_balance_filter(std::string_view text) {
  BalanceFilter filter;
  while (!text.empty()) {
    auto comma = text.find(',');
    auto part = text.substr(0, comma);
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    auto equals = part.find('=');
    auto value = equals == part.npos ? std::string_view() : part.substr(equals + 1);
    TRY(parse_one(filter, part.substr(0, equals), value));
  }
  if (filter.drange && !filter.devid)
    return error(Code::invalid, "drange filter can be used only if devid filter is used");
  if (filter.soft && !filter.convert)
    return error(Code::invalid, "soft can be used only if convert is used");
  return filter;
}

bool BalanceFilter::matches(const ChunkMapping& chunk, u64 used) const {
  if (profiles && (extended_profile(chunk.type) & *profiles) == 0) return false;
  if (usage && !usage_matches(*this, chunk.length, used)) return false;
  if (devid) {
    bool found = std::ranges::any_of(chunk.stripes, [&](const ChunkStripe& stripe) {
      return stripe.devid == *devid &&
             (!drange || overlaps(stripe.physical, chunk.stripe_length(), *drange));
    });
    if (!found) return false;
  }
  if (vrange && !overlaps(chunk.logical, chunk.length, *vrange)) return false;
  if (stripes && (chunk.stripes.size() < stripes->min || chunk.stripes.size() > stripes->max))
    return false;
  if (soft && convert && (chunk.type & BLOCK_GROUP_PROFILE_MASK) == *convert) return false;
  return true;
}

}  // namespace canopy
