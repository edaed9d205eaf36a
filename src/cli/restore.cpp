// canopy restore: the files of a subvolume, or of a folder in it, as a tar archive. With --rescue
// also out of a damaged filesystem.

#include <condition_variable>
#include <memory>
#include <mutex>

#include "cli/command_line.h"
#include "cli/images.h"
#include "cli/output_file.h"
#include "files/subvolume.h"
#include "files/subvolume_files.h"
#include "session/export_job.h"

namespace canopy {
namespace {

struct RestoreOptions {
  std::vector<std::string> images;
  std::vector<std::string> subvolumes;
  std::string path;
  std::string output;
};

// The archive goes where -f says.
class RestoredFile final : public StreamFile {
 public:
  explicit RestoredFile(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}
  Result<void> append(Bytes bytes) override { return file_->write(bytes); }
  Result<void> read(u64, MutableBytes) override {
    return error(Code::unsupported, "an archive that is written cannot be read");
  }
  Result<void> finish() override { return file_->finish(); }
  void discard() override {}

 private:
  std::unique_ptr<OutputFile> file_;
};

class Bell {
 public:
  void ring() {
    std::scoped_lock hold(mutex_);
    rung_ = true;
    rang_.notify_one();
  }
  // Returns at once if it rang since the last call.
  void wait() {
    std::unique_lock hold(mutex_);
    rang_.wait(hold, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable rang_;
  bool rung_ = false;
};

// The last part of a path: what the archive's folder is called.
std::string folder_name(std::string path) {
  while (path.ends_with('/'))
    path.pop_back();
  path.erase(0, path.rfind('/') + 1);
  return path.empty() ? "files" : path;
}

Result<int> run_restore(const RestoreOptions& options) {
  auto output = TRY(OutputFile::create(options.output, options.images));
  if (output->is_terminal())
    return error(Code::invalid, "an archive is not written to a terminal: name a file with -f");
  std::shared_ptr<Filesystem> filesystem = TRY(open_images(options.images));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  const Subvolume* subvolume = TRY(list.resolve(options.subvolumes.front()));
  const auto files = TRY(SubvolumeFiles::open(filesystem->forest(), subvolume->id));
  const DirectoryEntry entry = TRY(files.find(options.path));
  if (entry.is_subvolume)
    return error(Code::invalid, "{} is another subvolume: name that one", options.path);
  ExportRequest request;
  request.place = {subvolume->id, entry.ino};
  request.as_archive = entry.type == FT_DIR;
  request.name = folder_name(options.path.empty() ? subvolume->path : options.path);

  // Outlives this function: the job may call once more when its end was seen already.
  const auto bell = std::make_shared<Bell>();
  const auto job =
      ExportJob::start(filesystem, std::move(request),
                       std::make_shared<RestoredFile>(std::move(output)), [bell] { bell->ring(); });
  ExportJobSnapshot state = job->snapshot();
  for (; !state.ended(); state = job->snapshot())
    bell->wait();
  if (state.state != JobState::done) return error(Code::io, "{}", state.problem);
  return EXIT_DONE;
}

}  // namespace

void add_restore(CommandLine& line) {
  auto options = std::make_shared<RestoreOptions>();
  Command command = line.add("restore", "Write the files of a subvolume as a tar archive");
  add_images_and_subvolumes(command, options->images, options->subvolumes,
                            "Its path, subvolid=N or uuid=U; / for the top")
      .one_at_most();
  add_opening_options(command);
  command
      .option("--path", options->path,
              "Only this folder in it, or the bytes of this file, without an archive")
      .called("PATH");
  command.option("-f,--file", options->output, "Where to write it; standard output if not said")
      .called("FILE");
  line.on_run(command, [options] { return run_restore(*options); });
}

}  // namespace canopy
