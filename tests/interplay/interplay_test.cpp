// How things end: problems of a part end the whole, and are told once.

#include "interplay/interplay.h"

#include <gtest/gtest.h>

#include "device/overlay.h"
#include "support/must.h"
#include "support/recorded_image.h"
#include "tiny_interplay.h"

namespace canopy {
namespace {

class Interplay : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(
        std::make_unique<OverlayDevice>(must(load_recorded_image("images/levels.img.zst"))));
    filesystem_ = must(Filesystem::open(std::move(devices)));
  }

  // A send of the snapshot with this id.
  InterplayStream stream(u64 id, Sink& sink) {
    InterplayStream stream;
    stream.sink = &sink;
    stream.make = [this, id](Sink& pipe) -> Result<void> {
      SendRequest request;
      request.subvolume = id;
      TRY(send_subvolume(*filesystem_, request, pipe));
      return {};
    };
    return stream;
  }

  std::unique_ptr<Filesystem> filesystem_;
  RelocationControl control_;
};

class FullSink final : public Sink {
 public:
  Result<void> write(std::span<const Bytes>) override {
    return error(Code::no_space, "the disk is full");
  }
};

TEST_F(Interplay, TheSinksProblemEndsSendAndBalance) {
  FullSink sink;
  InterplayRequest request;
  request.streams.push_back(stream(258, sink));
  request.streams.back().pipe_bytes = 16;
  request.balance.emplace().until_streams_end = true;
  const InterplayOutcome outcome = run_interplay(*filesystem_, request, control_);
  ASSERT_TRUE(outcome.problem.has_value());
  EXPECT_EQ(outcome.problem->code(), Code::no_space);
  EXPECT_FALSE(outcome.whole[0]);
}

TEST_F(Interplay, ASendThatIsRefusedEndsTheBalance) {
  MemorySink sink;
  InterplayRequest request;
  request.streams.push_back(stream(4711, sink));
  request.balance.emplace().rounds = 1'000'000;
  const InterplayOutcome outcome = run_interplay(*filesystem_, request, control_);
  ASSERT_TRUE(outcome.problem.has_value());
  EXPECT_STREQ(outcome.problem->kernel_errno(), "ENOENT");
}

TEST_F(Interplay, BalanceGoesRoundAndRoundUntilTheStreamsAreMade) {
  MemorySink alone;
  must(stream(258, alone).make(alone));
  for (int i = 0; i < 3; ++i) {
    MemorySink first, second;
    InterplayRequest request;
    request.streams.push_back(stream(258, first));
    request.streams.push_back(stream(258, second));
    request.streams.back().name = "other";
    request.balance.emplace().until_streams_end = true;
    const InterplayOutcome outcome = run_interplay(*filesystem_, request, control_);
    ASSERT_FALSE(outcome.problem.has_value());
    EXPECT_GE(outcome.rounds, 1u);
    EXPECT_TRUE(outcome.whole[0] && outcome.whole[1]);
    EXPECT_EQ(first.bytes(), alone.bytes());
    EXPECT_EQ(second.bytes(), alone.bytes());
  }
}

}  // namespace
}  // namespace canopy
