// Sends beside a real relocation of everything: free threads, one filesystem. Whatever comes
// between, the streams are those that the kernel wrote of the filesystem at rest.

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "device/overlay.h"
#include "interplay/interplay.h"
#include "recorded_case.h"

namespace canopy {
namespace {

// Takes its time over every so many bytes.
class SlowSink final : public Sink {
 public:
  explicit SlowSink(u64 every) : every_(every) {}
  Result<void> write(std::span<const Bytes> pieces) override {
    TRY(stream_.write(pieces));
    if (every_ != 0 && stream_.bytes().size() / every_ != turns_) {
      turns_ = stream_.bytes().size() / every_;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
  }
  const std::vector<u8>& bytes() const { return stream_.bytes(); }

 private:
  MemorySink stream_;
  u64 every_;
  u64 turns_ = 0;
};

struct Circumstances {
  u64 batch_blocks = 64;
  std::size_t pipe_bytes = 4096;
  u64 pause_every = 0;
  bool until_streams_end = true;
  u64 receiver_commits_every = 0;
};

class Beside {
 public:
  Beside(const RecordedCase& recorded, const Circumstances& around) : around_(around) {
    std::vector<std::unique_ptr<Device>> devices;
    for (auto& device : recorded.devices())
      devices.push_back(std::make_unique<OverlayDevice>(std::move(device)));
    auto opened = Filesystem::open(std::move(devices));
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().to_string());
    filesystem_ = std::move(opened).value();
  }

  void add(const RecordedJob& job) {
    const RecordedJob& added = *jobs_.emplace_back(&job);
    SlowSink& sink = *sinks_.emplace_back(std::make_unique<SlowSink>(around_.pause_every));
    InterplayStream& stream = request_.streams.emplace_back();
    stream.name = job.id;
    stream.sink = &sink;
    stream.pipe_bytes = around_.pipe_bytes;
    stream.commit_every_bytes = around_.receiver_commits_every;
    stream.make = [this, &added](Sink& pipe) -> Result<void> {
      auto sent = send_subvolume(*filesystem_, added.request, pipe, &progress_);
      const char* refusal = sent.ok() ? "" : sent.error().kernel_errno();
      if (refusal == nullptr || refusal != added.errno_name) return std::move(sent).error();
      return {};
    };
  }

  InterplayOutcome run() {
    InterplayBalance& balance = request_.balance.emplace();
    balance.options.batch_blocks = around_.batch_blocks;
    request_.discard = true;
    balance.until_streams_end = around_.until_streams_end;
    InterplayOutcome outcome = run_interplay(*filesystem_, request_, control_);
    if (outcome.problem) ADD_FAILURE() << outcome.problem->to_string();
    for (std::size_t i = 0; i < jobs_.size(); ++i)
      check(*jobs_[i], sinks_[i]->bytes());
    return outcome;
  }

  u64 restarts() const { return progress_.restarts; }
  u64 commits() const { return control_.progress.commits; }

 private:
  static void check(const RecordedJob& job, Bytes stream) {
    SCOPED_TRACE(fmt::format("{} ({}, protocol {})", job.id, job.why, job.request.protocol));
    if (job.stream) {
      const std::string difference = first_difference(stream, *job.stream);
      EXPECT_TRUE(difference.empty()) << difference;
    } else {
      EXPECT_EQ(stream.size(), job.length);
      EXPECT_EQ(sha256_text(stream), job.sha256);
    }
  }

  Circumstances around_;
  std::unique_ptr<Filesystem> filesystem_;
  std::vector<const RecordedJob*> jobs_;
  std::vector<std::unique_ptr<SlowSink>> sinks_;
  InterplayRequest request_;
  RelocationControl control_;
  SendProgress progress_;
};

std::unique_ptr<RecordedCase> load(const std::string& folder) {
  auto loaded = RecordedCase::load(folder);
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().to_string());
  return loaded.ok() ? std::move(loaded).value() : nullptr;
}

// Each takes two threads, which are dear in node.
#ifdef __EMSCRIPTEN__
constexpr std::size_t jobs_at_once = 2;
#else
constexpr std::size_t jobs_at_once = 1000;
#endif

class BesideBalance : public testing::TestWithParam<std::string> {};

TEST_P(BesideBalance, JobsAtOnceHaveTheBytesOfTheKernel) {
  auto recorded = load(GetParam());
  ASSERT_NE(recorded, nullptr);
  const std::vector<RecordedJob>& jobs = recorded->jobs();
  for (std::size_t first = 0; first < jobs.size(); first += jobs_at_once) {
    Beside beside(*recorded, {});
    for (std::size_t i = first; i < std::min(jobs.size(), first + jobs_at_once); ++i)
      beside.add(jobs[i]);
    const InterplayOutcome outcome = beside.run();
    EXPECT_EQ(outcome.no_space, 0u);
    EXPECT_GE(outcome.rounds, 1u);
  }
}

std::string case_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(info.param.rfind('/') + 1);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

std::string corpus_folder() {
  const char* other = std::getenv("CANOPY_CORPUS");
  return other != nullptr ? other : "cases";
}

// With the thread sanitizer one in six has to do.
std::vector<std::string> cases_to_run() {
  std::vector<std::string> all = case_folders(corpus_folder());
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  std::vector<std::string> some;
  for (std::size_t i = 0; i < all.size(); i += 6)
    some.push_back(all[i]);
  return some;
#endif
#endif
  return all;
}

INSTANTIATE_TEST_SUITE_P(Recorded, BesideBalance, testing::ValuesIn(cases_to_run()), case_name);

// One job of a case at a time, so that the walk is slow beside the relocation.
void one_by_one(const char* folder, const Circumstances& around, u64 restarts_wanted) {
  auto recorded = load(folder);
  ASSERT_NE(recorded, nullptr);
  u64 restarts = 0;
  std::size_t jobs = 0;
  for (const RecordedJob& job : recorded->jobs()) {
    if (!job.errno_name.empty() || ++jobs > 3) continue;
    Beside beside(*recorded, around);
    beside.add(job);
    beside.run();
    restarts += beside.restarts();
  }
  EXPECT_GE(restarts, restarts_wanted);
}

TEST(BesideBalanceOf, TransactionsOfOneBlockDoNotChangeAStream) {
  one_by_one("cases/clones-2", {.batch_blocks = 1}, 1);
}

TEST(BesideBalanceOf, APipeOfOneByteDoesNotChangeAStream) {
  one_by_one("cases/renames-2", {.pipe_bytes = 1}, 1);
}

TEST(BesideBalanceOf, ASlowReaderDoesNotChangeAStream) {
  one_by_one("cases/manyrefs-2", {.batch_blocks = 16, .pause_every = 512}, 8);
}

TEST(BesideBalanceOf, AReceiverOnTheSameFilesystemDoesNotChangeAStream) {
  one_by_one("cases/basic-1",
             {.batch_blocks = 16, .pause_every = 2048, .receiver_commits_every = 4096}, 4);
}

}  // namespace
}  // namespace canopy
