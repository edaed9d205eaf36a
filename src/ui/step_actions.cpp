#include "imgui.h"
#include "ui/step_panel.h"

namespace canopy::ui {

namespace {

bool can_step(const StepSnapshot& snapshot, std::string_view name) {
  if (snapshot.state != StepSnapshot::State::standing) return false;
  for (const Scheduler::Standing& thread : snapshot.run.threads)
    if (thread.name == name) return thread.can_move && !thread.finished;
  return false;
}

}  // namespace

std::vector<StepAction> step_actions(App& app) {
  using State = StepSnapshot::State;
  using Until = StepJob::Until;
  const StepEntry* entry = app.steps();
  const std::shared_ptr<StepJob> job = entry == nullptr ? nullptr : entry->job;
  static const StepSnapshot nothing;
  const StepSnapshotPtr seen = job == nullptr ? nullptr : job->snapshot();
  const StepSnapshot& now = seen == nullptr ? nothing : *seen;
  const bool stands = job != nullptr && now.state == State::standing;
  const bool moves = job != nullptr && now.state == State::moving;
  const bool still = stands || (job != nullptr && now.state == State::ended);
  const auto seed = app.step_form.seed_number();
  std::vector<StepAction> all;
  const auto add = [&](const char* name, const char* icon, const char* label, const char* title,
                       const char* keys, int chord, bool enabled, std::function<void()> run,
                       const char* hint) {
    all.push_back({name, icon, label, {"Step", title, keys, chord, enabled, std::move(run)}, hint});
  };
  add(
      "step.start", icon::play, "Stand at the start", "Step B beside a balance", "", 0,
      app.can_send_form(), [&app] { app.start_steps_of_form(); },
      "Begins a controlled run: the send of the send panel beside a balance, one thread at a time");
  add(
      "step.send", icon::arrow_right, "Send", "Step the send", "[", ImGuiKey_LeftBracket,
      can_step(now, "send"), [job] { job->step("send"); }, "The send goes on to its next point");
  add(
      "step.balance", icon::arrow_right, "Relocation", "Step the relocation", "]",
      ImGuiKey_RightBracket, can_step(now, "balance"), [job] { job->step("balance"); },
      "The relocation goes on to its next point");
  add(
      "step.reader", icon::arrow_right, "Reader", "Step the reader of the pipe", "\\",
      ImGuiKey_Backslash, can_step(now, "send.reader"), [job] { job->step("send.reader"); },
      "Who reads the pipe goes on to its next point");
  add(
      "step.commit", icon::play, "To commit", "Run to the next commit", "", 0, stands,
      [job] { job->run(Until::commit); }, "Until a transaction has switched the commit roots");
  add(
      "step.restart", icon::play, "To restart", "Run to the next restart", "", 0, stands,
      [job] { job->run(Until::restart); },
      "Until a send has searched its place again, because of a commit");
  add(
      "step.held", icon::play, "To moved leaf", "Run until a leaf that send holds is moved", "", 0,
      stands, [job] { job->run(Until::held_block_moved); },
      "Until a commit has moved a block of which send keeps a clone");
  add(
      "step.run", moves ? icon::pause : icon::play, moves ? "Pause" : "Run",
      moves ? "Pause the controlled run" : "Run to the end, in turn", "P", ImGuiKey_P,
      stands || moves,
      [job, moves] {
        if (moves)
          job->pause();
        else
          job->run(Until::end);
      },
      "All go on, one step each in turn, to the end");
  add(
      "step.seed", icon::beaker, "Run by seed", "Run to the end by the seed", "", 0,
      stands && seed.has_value(), [job, seed] { job->run(Until::end, seed); },
      "Who moves is chosen by a random sequence: the same seed, the same run, also on the command "
      "line");
  add(
      "step.back", icon::arrow_left, "Back", "Go back one step", "", 0, still && now.run.steps > 0,
      [job, steps = now.run.steps] { job->rewind(steps - 1); },
      "As it was before the last step: begins anew and replays the steps up to there");
  add(
      "step.rewind", icon::history, "To the start", "Rewind to the start", "", 0, still,
      [job] { job->rewind(0); }, "Everything stands before its first step again");
  add(
      "step.save", icon::save, "Save schedule", "Save the schedule", "", 0, still,
      [&app] { app.save_schedule(); },
      "Who moved when, as text: replays here and with canopy send");
  add(
      "step.load", icon::folder_opened, "Load schedule", "Load a schedule", "", 0,
      app.can_send_form() || still, [&app] { app.host().choose_schedule(); },
      "Replays a schedule that was saved here or by canopy send --save-schedule");
  add(
      "step.download", icon::save, "Download stream", "Download the stream of the controlled run",
      "", 0, job != nullptr && job->stream() != nullptr, [&app] { app.download_steps(); },
      "The stream that this run has made; once it has ended, up to 64 MiB");
  add(
      "step.trace", icon::output, "Save trace", "Save the trace for Perfetto", "", 0,
      app.timeline_trace() != nullptr, [&app] { app.save_trace(); },
      "What each thread did and waited for, as JSON for ui.perfetto.dev");
  add(
      "step.close", icon::close, "End", "End the controlled run", "", 0, job != nullptr,
      [&app] { app.end_steps(); }, "Ends the run; the image was not changed by it");
  return all;
}

}  // namespace canopy::ui
