// Every job of every recorded case gives the kernel's bytes, or the kernel's refusal after the
// kernel's partial bytes. The cases are those in cases/ beside this file, or in the folder that the
// environment variable CANOPY_CORPUS names.

#include <gtest/gtest.h>

#include "check/check.h"
#include "recorded_case.h"

namespace canopy {
namespace {

class Corpus : public testing::TestWithParam<std::string> {};

void check_job(Filesystem& filesystem, const RecordedJob& job) {
  MemorySink sink;
  auto result = send_subvolume(filesystem, job.request, sink);
  const std::string why = result.ok() ? "" : result.error().to_string();
  const char* errno_name = result.ok() ? "" : result.error().kernel_errno();
  EXPECT_EQ(errno_name != nullptr ? errno_name : "none", job.errno_name) << why;
  if (job.stream) {
    const std::string difference = first_difference(sink.bytes(), *job.stream);
    EXPECT_TRUE(difference.empty()) << difference << why;
  } else {
    EXPECT_EQ(sink.bytes().size(), job.length) << why;
    EXPECT_EQ(sha256_text(sink.bytes()), job.sha256) << why;
  }
}

TEST_P(Corpus, EveryJobHasTheBytesOfTheKernel) {
  auto loaded = RecordedCase::load(GetParam());
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  const RecordedCase& recorded = *loaded.value();
  for (const RecordedJob& job : recorded.jobs()) {
    SCOPED_TRACE(fmt::format("{} {} ({}, protocol {})", recorded.name(), job.id, job.why,
                             job.request.protocol));
    auto filesystem = Filesystem::open(recorded.devices());
    ASSERT_TRUE(filesystem.ok()) << filesystem.error().to_string();
    check_job(*filesystem.value(), job);
  }
}

TEST_P(Corpus, EveryFilesystemIsConsistent) {
  auto loaded = RecordedCase::load(GetParam());
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
  auto filesystem = Filesystem::open(loaded.value()->devices());
  ASSERT_TRUE(filesystem.ok()) << filesystem.error().to_string();
  auto report = check_filesystem(*filesystem.value(), {.check_data_csum = true});
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  for (const Finding& finding : report.value().findings)
    ADD_FAILURE() << finding.to_string();
}

TEST(CorpusFolder, HasCases) {
  EXPECT_FALSE(case_folders(corpus_folder()).empty()) << "no case in " << corpus_folder();
}

INSTANTIATE_TEST_SUITE_P(Recorded, Corpus, testing::ValuesIn(case_folders(corpus_folder())),
                         case_name);

}  // namespace
}  // namespace canopy
