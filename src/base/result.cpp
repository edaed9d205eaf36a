#include "base/result.h"

namespace canopy {

const char* code_name(Code code) {
  switch (code) {
    case Code::io:
      return "input/output error";
    case Code::corrupt:
      return "corrupt";
    case Code::not_found:
      return "not found";
    case Code::no_space:
      return "no space";
    case Code::unsupported:
      return "unsupported";
    case Code::invalid:
      return "invalid";
    case Code::would_block:
      return "would block";
    case Code::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string Error::to_string() const {
  std::string text = message_;
  if (kernel_errno_ != nullptr) text += fmt::format(" [{}]", kernel_errno_);
  if (address_) text += fmt::format(" (logical address {})", *address_);
  return text;
}

}  // namespace canopy
