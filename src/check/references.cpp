// Saying how the extent tree and the trees differ, extent by extent.

#include "check/extent_facts.h"

namespace canopy {
namespace {

std::string reference_text(const ExtentFact& fact) {
  switch (fact.type) {
    case TREE_BLOCK_REF_KEY:
      return fmt::format("tree block backref root {}", objectid_name(fact.a));
    case SHARED_BLOCK_REF_KEY:
      return fmt::format("shared block backref parent {}", fact.a);
    case EXTENT_DATA_REF_KEY:
      return fmt::format("extent data backref root {} objectid {} offset {}", objectid_name(fact.a),
                         fact.b, fact.c);
    default:
      return fmt::format("shared data backref parent {}", fact.a);
  }
}

std::string times(i64 count) {
  return count == 1 ? std::string("once") : fmt::format("{} times", count);
}

// `count` > 0: so much more is shown than recorded.
void report(CheckContext& context, const ExtentFact& fact, i64 count) {
  const CheckContext::Place place{fact.bytenr, EXTENT_TREE_OBJECTID};
  const char* where = count > 0 ? "the block itself" : "the extent item";
  if (fact.type == 0) {
    context.error(Problem::reference, place, "{} says level {}, generation {}", where, fact.a,
                  fact.b);
    return;
  }
  const std::string length =
      fact.length == 0 ? std::string() : fmt::format(", {} bytes", fact.length);
  if (count > 0) {
    context.error(Problem::reference, place, "{}{}: found {}, but not recorded",
                  reference_text(fact), length, times(count));
  } else {
    context.error(Problem::reference, place, "{}{}: recorded {}, but not found",
                  reference_text(fact), length, times(-count));
  }
}

}  // namespace

void report_differences(CheckContext& context, const ExtentFacts& facts) {
  u64 named = ~u64{0};
  for (const auto& [fact, count] : facts.left()) {
    const CheckContext::Place place{fact.bytenr, EXTENT_TREE_OBJECTID};
    const bool both = facts.is_recorded(fact.bytenr) && facts.is_shown(fact.bytenr);
    if (!both && named != fact.bytenr) {
      named = fact.bytenr;
      if (facts.is_shown(fact.bytenr)) {
        context.error(Problem::reference, place, "is used, but has no extent item");
      } else {
        context.error(Problem::reference, place, "has an extent item, but is not used");
      }
    }
    if (fact.type != 0 || both) report(context, fact, count);
  }
}

}  // namespace canopy
