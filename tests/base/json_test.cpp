#include "base/json.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(Json, NestsAndSeparates) {
  JsonWriter json;
  json.begin_object().key("ids").begin_array().number(5).number(256).end_array();
  json.key("empty").begin_object().end_object().key("ok").boolean(true).key("none").null();
  json.end_object();
  EXPECT_EQ(json.text(), R"({"ids":[5,256],"empty":{},"ok":true,"none":null})");
}

TEST(Json, EscapesWhatAStringMayNotHold) {
  JsonWriter json;
  json.string("a\"b\\c\n\x01\xc3\xa4");
  EXPECT_EQ(json.text(), "\"a\\\"b\\\\c\\u000a\\u0001\xc3\xa4\"");
}

TEST(Json, WritesNumbersThatADoubleCannotHoldAsStrings) {
  JsonWriter json;
  json.begin_array().number(u64{1} << 53).number(~u64{0}).real(0.5).real(1.0 / 0.0).end_array();
  EXPECT_EQ(json.text(), R"([9007199254740992,"18446744073709551615",0.5,null])");
}

TEST(Utf8, ReplacesEveryByteThatIsNotPartOfAValidSequence) {
  EXPECT_EQ(to_valid_utf8("ok \xe2\x82\xac"), "ok \xe2\x82\xac");
  EXPECT_EQ(to_valid_utf8("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(to_valid_utf8("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(to_valid_utf8("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");  // overlong
  EXPECT_EQ(utf8_sequence_length("\xed\xa0\x80"), 0u);               // surrogate
  EXPECT_EQ(utf8_sequence_length("\xf4\x90\x80\x80"), 0u);           // beyond U+10FFFF
  EXPECT_EQ(utf8_sequence_length("\xf0\x9f\x8c\xb3"), 4u);
}

}  // namespace
}  // namespace canopy
