// What each protection is for: without it there is a schedule that fails. One of each is kept in
// schedules/, as text: first line the setup's number, second the fault that it leads to, then the
// choices. Where a change moves the points of a schedule, or what is at them,
// CANOPY_SAVE_SCHEDULES=1 finds and writes them anew.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "concurrency/explorer.h"
#include "tiny_interplay.h"

namespace canopy {
namespace {

// Where faults are looked for, in this order: the number of a setup is its place here.
std::vector<TinySetup> setups_without(Protection protection) {
  std::vector<TinySetup> setups;
  // What happens while a command waits in the pipe needs somebody who waits for the command's
  // writer.
  const bool receiver = protection == Protection::release_before_callback;
  for (TinySetup setup : tiny_setups())
    for (auto chunks :
         {TinySetup::Chunks::data, TinySetup::Chunks::metadata, TinySetup::Chunks::all})
      for (u64 rounds : {u64{1}, u64{2}}) {
        if (setup.image == "names" && chunks != TinySetup::Chunks::all) continue;
        setup.chunks = chunks;
        setup.rounds = rounds;
        setup.batch_blocks = 4;
        setup.pipe_bytes = receiver ? 64 : 0;
        setup.commit_every_bytes = receiver ? 128 : 0;
        setup.without = protection;
        setups.push_back(setup);
      }
  return setups;
}

struct SavedSchedule {
  std::size_t setup = 0;
  std::string fault;
  std::string choices;
};

std::string path_of(Protection protection) {
  return "schedules/without-" + std::string(protection_name(protection));
}

SavedSchedule load(Protection protection) {
  std::ifstream file(path_of(protection));
  SavedSchedule saved;
  file >> saved.setup >> std::ws;
  std::getline(file, saved.fault);
  std::stringstream rest;
  rest << file.rdbuf();
  saved.choices = rest.str();
  return saved;
}

std::string join(const std::vector<Scheduler::Step>& steps, const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i)
    text += fmt::format("{}@{}{}", names[steps[i].thread], point_name(steps[i].from),
                        i % 4 == 3 ? "\n" : " ");
  return text;
}

// The shortest beginning of a failing schedule that fails too: behind it, whoever moves goes on.
SavedSchedule shortened(const TinyInterplay& tiny, std::size_t number, const TinyRun& run) {
  const std::vector<std::string> names = tiny.thread_names();
  const auto steps = *parse_schedule(run.schedule, names);
  for (std::size_t length = 0; length <= steps.size(); ++length) {
    const std::vector<Scheduler::Step> beginning(
        steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(length));
    ReplayChooser replay(beginning);
    const std::string fault = tiny.fault_of(tiny.run(replay));
    if (!fault.empty()) return {number, fault, join(beginning, names)};
  }
  return {number, tiny.fault_of(run), run.schedule};
}

std::optional<SavedSchedule> find(Protection protection) {
  const std::vector<TinySetup> setups = setups_without(protection);
  for (u32 switches : {0u, 1u, 2u}) {
    for (std::size_t number = 0; number < setups.size(); ++number) {
      TinyInterplay tiny(setups[number]);
      std::optional<SavedSchedule> found;
      explore(switches, 600, [&](Scheduler::Chooser& chooser) {
        TinyRun run = tiny.run(chooser);
        if (!tiny.fault_of(run).empty()) found = shortened(tiny, number, run);
        return !found;
      });
      if (found) return found;
    }
  }
  return std::nullopt;
}

// Addresses and generations change with how relocation places blocks.
std::string without_numbers(std::string text) {
  std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
  return text;
}

class Without : public testing::TestWithParam<u32> {
 protected:
  Protection protection() const { return static_cast<Protection>(GetParam()); }
};

TEST_P(Without, AScheduleFails) {
  if (std::getenv("CANOPY_SAVE_SCHEDULES") != nullptr) {
    auto found = find(protection());
    ASSERT_TRUE(found.has_value());
    std::ofstream(path_of(protection())) << found->setup << "\n"
                                         << found->fault << "\n"
                                         << found->choices << "\n";
  }
  const SavedSchedule saved = load(protection());
  ASSERT_FALSE(saved.fault.empty());
  TinySetup setup = setups_without(protection()).at(saved.setup);
  TinyInterplay tiny(setup);
  auto steps = parse_schedule(saved.choices, tiny.thread_names());
  ASSERT_TRUE(steps.has_value());
  std::string first;
  for (int i = 0; i < 3; ++i) {
    ReplayChooser replay(*steps);
    const std::string fault = tiny.fault_of(tiny.run(replay));
    EXPECT_EQ(without_numbers(fault), without_numbers(saved.fault));
    EXPECT_FALSE(replay.diverged());
    if (i == 0) first = fault;
    EXPECT_EQ(fault, first);
  }

  // The same choices do no harm when the protection is there.
  setup.without.reset();
  TinyInterplay guarded(setup);
  ReplayChooser replay(*steps);
  EXPECT_EQ(guarded.fault_of(guarded.run(replay)), "");
}

std::string protection_of(const testing::TestParamInfo<u32>& info) {
  return std::string(protection_name(static_cast<Protection>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(Protections, Without, testing::Range(0u, PROTECTIONS), protection_of);

}  // namespace
}  // namespace canopy
