// canopy send: the stream that `btrfs send` of the mounted filesystem would write.

#include <csignal>
#include <cstdio>

#include "cli/command_line.h"
#include "cli/images.h"
#include "cli/output_file.h"
#include "send/send_job.h"

namespace canopy {
namespace {

struct SendOptions {
  std::vector<std::string> images;
  std::vector<std::string> subvolumes;
  std::string parent;
  std::vector<std::string> clone_sources;
  std::string file;
  std::optional<u32> protocol;
  SendJob job;  // the flags of the command line; ids are filled in
  bool quiet = false;
};

Result<u64> subvolume_id(const SubvolumeList& subvolumes, const std::string& name) {
  const Subvolume* subvolume = TRY(subvolumes.resolve(name));
  return subvolume->id;
}

Result<SendJob> make_job(const SubvolumeList& subvolumes, const SendOptions& options) {
  SendJob job = options.job;
  job.protocol = options.protocol;
  for (const std::string& name : options.clone_sources) {
    job.clone_sources.push_back(TRY(subvolume_id(subvolumes, name)));
  }
  if (!options.parent.empty()) job.parent = TRY(subvolume_id(subvolumes, options.parent));
  for (const std::string& name : options.subvolumes) {
    job.subvolumes.push_back(TRY(subvolume_id(subvolumes, name)));
  }
  return job;
}

Result<int> run_send(const SendOptions& options) {
  // A reader that goes away is an error of writing, told like every other.
  std::signal(SIGPIPE, SIG_IGN);

  auto filesystem = TRY(open_images(options.images));
  const SubvolumeList subvolumes = TRY(SubvolumeList::read(filesystem->forest()));
  const SendJob job = TRY(make_job(subvolumes, options));
  auto file = TRY(OutputFile::create(options.file, options.images));
  if (file->is_terminal()) {
    return error(Code::invalid,
                 "a stream is not for a terminal: name a file with -f, or redirect the output");
  }

  BufferedSink sink(*file);
  auto starting = [&](u64 id) {
    const Subvolume* subvolume = subvolumes.find(id);
    if (!options.quiet && subvolume != nullptr)
      fmt::print(stderr, "At subvol {}\n", subvolume->display_name());
  };
  auto sent = run_send_job(*filesystem, subvolumes, job, sink, nullptr, nullptr, starting);
  // What was written before a refusal is seen on standard output, as from the kernel.
  auto flushed = sink.flush();
  TRY(std::move(sent));
  TRY(std::move(flushed));
  TRY(file->finish());
  return EXIT_DONE;
}

}  // namespace

void add_send(CommandLine& line) {
  auto options = std::make_shared<SendOptions>();
  CLI::App& command = line.add("send", "Write a subvolume as a stream for `btrfs receive`");
  command.add_option("subvolume", options->subvolumes, "What to send: a path, or subvolid=N")
      ->required()
      ->type_name("SUBVOL");
  add_image_option(command, options->images);
  command.add_option("-p,--parent", options->parent, "Send only what differs from SUBVOL")
      ->type_name("SUBVOL");
  command
      .add_option("-c,--clone", options->clone_sources,
                  "The receiver has SUBVOL too and can clone from it; may be repeated. Without -p, "
                  "the parent is chosen among them")
      ->type_name("SUBVOL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("-f,--file", options->file, "Where to write; without it, standard output")
      ->type_name("FILE");
  command.add_flag("-e", options->job.one_stream,
                   "Several subvolumes: one stream, with one END at its end");
  command
      .add_option("--proto", options->protocol,
                  "Protocol 1 or 2, 0 for the highest; 1 if not given, 2 with --compressed-data")
      ->type_name("N");
  command.add_flag("--compressed-data", options->job.flags.compressed_data,
                   "Send compressed extents as they are");
  command.add_flag("--no-data", options->job.flags.no_data,
                   "Say where data changed instead of sending it");
  command.add_flag("--exact-clone-sources", options->job.exact_clone_sources,
                   "The parent is no clone source unless named with -c, and none is chosen");
  command.add_flag("--omit-stream-header", options->job.flags.omit_stream_header,
                   "Leave out the header of the stream");
  command.add_flag("--omit-end-cmd", options->job.flags.omit_end_command,
                   "Leave out the END command");
  command.add_flag("--treat-as-read-only", options->job.treat_as_read_only,
                   "Send subvolumes that are not read-only: nothing writes to an image");
  command.add_flag("-q,--quiet", options->quiet, "Do not name subvolumes on standard error");
  line.on_run(command, [options] { return run_send(*options); });
}

}  // namespace canopy
