#include "web/opfs_file.h"

#include <string_view>

namespace canopy {

namespace {

// As web/write-worker.js numbers them.
constexpr i32 operation_write = 1;
constexpr i32 operation_read = 2;

}  // namespace

Result<void> OpfsFile::perform(i32 operation, u64 offset, MutableBytes bytes) {
  BrowserAnswer answer;
  ring_.ask({.operation = operation, .file = number_, .offset = offset, .bytes = bytes}, answer);
  BrowserRing::wait(answer);
  if (answer.result == static_cast<i32>(bytes.size())) return {};
  const std::string_view problem = answer.result < 0 ? answer.problem : "not all of it was done";
  if (operation == operation_write) {
    return error(Code::no_space,
                 "the result could not be stored after {} bytes: there is no room left for this "
                 "site's files; free some space and try again ({})",
                 offset, problem);
  }
  return error(Code::io, "the stored result could not be read at {}: {}", offset, problem);
}

Result<void> OpfsFile::append(Bytes bytes) {
  // The worker only reads what it writes to the file.
  TRY(perform(operation_write, size_, MutableBytes(const_cast<u8*>(bytes.data()), bytes.size())));
  size_ += bytes.size();
  return {};
}

Result<void> OpfsFile::read(u64 offset, MutableBytes out) {
  return perform(operation_read, offset, out);
}

}  // namespace canopy
