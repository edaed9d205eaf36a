// The stops of the tour. What they say of the sample is true of assets/make-sample; the tests of
// the page go through all of them.
#include <array>

#include "ui/panels.h"
#include "ui/tour.h"

namespace canopy::ui {

namespace {

constexpr u64 most_seeds = 200;

void choose_b(App& app, const char* b, const char* a) {
  const auto subvolume = app.resolve_subvolume(b);
  const auto parent = app.resolve_subvolume(a);
  if (!subvolume.ok() || !parent.ok()) return;
  app.choose_subvolume(subvolume.value());
  app.form.parent = parent.value();
}

void choose_snapshots(TourScene& scene) {
  choose_b(scene.app, "snapshots/tuesday", "snapshots/monday");
}

void show_send(TourScene& scene) {
  choose_snapshots(scene);
  scene.panels.job_tab = 0;
}

void show_steps(TourScene& scene) { scene.panels.job_tab = 2; }

void show_timeline(TourScene& scene) {
  scene.panels.job_tab = 2;
  scene.panels.table_tab = 3;
}

// A controlled run with all protections, begun if there is none.
StepJob* run_of(TourScene& scene) {
  App& app = scene.app;
  if (app.steps() == nullptr) {
    choose_snapshots(scene);
    app.step_form = StepForm();
    app.start_steps_of_form();
  }
  return app.steps() == nullptr ? nullptr : app.steps()->job.get();
}

void start_run(TourScene& scene) {
  scene.app.end_steps();
  (void)run_of(scene);
}

void run_until(TourScene& scene, StepJob::Until until) {
  StepJob* const job = run_of(scene);
  if (job == nullptr) return;
  if (job->snapshot()->state == StepSnapshot::State::ended) job->rewind(0);
  scene.command = job->run(until);
}

bool stands(TourScene& scene) {
  if (scene.app.steps() == nullptr) return false;
  const StepSnapshotPtr now = scene.app.steps()->job->snapshot();
  const bool still =
      now->state == StepSnapshot::State::standing || now->state == StepSnapshot::State::ended;
  return still && now->done >= scene.command;
}

bool has_run_ended(TourScene& scene) {
  return stands(scene) && scene.app.steps()->job->snapshot()->state == StepSnapshot::State::ended;
}

void try_seed(TourScene& scene, StepJob& job) {
  scene.seed++;
  job.rewind(0);
  scene.command = job.run(StepJob::Until::end, scene.seed);
}

void run_without_clones(TourScene& scene) {
  StepJob* const job = run_of(scene);
  if (job == nullptr) return;
  InterplaySettings& settings = scene.app.step_form.settings;
  settings.protections.leave_out(Protection::leaf_clones);
  job->set(settings);
  try_seed(scene, *job);
}

// Not every order of the steps goes wrong.
bool has_failed(TourScene& scene) {
  if (!has_run_ended(scene)) return false;
  StepJob& job = *scene.app.steps()->job;
  if (job.snapshot()->verdict != StepVerdict::equal || scene.seed >= most_seeds) return true;
  try_seed(scene, job);
  scene.app.host().wake();
  return false;
}

constexpr TourStop stops[] = {
    {"A filesystem and its snapshots",
     "This is a whole Btrfs filesystem, made by the Linux kernel and packed into the page. "
     "\"home\" "
     "is a subvolume; three days were kept as read-only snapshots of it. It uses less than a "
     "megabyte, for snapshots share what did not change.",
     "Filesystem", Section::image,
     [](TourScene& scene) {
       scene.app.show(View::trees);
       choose_snapshots(scene);
     }},
    {"The superblock",
     "Everything begins 64 KiB into the device. The superblock names the filesystem and says where "
     "the first two trees are: root and chunk_root. Each field lights up its bytes, and each byte "
     "its field; point at one.",
     "Inspector", Section::inspector,
     [](TourScene& scene) { scene.app.select({.kind = Selection::Kind::superblock}); }},
    {"Addresses",
     "All addresses in trees are logical. Chunks say where they lie on the devices: data once, "
     "metadata here twice (DUP), so that one bad copy does no harm. Each chunk is a block group, "
     "which balance can empty.",
     "Block groups", Section::views, [](TourScene& scene) { scene.app.show(View::groups); }},
    {"Trees, nothing but trees",
     "Files, extents, checksums, free space: each is a B-tree, drawn here side by side. A root is "
     "on top, leaves are at the bottom. The wheel, + and -, or two fingers zoom; a drag moves.",
     "Trees", Section::views,
     [](TourScene& scene) {
       scene.app.show(View::trees);
       scene.panels.trees.fit();
     }},
    {"From a tree to an item",
     "One zoom further a leaf shows its items, in the order of their keys: (inode, type, offset). "
     "This is the top directory: first its inode, then its name, then an entry for each thing in "
     "it. "
     "The search box led here: it takes paths, inodes, keys and addresses.",
     "Trees", Section::views,
     [](TourScene& scene) {
       scene.app.show(View::trees);
       scene.app.go_to("5 (256 INODE_ITEM 0)");
     }},
    {"An item down to its bytes",
     "The inspector decodes any item as it lies on disk. \"What is it?\" tells what its type is "
     "for, draws its layout, and finds the next one. Every address that it shows leads on.",
     "Inspector", Section::inspector,
     [](TourScene& scene) { scene.app.inspect("5 (256 INODE_ITEM 0)"); }},
    {"Shared by snapshots",
     "A snapshot copies one block, the root; all below is shared until it changes. Then copy on "
     "write makes new blocks, up to the root, with a higher generation. Blocks marked S were "
     "made for another tree.",
     "Trees", Section::views,
     [](TourScene& scene) {
       scene.app.show(View::trees);
       scene.panels.trees.show_tree(258);
     }},
    {"What changed between two days",
     "So a difference is cheap: walk both trees side by side, and where two pointers have the same "
     "address and generation, skip all below. What is left is what changed from Monday (A) to "
     "Tuesday (B).",
     "Difference", Section::views,
     [](TourScene& scene) {
       choose_snapshots(scene);
       scene.app.show(View::difference);
     }},
    {"Send it",
     "btrfs send turns that difference into commands which another filesystem can receive. Canopy "
     "writes the very bytes that the kernel would.",
     "Jobs", Section::jobs, show_send, "Send Tuesday",
     [](TourScene& scene) { scene.app.start_send(scene.app.request_of_form(), nullptr); },
     [](TourScene& scene) {
       const SendEntry* send = scene.app.current_send();
       return send != nullptr && send->job->snapshot().ended();
     },
     "Done: it can be downloaded, and checked by receiving it in memory."},
    {"Why a command is there",
     "Every command has a reason: a rule, and the item that led to it. Here is one from the table "
     "of stream commands. It works the other way round, too: an item names its commands.",
     "Inspector", Section::inspector,
     [](TourScene& scene) {
       scene.panels.table_tab = 0;
       const SendEntry* send = scene.app.current_send();
       if (send == nullptr) return;
       scene.app.select({.kind = Selection::Kind::command, .send = send->number, .command = 3});
     }},
    {"A balance at the same time",
     "Now the hard part. A balance moves blocks to new addresses and commits, while send is "
     "reading them. Here both run one step at a time, on a copy of the image: you say who moves.",
     "Jobs", Section::jobs, show_steps, "Stand at the start", start_run, stands,
     "Each thread stands at a named point. Send and Relocation step them; the keys are [ and ]."},
    {"The ground moves",
     "Send lets go of the commit root semaphore while it writes a command. Just then the balance "
     "may commit, and the leaf in send's hand is somewhere else.",
     "Tables", Section::tables, show_timeline, "Run until a held leaf moved",
     [](TourScene& scene) { run_until(scene, StepJob::Until::held_block_moved); }, stands,
     "It happened. Send does not notice: before it let go it made a copy of the leaf, its clone, "
     "and works on that."},
    {"Search again",
     "Before the next item send looks whether a relocation has committed since. If so, its path is "
     "worthless, and it searches the same key once more in the new tree.",
     "Tables", Section::tables, show_timeline, "Run to the next restart",
     [](TourScene& scene) { run_until(scene, StepJob::Until::restart); }, stands,
     "An arrow leads from the commit to the restart that it caused."},
    {"Send survives a balance",
     "Does it end well? Run all to the end, one step each in turn. The stream is compared with the "
     "one that is made alone.",
     "Jobs", Section::jobs, show_steps, "Run to the end",
     [](TourScene& scene) { run_until(scene, StepJob::Until::end); }, has_run_ended,
     "The same bytes: the SHA-256 is that of a send on a quiet filesystem."},
    {"And without the leaf clone?",
     "The same run, but send keeps the leaf itself instead of a copy. Many orders of the steps "
     "still go well, which is what makes such a bug hard to find. Try seed after seed.",
     "Jobs", Section::jobs, show_steps, "Try seeds until one fails", run_without_clones, has_failed,
     "The block under send's hand was written over, and the run says how it failed. The schedule "
     "can be saved and replayed. Now open an image of your own: it stays in this browser."},
};

}  // namespace

std::span<const TourStop> tour_stops() { return stops; }

}  // namespace canopy::ui
