// A case of the corpus: images that the live kernel made, and the streams it wrote of them. Made by
// add-case beside this file.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "device/device.h"
#include "send/send.h"

namespace canopy {

struct RecordedJob {
  std::string id;
  std::string why;
  SendRequest request;
  std::string errno_name;  // empty: the kernel sent to the end
  u64 length = 0;
  std::string sha256;
  // What the kernel wrote, where it was recorded; else length and sha256 alone are known.
  std::optional<Bytes> stream;
};

class RecordedCase {
 public:
  static Result<std::unique_ptr<RecordedCase>> load(const std::string& folder);

  const std::string& name() const { return name_; }
  const std::vector<RecordedJob>& jobs() const { return jobs_; }
  // New devices each time; the images stay in memory as long as the case.
  std::vector<std::unique_ptr<Device>> devices() const;

 private:
  struct Image {
    std::string name;
    std::vector<u8> packed;  // as in its file, decompressed
  };

  Result<void> read_line(const std::string& folder, const std::string& line);
  Result<void> read_job(const std::vector<std::pair<std::string, std::string>>& words);

  std::string name_;
  std::vector<Image> images_;
  std::vector<u8> streams_;
  std::vector<RecordedJob> jobs_;
};

// The folder of cases: cases/ beside this file, or what the environment variable CANOPY_CORPUS
// names.
std::string corpus_folder();
// The folders of cases below `folder`, sorted by name.
std::vector<std::string> case_folders(const std::string& folder);
// The name of the test that is run with a case's folder.
std::string case_name(const testing::TestParamInfo<std::string>& info);

// Where two streams part: the command, its offset, and both sides decoded. Empty: nowhere.
std::string first_difference(Bytes ours, Bytes kernels);

std::string sha256_text(Bytes bytes);

}  // namespace canopy
