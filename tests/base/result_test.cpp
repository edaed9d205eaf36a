#include "base/result.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return error(Code::invalid, "{} is odd", number);
  return number / 2;
}

Result<int> quarter(int number) {
  int once = TRY(half(number));
  return TRY(half(once));
}

TEST(Result, TryHandsTheValueOn) { EXPECT_EQ(quarter(8).value(), 2); }

TEST(Result, TryHandsTheErrorOn) {
  auto result = quarter(6);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::invalid);
  EXPECT_EQ(result.error().message(), "3 is odd");
}

TEST(Error, PrintsErrnoAndAddress) {
  Error e = error(Code::corrupt, "bad level").at(4096).as_errno("EUCLEAN").while_doing("leaf");
  EXPECT_EQ(e.to_string(), "leaf: bad level [EUCLEAN] (logical address 4096)");
}

}  // namespace
}  // namespace canopy
