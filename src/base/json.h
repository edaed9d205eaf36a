// Writes JSON text. Strings may hold any bytes: what is not UTF-8 becomes U+FFFD. Numbers that a
// double cannot hold exactly are written as strings, since the reader is JavaScript.
//
//     JsonWriter json;
//     json.begin_object().key("id").number(256).key("path").string(path).end_object();
//     json.text();
#pragma once

#include <string>
#include <string_view>

#include "base/types.h"

namespace canopy {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& number(u64 value);
  JsonWriter& real(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  const std::string& text() const { return text_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

// The length of the valid UTF-8 sequence that `text` begins with; 0 if it begins with none.
std::size_t utf8_sequence_length(std::string_view text);

// `text` with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

}  // namespace canopy
