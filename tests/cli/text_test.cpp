#include <gtest/gtest.h>

#include "report/size_text.h"
#include "report/time_text.h"

namespace canopy {
namespace {

TEST(SizeText, IsThatOfBtrfsProgs) {
  EXPECT_EQ(size_text(0), "0.00B");
  EXPECT_EQ(size_text(1023), "1023.00B");
  EXPECT_EQ(size_text(16384), "16.00KiB");
  EXPECT_EQ(size_text(1536), "1.50KiB");
  EXPECT_EQ(size_text(~u64{0}), "16.00EiB");
}

TEST(TimeText, ATimeThatWasNeverSetIsADash) {
  EXPECT_EQ(local_time_text(Timespec{}, TimeZone::shown), "-");
}

TEST(TimeText, AYearThatNoCalendarHasIsANumber) {
  EXPECT_EQ(local_time_text(Timespec{u64{1} << 62, 0}, TimeZone::hidden), "4611686018427387904");
}

}  // namespace
}  // namespace canopy
