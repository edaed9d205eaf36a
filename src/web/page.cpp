// The program of the page: the functions that web/page.js calls. All on the browser's main thread,
// which never waits; the names of their parameters are all there is to say of most of them.
#include <emscripten.h>

#include <cstdlib>
#include <map>

#include "base/json.h"
#include "container/unpack.h"
#include "device/browser_file.h"
#include "device/memory_device.h"
#include "trace/chrome_trace.h"
#include "ui/shell.h"
#include "web/host.h"
#include "web/script_values.h"
#include "web/window.h"

namespace canopy {

namespace {

BrowserRing read_ring;
BrowserRing write_ring;

struct NewDevice {
  i32 number;
  std::string name;
  u64 size_bytes;
};

struct Page {
  BrowserHost host{write_ring};
  ui::App app{host};
  Window window;
  ui::Shell shell{app, window.painter()};
  std::vector<NewDevice> new_devices;
  std::vector<std::string> new_clone_sources;
  std::map<u32, std::vector<i32>> waiting_for_send;     // requests, by the job's number
  std::map<u32, std::vector<i32>> waiting_for_balance;  // likewise
  // Requests that wait for a command of the controlled run, by its number.
  std::multimap<u64, i32> waiting_for_steps;
  std::string text;  // that was returned to JavaScript last
  bool fonts_are_old = true;
};

// Made once and never destroyed: threads may still call the host when the page goes away.
Page& page() {
  static Page* const instance = new Page;
  return *instance;
}

const char* give_text(std::string text) {
  page().text = std::move(text);
  return page().text.c_str();
}

ui::Opened answer_when_opened(i32 request) {
  return [request](const Result<ui::OpenedAs>& opened) {
    if (!opened.ok()) return BrowserHost::answer(request, false, opened.error().to_string());
    const ui::App& app = page().app;
    BrowserHost::answer(request, true,
                        opened.value() == ui::OpenedAs::stream ? stream_json(*app.stream())
                                                               : summary_json(*app.session()));
  };
}

void answer_send(i32 request, const ui::SendEntry& entry) {
  const SendJobSnapshot snapshot = entry.job->snapshot();
  if (snapshot.state == JobState::done) {
    BrowserHost::answer(request, true, send_result_json(snapshot, entry));
  } else {
    BrowserHost::answer(request, false,
                        snapshot.state == JobState::failed ? snapshot.problem : "cancelled");
  }
}

void answer_balance(i32 request, const ui::BalanceEntry& entry) {
  const BalanceJobSnapshot snapshot = entry.job->snapshot();
  if (snapshot.state == JobState::done) {
    BrowserHost::answer(request, true, balance_result_json(*entry.job));
  } else {
    BrowserHost::answer(request, false,
                        snapshot.state == JobState::failed ? snapshot.problem : "cancelled");
  }
}

// Answers the requests whose commands were done; all of them, if the run was dropped.
void answer_steps(const ui::StepEntry& entry) {
  auto& waiting = page().waiting_for_steps;
  const ui::StepEntry* current = page().app.steps();
  const bool dropped = current == nullptr || current->number != entry.number;
  const StepSnapshotPtr seen = entry.job->snapshot();
  const StepSnapshot& snapshot = *seen;
  while (!waiting.empty()) {
    const auto [command, request] = *waiting.begin();
    const bool done = command <= snapshot.done && snapshot.state != StepSnapshot::State::preparing;
    if (!done && !dropped) return;
    waiting.erase(waiting.begin());
    if (!done) {
      BrowserHost::answer(request, false, "another run took its place");
    } else if (!snapshot.problem.empty() && command == snapshot.done) {
      BrowserHost::answer(request, false, snapshot.problem);
    } else {
      BrowserHost::answer(request, true, step_snapshot_json(snapshot));
    }
  }
}

// Calls `answer` for each request that waits for the job.
template <typename Entry>
void answer_waiting(std::map<u32, std::vector<i32>>& all, const Entry& entry,
                    void (*answer)(i32, const Entry&)) {
  auto waiting = all.extract(entry.number);
  if (waiting.empty()) return;
  for (const i32 request : waiting.mapped())
    answer(request, entry);
}

// what: 0 cancel, 1 pause, 2 resume.
template <typename Job>
void steer(Job& job, u32 what) {
  if (what == 0) job.cancel();
  if (what == 1) job.pause();
  if (what == 2) job.resume();
  page().host.wake();
}

ui::App::OpenStream stream_opener(const NewDevice& file) {
  return [file](std::function<void()> changed) {
    return StreamView::open(
        [file] {
          return std::make_unique<BrowserFile>(read_ring, file.number, file.name, file.size_bytes);
        },
        std::move(changed), [number = file.number] { BrowserHost::close_file(number); });
  };
}

Result<SendRequest> make_request(const char* subvolume, const char* parent, u32 protocol,
                                 u32 flags) {
  ui::App& app = page().app;
  SendRequest request;
  request.subvolume = TRY(app.resolve_subvolume(subvolume));
  if ((flags & 8) != 0) request.parent = TRY(app.resolve_subvolume(parent));
  for (const std::string& source : page().new_clone_sources) {
    request.clone_sources.push_back(TRY(app.resolve_subvolume(source)));
  }
  // btrfs send names the parent as a clone source too.
  if (request.parent) request.clone_sources.push_back(*request.parent);
  request.protocol = protocol;
  request.flags.compressed_data = (flags & 1) != 0;
  request.flags.no_data = (flags & 2) != 0;
  request.treat_as_read_only = (flags & 4) != 0;
  return request;
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE void* page_read_ring() { return &read_ring; }
EMSCRIPTEN_KEEPALIVE void* page_write_ring() { return &write_ring; }
EMSCRIPTEN_KEEPALIVE void* page_allocate(u32 size) { return std::malloc(size); }

EMSCRIPTEN_KEEPALIVE void page_font(u32 kind, u8* bytes, u32 size) {
  page().shell.set_font(kind, std::vector<u8>(bytes, bytes + size));
  std::free(bytes);
}

EMSCRIPTEN_KEEPALIVE void page_start() {
  page().app.send_ended = [](const ui::SendEntry& entry) {
    answer_waiting(page().waiting_for_send, entry, answer_send);
  };
  page().app.balance_ended = [](const ui::BalanceEntry& entry) {
    answer_waiting(page().waiting_for_balance, entry, answer_balance);
  };
  page().app.steps_changed = answer_steps;
}

EMSCRIPTEN_KEEPALIVE void page_resize(int width, int height, double ratio) {
  if (ratio != page().window.ratio()) page().fonts_are_old = true;
  page().window.resize(width, height, ratio);
}

EMSCRIPTEN_KEEPALIVE void page_set_system_theme(int dark) {
  page().shell.set_system_theme(dark != 0);
}
EMSCRIPTEN_KEEPALIVE void page_choose_theme(int dark) { page().shell.choose_theme(dark != 0); }
EMSCRIPTEN_KEEPALIVE void page_restore_splits(const char* text) {
  page().shell.restore_splits(text);
}
// Whether the browser can ask where to save, and whether the person wanted that at the last visit.
EMSCRIPTEN_KEEPALIVE void page_set_saving(int can_ask, int asks) {
  page().app.can_ask_place = can_ask != 0;
  page().app.asks_place = asks != 0;
}
EMSCRIPTEN_KEEPALIVE void page_set_touch(int is_touch) { page().shell.set_touch(is_touch != 0); }
// What an on-screen keyboard typed: so many letters back, then this text, or one key by its name.
EMSCRIPTEN_KEEPALIVE void page_type(int back, const char* text) { Window::type(back, text); }
EMSCRIPTEN_KEEPALIVE void page_key(const char* name) { Window::strike(name); }
EMSCRIPTEN_KEEPALIVE void page_drag(int over) { page().shell.set_drag(over != 0); }
EMSCRIPTEN_KEEPALIVE void page_activate(const char* name) { page().shell.activate(name); }
EMSCRIPTEN_KEEPALIVE void page_paste(const char* text) { page().window.paste(text); }
EMSCRIPTEN_KEEPALIVE void page_visit(double entry, const char* fragment) {
  page().app.visit(static_cast<u64>(entry), fragment);
}
EMSCRIPTEN_KEEPALIVE void page_tell(const char* text) { page().app.tell(text, true); }

EMSCRIPTEN_KEEPALIVE void page_poll() {
  BrowserHost::looked();
  page().app.poll();
}

EMSCRIPTEN_KEEPALIVE int page_frame(int has_news) {
  Page& p = page();
  BrowserHost::looked();
  p.app.poll();
  if (p.fonts_are_old) {
    p.fonts_are_old = false;
    p.shell.make_fonts(static_cast<float>(p.window.ratio()));
    p.window.renew_fonts();
  }
  p.window.begin_frame();
  p.shell.set_pinch(p.window.take_pinch());
  const int again = p.shell.frame(has_news != 0);
  const ui::Color ground = p.shell.theme().background;
  p.window.end_frame(static_cast<float>(ground.r) / 255, static_cast<float>(ground.g) / 255,
                     static_cast<float>(ground.b) / 255);
  BrowserHost::want_text(p.window.wants_text());
  if (p.shell.mirror_changed()) BrowserHost::mirror(p.shell.mirror_json());
  return again;
}

EMSCRIPTEN_KEEPALIVE void page_add_device(int number, const char* name, double size_bytes) {
  page().new_devices.push_back({number, name, static_cast<u64>(size_bytes)});
}

// Files are given to the page alone or as the devices of an image; a stream is always alone.
EMSCRIPTEN_KEEPALIVE void page_open(int request, int ask) {
  std::vector<NewDevice> added = std::move(page().new_devices);
  page().new_devices.clear();
  std::string name;
  for (const NewDevice& device : added)
    name += (name.empty() ? "" : ", ") + device.name;
  ui::App::OpenStream open_stream;
  if (added.size() == 1) open_stream = stream_opener(added.front());
  page().app.open(
      name, ask != 0,
      [added = std::move(added)](const Session::Changed& changed, const OpenChoice& choice) {
        return Session::open(
            [added, changed](Opening& opening) -> Result<std::vector<std::unique_ptr<Device>>> {
              std::vector<std::unique_ptr<Device>> devices;
              for (const NewDevice& device : added) {
                devices.push_back(
                    TRY(open_wrapped(std::make_unique<BrowserFile>(read_ring, device.number,
                                                                   device.name, device.size_bytes),
                                     opening, changed)));
              }
              return devices;
            },
            changed, choice);
      },
      answer_when_opened(request), open_stream);
}

EMSCRIPTEN_KEEPALIVE void page_open_sample(int request, u8* bytes, u32 size) {
  auto compressed = std::make_shared<std::vector<u8>>(bytes, bytes + size);
  std::free(bytes);
  page().app.open(
      ui::sample_name, true,
      [compressed](Session::Changed changed, const OpenChoice& choice) {
        return Session::open(
            [compressed](Opening&) -> Result<std::vector<std::unique_ptr<Device>>> {
              std::vector<std::unique_ptr<Device>> devices;
              MemoryDevice packed("sample.img", *compressed);
              devices.push_back(TRY(unpack(packed, Packing::zstd, {.most_held = u64{1} << 30})));
              return devices;
            },
            std::move(changed), choice);
      },
      answer_when_opened(request));
}

EMSCRIPTEN_KEEPALIVE const char* page_subvolumes() {
  const Session* session = page().app.session();
  return give_text(session == nullptr ? "" : subvolumes_json(session->summary().subvolumes));
}

EMSCRIPTEN_KEEPALIVE const char* page_repairs() {
  const Session* session = page().app.session();
  return give_text(session == nullptr ? "" : repairs_json(session->repairs()));
}

EMSCRIPTEN_KEEPALIVE void page_add_clone_source(const char* name) {
  page().new_clone_sources.push_back(name);
}

// flags: 1 compressed data, 2 no data, 4 writable subvolumes too, 8 from `parent`, 16 no hash, 32
// not kept. Answers with the number.
EMSCRIPTEN_KEEPALIVE void page_send(int request, const char* subvolume, const char* parent,
                                    u32 protocol, u32 flags) {
  auto made = make_request(subvolume, parent, protocol, flags);
  page().new_clone_sources.clear();
  if (!made.ok()) return BrowserHost::answer(request, false, made.error().to_string());
  const auto answer = [request](const Result<u32>& started) {
    if (!started.ok()) return BrowserHost::answer(request, false, started.error().to_string());
    BrowserHost::answer(request, true, fmt::format("{}", started.value()));
  };
  page().app.start_send(made.value(), answer,
                        {.hash = (flags & 16) == 0, .keep = (flags & 32) == 0});
}

EMSCRIPTEN_KEEPALIVE const char* page_send_progress(u32 number) {
  const ui::SendEntry* entry = page().app.find_send(number);
  if (entry == nullptr) return give_text(R"({"state":"cancelled"})");
  return give_text(send_progress_json(entry->job->snapshot()));
}

EMSCRIPTEN_KEEPALIVE void page_steer_send(u32 number, u32 what) {
  const ui::SendEntry* entry = page().app.find_send(number);
  if (entry != nullptr) steer(*entry->job, what);
}

EMSCRIPTEN_KEEPALIVE void page_send_result(int request, u32 number) {
  const ui::SendEntry* entry = page().app.find_send(number);
  if (entry == nullptr) return BrowserHost::answer(request, false, "another image was opened");
  if (entry->end_was_told) return answer_send(request, *entry);
  page().waiting_for_send[number].push_back(request);
}

// kinds: 1 data, 2 metadata, 4 system, 8 fewer copies allowed, 16 dry run, 32 as long as a send is
// running. Answers with the number.
EMSCRIPTEN_KEEPALIVE void page_balance(int request, const char* data, const char* metadata,
                                       const char* system, u32 kinds) {
  ui::BalanceForm form;
  form.data = {(kinds & 1) != 0, data};
  form.metadata = {(kinds & 2) != 0, metadata};
  form.system = {(kinds & 4) != 0, system};
  form.force = (kinds & 8) != 0;
  const auto start = [&]() -> Result<u32> {
    return page().app.start_balance(TRY(form.request()), (kinds & 16) != 0, (kinds & 32) != 0);
  };
  const Result<u32> started = start();
  if (!started.ok()) return BrowserHost::answer(request, false, started.error().to_string());
  BrowserHost::answer(request, true, fmt::format("{}", started.value()));
}

EMSCRIPTEN_KEEPALIVE const char* page_balance_progress(u32 number) {
  const ui::BalanceEntry* entry = page().app.balance();
  if (entry == nullptr || entry->number != number) return give_text(R"({"state":"cancelled"})");
  return give_text(balance_progress_json(entry->job->snapshot()));
}

EMSCRIPTEN_KEEPALIVE void page_steer_balance(u32 number, u32 what) {
  const ui::BalanceEntry* entry = page().app.balance();
  if (entry != nullptr && entry->number == number) steer(*entry->job, what);
}

EMSCRIPTEN_KEEPALIVE void page_balance_result(int request, u32 number) {
  const ui::BalanceEntry* entry = page().app.balance();
  if (entry == nullptr || entry->number != number) {
    return BrowserHost::answer(request, false, "another image or balance took its place");
  }
  if (entry->end_was_told) return answer_balance(request, *entry);
  page().waiting_for_balance[number].push_back(request);
}

// `settings` is a schedule without choices (interplay/saved_schedule.h). Answers with a snapshot
// once everything stands.
EMSCRIPTEN_KEEPALIVE void page_steps_start(int request, const char* subvolume, const char* parent,
                                           u32 protocol, u32 flags, const char* settings) {
  const auto start = [&]() -> Result<u32> {
    StepRequest wanted;
    auto send = make_request(subvolume, parent, protocol, flags);
    page().new_clone_sources.clear();
    wanted.send = TRY(std::move(send));
    wanted.settings = TRY(InterplaySettings::of(TRY(SavedSchedule::parse(settings))));
    return page().app.start_steps(wanted);
  };
  const Result<u32> started = start();
  if (!started.ok()) return BrowserHost::answer(request, false, started.error().to_string());
  page().waiting_for_steps.emplace(0, request);
}

// what: "step" (text: the thread), "end", "commit", "restart" or "held" (text: a seed, or ""),
// "rewind" (text: to how many steps), "load" (text: a schedule), "set" (text: one without choices).
EMSCRIPTEN_KEEPALIVE void page_steps_command(int request, const char* what, const char* text) {
  const ui::StepEntry* entry = page().app.steps();
  const auto give = [&]() -> Result<u64> {
    if (entry == nullptr) return error(Code::invalid, "nothing is being stepped");
    StepJob& job = *entry->job;
    const std::string_view command = what;
    if (command == "step") return job.step(text);
    if (command == "load") return job.load(text);
    if (command == "set")
      return job.set(TRY(InterplaySettings::of(TRY(SavedSchedule::parse(text)))));
    ui::StepForm form;
    form.seed = text;
    const auto number = form.seed_number();
    if (!number && !form.seed.empty())
      return error(Code::invalid, "\"{}\" is no number", form.seed);
    if (command == "rewind") return job.rewind(number.value_or(0));
    if (command == "end") return job.run(StepJob::Until::end, number);
    if (command == "commit") return job.run(StepJob::Until::commit, number);
    if (command == "restart") return job.run(StepJob::Until::restart, number);
    if (command == "held") return job.run(StepJob::Until::held_block_moved, number);
    return error(Code::invalid, "nobody knows how to {}", command);
  };
  const Result<u64> given = give();
  if (!given.ok()) return BrowserHost::answer(request, false, given.error().to_string());
  page().waiting_for_steps.emplace(given.value(), request);
}

EMSCRIPTEN_KEEPALIVE void page_steps_pause() {
  if (const ui::StepEntry* entry = page().app.steps()) entry->job->pause();
}
EMSCRIPTEN_KEEPALIVE void page_steps_close() { page().app.end_steps(); }

EMSCRIPTEN_KEEPALIVE const char* page_steps_snapshot() {
  const ui::StepEntry* entry = page().app.steps();
  return give_text(entry == nullptr ? "" : step_snapshot_json(*entry->job->snapshot()));
}
EMSCRIPTEN_KEEPALIVE const char* page_steps_schedule() {
  const ui::StepEntry* entry = page().app.steps();
  return give_text(entry == nullptr ? "" : entry->job->schedule());
}
// Of the stream of a controlled run that has ended; it stays where it is until the run is another.
EMSCRIPTEN_KEEPALIVE u32 page_steps_stream_size() {
  const ui::StepEntry* entry = page().app.steps();
  const auto stream = entry == nullptr ? nullptr : entry->job->stream();
  return stream == nullptr ? 0 : static_cast<u32>(stream->size());
}
EMSCRIPTEN_KEEPALIVE const u8* page_steps_stream() {
  const ui::StepEntry* entry = page().app.steps();
  const auto stream = entry == nullptr ? nullptr : entry->job->stream();
  return stream == nullptr ? nullptr : stream->data();
}
EMSCRIPTEN_KEEPALIVE const char* page_steps_trace() {
  const ui::StepEntry* entry = page().app.steps();
  const auto trace = entry == nullptr ? nullptr : entry->job->trace();
  return give_text(trace == nullptr ? "" : chrome_trace_json(*trace));
}
// A person chose a file.
EMSCRIPTEN_KEEPALIVE void page_steps_load(const char* text) { page().app.load_schedule(text); }

// Answers with where the pieces in the result `number` belong.
EMSCRIPTEN_KEEPALIVE void page_save_image(int request, int number, int whole) {
  page().app.save_image(number, whole != 0,
                        [request](const Result<std::shared_ptr<ImageJob>>& saved) {
                          if (!saved.ok()) {
                            return BrowserHost::answer(request, false, saved.error().to_string());
                          }
                          BrowserHost::answer(request, true, image_json(saved.value()->devices()));
                        });
}

EMSCRIPTEN_KEEPALIVE void page_result_created(u32 token, int number, const char* problem) {
  page().app.result_created(token, number, problem);
}

}  // extern "C"

}  // namespace canopy

int main() {
  std::string problem;
  if (!canopy::page().window.open(problem)) {
    std::fprintf(stderr, "Canopy has no window: %s\n", problem.c_str());
    return 1;
  }
  canopy::use_browser_clipboard(canopy::page().host);
  emscripten_exit_with_live_runtime();
}
